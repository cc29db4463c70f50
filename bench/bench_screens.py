"""What each role opens at many tickets, beside plain SQL for the same answer.

One issued ticket with one decided approval is cloned in SQL, BENCH_TICKETS times, for 40 people in
50 departments and 5,000 customers. The department lead reads one department of them and what 2 % of
the requests asked of them; the approver is asked in a half of all requests and has no other right.
"""

import os
from functools import partial

from screens import Screens

TICKETS = int(os.environ.get("BENCH_TICKETS", 200_000))
ROUNDS = int(os.environ.get("BENCH_ROUNDS", 5))
PEOPLE, DEPARTMENTS, CUSTOMERS = 40, 50, 5000
DAYS = 730

company = env.ref("invoice_crm_addon.demo_company")
ROLES = ("finance", "lead", "sales", "approver")
SPEC = {name: {} for name in ("name", "buyer_name", "amount_total", "status", "issue_date")}
users = {role: env["res.users"].search([("login", "=", role)]) for role in ROLES}
screens = Screens(env(su=True), ROUNDS)
clone = screens.clone
su = screens.env
departments = su["hr.employee"].search([("user_id", "=", users["lead"].id)]).department_id


def seed():
    """Make the rows of the module's docstring."""
    ticket = su["invoice.ticket"].search(
        [
            ("company_id", "=", company.id),
            ("state", "=", "issued"),
            ("red_of_id", "=", False),
            ("approval_request_ids", "!=", False),
        ],
        limit=1,
    )
    request = ticket.approval_request_ids[:1]
    lead = departments[:1]
    department = (
        su["hr.department"]
        .create([{"name": f"B{n}", "company_id": company.id} for n in range(DEPARTMENTS)])[0]
        .id
    )
    su.flush_all()
    person = clone("res_users", PEOPLE, users["sales"], login="'bench' || n")[0]
    partner = clone(
        "res_partner",
        CUSTOMERS,
        ticket.partner_id,
        name="'B' || n",
        complete_name="'B' || n",
        vat="NULL",
        tax_number_key="NULL",
    )[0]
    su.cr.execute(
        "UPDATE res_partner SET commercial_partner_id = id WHERE id >= %s AND name LIKE 'B%%'",
        [partner],
    )
    day = f"CURRENT_DATE - (n::bigint * 7919 % {DAYS})::int"
    tickets = clone(
        "invoice_ticket",
        TICKETS,
        ticket,
        name="'B' || n",
        fapiao_number="NULL",
        contract_id="NULL",
        sale_order_id="NULL",
        partner_id=f"{partner} + n % {CUSTOMERS}",
        buyer_name="'Buyer ' || n % 5000",
        issue_date=day,
        create_date=day,
        user_id=f"CASE n % 50 WHEN 1 THEN {users['sales'].id} ELSE {person} + n % {PEOPLE} END",
        department_id=f"CASE n % 50 WHEN 0 THEN {lead.id} "
        f"ELSE {department} + n % {DEPARTMENTS} END",
    )
    requests = clone(
        "invoice_approval_request",
        TICKETS,
        request,
        name="'B' || n",
        res_id=f"{tickets[0]} + n",
        requester_id=f"{person} + n % {PEOPLE}",
        owner_id=f"{person} + n % {PEOPLE}",
        department_id=f"{department} + n % {DEPARTMENTS}",
    )
    for login, share in (("approver", 2), ("lead", 50)):
        su.cr.execute(
            "INSERT INTO invoice_approval_request_approver_rel "
            "(invoice_approval_request_id, res_users_id) "
            f"SELECT {requests[0]} + n, {users[login].id} "
            f"FROM generate_series(0, {TICKETS - 1}) AS n WHERE n % {share} = {share // 2}"
        )
    for table, path in (
        ("invoice_approval_request", "r.id = x.id"),
        ("invoice_ticket", "r.res_id = x.id AND r.res_model = 'invoice.ticket'"),
    ):
        su.cr.execute(
            f"UPDATE {table} x SET approval_reader_ids = (SELECT jsonb_agg(rel.res_users_id) "
            "FROM invoice_approval_request_approver_rel rel JOIN invoice_approval_request r "
            f"ON r.id = rel.invoice_approval_request_id WHERE {path})"
        )
    screens.analyze(
        *("hr_department", "res_users", "res_partner", "invoice_ticket"),
        *("invoice_approval_request", "invoice_approval_request_approver_rel"),
    )
    su.invalidate_all()


