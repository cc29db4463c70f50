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
