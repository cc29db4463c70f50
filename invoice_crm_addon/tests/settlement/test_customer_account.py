from io import BytesIO

from openpyxl import load_workbook

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged, users

from ..ledger.common import LedgerCommon

BUCKETS = ["not_due", "30", "60", "90", "180", "over"]


@tagged("post_install", "-at_install")
class TestCustomerAccount(LedgerCommon):
    """Arrears of a customer today and at any day, by age; its payments; who sees them."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.customer.user_id = cls.sales
        outstanding = cls.env["account.account"].search(
            [("code", "=", "1002"), ("company_ids", "in", cls.company.ids)]
        )
        bank = cls._setup_books(cls.company).filtered(lambda journal: journal.type == "bank")
        bank.inbound_payment_method_line_ids.payment_account_id = outstanding
        bank.outbound_payment_method_line_ids.payment_account_id = outstanding

    @classmethod
    def _bill(cls, day, due=None, price=1000.0, **values):
        return cls._create_invoice(
            price=price,
            invoice_date=day,
            invoice_date_due=due or day,
            invoice_payment_term_id=False,
            **values,
        )

    def _get_account(self, day, user=None):
        Account = self.env["invoice.customer.account"].with_user(user or self.finance)
        return Account.with_context(
            receivable_as_of=day, allowed_company_ids=self.company.ids, lang="en_US"
        ).search([("partner_id", "=", self.customer.id)])

    def _get_page(self, day=None, user=None, customer=None, **kwargs):
        Account = self.env["invoice.customer.account"].with_user(user or self.finance)
        return Account.with_context(lang="en_US", allowed_company_ids=self.company.ids).get_page(
            "res.partner", (customer or self.customer).id, date_to=day, **kwargs
        )

    def _get_table(self, page, name):
        return next(table for table in page["tables"] if table["name"] == name)["rows"]

    def test_ageing_by_due_date(self):
        for due in (
            "2026-07-01",
            "2026-06-30",
            "2026-06-01",
            "2026-05-31",
            "2026-05-01",
            "2026-04-02",
            "2026-04-01",
            "2026-01-02",
            "2026-01-01",
        ):
            self._bill("2025-12-01", due)
        account = self._get_account("2026-07-01")
        amounts = [account[f"amount_{name}"] / 1130 for name in BUCKETS]
        # Overdue for 0 · 1, 30 · 31 · 61, 90 · 91, 180 · 181 days
        self.assertEqual(amounts, [1, 2, 1, 2, 2, 1])
        self.assertEqual(account.amount_due, 9 * 1130)
        self.assertEqual(account.amount_overdue, 8 * 1130)
        self.assertEqual(account.days_overdue, 181)

    def test_instalments(self):
        term = self.env["account.payment.term"].create(
            {
                "name": "Two instalments",
                "line_ids": [
                    (0, 0, {"value": "percent", "value_amount": 50, "nb_days": 0}),
                    (0, 0, {"value": "percent", "value_amount": 50, "nb_days": 60}),
                ],
            }
        )
        self._create_invoice(invoice_date="2026-01-01", invoice_payment_term_id=term.id)
        account = self._get_account("2026-01-11")
        self.assertEqual((account.amount_30, account.amount_not_due), (565, 565))

    def test_as_of_any_day(self):
        invoice = self._bill("2026-01-15")
        payment = self._pay(invoice, amount=400.0, date="2026-03-10")
        self.assertFalse(self._get_account("2026-01-14"))
        self.assertEqual(self._get_account("2026-01-15").amount_due, 1130)
        self.assertEqual(self._get_account("2026-03-09").amount_due, 1130)
        self.assertEqual(self._get_account("2026-03-10").amount_due, 730)
        self._pay(invoice, amount=730.0, date="2026-04-01")
        self.assertEqual(self._get_account("2026-03-31").amount_due, 730)
        self.assertFalse(self._get_account("2026-04-01"))
        page = self._get_page("2026-03-31")
        [row] = self._get_table(page, "payments")
        self.assertEqual((row["res_model"], row["res_id"]), (payment._name, payment.id))
        self.assertEqual(row["values"]["amount"], 400)
        self.assertIn(invoice.name, row["values"]["settled"])
        [row] = self._get_table(page, "open")
        self.assertEqual(row["values"]["due"], 730)

    def test_payment_on_account(self):
        self._bill("2026-01-15")
        self._create_payment(amount=500.0, date="2026-02-01")
        account = self._get_account("2026-02-20")
        self.assertEqual(account.amount_on_account, -500)
        self.assertEqual(account.amount_60, 1130)
        self.assertEqual(account.amount_due, 630)

    def test_dso(self):
        self._bill("2026-01-15")
        self._pay(self._bill("2026-01-16"), date="2026-01-17")
        self.assertEqual(self._get_account("2026-01-31").dso, 182.5)
        # What was invoiced more than a year ago does not count.
        self.assertFalse(self._get_account("2027-01-16").dso)
        # Nobody waits a negative number of days for what was paid in advance.
        self._create_payment(amount=5000.0, date="2026-02-01")
        self.assertLess(self._get_account("2026-02-02").amount_due, 0)
        self.assertFalse(self._get_account("2026-02-02").dso)
        labels = [card["label"] for card in self._get_page("2026-02-02")["cards"]]
        self.assertNotIn("DSO", labels)

    def test_other_currency(self):
        usd = self._enable_usd()
        invoice = self._bill("2026-01-15", currency_id=usd.id)
        account = self._get_account("2026-01-20")
        self.assertEqual(account.currency_id, usd)
        self.assertEqual(account.amount_due_currency, 1130)
        self.assertAlmostEqual(account.amount_due, invoice.amount_total_signed)
        self.env["res.currency.rate"].create(
            {
                "currency_id": usd.id,
                "rate": 0.16,
                "company_id": self.company.id,
                "name": "2026-02-01",
            }
        )
        accounts = self.env["account.account"].with_company(self.company)
        gain, loss = accounts.create(
            [
                {"name": "Gain", "code": "6061", "account_type": "income_other"},
                {"name": "Loss", "code": "6701", "account_type": "expense"},
            ]
        )
        journal = self.env["account.journal"].create(
            {"name": "Exchange", "code": "TEXC", "type": "general", "company_id": self.company.id}
        )
        self.company.write(
            {
                "currency_exchange_journal_id": journal.id,
                "income_currency_exchange_account_id": gain.id,
                "expense_currency_exchange_account_id": loss.id,
            }
        )
        self._pay(invoice, currency_id=usd.id, date="2026-02-10")
        self.assertEqual(self._get_account("2026-02-09").amount_due_currency, 1130)
        self.assertFalse(self._get_account("2026-02-28"))

    def test_refund_and_credit_note(self):
        invoice = self._bill("2026-01-15")
        self._credit(invoice, quantity=0.5)
        self.assertEqual(self._get_account("2026-01-20").amount_due, 565)

    def test_payment_without_entry(self):
        payment = self._create_payment(amount=10.0, date="2026-02-01", post=False)
        payment.outstanding_account_id = False
        payment.action_post()
        self.assertFalse(payment.move_id)
        [row] = self._get_table(self._get_page("2026-02-20"), "payments")
        self.assertEqual((row["res_id"], row["values"]["amount"]), (payment.id, 10))
        self.assertFalse(self._get_account("2026-02-20"))

    def test_one_query(self):
        invoice = self._bill("2026-01-15")
        self._pay(invoice, amount=400.0, date="2026-03-10")
        Account = self.env["invoice.customer.account"].with_user(self.finance)
        Account = Account.with_context(lang="en_US", allowed_company_ids=self.company.ids)
        Account.get_page("res.partner", self.customer.id)

        def count():
            self.env.flush_all()
            # Environments know their user's timezone as long as nobody collects them.
            self.env.transaction.reset()
            before = self.env.cr.sql_log_count
            Account.get_page("res.partner", self.customer.id)
            return self.env.cr.sql_log_count - before

        count()
        few = count()
        for number in range(20):
            self._pay(self._bill("2026-02-15", price=10.0 + number), date="2026-02-20")
        self.assertEqual(count(), few)

    def test_rights(self):
        self._bill("2026-01-15")
        day = "2026-02-01"
        for user in (self.sales, self.lead, self.finance, self.manager, self.auditor):
            self.assertEqual(self._get_account(day, user).amount_due, 1130, user.login)
            self.assertTrue(self._get_table(self._get_page(day, user), "open"), user.login)
        for user in (self.sales2, self.colleague):
            self.assertFalse(self._get_account(day, user), user.login)
            page = self._get_page(day, user)
            self.assertFalse(page["cards"])
            self.assertFalse(any(table["rows"] for table in page["tables"]), user.login)
        for user in (self.approver, self.portal, self.public):
            with self.assertRaises(AccessError):
                self._get_page(day, user)
        other = self.env["invoice.customer.account"].with_user(self.finance_other)
        self.assertFalse(other.search([("partner_id", "=", self.customer.id)]))

    def test_customer_without_salesperson(self):
        self.customer.user_id = False
        self._bill("2026-01-15")
        self.assertFalse(self._get_account("2026-02-01", self.sales))
        self._create_contract()
        self.assertTrue(self._get_account("2026-02-01", self.sales))

    def test_department(self):
        self._bill("2026-01-15")
        self.assertEqual(self._get_account("2026-02-01").department_id, self.department_a)

    @users("ticket_finance")
    def test_bad_input(self):
        Account = self.env["invoice.customer.account"].with_context(lang="en_US")
        for arguments, message in (
            (("res.users", self.customer.id), "no such page"),
            (("res.partner", 2**31 - 1), "gone"),
            (("res.partner", self.customer.id, "nonsense"), "no day"),
            (("res.partner", self.customer.id, "2026-02-02", "2026-02-01"), "before it begins"),
        ):
            with self.subTest(arguments), self.assertRaisesRegex(UserError, message):
                Account.get_page(*arguments)
        for value in ("x", 7, [1], {"a": 1}, "2026-13-01"):
            with self.subTest(value), self.assertRaisesRegex(UserError, "no day"):
                Account.with_context(receivable_as_of=value).search([])

    def test_pdf_and_sheet(self):
        invoice = self._bill("2026-01-15")
        self._pay(invoice, amount=400.0, date="2026-03-10")
        Account = self.env["invoice.customer.account"].with_user(self.finance)
        Account = Account.with_context(lang="en_US", allowed_company_ids=self.company.ids)
        action = Account.action_print_page("res.partner", self.customer.id, date_to="2026-03-31")
        html, _type = (
            self.env["ir.actions.report"]
            .with_user(self.finance)
            ._render_qweb_html(action["report_name"], None, data=action["data"])
        )
        self.assertIn(invoice.name, html.decode())
        name, content = Account._make_sheet("res.partner", self.customer.id, None, "2026-03-31")
        self.assertTrue(name.endswith(".xlsx"))
        book = load_workbook(BytesIO(content))
        values = [cell for row in book.worksheets[1].values for cell in row]
        self.assertIn(invoice.name, values)
        self.assertIn(730, values)
        self.assertEqual(len(book.worksheets), 3)

    def test_open_page_and_document(self):
        invoice = self._bill("2026-01-15")
        action = self._get_account("2026-02-01").action_open_page()
        self.assertEqual(action["context"]["active_id"], self.customer.id)
        self.assertEqual(action["context"]["receivable_as_of"], "2026-02-01")
        self.assertEqual(action["path"], "customer-account", "what a reload opens again")
        self.assertEqual(action["params"]["model"], "invoice.customer.account")
        item = (
            self.env["invoice.receivable.item"]
            .with_user(self.finance)
            .search([("move_id", "=", invoice.id)])
        )
        self.assertEqual(item.action_open_document()["res_id"], invoice.id)
