from odoo.fields import Command
from odoo.tests import tagged

from .common import SettlementCommon


@tagged("post_install", "-at_install")
class TestOrderOnAccount(SettlementCommon):
    """A ticket of an order documents what came in on account of it, though it names no payment."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.order = cls._create_order()

    def _get_waiting(self):
        """What the worklist of money that is not ticketed shows of the customer."""
        self.env.flush_all()
        self.env.invalidate_all()
        Payment = self.env["account.payment"].with_user(self.cashier)
        found = Payment.search(
            [("partner_id", "=", self.customer.id), ("amount_to_ticket", ">", 0)], order="id"
        )
        return [payment.amount_to_ticket for payment in found]

    def _pay_order(self, amount=339.0, **values):
        return self._create_payment(
            amount=amount, **{"sale_order_id": self.order.id, "invoice_contract_id": False} | values
        )

    def _issue_of(self, document, amount=None):
        ticket = self._ticket(document, amount)
        self._issue(ticket)
        return ticket

    # === ORDER THAT IS TICKETED === #

    def test_payment_before_the_ticket(self):
        payment = self._pay_order()
        self.assertEqual(self._get_waiting(), [339.0])
        ticket = self._issue_of(self.order)
        self.assertEqual(self._get_waiting(), [])
        self._assert_figures(payment, 339.0, 0.0, 0.0)
        self.assertEqual((payment.ticketing_state, payment.ticket_count), ("full", 1))
        self.assertEqual((ticket.amount_paid, ticket.amount_due), (339.0, 791.0))

    def test_payment_after_the_ticket(self):
        ticket = self._issue_of(self.order)
        self._pay_order()
        self.assertEqual(self._get_waiting(), [])
        self.assertEqual(ticket.amount_paid, 339.0)
        self._pay_order(791.0)
        self.assertEqual(self._get_waiting(), [])
        self.assertEqual(ticket.payment_state, "paid")

    def test_payment_that_is_confirmed_later(self):
        self._issue_of(self.order)
        payment = self._pay_order()
        payment.action_draft()
        payment.action_post()
        self.assertEqual(self._get_waiting(), [])

    def test_order_of_a_contract_with_room(self):
        contract = self._create_active_contract(5000.0)
        self.order.invoice_contract_id = contract
        self._pay_order(invoice_contract_id=contract.id)
        self._issue_of(self.order)
        self.assertEqual(self._get_waiting(), [])
        self.assertEqual(contract.amount_received_unticketed, 0.0)

    def test_invoice_of_several_orders(self):
        """What is on account of an order pays its own part of the invoice."""
        other = self._create_order()
        first, more = self._pay_order(1130.0), self._pay_order(1130.0)
        of_other = self._pay_order(1130.0, sale_order_id=other.id)
        invoice = (self.order | other)._create_invoices()
        invoice.action_post()
        self._issue_of(invoice)
        self.env.flush_all()
        self.env.invalidate_all()
        payments = first | more | of_other
        self.assertEqual(payments.mapped("amount_to_ticket"), [0.0, 1130.0, 0.0])

    def test_part_of_the_order(self):
        payment = self._pay_order(1000.0)
        self._issue_of(self.order, 500.0)
        self._assert_figures(payment, 500.0, 0.0, 500.0)
        self.assertEqual(self._get_waiting(), [500.0])

    def test_ticket_that_is_voided(self):
        self._pay_order()
        line = Command.create({"name": "Part", "price_unit": 1130.0, "tax_id": False})
        ticket = self._create_ticket(
            type_id=self.type_voucher.id, sale_order_id=self.order.id, line_ids=[line]
        )
        self._issue(ticket)
        self.assertEqual(self._get_waiting(), [])
        ticket.with_user(self.finance).action_void("Wrong title")
        self.assertEqual(self._get_waiting(), [339.0])

    def test_order_that_is_said_later_and_taken_off(self):
        payment = self._create_payment(amount=339.0)
        self._issue_of(self.order)
        self.assertEqual(self._get_waiting(), [339.0])
        payment.sale_order_id = self.order
        self.assertEqual(self._get_waiting(), [])
        payment.sale_order_id = False
        self.assertEqual(self._get_waiting(), [339.0])

    def test_payment_without_an_entry(self):
        payment = self._pay_order(post=False)
        payment.outstanding_account_id = False
        payment.action_post()
        self.assertFalse(payment.move_id)
        ticket = self._issue_of(self.order)
        self.assertEqual(self._get_waiting(), [])
        self.assertEqual(ticket.amount_paid, 339.0)

    def test_payment_in_another_currency(self):
        usd = self._enable_usd()
        payment = self._pay_order(70.0, currency_id=usd.id)
        ticket = self._issue_of(self.order)
        self.assertEqual(self._get_waiting(), [])
        self._assert_figures(payment, 70.0, 0.0, 0.0)
        self.assertEqual(ticket.amount_paid, 500.0)

    # === MORE THAN THE ORDER === #

    def test_what_came_in_beyond_the_order(self):
        self._pay_order(1500.0)
        self._issue_of(self.order)
        self.assertEqual(self._get_waiting(), [370.0])
        self._pay_order(200.0)
        self.assertEqual(self._get_waiting(), [370.0, 200.0])

    def test_what_its_invoice_is_paid_with_already(self):
        self._pay(self._invoice(self.order))
        self._issue_of(self.order)
        self.assertEqual(self._get_waiting(), [])
        self._pay_order()
        self.assertEqual(self._get_waiting(), [339.0])

    def test_what_was_paid_back(self):
        payment = self._pay_order()
        self._reconcile(payment, self._create_payment(amount=100.0, payment_type="outbound"))
        ticket = self._issue_of(self.order)
        self.assertEqual(self._get_waiting(), [])
        self.assertEqual(ticket.amount_paid, 239.0)

    # === ITS INVOICE === #

    def test_invoice_that_nobody_matched(self):
        """One ticket is of all three, before the books match the two and after."""
        payment, invoice = self._pay_order(), self._invoice(self.order)
        ticket = self._issue_of(invoice)
        for step in ("open", "matched"):
            with self.subTest(step):
                self._assert_figures(invoice, 1130.0, 0.0, 0.0)
                self._assert_figures(self.order, 1130.0, 0.0, 0.0)
                self._assert_figures(payment, 339.0, 0.0, 0.0)
                self.assertEqual(ticket.amount_paid, 339.0)
                self.assertEqual(self._get_waiting(), [])
            self._reconcile(invoice, payment)
            self.env.invalidate_all()

    def test_invoice_that_is_a_draft(self):
        payment, invoice = self._pay_order(), self.order._create_invoices()
        ticket = self._issue_of(self.order)
        self._assert_figures(payment, 339.0, 0.0, 0.0)
        invoice.action_post()
        self._assert_figures(payment, 339.0, 0.0, 0.0)
        self._assert_figures(invoice, 1130.0, 0.0, 0.0)
        self.assertEqual(ticket.amount_paid, 339.0)

    def test_money_that_is_matched_with_something_else(self):
        payment = self._pay_order()
        ticket = self._issue_of(self.order)
        self._reconcile(self._create_invoice(300.0), payment)
        self.assertEqual(ticket.amount_paid, 0.0)
        self.assertEqual(self._get_waiting(), [339.0])

    def test_bank_item_pays_the_invoice_besides(self):
        """What the books say that is paid of it is no part of what is on account."""
        invoice = self._invoice(self.order)
        ticket = self._issue_of(invoice)
        self._pay(invoice, 900.0)
        self._pay_order()
        self.assertEqual(ticket.amount_paid, 1130.0)
        self.assertEqual(self._get_waiting(), [109.0])
