from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import Form, tagged

from ..ledger.common import LedgerCommon


class MakingCommon(LedgerCommon):
    """Tickets that are made with one click, as whoever clicks."""

    @classmethod
    def _create_customer(cls, name):
        customer = cls.env["res.partner"].create({"name": name})
        receivable = cls.customer.with_company(cls.company).property_account_receivable_id
        customer.with_company(cls.company).property_account_receivable_id = receivable
        return customer

    @classmethod
    def _sell(cls, *users):
        """Let users see their orders."""
        for user in users:
            user.group_ids |= cls.env.ref("sales_team.group_sale_salesman")

    def _make(self, records, user=None, method="action_create_ticket"):
        """Click, and save the form that opens."""
        records = records.with_user(user or self.finance)
        self.env.flush_all()
        self.env.invalidate_all()
        action = getattr(records, method)()
        Ticket = self.env["invoice.ticket"].with_user(user or self.finance)
        return Form(Ticket.with_context(**action["context"])).save()

    def _assert_total(self, ticket, total):
        """To the cent, tax within a cent of its rate on each line."""
        self.assertEqual(ticket.currency_id.compare_amounts(ticket.amount_total, total), 0)
        for line in ticket.line_ids:
            self.assertAlmostEqual(
                line.amount_tax, line.amount_untaxed * line.tax_id.amount / 100, delta=0.0151
            )


