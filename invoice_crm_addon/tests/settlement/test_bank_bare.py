from odoo.fields import Command
from odoo.tests import tagged

from .bank_common import BankCommon

ACCOUNT = "6222021001116245702"


@tagged("post_install", "-at_install")
class TestBankBare(BankCommon):
    """A payment that core keeps without an entry is the bank's money, and counts once."""

    def _register(self, invoice, amount, **values):
        payment = self._create_payment(
            amount=amount,
            date="2026-11-01",
            invoice_ids=[Command.set(invoice.ids)],
            post=False,
            **values,
        )
        payment.outstanding_account_id = False
        payment.action_post()
        self.assertFalse(payment.move_id)
        return payment

    def _settle(self, invoice, amount):
        """A bank item that is reconciled with the invoice itself, as other screens do it."""
        receivable = invoice.line_ids.filtered("date_maturity")
        line = self.env["account.bank.statement.line"].create(
            {
                "journal_id": self.bank_journal.id,
                "date": "2026-11-02",
                "payment_ref": "From the bank",
                "partner_id": self.customer.id,
                "amount": amount,
                "counterpart_account_id": receivable.account_id.id,
            }
        )
        item = line.move_id.line_ids.filtered(lambda i: i.account_id == receivable.account_id)
        (receivable | item).reconcile()
        return line

    def _bill(self, amount=1000.0):
        """An invoice with its ticket, of a contract."""
        contract = self._create_contract()
        self._approve(contract)
        invoice = self._create_invoice(amount)
        tax = Command.create({"name": "Goods", "price_unit": amount, "tax_id": self.tax_13.id})
        ticket = self._create_ticket(
            contract_id=contract.id,
            line_ids=[tax],
            allocation_ids=[Command.create({"move_id": invoice.id, "amount": amount})],
        )
        self._issue(ticket)
        return invoice, ticket, contract

    def _assert_paid(self, ticket, contract, amount):
        self.env.flush_all()
        self.env.invalidate_all()
        self.assertEqual(ticket.amount_paid, amount)
        self.assertEqual(contract.amount_received, amount)
        items = self.env["invoice.receivable.item"].search(
            [("partner_id", "=", self.customer.id), ("kind", "=", "payment")]
        )
        self.assertAlmostEqual(-sum(items.mapped("amount")), amount, 2)
        check = self.env["invoice.settlement.check"].search([("partner_id", "=", self.customer.id)])
        self.assertAlmostEqual(sum(check.mapped("amount_collected")), amount, 2)

    def test_whole(self):
        invoice, ticket, contract = self._bill()
        payment = self._register(invoice, 1000.0)
        self._assert_paid(ticket, contract, 1000.0)
        self._settle(invoice, 1000.0)
        self._assert_paid(ticket, contract, 1000.0)
        payment.action_validate()
        self.assertEqual(payment.state, "paid")
        self._assert_paid(ticket, contract, 1000.0)

    def test_bank_brought_one_of_two(self):
        invoice, ticket, contract = self._bill()
        self._register(invoice, 400.0)
        self._register(invoice, 500.0)
        self._settle(invoice, 400.0)
        self._assert_paid(ticket, contract, 900.0)
        self._settle(invoice, 500.0)
        self._assert_paid(ticket, contract, 900.0)

    def test_bank_kept_a_fee(self):
        invoice, ticket, contract = self._bill()
        self._register(invoice, 600.0)
        self._settle(invoice, 598.0)
        self._assert_paid(ticket, contract, 600.0)

    def test_bank_brought_more(self):
        invoice, ticket, contract = self._bill()
        self._register(invoice, 300.0)
        self._settle(invoice, 700.0)
        self._assert_paid(ticket, contract, 700.0)

    def test_it_is_proposed_and_gets_its_entry(self):
        invoice, ticket, contract = self._bill()
        payment = self._register(invoice, 1000.0)
        match = self._import(("2026-11-02", self.customer.name, ACCOUNT, 1000.0, "Goods", "S1"))
        self.assertEqual(match.proposal_id.payment_id, payment)
        self.assertEqual(match.certainty, "certain")
        match.with_user(self.finance).action_accept()
        self.assertEqual(match.payment_id, payment)
        self.assertEqual(match.state, "matched")
        self.assertTrue(payment.move_id)
        self.assertRecordValues(payment, [{"state": "paid", "is_matched": True}])
        self.assertEqual(invoice.payment_state, "paid")
        self._assert_paid(ticket, contract, 1000.0)
        match.with_user(self.finance).action_undo()
        self.assertTrue(payment.exists(), "it was there before")
        self._assert_paid(ticket, contract, 1000.0)
        match.with_user(self.finance).action_accept()
        self._assert_paid(ticket, contract, 1000.0)
