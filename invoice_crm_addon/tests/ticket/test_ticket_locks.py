from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged

from ...models.base.proof import proven
from ..common import TicketCommon


@tagged("post_install", "-at_install")
class TestTicketLocks(TicketCommon):
    """What is locked when: the server refuses what the form does not offer, for one reason."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.other_customer = cls.env["res.partner"].create({"name": "Other", "is_company": True})

    def _get_locks(self, document, user):
        return document.with_user(user).locked_fields

    def test_content_of_a_draft_is_open_and_numbers_are_for_finance(self):
        ticket = self._create_ticket()
        self.assertEqual(
            set(self._get_locks(ticket, self.sales)),
            {
                "fapiao_code",
                "fapiao_number",
                "check_code",
                "issue_date",
                "red_confirmation_number",
                "department_id",
            },
        )
        self.assertFalse(self._get_locks(ticket, self.finance))
        # Whoever may not, is told the same by the server.
        sentence = self._get_locks(ticket, self.sales)["fapiao_number"]
        with self.assertRaises(AccessError) as refusal:
            ticket.with_user(self.sales).fapiao_number = "26312000000000000001"
        self.assertEqual(str(refusal.exception), sentence)

    def test_every_locked_field_is_refused_with_its_reason(self):
        ticket = self._create_ticket()
        self._issue(ticket)
        values = {
            "type_id": self.type_receipt.id,
            "partner_id": self.other_customer.id,
            "content": "Other",
            "buyer_name": "Other",
            "tax_included": not ticket.tax_included,
            "active": False,
        }
        locks = self._get_locks(ticket, self.finance)
        self.assertLessEqual(values.keys(), locks.keys())
        for fname, value in values.items():
            with self.subTest(fname), self.assertRaises(UserError) as refusal:
                ticket.with_user(self.finance).write({fname: value})
            self.assertIn(locks[fname], str(refusal.exception))

    def test_rows_are_locked_with_their_document(self):
        ticket = self._create_ticket()
        self._issue(ticket)
        line = ticket.line_ids.with_user(self.finance)
        self.assertIn("line_ids", self._get_locks(ticket, self.finance))
        for attempt in (
            lambda: line.write({"quantity": 5}),
            lambda: line.unlink(),
            lambda: line.copy(),
        ):
            with self.assertRaises(UserError), self.cr.savepoint():
                attempt()
        # Its place among the others is no content.
        line.sequence = 7

    def test_what_may_be_changed_of_allocations_depends_on_who(self):
        ticket = self._create_ticket()
        self._issue(ticket)
        self.assertIn("allocation_ids", self._get_locks(ticket, self.sales))
        self.assertNotIn("allocation_ids", self._get_locks(ticket, self.finance))

    def test_customer_that_was_unknown_is_chosen_after_issue(self):
        ticket = self._create_ticket()
        self._issue(ticket)
        proven(ticket).partner_id = False
        self.assertNotIn("partner_id", self._get_locks(ticket, self.finance))
        form = Form(ticket.with_user(self.finance))
        form.partner_id = self.customer
        form.save()
        self.assertEqual(ticket.partner_id, self.customer)
        with self.assertRaises(UserError):
            ticket.with_user(self.finance).partner_id = self.other_customer

    def test_what_is_typed_does_not_unlock(self):
        ticket = self._create_ticket()
        self._issue(ticket)
        typed = ticket.with_user(self.finance).new({"state": "draft"}, origin=ticket)
        self.assertIn("content", typed.locked_fields)

    def test_a_row_moves_to_no_locked_document(self):
        issued, draft = self._create_ticket(), self._create_ticket()
        self._issue(issued)
        line = draft.line_ids.with_user(self.sales)
        with self.assertRaises(UserError):
            line.ticket_id = issued
