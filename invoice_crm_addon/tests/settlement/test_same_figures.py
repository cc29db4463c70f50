from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.tests import tagged

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
