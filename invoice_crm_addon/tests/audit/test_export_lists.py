import re

from lxml import etree

from odoo.tests import tagged

from ..ledger.common import LedgerCommon

ROLES = ("finance", "manager", "auditor")
# Whoever has none of these sees account numbers of customers masked.
MASKED = ("auditor",)


@tagged("post_install", "-at_install")
class TestExportLists(LedgerCommon):
    """Each list that a menu opens can be exported by who may, as it is on the screen."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._create_chain()
        cls._create_payment(amount=500.0)
        ticket = cls._create_ticket()
        cls._issue(ticket)
        voided = cls._create_ticket(type_id=cls.type_ordinary.id)
        cls._issue(voided)
        voided.with_user(cls.finance).action_void("Wrong title")
        cls._create_shipment(ticket)
        cls.env.flush_all()
        cls.env.invalidate_all()

    def _get_lists(self, user):
        """Model and visible columns of each list of ours that a menu opens for the user."""
        Menu = self.env["ir.ui.menu"].with_user(user)
        menus = Menu.browse(Menu._visible_menu_ids())
        actions = {menu.sudo().action for menu in menus}
        for action in actions:
            is_ours = (action and action.get_external_id()[action.id] or "").startswith(
                "invoice_crm_"
            )
            if not is_ours or action._name != "ir.actions.act_window":
                continue
            if "list" not in action.view_mode or action.res_model not in self.env:
                continue
            Model = self.env[action.res_model].with_user(user)
            view_id = next((view for view, kind in action.views if kind == "list"), False)
            arch = etree.fromstring(Model.get_view(view_id, "list")["arch"])
            fields = [
                node.get("name")
                for node in arch.xpath("/list/field")
                if node.get("column_invisible") not in ("True", "1")
            ]
            yield action.name, Model, fields

    def test_each_column_of_each_list(self):
        count = rows = 0
        for role in ROLES:
            user = getattr(self, role)
            for name, Model, fields in self._get_lists(user):
                with self.subTest(role=role, action=name, model=Model._name):
                    records = Model.search([], limit=100)
                    exported = records.export_data(fields)["datas"]
                    text = re.sub(r"(?<=\d)[ -](?=\d)", "", str(exported))
                    if role in MASKED:
                        self.assertNotIn(self.BANK_ACCOUNT, text)
                    count, rows = count + 1, rows + len(records)
        self.assertGreater(count, 100)
        self.assertGreater(rows, 200)

    def test_names_of_what_may_not_be_opened(self):
        """An auditor reads which journal a receivable is in, as on the screen."""
        items = self.env["invoice.receivable.item"].with_user(self.auditor)
        items = items.search([("partner_id", "=", self.customer.id), ("journal_id", "!=", False)])
        names = [row[0] for row in items.export_data(["journal_id"])["datas"]]
        self.assertEqual(names, [item.journal_id.display_name for item in items.sudo()])
        self.assertTrue(names)
