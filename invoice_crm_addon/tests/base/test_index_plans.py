import re
from functools import partial
from unittest.mock import patch

from lxml import etree

from odoo.api import Environment
from odoo.exceptions import AccessError
from odoo.fields import Domain
from odoo.tests import tagged
from odoo.tools import SQL
from odoo.tools.safe_eval import safe_eval

from ..common import TicketCommon

ROWS = 15_000
DAYS = 3000
RARE = "qz7391x"
# Tables that grow, as they are after years: what their rows have in common; the rest follows from
# the types of the fields. What is open, new or late is rare among them.
GROWING = {
    "res.partner": {"type": "contact", "customer_rank": 1, "billing_state": "verified"},
    "invoice.contract": {"state": "closed", "partner_id": None, "user_id": None},
    "invoice.ticket": {
        "state": "issued",
        "status": "paid",
        "payment_state": "paid",
        "shipping_state": "delivered",
        "approval_state": "approved",
        "partner_id": None,
        "contract_id": None,
        "user_id": None,
    },
    "invoice.ticket.line": {"ticket_id": None},
    "invoice.ticket.path": {"ticket_id": None, "contract_id": None, "anchor": "contract"},
    "invoice.ticket.mailing": {"ticket_id": None},
    "invoice.approval.request": {
        "state": "approved",
        "res_model": "invoice.ticket",
        "partner_id": None,
        "requester_id": None,
        "owner_id": None,
    },
    "invoice.approval.step": {"request_id": None, "state": "approved"},
    "invoice.approval.decision": {"request_id": None, "decision": "approve"},
    "invoice.shipment": {"state": "delivered", "partner_id": None},
    "invoice.shipment.event": {"shipment_id": None},
    "invoice.fapiao.file": {"outcome": "attached", "verdict": "agreed", "ticket_id": None},
    "invoice.account.statement": {"state": "confirmed", "partner_id": None},
    "invoice.reminder": {"state": "sent", "partner_id": None},
    "invoice.reminder.stop": {"partner_id": None},
    "invoice.planned.bill": {"state": "done", "contract_id": None, "partner_id": None},
    "invoice.bank.match": {"state": "done"},
    "invoice.customer.distinct": {"partner_id": None, "other_id": None},
    "invoice.export.log": {},
    "invoice.bureau.batch.item": {"batch_id": None, "ticket_id": None, "state": "issued"},
    "invoice.bureau.fapiao": {"status": "normal"},
    "invoice.bureau.line": {"fapiao_id": None},
    "invoice.check.finding": {"state": "gone", "severity": "1"},
}
# Where no index helps, and why.
SCANS = {
    "core offers it, and most customers are found": """
        res.partner: filter type_company: res_partner
        res.partner: filter employees: res_partner
        res.partner: filter inactive: res_partner
    """,
    "many are found: digital invoices take no parcel": """
        invoice.ticket: filter not_shipped: invoice_ticket
        invoice.ticket: filter not_mailed: invoice_ticket
    """,
    "few different names, each of many": """
        invoice.approval.request: search flow_name: invoice_approval_request
        invoice.approval.request: search step_name: invoice_approval_request
    """,
    "in the order of what the checks are called, whatever their number; most of them are gone": """
        invoice.check.finding: menu check_finding: invoice_check_finding
        invoice.check.finding: filter gone: invoice_check_finding
        invoice.check.finding: filter hints: invoice_check_finding
    """,
    "of those that are accepted, which are few": """
        invoice.check.finding: search reason: invoice_check_finding
    """,
    "one index a model, of which there are few": """
        invoice.export.log: search res_model: invoice_export_log
    """,
}
SCANNING = {line.strip() for lines in SCANS.values() for line in lines.strip().splitlines()}


