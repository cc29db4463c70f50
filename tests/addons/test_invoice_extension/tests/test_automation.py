from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import tagged

from odoo.addons.invoice_crm_addon.tests.common import TicketCommon


@tagged("post_install", "-at_install")
class TestAutomation(TicketCommon):
    """Rules of administrators run in superuser mode, in the middle of our own writes."""

    def _automate(self, trigger, path, value):
        model_id = self.env["ir.model"]._get_id("invoice.ticket")
        action = Command.create(
            {
                "name": "Forge",
                "model_id": model_id,
                "state": "object_write",
                "update_path": path,
                "evaluation_type": "equation",
                "value": repr(value),
                "usage": "base_automation",
            }
        )
        self.env["base.automation"].create(
            {
                "name": "Forge",
                "model_id": model_id,
                "trigger": trigger,
                "action_server_ids": [action],
            }
        )

    def test_rule_issues_no_ticket_that_is_made(self):
        self._automate("on_create_or_write", "state", "issued")
        with self.assertRaises(AccessError):
            self._create_ticket()

    def test_rule_writes_no_more_while_the_ticket_is_submitted(self):
        ticket = self._create_ticket()
        self.env.flush_all()
        self._automate("on_create_or_write", "amount_approved", 4242.0)
        with self.assertRaises(AccessError), self.cr.savepoint():
            ticket.with_user(self.sales).action_submit()
        self.assertEqual(ticket.state, "draft")

    def test_rule_writes_what_everybody_may(self):
        ticket = self._create_ticket()
        self._automate("on_create_or_write", "note", "<p>Seen</p>")
        ticket.with_user(self.sales).action_submit()
        self.assertEqual(ticket.state, "approved")
        self.assertIn("Seen", ticket.note)
