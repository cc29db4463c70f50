from copy import deepcopy
from functools import partial
from unittest.mock import patch

from lxml import etree

from odoo.tests import Form, tagged, warmup
from odoo.tools import SQL

from ..common import TicketCommon

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
        values = {"contract_id": self.contract.id, **values}
        return self.env["invoice.ticket"].create(
            [self._prepare_ticket_values(**values) for _index in range(count)]
        )

    def _count_queries(self, function):
        self.env.flush_all()
        self.env.transaction.reset()
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

    def test_customer_form_with_10000_tickets(self):
        self._assert_form_constant(self.customer, "base.view_partner_form", 10_000)

    def test_contract_form_with_1000_tickets(self):
        self._assert_form_constant(
            self.contract, "invoice_crm_addon.invoice_contract_view_form", 1_000
        )

    def _assert_form_constant(self, record, view, count):
        record = record.with_user(self.finance)
        specification = self._get_form_specification(record, view)

        def open_form():
            read.append(record.web_read(specification))

        read = []

        ticket = self._create_many(5)[0]
        open_form()
        few = self._count_queries(open_form)
        self._multiply(ticket, count)
        self.assertEqual(len(self.customer.ticket_ids), count + 5)
        self.assertLessEqual(self._count_queries(open_form), few)
        lists = (rows for rows in read[-1][0].values() if isinstance(rows, list))
        self.assertLessEqual(max(map(len, lists)), 40)

    def _get_form_specification(self, record, view):
        """What the web client reads to show a form: of long lists, the first page."""
        specification = deepcopy(Form(record, view=view)._view["fields_spec"])
        for fname, spec in specification.items():
            if record._fields[fname].type in ("one2many", "many2many"):
                spec["limit"] = 40
        return specification

    def _multiply(self, ticket, count):
        """Copy the row of a ticket; going through the ORM would take a minute for 10,000."""
        self.env.flush_all()
        columns = SQL(", ").join(
            SQL.identifier(name)
            for name, field in ticket._fields.items()
            if field.store and field.column_type and name != "id"
        )
        self.env.cr.execute(
            SQL(
                "INSERT INTO invoice_ticket (%(columns)s) "
                "SELECT %(columns)s FROM invoice_ticket, generate_series(1, %(count)s) "
                "WHERE invoice_ticket.id = %(id)s",
                columns=columns,
                count=count,
                id=ticket.id,
            )
        )
        self.env.invalidate_all()

    def _submit_and_approve(self, count):
        """Queries to submit tickets, to approve the first stage and to approve the second."""
        tickets = self._create_many(count, contract_id=False)
        return (
            self._count_queries(tickets.with_user(self.sales).action_submit),
            self._count_queries(tickets.with_user(self.approver).action_approve),
            self._count_queries(tickets.with_user(self.finance).action_approve),
        )

    def test_submitting_and_approving_a_batch(self):
        self._create_flow("invoice.ticket", [self.approver, self.finance])
        self._submit_and_approve(2)
        for queries in self._submit_and_approve(50):
            self.assertLess(queries / 50, 7)

    def test_submitting_and_approving_with_one_click(self):
        # As the first login in a browser sets it.
        (self.approver | self.finance).tz = "Asia/Shanghai"
        self._create_flow("invoice.ticket", [self.approver, self.finance])
        self._submit_and_approve(2)
        self._submit_and_approve(2)
        # The caches of the registry are warm, those of the transaction are not.
        submit, *approvals = self._submit_and_approve(1)
        # One of them asks whether the customer was reminded by a step that blocks, one reads what
        # a request reads of its user.
        self.assertLessEqual(submit, 27)
        for queries in approvals:
            # Nine read, nine write what is decided, six are core's: activity, bus, job.
            self.assertLessEqual(queries, 24)

    def test_telling_people_takes_one_message_for_a_batch(self):
        self._create_flow("invoice.ticket", [self.approver])
        Notice = self.env["invoice.approval.notice"]

        def tell(count):
            self._create_many(count).with_user(self.sales).action_submit()
            with patch.object(self.registry["ir.cron"], "_commit_progress", return_value=1):
                return self._count_queries(Notice._cron_send)

        tell(2)
        messages = self.env["mail.message"].search_count([])
        self.assertLess(tell(50) / 50, 7)
        # One that tells, and one in the log of each ticket.
        self.assertEqual(self.env["mail.message"].search_count([]), messages + 1 + 50)

    def test_changing_a_watched_field_of_a_batch(self):
        """First changes, changes that take the place of those, and changes back."""
        self._create_flow("invoice.ticket", [self.approver], trigger_fields=["content"])
        tickets = self._create_many(22).with_user(self.sales)
        tickets.action_submit()
        tickets.with_user(self.approver).action_approve()
        warm, one, many = tickets[0], tickets[1], tickets[2:]
        for content in ("Other", "Another", tickets[0].content):
            figures = []
            for group in (warm, one, many):
                # Browsed alone: a record of a batch would read ahead for all of it.
                group = group.browse(group.ids)
                write = partial(group.write, {"content": content})
                figures.append(self._count_queries(write))
            self.assertLessEqual(figures[2], figures[1] + 20)
            self.assertLess(figures[2] / len(many), 4)

    def test_to_approve_of_80_requests(self):
        self._create_flow("invoice.ticket", [self.approver])
        self._create_many(80).with_user(self.sales).action_submit()
        Request = self.env["invoice.approval.request"].with_user(self.approver)
        specification = self._get_list_specification(Request)
        domain = [("waiting_user_ids", "in", self.approver.ids)]

        def read(limit):
            return Request.web_search_read(domain, specification, limit=limit)

        self.assertConstant(lambda: read(5), lambda: read(80))

    def _get_list_specification(self, Model):
        """What the web client reads for the columns of a list."""
        arch = etree.fromstring(Model.get_view(view_type="list")["arch"])
        names = {node.get("name") for node in arch.xpath("//field[not(ancestor::field)]")}
        return {
            name: {"fields": {"display_name": {}}} if Model._fields[name].relational else {}
            for name in names
        }

    @warmup
    def test_issuing_a_batch(self):
        tickets = self._create_many(50, type_id=self.type_receipt.id)
        self._approve(tickets)
        tickets = tickets.with_user(self.finance)
        self.assertLess(self._count_queries(tickets.action_issue) / 50, 3)

    def test_contract_figures_of_a_list(self):
        contracts = self.contract
        for _index in range(79):
            contracts |= self._create_contract()
        self._create_many(20)
        fnames = ["amount_ticketed", "amount_to_ticket", "amount_received", "ticket_count"]
        self.assertConstant(lambda: contracts[:2].read(fnames), lambda: contracts.read(fnames))
