from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import tagged

from .common import LedgerCommon


@tagged("post_install", "-at_install")
class TestChain(LedgerCommon):
    """The same money is ticketed once, along its whole path."""

    # === ONE WAY, EVERY PAIR OF ITS PLACES === #

    def test_ticket_of_one_place_is_a_ticket_of_all(self):
        """Contract, order, invoice, payment: whichever is ticketed first, no other is any more."""
        for first in self.KINDS:
            for second in self.KINDS:
                with self.subTest(first=first, second=second):
                    chain = self._create_chain()
                    self._ticket(chain[first])
                    with self.assertRaisesRegex(UserError, "too much"), self.cr.savepoint():
                        self._ticket(chain[second], 0.01)

    def test_figures_are_those_of_the_whole_way(self):
        for kind in self.KINDS:
            with self.subTest(kind):
                chain = self._create_chain()
                ticket = self._ticket(chain[kind], 1000.0)
                for document in chain.values():
                    self._assert_figures(document, 0.0, 1000.0, 130.0)
                self._issue(ticket)
                for document in chain.values():
                    self._assert_figures(document, 1000.0, 0.0, 130.0)
                    self.assertEqual(document.ticket_count, 1)

    def test_parts_from_every_place_fill_the_way(self):
        chain = self._create_chain()
        for kind in self.KINDS:
            self._ticket(chain[kind], 282.5)
        for document in chain.values():
            self._assert_figures(document, 0.0, 1130.0, 0.0)
            with self.assertRaises(UserError), self.cr.savepoint():
                self._ticket(document, 0.01)

    # === INVOICES === #

    def test_partial_invoices_share_their_order(self):
        order = self._create_order(quantity=10, price=100.0)
        first = self._invoice(order, 4)
        second = self._invoice(order, 6)
        self._ticket(order, 452.0)
        self._ticket(first)
        with self.assertRaises(UserError), self.cr.savepoint():
            self._ticket(second)
        self._ticket(second, 226.0)
        self._assert_figures(order, 0.0, 1130.0, 0.0)

    def test_named_invoice_comes_before_one_that_is_only_covered(self):
        """A ticket of the order covers the oldest invoice, until another one names that."""
        order = self._create_order(quantity=10, price=100.0)
        first, second = self._invoice(order, 4), self._invoice(order, 6)
        self._ticket(order, 452.0)
        self._assert_figures(first, 0.0, 452.0, 0.0)
        self._assert_figures(second, 0.0, 0.0, 678.0)
        self._ticket(first)
        self._assert_figures(first, 0.0, 452.0, 0.0)
        self._assert_figures(second, 0.0, 452.0, 226.0)

    def test_down_payment_and_the_rest(self):
        order = self._create_order(quantity=10, price=100.0)
        down = self._invoice_down_payment(order, 30)
        rest = order._create_invoices(final=True)
        rest.action_post()
        self.assertEqual((down.amount_total, rest.amount_total), (339.0, 791.0))
        self._ticket(down)
        self._ticket(rest)
        self._assert_figures(order, 0.0, 1130.0, 0.0)
        with self.assertRaises(UserError), self.cr.savepoint():
            self._ticket(order, 0.01)

    def test_more_than_ordered_is_ticketed_as_it_is_invoiced(self):
        order = self._create_order(quantity=10, price=100.0)
        invoice = self._invoice(order, 12)
        self._ticket(invoice)
        self._assert_figures(order, 0.0, 1356.0, 0.0)

    def test_credit_note_lessens_what_can_be_ticketed(self):
        order = self._create_order(quantity=10, price=100.0)
        invoice = self._invoice(order, 10)
        self._credit(invoice, 4)
        for document in (order, invoice):
            self._assert_figures(document, 0.0, 0.0, 678.0)
            with self.assertRaises(UserError), self.cr.savepoint():
                self._ticket(document, 678.01)
        self._ticket(invoice, 678.0)
        self._assert_figures(order, 0.0, 678.0, 0.0)

    def test_invoice_of_two_orders(self):
        one = self._create_order(quantity=1, price=1000.0)
        two = self._create_order(quantity=1, price=2000.0)
        invoice = (one | two)._create_invoices()
        invoice.action_post()
        self.assertEqual(len(invoice), 1)
        self._ticket(one)
        self._ticket(invoice, 2260.0)
        self._assert_figures(two, 0.0, 2260.0, 0.0)
        with self.assertRaises(UserError), self.cr.savepoint():
            self._ticket(invoice, 0.01)

    def test_red_letter_gives_back_the_invoice_that_finance_says(self):
        one, two = self._create_invoice(600.0), self._create_invoice(400.0)
        ticket = self._create_ticket(
            type_id=self.type_digital_special.id,
            allocation_ids=[
                Command.create({"move_id": one.id, "amount": 678.0}),
                Command.create({"move_id": two.id, "amount": 452.0}),
            ],
        )
        self._issue(ticket)
        ticket.with_user(self.finance).action_red("Goods came back", amount=678.0)
        red = ticket.red_ids
        # Proposed: of both, in proportion.
        self.assertEqual(red.allocation_ids.mapped("amount"), [-406.8, -271.2])
        own = red.with_user(self.finance)
        with self.assertRaisesRegex(UserError, "gives back more"), self.cr.savepoint():
            own.allocation_ids[0].amount = -218.0
            own.allocation_ids[1].amount = -460.0
            self._approve(red)
        own.allocation_ids[1].unlink()
        own.allocation_ids.amount = -678.0
        self._issue(red)
        self._assert_figures(one, 0.0, 0.0, 678.0)
        self._assert_figures(two, 452.0, 0.0, 0.0)
        with self.assertRaises(UserError), self.cr.savepoint():
            own.allocation_ids.amount = -1.0

    # === PAYMENTS === #

    def test_one_payment_of_several_invoices(self):
        one = self._invoice(self._create_order(quantity=1, price=1000.0))
        two = self._invoice(self._create_order(quantity=1, price=2000.0))
        payment = self._pay(one | two, 3390.0)
        self._ticket(one)
        self._assert_figures(payment, 0.0, 1130.0, 2260.0)
        with self.assertRaises(UserError), self.cr.savepoint():
            self._ticket(payment, 2260.01)
        self._ticket(payment, 2260.0)
        self._assert_figures(two, 0.0, 2260.0, 0.0)

    def test_payment_that_is_reconciled_after_it_was_ticketed(self):
        invoice = self._invoice(self._create_order(quantity=1, price=1000.0))
        payment = self._create_payment()
        self._ticket(payment)
        self._assert_figures(invoice, 0.0, 0.0, 1130.0)
        self._reconcile(invoice, payment)
        self._assert_figures(invoice, 0.0, 1130.0, 0.0)
        with self.assertRaises(UserError), self.cr.savepoint():
            self._ticket(invoice, 0.01)

    def test_invoice_and_its_payment_on_one_ticket_are_the_same_money(self):
        invoice = self._invoice(self._create_order(quantity=1, price=1000.0))
        payment = self._pay(invoice)
        ticket = self._create_ticket(
            allocation_ids=[
                Command.create({"move_id": invoice.id, "amount": 1130.0}),
                Command.create({"payment_id": payment.id, "amount": 1130.0}),
            ]
        )
        self._approve(ticket)
        self.assertEqual(len(ticket.path_ids), 1)
        for document in (invoice, payment):
            self._assert_figures(document, 0.0, 1130.0, 0.0)

    def test_advance_on_a_contract(self):
        contract = self._create_active_contract(3000.0)
        payment = self._create_payment(invoice_contract_id=contract.id)
        self._ticket(payment)
        self._assert_figures(contract, 0.0, 1130.0, 1870.0)

    def test_ticket_of_a_contract_covers_what_came_in(self):
        """Was this payment ever ticketed? Yes, with the contract."""
        contract = self._create_active_contract(3000.0)
        ticket = self._ticket(contract, 1130.0)
        payment = self._create_payment(invoice_contract_id=contract.id)
        self._assert_figures(payment, 0.0, 1130.0, 0.0)
        action = payment.action_view_tickets()
        self.assertEqual(self.env["invoice.ticket"].search(action["domain"]), ticket)

    # === CONTRACTS === #

    def test_several_orders_of_one_contract(self):
        contract = self._create_active_contract(2000.0)
        orders = [
            self._create_order(quantity=1, price=1000.0, invoice_contract_id=contract.id)
            for _index in range(2)
        ]
        self._ticket(orders[0])
        self._assert_figures(contract, 0.0, 1130.0, 870.0)
        with self.assertRaises(UserError), self.cr.savepoint():
            self._ticket(orders[1])
        self._ticket(orders[1], 870.0)

    def test_order_that_joins_a_contract_brings_its_tickets(self):
        contract = self._create_active_contract(2000.0)
        order = self._create_order(quantity=1, price=1000.0)
        self._ticket(order)
        order.invoice_contract_id = contract
        self._assert_figures(contract, 0.0, 1130.0, 870.0)
        order.invoice_contract_id = False
        self._assert_figures(contract, 0.0, 0.0, 2000.0)

    def test_ticket_of_two_contracts_is_refused(self):
        contract, other = self._create_active_contract(), self._create_active_contract()
        order = self._create_order(quantity=1, price=1000.0, invoice_contract_id=contract.id)
        with self.assertRaises(UserError), self.cr.savepoint():
            self._create_ticket(contract_id=other.id, sale_order_id=order.id)
        ticket = self._create_ticket(contract_id=contract.id, sale_order_id=order.id)
        self._approve(ticket)
        with self.assertRaises(UserError), self.cr.savepoint():
            order.invoice_contract_id = other

    def test_order_shows_no_more_than_its_contract_has_left(self):
        contract = self._create_active_contract(1000.0)
        order = self._create_order(quantity=1, price=1000.0, invoice_contract_id=contract.id)
        Order = self.env["sale.order"]
        domain = [("id", "=", order.id), ("amount_to_ticket", "=", 1000.0)]
        self.assertEqual(order.amount_to_ticket, 1000.0)
        self.assertEqual(Order.search(domain), order)
        invoice = self._invoice(order)
        self._ticket(contract, 600.0)
        for document in (order, invoice):
            self.assertEqual(document.amount_to_ticket, 400.0)
            with self.assertRaises(UserError), self.cr.savepoint():
                self._ticket(document, 400.01)
        self._ticket(invoice, 400.0)
        self.assertEqual(order.amount_to_ticket, 0.0)

    # === CURRENCIES === #

    def test_invoice_and_payment_in_different_currencies(self):
        usd = self._enable_usd()
        invoice = self._create_invoice(1000.0, currency_id=usd.id)
        payment = self._pay(invoice, 8071.43, currency_id=self.currency.id)
        self._ticket(invoice)
        self._assert_figures(invoice, 0.0, 1130.0, 0.0)
        self.assertEqual(payment.amount_to_ticket, 0.0)

    def test_contract_in_another_currency(self):
        usd = self._enable_usd()
        contract = self._create_active_contract(158.2, currency_id=usd.id)
        order = self._create_order(quantity=1, price=1000.0, invoice_contract_id=contract.id)
        self._ticket(order)
        self._assert_figures(contract, 0.0, 158.2, 0.0)
        with self.assertRaises(UserError), self.cr.savepoint():
            self._ticket(contract, 1.0)

    def test_allocation_that_is_no_equivalent_is_refused(self):
        usd = self._enable_usd()
        invoice = self._create_invoice(7000.0)
        for amount, refused in ((1.0, True), (7142.86, False), (9000.0, True)):
            ticket = self._create_ticket(
                currency_id=usd.id,
                line_ids=[Command.create({"name": "Part", "price_unit": 1000.0, "tax_id": False})],
                allocation_ids=[Command.create({"move_id": invoice.id, "amount": amount})],
            )
            with self.subTest(amount), self.cr.savepoint():
                if refused:
                    with self.assertRaises(UserError):
                        ticket.action_submit()
                else:
                    ticket.action_submit()
                    self.assertAlmostEqual(invoice.amount_in_progress, 7142.86)
