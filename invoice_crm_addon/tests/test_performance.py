from odoo.tests import Form, tagged, warmup

from .common import TicketCommon

LIST_FIELDS = ("name", "type_color", "fapiao_number", "issue_date", "amount_total", "status")
LIST_RELATIONS = ("type_id", "partner_id", "contract_id", "user_id", "department_id")


@tagged("post_install", "-at_install")
class TestPerformance(TicketCommon):
    """The number of queries does not grow with the number of records."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.contract = cls._create_contract(amount_total=10_000_000.0)
        cls._approve(cls.contract)
        cls.list_specification = {
            **{fname: {} for fname in (*LIST_FIELDS, "properties")},
            **{fname: {"fields": {"display_name": {}}} for fname in LIST_RELATIONS},
        }

    def _create_many(self, count, **values):
        return self.env["invoice.ticket"].create(
            [
                self._prepare_ticket_values(contract_id=self.contract.id, **values)
                for _index in range(count)
            ]
        )

    def _count_queries(self, function):
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.cr.sql_log_count
        function()
        self.env.flush_all()
        return self.cr.sql_log_count - before

    def assertConstant(self, few, many, slack=0):
        """Run both once to warm the caches up, then compare their queries."""
        self._count_queries(few)
        few_queries = self._count_queries(few)
        self.assertLessEqual(self._count_queries(many), few_queries + slack)

    def test_list_of_80_tickets(self):
        self._create_many(90)
        Ticket = self.env["invoice.ticket"].with_user(self.finance)

        def read(limit):
            return Ticket.web_search_read([], self.list_specification, limit=limit)

        self.assertConstant(lambda: read(5), lambda: read(80))

    def test_creating_1000_tickets_takes_no_query_per_ticket(self):
        self._create_many(1)
        one = self._count_queries(lambda: self._create_many(1))
        many = self._count_queries(lambda: self._create_many(1000))
        # Inserts go in chunks of some hundred rows.
        self.assertLess(many - one, 100)

    def test_customer_form_with_many_tickets(self):
        self._assert_form_constant(self.customer, "base.view_partner_form")

    def test_contract_form_with_many_tickets(self):
        self._assert_form_constant(
            self.contract, "invoice_crm_addon.invoice_contract_view_form"
        )

    def _assert_form_constant(self, record, view):
        def open_form():
            Form(record.with_user(self.finance), view=view)

        self._create_many(5)
        open_form()
        few = self._count_queries(open_form)
        self._create_many(1000)
        self.assertLessEqual(self._count_queries(open_form), few)

    def test_submitting_and_approving_a_batch(self):
        self._create_flow("invoice.ticket", [self.approver])

        def submit_and_approve(count):
            tickets = self._create_many(count)
            return (
                self._count_queries(tickets.with_user(self.sales).action_submit),
                self._count_queries(tickets.with_user(self.approver).action_approve),
            )

        submit_and_approve(1)
        submit, approve = submit_and_approve(50)
        self.assertLess(submit / 50, 5)
        self.assertLess(approve / 50, 5)

    @warmup
    def test_issuing_a_batch(self):
        tickets = self._create_many(50, type_id=self.type_receipt.id)
        self._approve(tickets)
        tickets = tickets.with_user(self.finance)
        self.assertLess(self._count_queries(tickets.action_issue) / 50, 3)

    def test_contract_figures_of_a_list(self):
        contracts = self.contract
        for _index in range(30):
            contracts |= self._create_contract()
        self._create_many(20)
        fnames = ["amount_ticketed", "amount_to_ticket", "amount_received"]
        self.assertConstant(
            lambda: contracts[:2].read(fnames), lambda: contracts.read(fnames)
        )
