from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged

from ...models.base.proof import proven
from ...models.ticket.ticket_correction import PRINTED_FIELDS
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


@tagged("post_install", "-at_install")
class TestPrintedFields(TicketCommon):
    """What an issued fapiao says is not for people here to change, whoever approves it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.watched = cls.env["invoice.ticket"]._get_approval_trigger_fields()
        cls._create_flow("invoice.ticket", [cls.approver], trigger_fields=cls.watched)
        cls.other_customer = cls.env["res.partner"].create({"name": "Other", "is_company": True})
        cls.foreign = cls.env.ref("base.EUR")

    def _get_values(self, ticket):
        """Another value of each field that is printed, but for the lines."""
        texts = {fname: "Other" for fname in PRINTED_FIELDS if fname.startswith("buyer_")}
        values = {
            "type_id": self.type_receipt.id,
            "partner_id": self.other_customer.id,
            "company_id": self.company_other.id,
            "currency_id": self.foreign.id,
            "tax_included": not ticket.tax_included,
        }
        self.assertEqual(texts.keys() | values.keys(), PRINTED_FIELDS - {"line_ids"})
        return texts | values

    def _get_attempts(self, line):
        """Another value of each field of a line that counts, and other lines."""
        values = {
            "name": "Other",
            "product_id": self.env["product.product"].create({"name": "Other"}).id,
            "specification": "XL",
            "unit": "kg",
            "quantity": 2,
            "price_unit": 1.0,
            "tax_id": self.tax_6.id,
            "tax_treatment": "exempt",
            "tax_code": "1" * 19,
            "tax_policy": "免税",
        }
        self.assertEqual(values.keys(), set(line._get_approval_fields()))
        yield from ((fname, {fname: value}) for fname, value in values.items())

    def _issue_of(self, ticket_type):
        ticket = self._create_ticket(type_id=ticket_type.id)
        self._issue(ticket)
        return ticket, ticket.with_user(self.finance)

    def test_nothing_that_a_fapiao_says_changes(self):
        types = self.env["invoice.ticket.type"].search([("is_fapiao", "=", True)])
        types = types.filtered(lambda t: not t.company_id or t.company_id == self.company)
        self.assertIn(self.type_ordinary, types)
        self.assertIn(self.type_digital_special, types)
        for ticket_type in types:
            ticket, own = self._issue_of(ticket_type)
            requests = ticket.approval_request_ids
            self.assertLessEqual(PRINTED_FIELDS, own.locked_fields.keys())
            self.assertFalse(PRINTED_FIELDS & own.approval_open_fields.keys())
            for fname, value in self._get_values(ticket).items():
                with self.subTest(ticket_type=ticket_type.name, field=fname):
                    with self.assertRaisesRegex(UserError, "tax bureau"), self.cr.savepoint():
                        own.write({fname: value})
            line = own.line_ids
            for fname, values in self._get_attempts(line):
                with self.subTest(ticket_type=ticket_type.name, line_field=fname):
                    with self.assertRaisesRegex(UserError, "tax bureau"), self.cr.savepoint():
                        line.write(values)
            for attempt in (line.unlink, line.copy):
                with self.assertRaisesRegex(UserError, "tax bureau"), self.cr.savepoint():
                    attempt()
            self.assertEqual(ticket.approval_request_ids, requests)

    def test_sentence_says_how_to_mend_it(self):
        for ticket_type, voids in ((self.type_ordinary, True), (self.type_digital_special, False)):
            _ticket, own = self._issue_of(ticket_type)
            sentence = own.locked_fields["line_ids"]
            self.assertIn("red letter", sentence)
            self.assertIn("reissue", sentence)
            self.assertEqual("Void" in sentence, voids)

    def test_what_is_not_printed_is_approved_again(self):
        ticket, own = self._issue_of(self.type_digital_special)
        own.content = "Other"
        self.assertTrue(ticket.approval_request_id.is_change)
        self.assertIn("content", own.approval_open_fields)

    def test_receipts_and_vouchers_are_approved_again(self):
        for ticket_type in (self.type_receipt, self.type_voucher):
            with self.subTest(ticket_type=ticket_type.name):
                ticket, own = self._issue_of(ticket_type)
                own.line_ids.price_unit = 100.0
                request = ticket.approval_request_id
                self.assertTrue(request.is_change)
                request.with_user(self.approver).action_reject("No")
                self.assertEqual(ticket.amount_total, 1130.0)
