from odoo.tests import tagged

from .common import SettlementCommon


@tagged("post_install", "-at_install")
class TestScreenQueries(SettlementCommon):
    """Screens of settlement ask as much of few documents as of many, and read no others."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.customer.user_id = cls.sales
        bank = cls._setup_books(cls.company).filtered(lambda journal: journal.type == "bank")
        bank.inbound_payment_method_line_ids.payment_account_id = cls.env["account.account"].search(
            [("code", "=", "1002"), ("company_ids", "in", cls.company.ids)]
        )
        cls.contract = cls._create_active_contract(113000.0)
        cls._make_documents(2)

    @classmethod
    def _make_documents(cls, count):
        """Of the contract: paid, half paid, paid without an order, and not invoiced."""
        for _index in range(count):
            cls._pay(cls._create_invoice_of_contract(cls.contract))
            cls._pay(cls._create_invoice_of_contract(cls.contract), amount=565.0)
            cls._create_payment(amount=100.0, invoice_contract_id=cls.contract.id)
            cls._create_order(invoice_contract_id=cls.contract.id)
            cls._pay(cls._create_invoice())
        cls.env.flush_all()

    def _as_finance(self, model):
        context = {"lang": "en_US", "allowed_company_ids": self.company.ids}
        return self.env[model].with_user(self.finance).with_context(**context)

    def _count_queries(self, function):
        function()
        self.env.flush_all()
        self.env.transaction.reset()
        # Whether the user's time zone is at hand does not hang on the screen.
        self.finance.mapped("tz")
        before = self.env.cr.sql_log_count
        function()
        return self.env.cr.sql_log_count - before

    def assertBounded(self, function, most):
        """As many queries for three times the documents."""
        few = self._count_queries(function)
        self._make_documents(4)
        many = self._count_queries(function)
        self.assertLessEqual(many, few)
        self.assertLessEqual(many, most)

    def test_check_of_a_contract(self):
        Check = self._as_finance("invoice.settlement.check")
        self.assertBounded(lambda: Check.get_page("invoice.contract", self.contract.id), 30)

    def test_check_of_a_customer(self):
        Check = self._as_finance("invoice.settlement.check")
        self.assertBounded(lambda: Check.get_page("res.partner", self.customer.id), 35)

    def test_check_of_all(self):
        Check = self._as_finance("invoice.settlement.check")
        measures = ["amount_ordered:sum", "amount_invoiced:sum", "amount_collected:sum"]
        self.assertBounded(lambda: Check.formatted_read_group([], ["partner_id"], measures), 5)

    def test_ageing(self):
        Account = self._as_finance("invoice.customer.account")
        fields = {"partner_id": {"fields": {"display_name": {}}}, "amount_due": {}, "dso": {}}
        self.assertBounded(lambda: Account.web_search_read([], fields, limit=80), 10)

    def test_account_of_a_customer(self):
        Account = self._as_finance("invoice.customer.account")
        self.assertBounded(lambda: Account.get_page("res.partner", self.customer.id), 20)

    def test_settle_page(self):
        Settlement = self._as_finance("invoice.settlement")
        self.assertBounded(lambda: Settlement.get_page(self.customer.id), 40)

    def test_overview(self):
        Worklists = self._as_finance("invoice.worklist")
        self.assertBounded(Worklists.get_overview, 45)

    def test_first_page_of_each_worklist(self):
        Payment = self._as_finance("account.payment")
        Ticket = self._as_finance("invoice.ticket")
        name = {"fields": {"display_name": {}}}
        shown = {"name": {}, "partner_id": name, "amount_to_ticket": {}}
        domain = [("partner_type", "=", "customer"), ("amount_to_ticket", ">", 0)]
        with self.subTest("received"):
            self.assertBounded(lambda: Payment.web_search_read(domain, shown, limit=80), 25)
        shown = {"name": {}, "partner_id": name, "user_id": name, "amount_due": {}}
        with self.subTest("tickets"):
            self.assertBounded(lambda: Ticket.web_search_read([], shown, limit=80), 25)

    def test_what_came_in_of_a_contract(self):
        contract = self.contract.sudo()
        self.assertBounded(contract._get_received_amounts, 5)

    def test_check_of_one_record_looks_up_what_belongs_to_it(self):
        """It finds the events that all of them, filtered by the record, are."""
        Check = self._as_finance("invoice.settlement.check")
        self.env.flush_all()
        kinds = {"order", "invoice", "payment"}
        for record, fname in (
            (self.contract, "contract_id"),
            (self.contract.sale_order_ids.filtered("invoice_ids")[:1], "sale_order_id"),
            (self.customer, "partner_id"),
        ):
            with self.subTest(fname):
                domain = [(fname, "=", record.id)]
                expected = Check.search(domain)
                self.assertLessEqual(kinds, set(expected.mapped("kind")))
                scoped = Check._within(record).search(domain)
                self.assertEqual(scoped.ids, expected.ids)
                self.assertEqual(
                    [(e.kind, e.amount_collected, e.amount_invoiced) for e in scoped],
                    [(e.kind, e.amount_collected, e.amount_invoiced) for e in expected],
                )
        # Payments of invoices without an order are not gone through.
        self.assertLess(len(Check._within(self.contract).search([])), len(Check.search([])))

    def test_context_of_a_caller_narrows_nothing(self):
        Check = self._as_finance("invoice.settlement.check")
        count = Check.search_count([])
        for value in ("1", [1], True, {"a": 1}, 1.5, [[], [], False, False, False]):
            with self.subTest(value=value):
                narrowed = Check.with_context(settlement_scope=value)
                self.assertEqual(narrowed.search_count([]), count)
