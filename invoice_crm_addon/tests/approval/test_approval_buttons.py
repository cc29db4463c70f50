from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged

from .test_approval import ApprovalCommon


@tagged("post_install", "-at_install")
class TestApprovalButtons(ApprovalCommon):
    """Which buttons a form offers, and which step they mean."""

    def test_submit_is_offered_while_it_is_due(self):
        ticket = self._create_ticket()
        self.assertTrue(ticket.with_user(self.sales).can_submit)
        self.assertFalse(ticket.with_user(self.auditor).can_submit)
        self._start(self.approver, document=ticket)
        self.assertFalse(ticket.with_user(self.sales).can_submit)
        self._decide(ticket.approval_request_id, self.approver)
        self.assertFalse(ticket.with_user(self.sales).can_submit)

    def test_submit_says_what_a_new_document_lacks(self):
        """A button that hides would not say it."""
        form = Form(self.env["invoice.ticket"].with_user(self.sales))
        self.assertTrue(form.can_submit)
        ticket = self._create_ticket(line_ids=[]).with_user(self.sales)
        self.assertTrue(ticket.can_submit)
        with self.assertRaisesRegex(UserError, "Fill in first"):
            ticket.action_submit()

    def test_submit_of_billing_data_follows_their_state(self):
        customer = self.customer.with_user(self.finance)
        self.assertTrue(customer.can_submit)
        self._create_flow("res.partner", [self.approver])
        customer.action_submit_billing()
        self.assertFalse(customer.can_submit)
        customer.approval_request_id.with_user(self.approver).action_reject("No")
        self.assertTrue(customer.can_submit)

    def test_decision_is_for_the_step_that_is_named(self):
        request = self._start(self.approver, self.approver, self.approver)
        own = request.with_user(self.approver)
        shown = request.current_step_id.ids
        own.action_approve(step_ids=shown)
        for decide, arguments in (
            ("action_approve", ()),
            ("action_reject", ("No",)),
            ("action_return", ("No", shown[0])),
            ("action_transfer", (self.lead.id,)),
            ("action_add_approver", (self.lead.id,)),
        ):
            with self.subTest(decide=decide):
                with self.assertRaisesRegex(UserError, "another window"), self.cr.savepoint():
                    getattr(own, decide)(*arguments, step_ids=shown)
        own.action_approve("Fine", step_ids=request.current_step_id.ids)
        self.assertEqual(request.step_ids.mapped("state"), ["approved", "approved", "pending"])

    def test_step_shown_keeps_nobody_from_the_form(self):
        """Who reads the customer need not read the step of its approval."""
        self._create_flow("res.partner", [self.approver])
        self.customer.with_user(self.finance).action_submit_billing()
        step = self.customer.approval_step_id
        reader = self._create_user("reader", ["base.group_user"])
        with self.assertRaises(AccessError):
            step.with_user(reader).read(["name"])
        specification = {"approval_step_id": {"fields": {"display_name": {}}}}
        [values] = self.customer.with_user(reader).web_read(specification)
        self.assertFalse(values["approval_step_id"])