@tagged("post_install", "-at_install")
class TestIndexPlans(TicketCommon):
    """What a screen offers to look for is found by an index, for each role."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.roles = (cls.sales, cls.lead, cls.finance, cls.approver, cls.auditor)
        cls.first_ids = {}
        cls.env.flush_all()
        for model, values in GROWING.items():
            cls._seed(cls.env[model], values)
        cls.tables = {cls.env[model]._table for model in GROWING}
        for table in cls.tables:
            cls.cr.execute(SQL("ANALYZE %s", SQL.identifier(table)))
        # As on the disks of today: what tests before left behind in the tables, which makes them
        # longer to read, would decide between plans that are nearly as good.
        cls.cr.execute("SET LOCAL random_page_cost = 1.1")
        # What is new in a trigram index waits in a list that searches read from end to end.
        cls.cr.execute(
            """SELECT gin_clean_pending_list(i.indexrelid) FROM pg_index i
               JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_am am ON am.oid = c.relam
               WHERE am.amname = 'gin' AND i.indrelid::regclass::text IN %s""",
            [tuple(cls.tables)],
        )
        cls.env.invalidate_all()

    # === SEED === #

    @classmethod
    def _seed(cls, Model, values):
        cls._drop_foreign_keys(Model._table)
        cls.cr.execute(SQL("SELECT max(id) FROM %s", SQL.identifier(Model._table)))
        first = cls.first_ids[Model._name] = (cls.cr.fetchone()[0] or 0) + 1000
        columns = {"id": SQL("%s + n", first)}
        for name, field in Model._fields.items():
            if field.store and field.column_type and name != "id":
                columns[name] = cls._get_column(Model, field, values)
        columns = {name: sql for name, sql in columns.items() if sql}
        cls.cr.execute(
            SQL(
                "INSERT INTO %s (%s) SELECT %s FROM generate_series(0, %s) AS n",
                SQL.identifier(Model._table),
                SQL(", ").join(map(SQL.identifier, columns)),
                SQL(", ").join(columns.values()),
                ROWS - 1,
            )
        )

    @classmethod
    def _drop_foreign_keys(cls, table):
        """Rows that name what is not there are enough for plans, and quick to make."""
        cls.cr.execute(
            "SELECT conname FROM pg_constraint WHERE contype = 'f' AND conrelid = %s::regclass",
            [table],
        )
        for (name,) in cls.cr.fetchall():
            cls.cr.execute(
                SQL(
                    "ALTER TABLE %s DROP CONSTRAINT %s", SQL.identifier(table), SQL.identifier(name)
                )
            )

    @classmethod
    def _get_column(cls, Model, field, values):
        """SQL of the n-th row's value, or None."""
        if field.name in values and values[field.name] is not None:
            return SQL("%s", values[field.name])
        if field.type == "many2one":
            return cls._get_relation(Model, field, values)
        if field.company_dependent or field.type in ("json", "properties", "binary"):
            return None
        if field.type in ("char", "text", "html"):
            return SQL("%s || n", f"{field.name} ")
        if field.type == "selection":
            return SQL("%s", field.get_values(cls.env)[-1]) if field.required else None
        if field.type == "boolean":
            return SQL("%s", field.name == "active")
        if field.type in ("date", "datetime"):
            return SQL("CURRENT_DATE - 1 - (n * 7919 %% %s)", DAYS)
        return SQL("n")

    @classmethod
    def _get_relation(cls, Model, field, values):
        if field.name == "commercial_partner_id" and Model._name == "res.partner":
            return SQL("%s + n", cls.first_ids[Model._name])
        if first := field.name in values and cls.first_ids.get(field.comodel_name):
            return SQL("%s + n", first)
        if field.name == "company_id" and Model._name != "res.partner":
            return SQL("%s", cls.company.id)
        if field.comodel_name == "res.users" and field.name in values:
            return SQL("%s", cls.outsider.id)
        if not field.required:
            return None
        known = cls.first_ids.get(field.comodel_name)
        return SQL("%s + n", known or 1)

    # === SCREENS === #

    def _get_screens(self, Model):
        """Name and domain of all that views and menus offer a role to look for in a model."""
        screens = {}
        data = self.env["ir.model.data"].search(
            [
                ("module", "=", "invoice_crm_addon"),
                ("model", "in", ("ir.ui.view", "ir.actions.act_window")),
            ]
        )
        for action in self.env["ir.actions.act_window"].browse(
            data.filtered(lambda d: d.model == "ir.actions.act_window").mapped("res_id")
        ):
            if action.res_model == Model._name:
                # Of two menus with one name, each is tried.
                xml_id = action.xml_id.partition(".")[2].removeprefix("invoice_")
                name = f"menu {xml_id.replace('_action', '')}"
                own = action.domain or Domain.TRUE
                screens[name] = [own]
                for filter_name, domain in self._get_defaults(Model, action).items():
                    screens[f"{name} {filter_name}"] = [own, domain]
        views = self.env["ir.ui.view"].browse(
            data.filtered(lambda d: d.model == "ir.ui.view").mapped("res_id")
        )
        for view in views.filtered(lambda v: v.model == Model._name and v.type == "search"):
            arch = etree.fromstring(Model.get_view(view.id, "search")["arch"])
            for node in arch.iter("filter"):
                if node.get("domain"):
                    screens[f"filter {node.get('name')}"] = [node.get("domain")]
                elif date := node.get("date"):
                    screens[f"date {date}"] = [
                        Domain(date, ">=", "2024-03-01") & Domain(date, "<=", "2024-03-02")
                    ]
            for node in arch.xpath("/search/field"):
                field = Model._fields[node.get("name")]
                if field._description_searchable and not field.name.startswith("properties"):
                    screens[f"search {node.get('name')}"] = [self._get_search(Model, node)]
        return screens

    def _get_defaults(self, Model, action):
        """Domains of the filters with which an action begins, by name."""
        context = safe_eval(action.context or "{}", {"uid": Model.env.uid, "active_id": 1})
        arch = etree.fromstring(Model.get_view(action.search_view_id.id, "search")["arch"])
        return {
            node.get("name"): node.get("domain")
            for node in arch.iter("filter")
            if node.get("domain") and context.get(f"search_default_{node.get('name')}")
        }

    def _get_groups(self, Model):
        """What the searches of a model offer a role to group by."""
        data = self.env["ir.model.data"].search(
            [("module", "=", "invoice_crm_addon"), ("model", "=", "ir.ui.view")]
        )
        views = self.env["ir.ui.view"].browse(data.mapped("res_id"))
        groups = set()
        for view in views.filtered(lambda v: v.model == Model._name and v.type == "search"):
            arch = etree.fromstring(Model.get_view(view.id, "search")["arch"])
            for node in arch.iter("filter"):
                context = safe_eval(node.get("context") or "{}", {"uid": Model.env.uid})
                if by := context.get("group_by"):
                    groups.update([by] if isinstance(by, str) else by)
        fields = {group: Model._fields[group.split(":")[0].split(".")[0]] for group in groups}
        return {
            f"{group}:month" if field.type in ("date", "datetime") and ":" not in group else group
            for group, field in fields.items()
            if field.type != "properties"
        }

    def _get_search(self, Model, node):
        """Domain of what the web client looks for when somebody types into the search box."""
        name, field = node.get("name"), Model._fields[node.get("name")]
        typed = 90_210 if field.type in ("integer", "float", "monetary") else RARE
        if node.get("filter_domain"):
            return safe_eval(node.get("filter_domain"), {"self": typed})
        if field.type in ("char", "text", "html", "many2one", "many2many", "one2many"):
            return Domain(name, "ilike", typed)
        if field.type in ("date", "datetime"):
            return Domain(name, "=", "2024-03-01")
        return Domain(name, "=", typed) if typed != RARE else Domain.FALSE

    # === PLANS === #

    def test_screens_are_found_by_indexes(self):
        scans = {}
        for model in GROWING:
            for user in self.roles:
                Model = self.env[model].with_user(user).with_company(self.company)
                if not Model.has_access("read"):
                    continue
                for screen, parts in self._get_screens(Model).items():
                    for table in self._find_scans(Model, parts):
                        scans.setdefault(f"{model}: {screen}: {table}", []).append(user.login)
                for group in self._get_groups(Model):
                    for table in self._find_scans_of_group(Model, group):
                        scans.setdefault(f"{model}: group {group}: {table}", []).append(user.login)
        wrong = {screen: people for screen, people in scans.items() if screen not in SCANNING}
        self.assertFalse(wrong, "\n".join(f"{s} {p}" for s, p in wrong.items()))
        self.assertFalse(SCANNING - scans.keys(), "these have an index now")

    def _find_scans(self, Model, parts):
        """Growing tables that PostgreSQL reads from end to end for the first page of a list."""
        known = {"uid": Model.env.uid, **self._get_evaluation()}
        domain = Domain.AND(safe_eval(d, known) if isinstance(d, str) else d for d in parts)
        try:
            query = Model._search(domain, order=Model._order, limit=80)
        except AccessError:  # A menu or a column of others.
            return set()
        return set() if query.is_empty() else self._explain(query.select())

    def _find_scans_of_group(self, Model, group):
        """The same for groups of what was found: they read no more than that."""
        first = self.first_ids[Model._name]
        domain = [("id", "in", [first, first + 1, first + 2])]
        selects = self._note_selects(lambda: Model._read_group(domain, [group], ["__count"]))
        return set().union(*map(self._explain, selects))

    def _note_selects(self, function):
        """Queries that a function asks."""
        read = Environment.execute_query
        selects = []

        def note(env, query):
            selects.append(query)
            return read(env, query)

        with patch.object(Environment, "execute_query", note):
            function()
        return selects

    def _explain(self, select):
        return {
            node["Relation Name"]
            for node in self._get_nodes(select)
            if node["Node Type"] == "Seq Scan" and node["Relation Name"] in self.tables
        }

    def _get_evaluation(self):
        return {"context_today": None, "allowed_company_ids": self.company.ids}

    def _get_nodes(self, select):
        """Nodes of the plan of a query."""
        self.env.cr.execute(SQL("EXPLAIN (FORMAT JSON) %s", select))
        [plan] = self.env.cr.fetchone()[0]
        return list(self._walk(plan["Plan"]))

    def _walk(self, node):
        yield node
        for child in node.get("Plans", ()):
            yield from self._walk(child)

    # === SUMS AND FORMS === #

    def test_sums_of_a_company_are_read_from_an_index_alone(self):
        """Tickets are wide: the home page adds up a quarter of them, and lists all."""
        issued, total = ("state", "=", "issued"), ["__count", "amount_issued:sum"]
        for domain, groups, sums in (
            ([issued, ("issue_date", ">=", "2020-01-01")], ["type_id", "issue_date:month"], total),
            ([], ["company_id", "type_id", "state"], [*total, "amount_issued_tax:sum"]),
            ([], ["date_calendar:day", "type_id", "company_id"], total),
            ([], ["status"], total),
            ([], ["type_id"], ["__count"]),
        ):
            with self.subTest(groups=groups):
                self._check_read_from_an_index(self.finance, domain, groups, sums)

    def test_sums_of_what_is_open_are_read_from_an_index_by_everybody(self):
        """Of all that a department has written, little is open."""
        open_domain = [("state", "=", "issued"), ("amount_due", ">", 0)]
        for user in (self.finance, self.lead, self.sales, self.approver, self.auditor):
            for late in ([], [("date_due", "<", "today")]):
                with self.subTest(user=user.login, late=late):
                    self._check_read_from_an_index(
                        user,
                        [*open_domain, *late],
                        ["company_id", "currency_id", "type_id"],
                        ["__count", "amount_open:sum"],
                    )

    def _check_read_from_an_index(self, user, domain, groups, sums):
        Ticket = self.env["invoice.ticket"].with_user(user).with_company(self.company)
        *_others, select = [
            select
            for select in self._note_selects(partial(Ticket._read_group, domain, groups, sums))
            if 'FROM "invoice_ticket"' in select.code
        ]
        read = set(re.findall(r'"invoice_ticket"\."(\w+)"', select.code))
        indexes = self._get_columns_of_indexes("invoice_ticket")
        self.assertTrue(any(read <= columns for columns in indexes), read)

    def test_what_is_due_of_tickets_is_found_by_its_index(self):
        """Accounts, receivables, statements and reminders ask it in SQL, archived or not."""
        self.env.cr.execute("UPDATE invoice_ticket SET amount_due = 0 WHERE id % 50 > 0")
        self.env.cr.execute("ANALYZE invoice_ticket")
        nodes = self._get_nodes(self.env["invoice.receivable.item"]._get_due_tickets_sql())
        self.assertIn("invoice_ticket_open_idx", [node.get("Index Name") for node in nodes])

    def _get_columns_of_indexes(self, table):
        """Columns that each index of a table holds, or tells by which rows it holds."""
        self.env.cr.execute(
            """SELECT array_agg(a.attname::text), pg_get_expr(i.indpred, i.indrelid)
               FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indexrelid
               WHERE i.indrelid = %s::regclass GROUP BY i.indexrelid, i.indpred, i.indrelid""",
            [table],
        )
        return [
            {*names, *re.findall(r"\w+", where or "")} for names, where in self.env.cr.fetchall()
        ]

    def test_newest_tickets_of_many_are_found_by_whose_they_are(self):
        """Those of an old customer lie behind all that came since, however many it has."""
        first = self.first_ids["invoice.ticket"]
        partner, contract = self.first_ids["res.partner"], self.first_ids["invoice.contract"]
        self.env.cr.execute(
            "UPDATE invoice_ticket SET partner_id = %s, contract_id = %s "
            "WHERE id BETWEEN %s AND %s",
            [partner, contract, first, first + ROWS // 30],
        )
        self.env.cr.execute("ANALYZE invoice_ticket")
        Ticket = self.env["invoice.ticket"].with_user(self.finance).with_company(self.company)
        for fname, record_id in (("partner_id", partner), ("contract_id", contract)):
            query = Ticket._search([(fname, "=", record_id)], limit=40, order="id desc")
            nodes = self._get_nodes(query.select())
            self.assertIn(fname, " ".join(node.get("Index Cond", "") for node in nodes))
            self.assertNotIn("Sort", [node["Node Type"] for node in nodes])
            columns = {fname, "id", "company_id", "active"}
            indexes = self._get_columns_of_indexes("invoice_ticket")
            self.assertTrue(any(columns <= index for index in indexes), "read from it alone")


@tagged("post_install", "-at_install")
class TestFoundByName(TicketCommon):
    """Documents are found by names of their own and of others, as core finds them."""

    def test_names_of_both_find(self):
        customer = self.env["res.partner"].create({"name": "Qzalpha Trading"})
        first = self._create_contract(partner_id=customer.id, name="Lease")
        second = self._create_contract(name="Qzalpha Lease")
        other = self._create_contract(name="Repairs")
        every = first | second | other
        Contract = self.env["invoice.contract"]
        known = [("id", "in", every.ids)]
        self.assertEqual(
            Contract.search([("display_name", "ilike", "qzalpha"), *known]), every - other
        )
        self.assertEqual(Contract.search([("display_name", "not ilike", "qzalpha"), *known]), other)
        searched = Contract._search_display_name("ilike", "qzalpha")
        self.assertEqual(every.filtered_domain(searched), every - other)
        self.assertEqual(len(Contract.name_search("qzalpha", known)), 2)
        second.active = False
        self.assertEqual(Contract.search([("display_name", "ilike", "qzalpha"), *known]), first)
        ticket = self._create_ticket(partner_id=customer.id, contract_id=first.id)
        found = self.env["invoice.ticket"].search([("contract_id", "ilike", "qzalpha")])
        self.assertEqual(found, ticket)

    def test_who_may_not_read_a_document_does_not_find_it(self):
        contract = self._create_contract(name="Qzbeta", user_id=self.outsider.id)
        mine = self.env["invoice.contract"].with_user(self.sales)
        self.assertFalse(mine.search([("display_name", "ilike", "qzbeta")]))
        self.assertEqual(mine.sudo().search([("display_name", "ilike", "qzbeta")]), contract)
