from importlib.util import module_from_spec, spec_from_file_location

from odoo.fields import Command
from odoo.tests import tagged
from odoo.tools import SQL, file_path

from ...models.ledger.chain_steps import COLUMNS, KIND_OF
from .common import LedgerCommon

MANY = 10_000


@tagged("post_install", "-at_install")
class TestDocumentTickets(LedgerCommon):
    """The tickets of a contract, an order, an invoice or a payment: which, how many, what found."""

    def _list(self, document, user=None):
        """What the button “Tickets” of a document lists."""
        action = document.with_user(user or self.finance)._open_taking_tickets()
        return self.env["invoice.ticket"].with_user(user or self.finance).search(action["domain"])

    def test_named_or_taking(self):
        chain = self._create_chain()
        of_payment = self._ticket(chain["payment"], 300.0)
        draft = self._create_ticket(contract_id=chain["contract"].id)
        of_order = self._create_ticket(sale_order_id=chain["order"].id)
        self._create_ticket()
        for kind, tickets in (
            ("contract", of_payment | draft),
            ("order", of_payment | of_order),
            ("invoice", of_payment),
            ("payment", of_payment),
        ):
            with self.subTest(kind):
                document = chain[kind].with_user(self.finance)
                self.assertEqual(self._list(document), tickets.sorted("id", reverse=True))
                self.assertEqual(self._count(document), len(tickets))

    def _count(self, document):
        column = COLUMNS[KIND_OF[document._name]]
        Ticket = self.env["invoice.ticket"].with_user(self.finance)
        return Ticket._count_by_document(column, document).get(document, 0)

    def test_contract_of_the_money_follows_the_ticket(self):
        chain, other = self._create_chain(), self._create_active_contract()
        ticket = self._ticket(chain["payment"], 300.0)
        self.assertEqual(ticket.ledger_contract_id, chain["contract"])
        self.assertFalse(ticket.is_foreign_to_contract)
        draft = self._create_ticket(contract_id=chain["contract"].id)
        draft.contract_id = other
        self.assertEqual(draft.ledger_contract_id, other)
        draft.contract_id = False
        self.assertFalse(draft.ledger_contract_id)

    def test_ticket_that_waits_to_leave_is_of_both_contracts(self):
        """Until somebody decides, the one that it left holds its money."""
        self._create_flow("invoice.ticket", [self.approver], trigger_fields=["contract_id"])
        left, other = self._create_active_contract(), self._create_active_contract()
        ticket = self._create_ticket(contract_id=left.id)
        self._approve(ticket)
        ticket.with_user(self.sales).contract_id = other
        self.assertTrue(ticket.approval_change_waits)
        for contract in (left, other):
            self.assertEqual((self._list(contract), self._count(contract)), (ticket, 1))
        ticket.approval_request_id.with_user(self.approver).action_approve()
        self.assertEqual((len(self._list(left)), self._count(left)), (0, 0))
        self.assertEqual((self._list(other), self._count(other)), (ticket, 1))

    def test_order_that_is_deleted_takes_its_contract_along(self):
        self.company.ticket_over_issue = "off"
        contract = self._create_active_contract()
        order = self._create_order(quantity=1, price=1000.0, invoice_contract_id=contract.id)
        ticket = self._create_ticket(sale_order_id=order.id)
        self._approve(ticket)
        self.assertEqual(ticket.ledger_contract_id, contract)
        order.sudo()._action_cancel()
        order.sudo().unlink()
        self.assertFalse(ticket.ledger_contract_id)
        self.assertFalse(self._list(contract))

    def test_who_may_not_read_a_ticket_neither_lists_nor_counts_it(self):
        contract = self._create_active_contract()
        mine = self._create_ticket(contract_id=contract.id)
        self._create_ticket(contract_id=contract.id, user_id=self.outsider.id)
        own = contract.with_user(self.sales)
        self.assertEqual(self._list(contract, self.sales), mine)
        self.assertEqual(own.ticket_count, 1)

    def test_any_key_finds_nothing_else(self):
        Ticket = self.env["invoice.ticket"].with_user(self.finance)
        self._create_ticket()
        for value in ("", "contract_id", "contract_id,", "id,1", "contract_id,1 OR 1", False, 7):
            with self.subTest(value):
                self.assertFalse(Ticket.search([("document_key", "in", [value])]))
        self.assertFalse(Ticket.search([("document_key", "=", "contract_id,99999999999999")]))
        self.assertFalse(Ticket.search([("document_key", "=", "contract_id,１")]))

    def test_migration_says_which_contract(self):
        chain = self._create_chain()
        tickets = self._ticket(chain["payment"], 300.0)
        tickets |= self._create_ticket(contract_id=chain["contract"].id) | self._create_ticket()
        usd = (
            self.env["res.currency"].with_context(active_test=False).search([("name", "=", "USD")])
        )
        usd.active = True
        usd.rate_ids = [
            Command.create({"name": "2020-01-01", "rate": 0.2, "company_id": self.company.id})
        ]
        self.company.ticket_over_issue = "off"
        foreign = self._create_ticket(contract_id=chain["contract"].id, currency_id=usd.id)
        self._submit(foreign)
        tickets |= foreign
        self.assertTrue(foreign.is_foreign_to_contract)
        self.assertEqual(chain["contract"]._get_foreign_currencies(), [(chain["contract"], usd)])
        before = [(t.ledger_contract_id, t.is_foreign_to_contract) for t in tickets]
        self.env.flush_all()
        self.cr.execute(
            "UPDATE invoice_ticket SET ledger_contract_id = NULL, is_foreign_to_contract = NULL"
        )
        path = file_path("invoice_crm_addon/migrations/19.0.12.0.0/pre-ledger_contract.py")
        spec = spec_from_file_location("migration", path)
        module = module_from_spec(spec)
        spec.loader.exec_module(module)
        module.migrate(self.cr, "19.0.11.0.0")
        self.env.invalidate_all()
        after = [(t.ledger_contract_id, t.is_foreign_to_contract) for t in tickets]
        self.assertEqual(after, before)

    # === PLANS === #

    def _make_many(self, contract):
        """Tickets of years with their paths, of which one in twenty is of the contract."""
        ticket = self._ticket(self._create_payment(amount=500.0), 100.0)
        self.env.flush_all()
        number = SQL("%s + 1 + n", ticket.id)
        of_contract = SQL("CASE n %% 20 WHEN 0 THEN %s END", contract.id)
        self._clone(
            ticket,
            id=number,
            contract_id=of_contract,
            ledger_contract_id=of_contract,
            fapiao_number=SQL("NULL"),
        )
        self._clone(
            ticket.path_ids[:1],
            ticket_id=number,
            contract_id=of_contract,
            anchor=SQL("'contract'"),
            payment_id=SQL("NULL"),
        )

    def _clone(self, record, **values):
        table = SQL.identifier(record._table)
        columns = {
            name: values.get(name, SQL.identifier("source", name))
            for name, field in record._fields.items()
            if field.store and field.column_type and (name != "id" or name in values)
        }
        self.cr.execute(
            SQL(
                "INSERT INTO %s (%s) SELECT %s FROM %s AS source, generate_series(0, %s) AS n"
                " WHERE source.id = %s",
                table,
                SQL(", ").join(map(SQL.identifier, columns)),
                SQL(", ").join(columns.values()),
                table,
                MANY - 1,
                record.id,
            )
        )
        self.cr.execute(SQL("ANALYZE %s", table))

    def _get_nodes(self, select):
        self.env.cr.execute(SQL("EXPLAIN (FORMAT JSON) %s", select))
        [plan] = self.env.cr.fetchone()[0]
        nodes, found = [plan["Plan"]], []
        while nodes:
            node = nodes.pop()
            found.append(node)
            nodes += node.get("Plans", ())
        return found

    def test_tickets_of_a_document_are_found_by_indexes(self):
        """Not by a look at each ticket, whether it is named here or a path of it is."""
        chain = self._create_chain()
        self._make_many(self._create_active_contract())
        Ticket = self.env["invoice.ticket"].with_user(self.finance).with_company(self.company)
        for kind, document in chain.items():
            with self.subTest(kind):
                domain = document._open_taking_tickets()["domain"]
                select = Ticket._search(domain, order="id desc", limit=80).select()
                for node in self._get_nodes(select):
                    self.assertNotIn("SubPlan", node.get("Filter", ""))
                    if node.get("Relation Name") == "invoice_ticket":
                        condition = node.get("Index Cond", "")
                        self.assertRegex(condition, r"\b(id|ledger_contract_id|sale_order_id)\b")

    def test_contract_with_many_tickets_reads_the_first_of_an_index(self):
        contract = self._create_active_contract()
        self._make_many(contract)
        Ticket = self.env["invoice.ticket"].with_user(self.finance).with_company(self.company)
        domain = contract._open_taking_tickets()["domain"]
        nodes = self._get_nodes(Ticket._search(domain, order="id desc", limit=80).select())
        self.assertNotIn("Sort", [node["Node Type"] for node in nodes])
        paths = self.env["invoice.ticket.path"]
        for direction in ("ASC", "DESC"):
            query = paths._search([("contract_id", "=", contract.id)])
            select = SQL(
                "%s ORDER BY ticket_id %s LIMIT 20",
                query.select(SQL("DISTINCT ticket_id")),
                SQL(direction),
            )
            kinds = {node["Node Type"] for node in self._get_nodes(select)}
            self.assertFalse(kinds & {"Sort", "Incremental Sort", "HashAggregate", "Aggregate"})