@tagged("post_install", "-at_install")
class TestMaking(MakingCommon):
    """Order, invoice, payment, milestone to ticket; many to one; always for what is left."""

    # === WHAT IS LEFT === #

    def test_invoice_that_is_ticketed_in_part(self):
        invoice = self._create_invoice(999.99, quantity=3)
        self._ticket(invoice, 1000.01)
        left = invoice.amount_to_ticket
        ticket = self._make(invoice)
        self._assert_total(ticket, left)
        self.assertEqual(ticket.allocation_ids.amount, left)
        self._approve(ticket)
        self._assert_figures(invoice, 0.0, invoice.amount_total, 0.0)

    def test_order_after_its_down_payment(self):
        self._sell(self.sales)
        order = self._create_order(quantity=7, price=333.33)
        down = self._invoice_down_payment(order, 30)
        self._approve(self._make(down))
        ticket = self._make(order, self.sales)
        self._assert_total(ticket, order.amount_total - down.amount_total)
        self._approve(ticket)
        self.assertEqual(order.amount_to_ticket, 0.0)

    def test_invoice_that_is_credited_in_part(self):
        invoice = self._create_invoice(quantity=3)
        self._credit(invoice, 1)
        ticket = self._make(invoice)
        self._assert_total(ticket, 2260.0)

    def test_nothing_is_left(self):
        chain = self._create_chain()
        self._ticket(chain["payment"])
        for kind in ("order", "invoice", "payment"):
            document = chain[kind].with_user(self.finance).sudo()
            with self.subTest(kind), self.assertRaisesRegex(UserError, "Nothing"):
                document.action_create_ticket()
            self.assertFalse(document.can_create_ticket)

    def test_one_cent_is_left(self):
        invoice = self._create_invoice(100.0, quantity=3)
        self._ticket(invoice, invoice.amount_total - 0.01)
        ticket = self._make(invoice)
        self._assert_total(ticket, 0.01)
        self._approve(ticket)

    # === PAYMENT === #

    def test_payment_takes_the_goods_of_its_invoices(self):
        orders = [self._create_order(price=price) for price in (500.0, 700.0)]
        invoices = self.env["account.move"].union(*map(self._invoice, orders))
        payment = self._pay(invoices, amount=1000.0)
        ticket = self._make(payment)
        self._assert_total(ticket, 1000.0)
        self.assertEqual(len(ticket.line_ids), 2)
        self.assertEqual(ticket.line_ids.product_id, self.product)
        self.assertRecordValues(
            ticket.allocation_ids, [{"payment_id": payment.id, "amount": 1000.0}]
        )
        self._approve(ticket)
        self._assert_figures(payment, 0.0, 1000.0, 0.0)
        self.assertAlmostEqual(sum(invoices.mapped("amount_to_ticket")), 356.0)

    def test_payment_beyond_its_invoice(self):
        invoice = self._create_invoice()
        payment = self._pay(invoice, amount=2000.0)
        ticket = self._make(payment)
        self._assert_total(ticket, 2000.0)
        self.assertEqual(ticket.line_ids.mapped("amount_total"), [1130.0, 870.0])
        self.assertEqual(ticket.line_ids.tax_id, self.tax_13)

    def test_payment_on_account(self):
        payment = self._create_payment(amount=777.77, memo="Deposit")
        ticket = self._make(payment)
        self.assertEqual(ticket.amount_total, 777.77)
        self.assertEqual(ticket.line_ids.name, "Deposit")
        self._approve(ticket)
        self._assert_figures(payment, 0.0, 777.77, 0.0)

    def test_payment_of_a_contract_with_a_template(self):
        template = self.env["invoice.ticket.template"].create(
            {
                "name": "Service",
                "line_ids": [Command.create({"name": "Upkeep", "tax_id": self.tax_6.id})],
            }
        )
        contract = self._create_active_contract(5000.0, ticket_template_id=template.id)
        payment = self._create_payment(invoice_contract_id=contract.id, amount=3000.0)
        ticket = self._make(payment, self.sales)
        self.assertEqual(ticket.contract_id, contract)
        self.assertEqual(ticket.user_id, self.sales)
        self.assertRecordValues(
            ticket.line_ids, [{"name": "Upkeep", "tax_id": self.tax_6.id, "amount_total": 3000.0}]
        )

    def test_payment_finds_the_contract_of_its_invoice(self):
        chain = self._create_chain()
        chain["payment"].invoice_contract_id = False
        ticket = self._make(chain["payment"])
        self.assertEqual(ticket.contract_id, chain["contract"])

    def test_payment_of_goods_that_the_user_may_not_read(self):
        """A salesperson reads the payments of their contracts, but no invoices."""
        chain = self._create_chain()
        chain["payment"].invoice_contract_id = chain["contract"]
        ticket = self._make(chain["payment"], self.sales)
        self._assert_total(ticket, 1130.0)
        self.assertFalse(ticket.line_ids.product_id)

    def test_outgoing_payment_is_not_ticketed(self):
        payment = self._create_payment(payment_type="outbound")
        self.assertFalse(payment.with_user(self.finance).can_create_ticket)
        with self.assertRaises(UserError):
            payment.with_user(self.finance).action_create_ticket()

    # === MILESTONE === #

    def test_milestone(self):
        contract = self._create_active_contract(
            3000.0,
            milestone_ids=[
                Command.create({"name": "Half", "amount": 1500.0, "date_due": "2026-01-01"}),
                Command.create({"name": "Rest", "amount": 1500.0, "date_due": "2026-06-01"}),
                Command.create({"name": "Cash", "amount": 3000.0, "kind": "collection"}),
            ],
        )
        half = contract.milestone_ids.filtered(lambda m: m.name == "Half")
        rest = contract.milestone_ids.filtered(lambda m: m.name == "Rest")
        self._issue(self._ticket(contract, 1000.0))
        ticket = self._make(half, self.sales)
        self.assertEqual((ticket.contract_id, ticket.amount_total), (contract, 500.0))
        self._issue(self._ticket(contract, 500.0))
        half.invalidate_recordset()
        self.assertFalse(half.with_user(self.sales).can_create_ticket)
        with self.assertRaisesRegex(UserError, "Half"):
            half.with_user(self.sales).action_create_ticket()
        self.assertEqual(self._make(rest, self.sales).amount_total, 1500.0)
        cash = contract.milestone_ids - half - rest
        with self.assertRaises(UserError):
            cash.with_user(self.sales).action_create_ticket()

    # === MANY === #

    def test_many_invoices_on_one_ticket(self):
        invoices = self.env["account.move"].union(
            *(self._create_invoice(price) for price in (333.33, 100.0, 77.77))
        )
        self._ticket(invoices[1], 50.0)
        ticket = self._make(invoices)
        self._assert_total(ticket, sum(invoices.mapped("amount_to_ticket")))
        self.assertEqual(ticket.allocation_ids.move_id, invoices)
        self._approve(ticket)
        self.assertEqual(invoices.mapped("amount_to_ticket"), [0.0, 0.0, 0.0])

    def test_many_payments_on_one_ticket(self):
        payments = self._create_payment(amount=100.0) | self._create_payment(amount=200.5)
        ticket = self._make(payments)
        self._assert_total(ticket, 300.5)
        self._approve(ticket)
        self.assertEqual(payments.mapped("amount_to_ticket"), [0.0, 0.0])

    def test_what_does_not_fit_on_one_ticket_is_named(self):
        other = self._create_customer("Another")
        usd = self._enable_usd()
        contracts = self._create_active_contract() | self._create_active_contract()
        orders = [self._create_order(invoice_contract_id=contract.id) for contract in contracts]
        invoice = self._create_invoice()
        for named, pair in (
            (("Another", invoice.name), invoice | self._create_invoice(partner_id=other.id)),
            (("USD", "CNY"), invoice | self._create_invoice(currency_id=usd.id)),
            (
                contracts.mapped("number"),
                self._invoice(orders[0]) | self._invoice(orders[1]),
            ),
            (
                ("Another",),
                self._create_payment() | self._create_payment(partner_id=other.id),
            ),
        ):
            with self.subTest(named), self.assertRaises(UserError) as caught:
                pair.with_user(self.finance).action_create_ticket()
            for name in named:
                self.assertIn(name, str(caught.exception))

    def test_draft_for_each_order(self):
        self._sell(self.sales)
        orders = self._create_order() | self._create_order(price=55.55)
        action = orders.with_user(self.sales).action_create_tickets()
        tickets = self.env["invoice.ticket"].search(action["domain"], order="id")
        self.assertEqual(tickets.sale_order_id, orders)
        self.assertEqual(tickets.mapped("amount_total"), [1130.0, 62.77])
        self.assertEqual(tickets.user_id, self.sales)
        with self.assertRaises(UserError):
            orders.with_user(self.sales).action_create_ticket()

    def test_queries_do_not_grow_with_the_invoices(self):
        def count_queries(number):
            invoices = self.env["account.move"].union(
                *(self._create_invoice(10.0 + index) for index in range(number))
            )
            self.env.flush_all()
            self.env.transaction.reset()
            invoices = invoices.with_user(self.finance)
            before = self.cr.sql_log_count
            action = invoices.action_create_ticket()
            made = self.cr.sql_log_count
            values = {
                key.removeprefix("default_"): value for key, value in action["context"].items()
            }
            ticket = self.env["invoice.ticket"].with_user(self.finance).create(values)
            self.env.flush_all()
            self.assertEqual(len(ticket.allocation_ids), number)
            return made - before, self.cr.sql_log_count - made

        count_queries(2)
        few, many = count_queries(5), count_queries(50)
        self.assertLessEqual(sum(many), sum(few) + 5)
