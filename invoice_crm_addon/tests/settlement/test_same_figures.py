from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.fields import Command
from odoo.tests import tagged

from ...models.base.proof import proven
from ...models.settlement import settlement_figures
from .common import SettlementCommon

AMOUNTS = ("amount_ordered", "amount_invoiced", "amount_ticketed", "amount_collected")


@tagged("post_install", "-at_install")
class TestSameFigures(SettlementCommon):
    """What is looked up in a shorter way says what the long way says."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # Who keeps the books, too, is shown instalments.
        cls.finance.group_ids += cls.env.ref("account.group_account_invoice")
        bank = cls._setup_books(cls.company).filtered(lambda journal: journal.type == "bank")
        bank.inbound_payment_method_line_ids.payment_account_id = cls.env["account.account"].search(
            [("code", "=", "1002"), ("company_ids", "in", cls.company.ids)]
        )
        cls.contract = cls._create_active_contract(113000.0)
        cls.today = fields.Date.today()
        for amount in (None, 565.0, 200.0):
            cls._pay(cls._create_invoice_of_contract(cls.contract), amount=amount)
        cls._pay(cls._create_invoice())
        cls._create_invoice()
        cls._create_payment(amount=100.0, invoice_contract_id=cls.contract.id)
        cls._create_order(invoice_contract_id=cls.contract.id)
        cls.env.flush_all()

    def _as_finance(self, model, **context):
        context = {"lang": "en_US", "allowed_company_ids": self.company.ids, **context}
        return self.env[model].with_user(self.finance).with_context(**context)

    def test_check_of_one_customer_and_of_all(self):
        domain = [("partner_id", "=", self.customer.id)]
        names = ["kind", "name", "contract_id", "sale_order_id", "move_id", "payment_id", *AMOUNTS]
        of_all = self._as_finance("invoice.settlement.check").search(domain)
        Check = self._as_finance("invoice.settlement.check")
        of_one = Check._within(self.customer).search(domain)
        self.assertLessEqual(
            {"contract", "order", "invoice", "payment"}, set(of_all.mapped("kind"))
        )
        expected = of_all.read(names, load="")
        self.env.invalidate_all()
        self.assertEqual(of_one.read(names, load=""), expected)

    def test_who_answers_for_what_one_customer_owes(self):
        """Looked up in another way for one customer than for all; rules read it."""
        for salesperson in (self.sales, False):
            self.customer.user_id = salesperson
            self.env.flush_all()
            for model in ("invoice.settlement.check", "invoice.receivable.item"):
                with self.subTest(salesperson=salesperson, model=model):
                    Model = self._as_finance(model)
                    domain = [("partner_id", "=", self.customer.id)]
                    names = ["user_id", "department_id", "currency_id"]
                    expected = Model.search(domain).read(names, load="")
                    self.assertTrue(any(row["user_id"] for row in expected))
                    self.env.invalidate_all()
                    found = Model._within(self.customer).search(domain).read(names, load="")
                    self.assertEqual(found, expected)

    def test_ageing_sums_what_the_items_say(self):
        self.env["account.partial.reconcile"].search([("company_id", "=", self.company.id)])[
            :2
        ].max_date = self.today + timedelta(days=3)
        self.env.flush_all()
        for days in (-400, -1, 0, 1, 40, 400):
            day = str(self.today + timedelta(days=days))
            with self.subTest(day=day):
                items = self._as_finance("invoice.receivable.item", receivable_as_of=day).search(
                    [("partner_id", "=", self.customer.id), ("is_open", "=", True)]
                )
                account = self._as_finance("invoice.customer.account", receivable_as_of=day).search(
                    [("partner_id", "=", self.customer.id)]
                )
                due = [item for item in items if item.amount_due or item.amount_due_currency]
                self.assertEqual(len(account), bool(due))
                self.assertAlmostEqual(
                    sum(account.mapped("amount_due")), sum(item.amount_due for item in due)
                )
                self.assertAlmostEqual(
                    sum(account.mapped("amount_overdue")),
                    sum(i.amount_due for i in due if i.amount_due > 0 and i.days_overdue > 0),
                )
                self.assertEqual(
                    account.days_overdue,
                    max((i.days_overdue for i in due if i.amount_due > 0), default=0),
                )

    # === WHAT A CUSTOMER OWES === #

    def _ticket_of(self, customer, amount=1130.0, paid=(), **values):
        """An issued ticket, of invoices or payments."""
        ticket = self._create_ticket(
            partner_id=customer.id,
            type_id=self.type_digital_ordinary.id,
            line_ids=[Command.create({"name": "Part", "price_unit": amount, "tax_id": False})],
            allocation_ids=[Command.create(line) for line in paid],
            **values,
        )
        self._issue(ticket)
        return ticket

    def _make_cases(self):
        """Customers by what they owe, each with the sum in the currency of what it owes."""
        receivable = self.customer.with_company(self.company).property_account_receivable_id
        usd = self._enable_usd()

        def make(name):
            customer = self.env["res.partner"].create({"name": name, "user_id": self.sales.id})
            customer.with_company(self.company).property_account_receivable_id = receivable
            return customer, {"partner_id": customer.id}

        customer, own = make("Invoiced only")
        self._create_invoice(**own)
        yield customer, 1130.0, 0.0
        customer, _own = make("Ticketed only")
        self._ticket_of(customer)
        yield customer, 1130.0, 0.0
        customer, own = make("Invoiced and ticketed")
        invoice = self._create_invoice(**own)
        self._ticket_of(customer, paid=[{"move_id": invoice.id, "amount": 1130.0}])
        yield customer, 1130.0, 0.0
        customer, own = make("Invoiced, ticketed and partly paid, more ticketed")
        invoice = self._create_invoice(**own)
        self._ticket_of(customer, paid=[{"move_id": invoice.id, "amount": 1130.0}])
        self._ticket_of(customer, 250.0)
        self._pay(invoice, amount=400.0, **own)
        yield customer, 980.0, 0.0
        customer, own = make("On account")
        self._create_invoice(**own)
        self._ticket_of(customer, 250.0)
        self._create_payment(amount=350.0, **own)
        yield customer, 1380.0, 350.0
        customer, own = make("On account, of it something for a ticket")
        payment = self._create_payment(amount=500.0, **own)
        self._ticket_of(customer, 400.0, paid=[{"payment_id": payment.id, "amount": 400.0}])
        self._ticket_of(customer, 300.0)
        yield customer, 300.0, 100.0
        customer, own = make("Credit note")
        self._create_invoice(**own)
        self._credit(self._create_invoice(**own), quantity=0.5)
        yield customer, 1695.0, 0.0
        customer, _own = make("Red letter")
        ticket = self._ticket_of(customer)
        red = self.env["invoice.ticket"].browse(
            ticket.with_user(self.finance).action_red(red_reason="02", amount=130.0)["res_id"]
        )
        self._issue(red.sudo())
        yield customer, 1000.0, 0.0
        customer, _own = make("Ticketed by a clock that is ahead")
        proven(self._ticket_of(customer)).issue_date = self.today + timedelta(days=1)
        yield customer, 1130.0, 0.0
        customer, own = make("Other currency")
        self._create_invoice(currency_id=usd.id, **own)
        self._ticket_of(customer, 100.0, currency_id=usd.id)
        yield customer, 1230.0, 0.0

    def test_what_a_customer_owes_is_one_figure(self):
        for customer, owed, on_account in self._make_cases():
            with self.subTest(customer.name):
                self.env.flush_all()
                self._check_owed(customer, owed, on_account)

    def _check_owed(self, customer, owed, on_account):
        domain = [("partner_id", "=", customer.id)]
        left = owed - on_account
        reminders = self._as_finance("invoice.reminder.item").search(domain)
        self.assertAlmostEqual(sum(reminders.mapped("amount")), owed)
        # The list of all, and the page of one, which looks for it in another way.
        ageing = self._as_finance("invoice.customer.account").search(domain)
        self.assertAlmostEqual(ageing.amount_due_currency, left)
        buckets = ["not_due", "30", "60", "90", "180", "over", "on_account"]
        self.assertAlmostEqual(
            sum(ageing[f"amount_{name}"] for name in buckets), ageing.amount_due, 2
        )
        same = ageing.currency_id == ageing.company_currency_id
        if same:
            self.assertAlmostEqual(ageing.amount_on_account, -on_account)
        else:
            rate = ageing.amount_due / ageing.amount_due_currency
            self.assertAlmostEqual(rate, 1 / 0.14, 2)
        page = self._as_finance("invoice.customer.account").get_page("res.partner", customer.id)
        tables = {table["name"]: table["rows"] for table in page["tables"]}
        [row] = tables["ageing"]
        self.assertAlmostEqual(row["values"]["amount_due"], left)
        self.assertAlmostEqual(row["values"]["amount_on_account"], -on_account)
        self.assertAlmostEqual(sum(row["values"]["due"] for row in tables["open"]), left)
        self.assertAlmostEqual(page["cards"][0]["value"], ageing.amount_due, 2)
        settle = self._as_finance("invoice.settlement").get_page(customer.id)
        [balance] = settle["balance"]
        self.assertEqual(balance["owed"], owed)
        self.assertEqual(balance["on_account"], on_account)
        self.assertEqual(balance["open"], left)
        totals = {
            section["kind"]: total["open"]
            for section in settle["sections"]
            for total in section["totals"]
        }
        self.assertAlmostEqual(totals.get("item", 0.0) + totals.get("ticket", 0.0), owed)
        self.assertAlmostEqual(totals.get("credit", 0.0), on_account)
        with patch.object(settlement_figures, "MOST_ROWS", 1):
            long = self._as_finance("invoice.settlement").get_page(customer.id)
            for section, other in zip(settle["sections"], long["sections"], strict=True):
                self.assertEqual(other["totals"], section["totals"])
        Statement = self.env["invoice.account.statement"].with_user(self.finance)
        first = self.today - timedelta(days=40)
        owners = Statement._find_customers(self.company, first, self.today, customer)
        statement = Statement._prepare(self.company, owners, first, self.today)
        statement._refresh_figures()
        [row] = statement._make_balance_table()["rows"]
        self.assertAlmostEqual(row["values"]["to_pay"], left)
        if same:
            cards = {card["label"]: card["value"] for card in statement._prepare_cards()}
            self.assertAlmostEqual(cards.get("Closing with Tickets", cards["Closing"]), left)

    def test_totals_of_the_settle_page(self):
        """Added up from the rows, or by the database where there are more than are shown."""

        def get_totals():
            sections = self._as_finance("invoice.settlement").get_page(self.customer.id)["sections"]
            return {
                section["kind"]: (section["count"], section["totals"])
                for section in sections
                if section["kind"] in settlement_figures.SECTION_MODELS
            }

        self.env["account.move"].search([("partner_id", "=", self.customer.id)]).line_ids.filtered(
            lambda line: line.display_type == "payment_term"
        )[:2].date_maturity = self.today - timedelta(days=9)
        few = get_totals()
        self.assertTrue(few["item"][1][0]["overdue"])
        self.assertTrue(few["credit"][1][0]["open"])
        with patch.object(settlement_figures, "MOST_ROWS", 1):
            self.assertEqual(get_totals(), few)

    def test_rows_of_the_settle_page(self):
        """The same in the same order, whether both kinds of items are read at once or apart."""

        def get_rows():
            sections = self._as_finance("invoice.settlement").get_page(self.customer.id)["sections"]
            return {
                section["kind"]: section["rows"]
                for section in sections
                if section["kind"] in ("item", "credit")
            }

        late = self._create_payment(amount=50.0, date=self.today)
        early = self._create_payment(amount=60.0, date=self.today - timedelta(days=3))
        for payment, days in ((late, -9), (early, 9)):
            lines = payment.move_id.line_ids.filtered(lambda line: line.amount_residual < 0)
            lines.date_maturity = self.today + timedelta(days=days)
        few = get_rows()
        self.assertGreater(len(few["item"]), 1)
        credits = few["credit"]
        self.assertEqual([row["date"] for row in credits], sorted(row["date"] for row in credits))
        self.assertGreater(len({row["date"] for row in credits}), 1)
        with patch.object(settlement_figures, "MOST_ROWS", max(map(len, few.values()))):
            self.assertEqual(get_rows(), few)

    def test_rows_are_worked_out_once(self):
        """Also where record rules look at columns that the list does not show."""
        Account = self._as_finance("invoice.customer.account")
        self.assertTrue(Account.search_count([]))
        Account.web_search_read([], {"amount_due": {}}, limit=80)
        self.env.invalidate_all()
        with self.assertQueryCount(1):
            Account.web_search_read([], {"amount_due": {}}, limit=80)

    def test_unmatching_nothing_asks_nothing(self):
        with self.assertQueryCount(0):
            self.env["account.partial.reconcile"].browse().unlink()
