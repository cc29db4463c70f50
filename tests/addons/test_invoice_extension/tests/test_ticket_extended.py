from odoo.exceptions import UserError
from odoo.tests import tagged

from odoo.addons.invoice_crm_addon.tests.approval.test_approval import ApprovalCommon


@tagged("post_install", "-at_install")
class TestTicketExtended(ApprovalCommon):
    """A field of another module is content of the ticket, and a flow can watch it."""

    def test_field_is_locked_with_the_rest_of_the_content(self):
        ticket = self._create_ticket(test_project="P-1")
        self.assertNotIn("test_project", ticket.with_user(self.sales).locked_fields)
        self._issue(ticket)
        sales = ticket.with_user(self.sales)
        sales.invalidate_recordset()
        self.assertIn("test_project", sales.locked_fields)
        with self.assertRaisesRegex(UserError, "Project"):
            sales.test_project = "P-2"

    def test_change_of_the_field_is_approved_again(self):
        ticket = self._create_ticket(test_project="P-1")
        request = self._start(self.approver, document=ticket, trigger_fields=["test_project"])
        self._decide(request, self.approver)
        ticket.with_user(self.sales).test_project = "P-2"
        self.assertTrue(ticket.approval_change_waits)
        [change] = ticket.approval_request_id.changes
        self.assertEqual((change["field"], change["new"]), ("test_project", "P-2"))
