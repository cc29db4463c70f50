from odoo.exceptions import UserError, ValidationError
from odoo.fields import Command
from odoo.tests import tagged

from ..fapiao.common import FapiaoCommon


@tagged("post_install", "-at_install")
class TestSafeguards(FapiaoCommon):
    """Ways around the rules on money and history that are closed."""

    def _create_allocated(self, payment, amount=1130.0):
        allocation = Command.create({"payment_id": payment.id, "amount": amount})
        return self._create_ticket(allocation_ids=[allocation])

    # === RED LETTERS === #

    def test_red_letter_cannot_say_anything_but_its_original(self):
        ticket = self._create_ticket()
        self._issue(ticket)
        ticket.with_user(self.finance).action_red("Wrong title")
        red = ticket.red_ids
        for user in (self.sales, self.finance, self.manager):
            for values in (
                {"partner_id": self.company.partner_id.id},
                {"type_id": self.type_receipt.id},
                {"line_ids": [Command.update(red.line_ids.id, {"quantity": -9})]},
                {"line_ids": [Command.create({"name": "More", "price_unit": 1.0})]},
            ):
                with (
                    self.subTest(user=user.name, values=values),
                    self.assertRaises(UserError),
                    self.cr.savepoint(),
                ):
                    red.with_user(user).write(values)

    def test_ticket_with_a_red_letter_on_its_way_is_not_voided(self):
        ticket = self._create_ticket(type_id=self.type_ordinary.id)
        self._issue(ticket)
        ticket.with_user(self.finance).action_red("Wrong title")
        with self.assertRaises(UserError):
            ticket.with_user(self.finance).action_void("Wrong title")

    def test_register_says_who_red_lettered_when_and_why(self):
        ticket = self._create_ticket()
        self._issue(ticket)
        ticket.with_user(self.finance).action_red("Goods returned")
        self._issue(ticket.red_ids)
        self.assertRecordValues(
            ticket, [{"void_reason": "Goods returned", "void_user_id": self.finance.id}]
        )
        self.assertTrue(ticket.void_date)

    def test_issued_ticket_cannot_be_hidden(self):
        ticket = self._create_ticket()
        self._issue(ticket)
        with self.assertRaises(UserError):
            ticket.with_user(self.finance).action_archive()

    # === ALLOCATIONS === #

    def test_allocation_of_an_issued_ticket_stays_within_its_total(self):
        ticket = self._create_allocated(self._create_payment(amount=99999.0))
        self._issue(ticket)
        with self.assertRaises(UserError):
            ticket.allocation_ids.with_user(self.finance).amount = 1130.01

    def test_allocation_added_after_issuing_stays_within_the_payment(self):
        payment = self._create_payment()
        self._issue(self._create_allocated(payment))
        other = self._create_ticket()
        self._issue(other)
        with self.assertRaisesRegex(UserError, "too much"):
            self.env["invoice.ticket.allocation"].with_user(self.finance).create(
                {"ticket_id": other.id, "payment_id": payment.id, "amount": 0.01}
            )

    def test_negative_allocation_of_a_positive_ticket_is_not_submitted(self):
        ticket = self._create_allocated(self._create_payment(), -1130.0)
        with self.assertRaises(UserError):
            ticket.action_submit()

    def test_reissued_ticket_documents_the_same_payment(self):
        payment = self._create_payment()
        allocation = Command.create({"payment_id": payment.id, "amount": 1130.0})
        ticket = self._create_ticket(type_id=self.type_ordinary.id, allocation_ids=[allocation])
        self._issue(ticket)
        ticket.with_user(self.finance).action_void("Wrong title")
        ticket.with_user(self.finance).action_reissue()
        self.assertRecordValues(
            ticket.reissue_ids.allocation_ids, [{"payment_id": payment.id, "amount": 1130.0}]
        )

    def test_payment_of_another_customer_does_not_go_on_the_contract(self):
        stranger = self.env["res.partner"].create({"name": "Stranger"})
        contract = self._create_contract(partner_id=stranger.id)
        with self.assertRaises(ValidationError):
            self._create_payment().invoice_contract_id = contract

    # === FILES === #

    def test_file_that_waits_is_not_attached_twice(self):
        ticket = self._create_ticket()
        self._approve(ticket)
        content = self._build(item="*软件*Licence")
        self._import_one(content)
        first = ticket.fapiao_attachment_id
        result, found = self._import_one(content)
        self.assertEqual((result["outcome"], found), ("undecided", ticket))
        self.assertEqual(ticket.fapiao_attachment_id, first)
        # It belongs to the ticket once this is issued with it.
        self.assertEqual(first.res_model, "invoice.fapiao.file")

    def test_same_name_with_another_tax_number_is_another_customer(self):
        _result, ticket = self._import_one(
            self._build(buyer=(self.customer.invoice_title, "91310000MA1NEWCOM3"))
        )
        self.assertFalse(ticket.partner_id)

    def test_file_of_another_company_does_not_issue_the_ticket(self):
        self.finance.company_ids |= self.company_other
        ticket = self._create_ticket()
        self._approve(ticket)
        seller = (self.company_other.name, self.company_other.vat)
        file = self._drop(self._build(seller=seller), ticket_id=ticket.id)
        self.assertEqual(file.outcome, "refused")
        self.assertEqual(ticket.state, "approved")

    # === CUSTOM FIELDS === #

    def test_required_number_takes_a_zero(self):
        ticket_type = self.type_receipt
        field = self.env["invoice.ticket.type.field"].create(
            {"type_id": ticket_type.id, "name": "Pieces", "kind": "integer", "is_required": True}
        )
        ticket = self._create_ticket(type_id=ticket_type.id)
        with self.assertRaisesRegex(UserError, "Pieces"):
            ticket.action_submit()
        ticket.properties = {field._get_key(): 0}
        ticket.action_submit()
        self.assertEqual(ticket.state, "approved")
