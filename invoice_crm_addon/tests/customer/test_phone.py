from lxml import etree

from odoo.tests import tagged

from ..common import TicketCommon

MODULE = "invoice_crm_addon"


@tagged("post_install", "-at_install")
class TestPhone(TicketCommon):
    """A phone shows the cards of an action, where it has some, and never its list."""

    def _get_cards(self, action, user):
        views = dict(map(reversed, self.env.ref(f"{MODULE}.{action}").views))
        self.assertIn("kanban", views)
        records = self.env[self.env.ref(f"{MODULE}.{action}").res_model].with_user(user)
        return etree.fromstring(records.get_view(views["kanban"], "kanban")["arch"])

    def test_customer_is_pasted_from_the_cards(self):
        paste = self.env.ref(f"{MODULE}.invoice_billing_paste_wizard_action_new")
        button = f"/kanban/header/button[@name='{paste.id}'][@display='always']"
        self.assertTrue(self._get_cards("invoice_partner_action", self.sales).xpath(button))
        self.assertFalse(self._get_cards("invoice_partner_action", self.auditor).xpath(button))

    def test_wide_tables_are_cards(self):
        """And a card leads where a row does."""
        for action, opened in (
            ("invoice_customer_insight_action", "action_open_customer"),
            ("invoice_customer_opportunity_action", "action_open_customer"),
            ("invoice_correction_register_action", "action_open_ticket"),
            ("invoice_customer_account_action", "action_open_page"),
            ("invoice_receivable_item_action", "action_open_document"),
        ):
            with self.subTest(action=action):
                self.assertEqual(self._get_cards(action, self.sales).get("action"), opened)

    def test_tables_of_forms_are_cards(self):
        """Core shows the list of a form on a phone too, where it has nothing else."""
        for model, names in (
            (
                "invoice.ticket",
                ("line_ids", "allocation_ids", "shipment_ids"),
            ),
            (
                "invoice.contract",
                ("milestone_ids", "billing_rule_ids", "newest_ticket_ids", "newest_payment_ids"),
            ),
            ("invoice.reminder", ("line_ids",)),
            ("invoice.reminder.wizard", ("due_line_ids", "other_line_ids")),
            ("invoice.account.statement.wizard", ("send_line_ids", "other_line_ids")),
            ("invoice.ticket.send.wizard", ("row_ids",)),
        ):
            records = self.env[model].with_user(self.finance)
            arch = etree.fromstring(records.get_view(view_type="form")["arch"])
            for name in names:
                with self.subTest(model=model, name=name):
                    self.assertTrue(arch.xpath(f"//field[@name='{name}']/kanban"))

    def test_rows_that_are_written_on_a_phone_open_as_forms(self):
        for model, names in (
            ("invoice.ticket", ("line_ids",)),
            ("invoice.contract", ("milestone_ids", "billing_rule_ids")),
        ):
            records = self.env[model].with_user(self.finance)
            arch = etree.fromstring(records.get_view(view_type="form")["arch"])
            for name in names:
                with self.subTest(model=model, name=name):
                    [rows] = arch.xpath(f"//field[@name='{name}']")
                    shown = {
                        field.get("name")
                        for field in rows.xpath("./list//field")
                        if field.get("column_invisible") != "True"
                        and field.get("widget") != "handle"
                    }
                    written = set(rows.xpath("./form//field/@name"))
                    self.assertFalse(shown - written)

    def test_customers_to_confirm_are_confirmed_from_their_card(self):
        cards = self._get_cards("invoice_partner_action_to_confirm", self.sales)
        self.assertTrue(cards.xpath("//button[@name='action_confirm_billing']"))
