from odoo.exceptions import ValidationError
from odoo.fields import Command
from odoo.tests import Form, tagged

from .common import SettlementCommon


@tagged("post_install", "-at_install")
class TestOnAccount(SettlementCommon):
    """What came in before the invoice is not open any more, wherever it says open of an order."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.cashier.group_ids |= cls.env.ref("sales_team.group_sale_manager")
        cls.order = cls._create_order()

    def _get_open(self, order=None):
        """What the page says of the order, and what it would propose to pay."""
        order = order or self.order
        self.env.invalidate_all()
        rows = self._get_page()[0].get("order", {"rows": []})["rows"]
        row = next((row for row in rows if row["id"] == order.id), {"open": 0.0})
        proposed = self._settle("pay_order", order.id)["context"]["default_amount"]
        self.assertEqual(proposed, row["open"])
        return row["open"]

    def _pay_order(self, amount, order=None):
        """The payment that the button of the page opens, with an amount that is typed."""
        context = self._settle("pay_order", (order or self.order).id)["context"]
        Payment = self.env["account.payment"].with_user(self.cashier).with_context(**context)
        self._create_payment(amount=1.0)  # An account of the books receives it.
        form = Form(Payment)
        form.amount = amount
        payment = form.save()
        payment.action_post()
        return payment.sudo()

    def _get_check(self, record, user=None):
        Check = self.env["invoice.settlement.check"].with_user(user or self.cashier)
        page = Check.get_page(record._name, record.id)
        cards = {card["label"]: card["value"] for card in page["cards"]}
        [table] = (table for table in page["tables"] if table["name"] == "differences")
        whys = {row["values"]["why"]: row["values"]["amount"] for row in table["rows"]}
        return cards, whys

    # === WHAT IS OPEN === #

    def test_down_payment_lessens_what_is_open(self):
        self.assertEqual(self._get_open(), 1130.0)
        payment = self._pay_order(339.0)
        self.assertEqual(payment.sale_order_id, self.order)
        self.assertEqual(self._get_open(), 791.0)
        self._pay_order(791.0)
        self.assertEqual(self._get_open(), 0.0)

    def test_it_is_counted_once_when_the_invoice_comes(self):
        payment = self._pay_order(339.0)
        down = self._invoice_down_payment(self.order, 30)
        self._reconcile(down, payment)
        self.assertEqual(self._get_open(), 791.0)
        self._invoice(self.order)
        self.assertEqual(self._get_open(), 0.0)

    def test_part_that_pays_another_invoice_is_gone(self):
        payment = self._pay_order(1130.0)
        self._reconcile(self._create_invoice(500.0), payment)
        self.assertEqual(self._get_open(), 565.0)

    def test_payment_that_is_cancelled_or_paid_back(self):
        payment = self._pay_order(339.0)
        refund = self._create_payment(amount=100.0, payment_type="outbound")
        self._reconcile(payment, refund)
        self.assertEqual(self._get_open(), 891.0)
        payment = self._pay_order(200.0)
        self.assertEqual(self._get_open(), 691.0)
        payment.action_draft()
        self.assertEqual(self._get_open(), 891.0)

    def test_payment_in_another_currency(self):
        usd = self._enable_usd()
        self._create_payment(amount=70.0, currency_id=usd.id, sale_order_id=self.order.id)
        self.assertEqual(self._get_open(), 630.0)

    def test_payment_that_a_ticket_ties_to_the_order(self):
        """A fapiao and a receipt for the same money say it once."""
        payment = self._create_payment(amount=300.0)
        allocation = Command.create({"payment_id": payment.id, "amount": 300.0})
        line = Command.create({"name": "Deposit", "price_unit": 300.0, "tax_id": False})
        values = {
            "sale_order_id": self.order.id,
            "allocation_ids": [allocation],
            "line_ids": [line],
        }
        draft = self._create_ticket(**values)
        self.assertEqual(self._get_open(), 1130.0)
        self._approve(draft)
        self.assertEqual(self._get_open(), 830.0)
        self._approve(self._create_ticket(type_id=self.type_receipt.id, **values))
        self.assertEqual(self._get_open(), 830.0)

    def test_payment_of_two_orders_by_tickets(self):
        other = self._create_order(price=100.0)
        payment = self._create_payment(amount=500.0)
        for order, amount in ((self.order, 400.0), (other, 100.0)):
            allocation = Command.create({"payment_id": payment.id, "amount": amount})
            line = Command.create({"name": "Deposit", "price_unit": amount, "tax_id": False})
            self._approve(
                self._create_ticket(
                    sale_order_id=order.id, allocation_ids=[allocation], line_ids=[line]
                )
            )
        self.assertEqual((self._get_open(), self._get_open(other)), (730.0, 13.0))

    def test_more_than_the_order_leaves_nothing_open(self):
        self._create_payment(amount=5000.0, sale_order_id=self.order.id)
        self.assertEqual(self._get_open(), 0.0)

    def test_same_number_of_queries_for_many_orders(self):
        def count():
            self.env.flush_all()
            self.env.transaction.reset()
            before = self.cr.sql_log_count
            self._get_page()
            return self.cr.sql_log_count - before

        def fill(number):
            for _index in range(number):
                self._create_payment(amount=10.0, sale_order_id=self._create_order().id)

        fill(4)
        count()
        few = count()
        fill(12)
        # What the new orders made Odoo forget is read once more.
        count()
        self.assertLessEqual(count(), few)

    # === WHOSE IT IS === #

    def test_it_belongs_to_the_contract_of_its_order(self):
        contract = self._create_active_contract(
            5000.0,
            milestone_ids=[
                Command.create({"name": "Deposit", "kind": "collection", "amount": 339.0})
            ],
        )
        order = self._create_order(invoice_contract_id=contract.id)
        payment = self._create_payment(amount=339.0, sale_order_id=order.id)
        self.assertEqual(payment.invoice_contract_id, contract)
        self.assertEqual(contract.amount_received, 339.0)
        self.assertTrue(contract.milestone_ids.is_done)

    def test_contract_that_is_said_stays(self):
        contract = self._create_active_contract()
        payment = self._create_payment(
            amount=339.0, sale_order_id=self.order.id, invoice_contract_id=contract.id
        )
        self.assertEqual(payment.invoice_contract_id, contract)

    def test_order_of_another_customer_is_refused(self):
        other = self.env["res.partner"].create({"name": "Another"})
        order = self._create_order(partner_id=other.id)
        with self.assertRaises(ValidationError):
            self._create_payment(sale_order_id=order.id)

    def test_order_that_is_deleted(self):
        payment = self._create_payment(amount=100.0, sale_order_id=self.order.id)
        self.order._action_cancel()
        self.order.unlink()
        self.assertFalse(payment.sale_order_id)

    def test_ticket_of_it_is_one_of_the_order(self):
        payment = self._pay_order(339.0)
        action = payment.with_user(self.cashier).action_create_ticket()
        Ticket = self.env["invoice.ticket"].with_user(self.cashier)
        ticket = Form(Ticket.with_context(**action["context"])).save()
        self.assertEqual((ticket.sale_order_id, ticket.amount_total), (self.order, 339.0))
        self._approve(ticket)
        self.assertEqual((payment.amount_to_ticket, self.order.amount_to_ticket), (0.0, 791.0))
        self.assertEqual(ticket.amount_paid, 339.0)

    def test_order_that_is_paid_online(self):
        """Core makes the payment of what the customer pays in the portal."""
        method = self.env["payment.method"].create({"name": "Transfer", "code": "none"})
        provider = self.env["payment.provider"].create(
            {"name": "Online", "company_id": self.company.id, "state": "test"}
        )
        journal = self._create_payment(amount=1.0).journal_id
        line = journal.inbound_payment_method_line_ids[:1]
        line.payment_provider_id = provider
        provider.journal_id = journal
        transaction = self.env["payment.transaction"].create(
            {
                "provider_id": provider.id,
                "payment_method_id": method.id,
                "reference": self.order.name,
                "amount": 113.0,
                "currency_id": self.order.currency_id.id,
                "partner_id": self.customer.id,
                "sale_order_ids": [Command.set(self.order.ids)],
            }
        )
        payment = transaction._create_payment()
        self.assertEqual(payment.sale_order_id, self.order)
        self.assertEqual(self._get_open(), 1017.0)

    # === CHECK === #

    def test_check_of_the_order_counts_it(self):
        self._pay_order(339.0)
        cards, whys = self._get_check(self.order)
        self.assertEqual((cards["Ordered"], cards["Collected"]), (1130.0, 339.0))
        self.assertEqual(whys["Collected on account, with no invoice behind it yet."], -339.0)

    def test_check_counts_what_a_ticket_ties_to_the_order(self):
        payment = self._create_payment(amount=300.0)
        allocation = Command.create({"payment_id": payment.id, "amount": 300.0})
        line = Command.create({"name": "Deposit", "price_unit": 300.0, "tax_id": False})
        ticket = self._create_ticket(
            sale_order_id=self.order.id, allocation_ids=[allocation], line_ids=[line]
        )
        self._issue(ticket)
        cards, _whys = self._get_check(self.order)
        self.assertEqual((cards["Ticketed"], cards["Collected"]), (300.0, 300.0))

    def test_check_counts_once_what_its_invoice_takes(self):
        payment = self._pay_order(339.0)
        self._reconcile(self._invoice_down_payment(self.order, 30), payment)
        cards, whys = self._get_check(self.order)
        self.assertEqual((cards["Invoiced"], cards["Collected"]), (339.0, 339.0))
        self.assertNotIn("Collected on account, with no invoice behind it yet.", whys)
