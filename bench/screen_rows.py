"""Rows behind the screens: tickets with their approvals, parcels, files, orders and customers.

One issued ticket with one decided approval is cloned in SQL, BENCH_TICKETS times, for 40 people in
50 departments and 5,000 customers. The department lead reads one department of them and what 2 % of
the requests asked of them; the approver is asked in a half of all requests and has no other right.
A tenth of the tickets is on its way in a parcel, a tenth came from a file, and there are as many
sales orders as tickets. Tickets of one customer and contract are 10, 1,000, 10,000 and 100,000.
"""

import contextlib
import os

TICKETS = int(os.environ.get("BENCH_TICKETS", 200_000))
PEOPLE, DEPARTMENTS, CUSTOMERS, CONTRACTS = 40, 50, 5000, 2000
DAYS = 730
# Customers and contracts of so many tickets each, as far as there are that many.
BIG = [count for count in (10, 1000, 10_000, 100_000) if count <= TICKETS // 10]
TABLES = (
    *("hr_department", "res_users", "res_partner", "sale_order"),
    *("invoice_ticket", "invoice_ticket_path", "invoice_contract"),
    *("invoice_approval_request", "invoice_approval_request_approver_rel"),
    *("invoice_shipment", "invoice_shipment_ticket_rel", "invoice_fapiao_file"),
)
STATUS = {
    # Of a thousand tickets: how many, and what differs of them.
    "draft": (2, {"state": "'draft'", "payment_state": "'not_paid'", "issue_date": "NULL"}),
    "pending": (1, {"state": "'pending'", "payment_state": "'not_paid'", "issue_date": "NULL"}),
    "approved": (2, {"state": "'approved'", "payment_state": "'not_paid'", "issue_date": "NULL"}),
    "to_pay": (40, {"payment_state": "'not_paid'"}),
    "issued": (5, {"payment_state": "'not_paid'"}),
}
SHARES = {}
for _status, (_share, _values) in STATUS.items():
    _start = sum(share for share, _ in (STATUS[name] for name in SHARES))
    SHARES[_status] = (_start, _start + _share)


def choose(fname, otherwise):
    """SQL of a column whose value depends on the status of the n-th ticket."""
    # The primes keep what is open apart from whose it is.
    place = "(n::bigint * 7919 % 1000)"
    cases = [
        f"WHEN {place} >= {start} AND {place} < {end} THEN {values[fname]}"
        for status, (start, end) in SHARES.items()
        if fname in (values := {"status": f"'{status}'", **STATUS[status][1]})
    ]
    return f"CASE {' '.join(cases)} ELSE {otherwise} END"


class Rows:
    """Makes the rows, commits them and lets PostgreSQL know what it has.

    :param screens: what clones rows, as superuser
    :param company: of the rows
    :param dict users: users by role
    """

    def __init__(self, screens, company, users):
        self.screens = screens
        self.env = screens.env
        self.company = company
        self.users = users
        self.departments = (
            self.env["hr.employee"].search([("user_id", "=", users["lead"].id)]).department_id
        )
        with self._without_upkeep():
            self._make()
        screens.keep()

    @contextlib.contextmanager
    def _without_upkeep(self):
        """Indexes are made at the end, and foreign keys are not looked at for each row."""
        indexes = self.screens.ask(
            "SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index "
            "WHERE indrelid::regclass::text = ANY(%s) AND NOT indisprimary "
            "AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid)",
            list(TABLES),
        )
        for name, _definition in indexes:
            self.env.cr.execute(f"DROP INDEX {name}")
        ((is_superuser,),) = self.screens.ask("SHOW is_superuser")
        if is_superuser == "on":
            self.env.cr.execute("SET session_replication_role = replica")
        yield
        if is_superuser == "on":
            self.env.cr.execute("SET session_replication_role = DEFAULT")
        self.env.cr.execute("SET maintenance_work_mem = '512MB'")
        for _name, definition in indexes:
            self.env.cr.execute(definition)

    # === ROWS === #

    def _make(self):
        ticket = self.env["invoice.ticket"].search(
            [
                ("company_id", "=", self.company.id),
                ("state", "=", "issued"),
                ("red_of_id", "=", False),
                ("approval_request_ids", "!=", False),
            ],
            limit=1,
        )
        department = (
            self.env["hr.department"]
            .create([{"name": f"B{n}", "company_id": self.company.id} for n in range(DEPARTMENTS)])
            .ids[0]
        )
        self.env.flush_all()
        clone, sales = self.screens.clone, self.users["sales"].id
        person = clone("res_users", PEOPLE, self.users["sales"], login="'bench' || n")[0]
        self.partner = self._make_customers(ticket.partner_id)
        self._make_contracts(person, department)
        day = f"CURRENT_DATE - (n::bigint * 7919 % {DAYS})::int"
        unpaid = choose("payment_state", "NULL") + " IS NULL"
        in_charge = f"CASE n % 50 WHEN 1 THEN {sales} ELSE {person} + n % {PEOPLE} END"
        place = (
            f"CASE n % 50 WHEN 0 THEN {self.departments[:1].id} "
            f"ELSE {department} + n % {DEPARTMENTS} END"
        )
        self.tickets = clone(
            "invoice_ticket",
            TICKETS,
            ticket,
            name="'B' || n",
            fapiao_number="'26' || lpad(n::text, 18, '0')",
            contract_id=self._get_big("invoice_contract", "NULL"),
            ledger_contract_id=self._get_big("invoice_contract", "NULL"),
            sale_order_id="NULL",
            partner_id=self._get_big("res_partner", f"{self.partner} + n % {CUSTOMERS}"),
            buyer_name="'Buyer ' || n % 5000",
            issue_date=choose("issue_date", day),
            date_planned=day,
            date_calendar=day,
            create_date=day,
            date_due=f"{day} + 30",
            user_id=in_charge,
            department_id=place,
            state=choose("state", "'issued'"),
            status=choose("status", "'paid'"),
            payment_state=choose("payment_state", "'paid'"),
            shipping_state="CASE WHEN n % 10 = 3 THEN 'delivered' ELSE 'none' END",
            sent_on=day,
            approval_audience_id="NULL",
            amount_due=f"CASE WHEN {unpaid} THEN 0 ELSE source.amount_total END",
            amount_open=f"CASE WHEN {unpaid} THEN 0 ELSE source.amount_issued END",
        )[0]
        self._make_requests(ticket.approval_request_ids[:1], person, department)
        self._make_paths()
        self._make_shipments()
        self._make_files()
        order = self.env["sale.order"].search([("company_id", "=", self.company.id)], limit=1)
        clone(
            "sale_order",
            TICKETS,
            order,
            name="'B' || n",
            partner_id=f"{self.partner} + n % {CUSTOMERS}",
            date_order=day,
            create_date=day,
            user_id=in_charge,
            state="CASE WHEN n % 20 = 0 THEN 'draft' ELSE 'sale' END",
            access_token="NULL",
        )

    def _make_customers(self, source):
        """:return: the first of the many; those of many tickets come before"""
        names = {
            "name": "'B' || n",
            "complete_name": "'B' || n",
            "billing_name_key": "'B' || n",
            "billing_near_key": "'B' || n",
            "vat": "NULL",
            "tax_number_key": "NULL",
        }
        partners = self.screens.clone("res_partner", len(BIG) + CUSTOMERS, source, **names)
        self.env.cr.execute(
            "UPDATE res_partner SET commercial_partner_id = id WHERE id = ANY(%s)", [partners]
        )
        self.customers = partners[: len(BIG) + 1]
        return partners[len(BIG)]

    def _make_contracts(self, person, department):
        source = self.env["invoice.contract"].search(
            [("company_id", "=", self.company.id), ("state", "=", "active")], limit=1
        )
        sales = self.users["sales"].id
        contracts = self.screens.clone(
            "invoice_contract",
            len(BIG) + CONTRACTS,
            source,
            number="'B' || n",
            name="'Contract ' || n",
            partner_id=f"{self.partner - len(BIG)} + n",
            # Nobody was asked about these, whatever the one says that they are copies of.
            approval_audience_id="NULL",
            user_id=f"CASE n % 50 WHEN 1 THEN {sales} ELSE {person} + n % {PEOPLE} END",
            department_id=f"{department} + n % {DEPARTMENTS}",
        )
        self.contracts = contracts[: len(BIG) + 1]

    def _get_big(self, table, otherwise):
        """SQL of the customer or contract of the n-th ticket: the first ones have many."""
        first = {"res_partner": self.customers, "invoice_contract": self.contracts}[table]
        cases, end = [], 0
        for record_id, count in zip(first, BIG, strict=False):
            end += count
            cases.append(f"WHEN n < {end} THEN {record_id}")
        return f"CASE {' '.join(cases)} ELSE {otherwise} END" if cases else otherwise

    def _make_requests(self, source, person, department):
        requests = self.screens.clone(
            "invoice_approval_request",
            TICKETS,
            source,
            name="'B' || n",
            res_id=f"{self.tickets} + n",
            requester_id=f"{person} + n % {PEOPLE}",
            owner_id=f"{person} + n % {PEOPLE}",
            approval_audience_id="NULL",
            department_id=f"{department} + n % {DEPARTMENTS}",
        )[0]
        asked = {"approver": 2, "lead": 50}
        for login, share in asked.items():
            self.env.cr.execute(
                "INSERT INTO invoice_approval_request_approver_rel "
                "(invoice_approval_request_id, res_users_id) "
                f"SELECT {requests} + n, {self.users[login].id} "
                f"FROM generate_series(0, {TICKETS - 1}) AS n WHERE n % {share} = {share // 2}"
            )
        self.env.cr.execute(
            "CREATE TEMPORARY TABLE asked ON COMMIT DROP AS "
            "SELECT r.id, r.res_id, jsonb_agg(rel.res_users_id ORDER BY rel.res_users_id) AS ids "
            "FROM invoice_approval_request_approver_rel rel JOIN invoice_approval_request r "
            f"ON r.id = rel.invoice_approval_request_id AND r.id >= {requests} GROUP BY r.id"
        )
        self.env.cr.execute(
            "INSERT INTO invoice_approval_audience (user_ids) SELECT DISTINCT ids FROM asked "
            "ON CONFLICT DO NOTHING"
        )
        for table, column in (("invoice_approval_request", "id"), ("invoice_ticket", "res_id")):
            self.env.cr.execute(
                f"UPDATE {table} x SET approval_audience_id = u.id "
                "FROM asked a JOIN invoice_approval_audience u ON u.user_ids = a.ids "
                f"WHERE a.{column} = x.id"
            )

    def _make_paths(self):
        """What the tickets of the big contracts take of them."""
        source = self.env["invoice.ticket.path"].search([("anchor", "=", "contract")], limit=1)
        end = 0
        for contract, count in zip(self.contracts, BIG, strict=False):
            self.screens.clone(
                "invoice_ticket_path",
                count,
                source,
                ticket_id=f"{self.tickets + end} + n",
                contract_id=str(contract),
            )
            end += count

    def _make_shipments(self):
        source = self.env["invoice.shipment"].search(
            [("company_id", "=", self.company.id), ("state", "=", "delivered")], limit=1
        )
        shipment = self.screens.clone(
            "invoice_shipment",
            TICKETS // 10,
            source,
            tracking_number="'SF' || lpad(n::text, 12, '0')",
            partner_id=f"{self.partner} + n % {CUSTOMERS}",
            date_shipped=f"CURRENT_DATE - (n::bigint * 7919 % {DAYS})::int",
        )[0]
        # Of each person and department as many.
        self.env.cr.execute(
            "INSERT INTO invoice_shipment_ticket_rel (shipment_id, ticket_id) "
            f"SELECT {shipment} + n, {self.tickets} + n::bigint * 7919 % {TICKETS} "
            f"FROM generate_series(0, {TICKETS // 10 - 1}) AS n"
        )

    def _make_files(self):
        source = self.env["invoice.fapiao.file"].search(
            [("company_id", "=", self.company.id), ("ticket_id", "!=", False)], limit=1
        )
        self.screens.clone(
            "invoice_fapiao_file",
            TICKETS // 10,
            source,
            name="'f' || n || '.xml'",
            sha256="md5(n::text)",
            number="'26' || lpad(n::text, 18, '0')",
            ticket_id=f"{self.tickets} + n",
            attachment_id="NULL",
            create_date="now() - n * interval '1 minute'",
        )

    # === PLAIN SQL === #

    def get_mine(self, role):
        """Which tickets the role may read, as a person would write it who knows the tables."""
        user, company = self.users[role], self.company.id
        if role == "finance":
            return f"SELECT * FROM invoice_ticket WHERE company_id = {company} AND active"
        asked = (
            "SELECT r.res_id AS id FROM invoice_approval_request r "
            "JOIN invoice_approval_request_approver_rel rel "
            f"ON rel.invoice_approval_request_id = r.id AND rel.res_users_id = {user.id} "
            "WHERE r.res_model = 'invoice.ticket'"
        )
        parts = []
        if role != "approver":
            parts.append(f"SELECT id FROM invoice_ticket WHERE user_id = {user.id}")
        if role == "lead":
            ids = ",".join(map(str, self.departments.ids))
            parts.append(f"SELECT id FROM invoice_ticket WHERE department_id IN ({ids})")
        union = " UNION ".join([*parts, asked])
        return (
            f"SELECT t.* FROM invoice_ticket t JOIN ({union}) AS mine USING (id) "
            f"WHERE company_id = {company} AND active"
        )