def get_where(role):
    """Which tickets the role may read, as a person would write it who knows the tables."""
    user = users[role]
    if role == "finance":
        return f"SELECT * FROM invoice_ticket WHERE company_id = {company.id} AND active"
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
        ids = ",".join(map(str, departments.ids))
        parts.append(f"SELECT id FROM invoice_ticket WHERE department_id IN ({ids})")
    union = " UNION ".join([*parts, asked])
    return (
        f"SELECT t.* FROM invoice_ticket t JOIN ({union}) AS mine USING (id) "
        f"WHERE company_id = {company.id} AND active"
    )


def measure(role):
    """Print what the role's screens cost."""
    screens.env = env(
        user=users[role], context={"allowed_company_ids": company.ids, "lang": "zh_CN"}
    )
    Ticket, mine = screens.env["invoice.ticket"], get_where(role)
    Request = screens.env["invoice.approval.request"]
    columns = ", ".join(["id", *SPEC])
    print(f"-- {role}: {Ticket.search_count([])} tickets", flush=True)

    def compare(name, function, *queries):
        screens.compare(f"{role}: {name}", function, *queries)

    compare(
        "list of 80, with the count",
        lambda: Ticket.web_search_read([], SPEC, limit=80, count_limit=10001),
        f"SELECT {columns} FROM ({mine}) x ORDER BY id DESC LIMIT 80",
        f"SELECT count(*) FROM (SELECT 1 FROM ({mine}) x LIMIT 10001) y",
    )
    for field in ("type_id", "status"):
        compare(
            f"search panel, {field}",
            partial(Ticket.search_panel_select_range, field, enable_counters=True),
            f"SELECT {field}, count(*) FROM ({mine}) x GROUP BY 1",
        )
    compare(
        "by month, sum",
        lambda: Ticket.formatted_read_group(
            [], ["issue_date:month"], ["__count", "amount_total:sum"]
        ),
        f"SELECT date_trunc('month', issue_date), count(*), sum(amount_total) FROM ({mine}) x "
        "GROUP BY 1",
    )
    compare(
        "search box, Buyer 123",
        lambda: Ticket.web_search_read(
            [("buyer_name", "ilike", "Buyer 123")], SPEC, limit=80, count_limit=10001
        ),
        f"SELECT {columns} FROM ({mine}) x WHERE buyer_name ILIKE '%Buyer 123%' "
        "ORDER BY id DESC LIMIT 80",
        f"SELECT count(*) FROM ({mine}) x WHERE buyer_name ILIKE '%Buyer 123%'",
    )
    readable = f"JOIN ({mine}) x ON x.id = r.res_id AND r.res_model = 'invoice.ticket'"
    compare(
        "requests, 80 with the count",
        lambda: Request.web_search_read([], {"name": {}, "state": {}}, limit=80, count_limit=10001),
        f"SELECT r.id, r.name, r.state FROM invoice_approval_request r {readable} "
        "ORDER BY r.id DESC LIMIT 80",
        f"SELECT count(*) FROM (SELECT 1 FROM invoice_approval_request r {readable} LIMIT 10001) y",
    )
    latest = Request.search([], limit=1)
    compare(
        "steps and decisions of a request",
        lambda: (latest.step_ids.mapped("state"), latest.decision_ids.mapped("date")),
        f"SELECT state FROM invoice_approval_step WHERE request_id = {latest.id or 0}",
        f"SELECT date FROM invoice_approval_decision WHERE request_id = {latest.id or 0}",
    )


seed()
for role in ROLES:
    measure(role)
