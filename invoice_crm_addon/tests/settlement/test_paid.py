from odoo import fields
from odoo.fields import Command
from odoo.tests import Form, tagged

from ..ledger.common import LedgerCommon


@tagged("post_install", "-at_install")
class TestPaid(LedgerCommon):
    """What is paid of tickets and contracts, and when tickets are due."""

    def _issue_of(self, document, amount=None):
        ticket = self._ticket(document, amount)
        self._issue(ticket)
        return ticket

    def _create_terms(self, *days):
        share = 100 / len(days)
        return self.env["account.payment.term"].create(
            {
                "name": "Instalments",
                "line_ids": [
                    Command.create({"value": "percent", "value_amount": share, "nb_days": nb})
                    for nb in days
                ],
            }
        )

    # === ONE TRUTH === #

    def test_payment_of_a_ticket_is_received_of_its_contract(self):
        contract = self._create_active_contract(11300.0)
        ticket = self._ticket(contract, 5650.0)
        payment = self._create_payment(amount=5650.0)
        self.env["invoice.ticket.allocation"].with_user(self.finance).create(
            {"ticket_id": ticket.id, "payment_id": payment.id, "amount": 5650.0}
        )
        self._issue(ticket)
        self.assertEqual(ticket.payment_state, "paid")
        self.assertRecordValues(
            contract,
            [{"amount_received": 5650.0, "amount_ticketed_unpaid": 0.0}],
        )
        payment.action_cancel()
        self.assertEqual((ticket.amount_due, contract.amount_received), (5650.0, 0.0))

    def test_ticket_of_a_contract_is_paid_by_its_collections(self):
        contract = self._create_active_contract(2260.0)
        first, second = self._issue_of(contract, 1130.0), self._issue_of(contract, 1130.0)
        self._create_payment(amount=1500.0, invoice_contract_id=contract.id)
        self.assertEqual([first.amount_due, second.amount_due], [0.0, 760.0])
        self.assertEqual(contract.amount_ticketed_unpaid, 760.0)

    def test_one_payment_for_invoices_of_two_contracts(self):
        chains = [self._create_active_contract(1130.0) for _index in range(2)]
        invoices = [
            self._invoice(self._create_order(invoice_contract_id=contract.id))
            for contract in chains
        ]
        payment = self._pay(invoices[0] | invoices[1])
        self.assertFalse(payment.invoice_contract_id)
        self.assertEqual([c.amount_received for c in chains], [1130.0, 1130.0])
        payment.move_id.line_ids.remove_move_reconcile()
        self.assertEqual([c.amount_received for c in chains], [0.0, 0.0])

    def test_contract_that_was_found_goes_with_the_matching(self):
        contract = self._create_active_contract(1130.0)
        invoice = self._invoice(self._create_order(invoice_contract_id=contract.id))
        payment = self._pay(invoice)
        self.assertEqual(payment.invoice_contract_id, contract)
        payment.move_id.line_ids.remove_move_reconcile()
        self.assertFalse(payment.invoice_contract_id)
        self.assertEqual(contract.amount_received, 0.0)
        payment.invoice_contract_id = contract
        self._reconcile(invoice, payment)
        payment.move_id.line_ids.remove_move_reconcile()
        self.assertEqual(payment.invoice_contract_id, contract, "Somebody chose it.")

    def test_what_is_on_account_is_of_no_contract(self):
        contract = self._create_active_contract(1130.0)
        invoice = self._invoice(self._create_order(invoice_contract_id=contract.id))
        payment = self._pay(invoice, 5000.0)
        self.assertFalse(payment.invoice_contract_id)
        self.assertEqual(contract.amount_received, 1130.0)

    def test_refund_goes_back_to_the_contracts_that_it_came_from(self):
        contracts = [self._create_active_contract(1130.0) for _index in range(2)]
        payments = [
            self._create_payment(amount=amount, invoice_contract_id=contract.id)
            for contract, amount in zip(contracts, (400.0, 600.0), strict=True)
        ]
        refund = self._create_payment(amount=1000.0, payment_type="outbound")
        self._reconcile(*payments, refund)
        self.assertEqual([c.amount_received for c in contracts], [0.0, 0.0])

    def test_credit_note_lessens_what_is_due_only_of_what_is_ticketed(self):
        invoice = self._create_invoice()
        ticket = self._issue_of(invoice, 630.0)
        credit = self._credit(invoice, 0.2)
        self._reconcile(invoice, credit)
        self.assertEqual(ticket.amount_due, 630.0)
        second = self._credit(invoice, 0.5)
        self._reconcile(invoice, second)
        self.assertEqual(ticket.amount_due, 339.0)

    def test_ticket_in_another_currency_is_paid_with_its_invoice(self):
        usd = self._enable_usd()
        invoice = self._create_invoice(currency_id=usd.id)
        ticket = self._create_ticket(
            line_ids=[Command.create({"name": "Part", "price_unit": 8000.0, "tax_id": False})],
            allocation_ids=[Command.create({"move_id": invoice.id, "amount": 1130.0})],
        )
        self._approve(ticket)
        self._issue(ticket)
        self._pay(invoice, currency_id=usd.id)
        self.assertEqual((ticket.amount_due, ticket.payment_state), (0.0, "paid"))

    # === WHEN IT IS DUE === #

    def test_due_date_follows_the_terms_of_customer_order_and_company(self):
        month, week = self._create_terms(30), self._create_terms(7)
        self.company.ticket_payment_term_id = week
        ticket = self._create_ticket(issue_date="2026-03-01")
        self.assertEqual(ticket.date_due, fields.Date.to_date("2026-03-08"))
        self.customer.with_company(self.company).property_payment_term_id = month
        ticket = self._create_ticket(issue_date="2026-03-01")
        self.assertEqual(ticket.date_due, fields.Date.to_date("2026-03-31"))
        order = self._create_order(payment_term_id=week.id)
        ticket = self._create_ticket(issue_date="2026-03-01", sale_order_id=order.id)
        self.assertEqual(ticket.payment_term_id, week)
        self.assertEqual(ticket.date_due, fields.Date.to_date("2026-03-08"))

    def test_date_that_is_entered_by_hand_stays(self):
        self.company.ticket_payment_term_id = self._create_terms(7)
        ticket = self._create_ticket(issue_date="2026-03-01", date_due="2026-05-01")
        self.assertTrue(ticket.is_date_due_agreed)
        ticket.issue_date = "2026-03-02"
        self.assertEqual(ticket.date_due, fields.Date.to_date("2026-05-01"))
        ticket.payment_term_id = self._create_terms(10)
        self.assertEqual(ticket.date_due, fields.Date.to_date("2026-03-12"))

    def test_form_keeps_the_proposed_date_as_one_of_the_terms(self):
        self.company.ticket_payment_term_id = self._create_terms(7)
        with Form(self.env["invoice.ticket"].with_user(self.sales)) as form:
            form.type_id = self.type_voucher
            form.partner_id = self.customer
        self.assertFalse(form.record.is_date_due_agreed)

    def test_next_instalment_that_is_not_paid(self):
        terms = self._create_terms(10, 40)
        invoice = self._create_invoice(invoice_payment_term_id=terms.id)
        ticket = self._issue_of(invoice)
        self.assertEqual(ticket.date_due, fields.Date.to_date("2026-01-25"))
        self.assertIn("565", ticket.instalment_details)
        self._pay(invoice, 565.0)
        self.assertEqual(ticket.date_due, fields.Date.to_date("2026-02-24"))
        self.assertEqual((ticket.payment_state, ticket.amount_due), ("partial", 565.0))

    def test_due_date_of_the_books_changes_later(self):
        invoice = self._create_invoice()
        ticket = self._issue_of(invoice)
        item = invoice.line_ids.filtered(lambda line: line.display_type == "payment_term")
        item.date_maturity = "2026-07-01"
        self.assertEqual(ticket.date_due, fields.Date.to_date("2026-07-01"))
