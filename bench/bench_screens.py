"""What each role opens at many tickets, beside plain SQL for the same answer.

``screen_rows`` says which rows there are. Lists are read as the web client reads them: the columns
that are shown, 80 rows, and the count up to 10,001.
"""

import os
import time
from functools import partial

from screen_rows import BIG, TICKETS, Rows
from screens import Screens
from web_client import COUNT, get_specification, name_rows, open_action, read_list

from odoo.fields import Domain

ROUNDS = int(os.environ.get("BENCH_ROUNDS", 5))
ROLES = os.environ.get("BENCH_ROLES", "finance,lead,sales,approver").split(",")
MONTH = "date_calendar >= date_trunc('month', now()) - interval '1 month' "
MONTH += "AND date_calendar < date_trunc('month', now())"
LAST_MONTH = [("date_calendar", ">=", "=1d -1m"), ("date_calendar", "<", "=1d")]
SUMS = ["__count", "amount_issued:sum"]

company = env.ref("invoice_crm_addon.demo_company")
users = {user.login: user for user in env["res.users"].search([])}
screens = Screens(env(su=True), ROUNDS)
start = time.perf_counter()
rows = Rows(screens, company, users)
print(f"{TICKETS} tickets in {time.perf_counter() - start:.0f} s", flush=True)


def measure(role):
    """Print what the role's screens cost."""
    screens.env = own = env(
        user=users[role],
        context={"allowed_company_ids": company.ids, "lang": "zh_CN", "tz": "Asia/Shanghai"},
    )
    Ticket, mine = own["invoice.ticket"], rows.get_mine(role)
    print(f"-- {role}: {Ticket.search_count([])} tickets", flush=True)

    def compare(name, function, *queries, **options):
        screens.compare(f"{role}: {name}", function, *queries, **options)

    measure_tickets(compare, Ticket, mine)
    measure_requests(compare, own["invoice.approval.request"], mine)
    screens.show(f"{role}: home page", own["invoice.home"].get_home)
    for xml_id, plain in get_lists(role, mine).items():
        if function := open_action(own, xml_id):
            name = xml_id.removeprefix("invoice_").replace("_action", "")
            if plain:
                compare_list(compare, name, function, plain)
            else:
                screens.show(f"{role}: {name}", function)


def compare_list(compare, name, function, plain):
    """Print what a list costs beside its rows in plain SQL, and for each cell that it shows."""
    Model, (_domain, shown) = function.func.__self__, function.args
    order = ", ".join(f"x.{part.strip()}" for part in Model._order.split(","))
    page = f"SELECT * FROM ({plain}) x ORDER BY {order} LIMIT 80"
    cells = len(function()["records"]) * len(shown)
    compare(name, function, name_rows(Model, shown, page), COUNT.format(plain), cells=cells)


def get_lists(role, mine):
    """Menus, and in plain SQL what their lists hold; none where it says little."""
    user = users[role].id
    issued = f"SELECT * FROM ({mine}) t WHERE state = 'issued' AND"
    unlimited = role == "finance"
    departments = ",".join(map(str, rows.departments.ids)) if role == "lead" else "0"
    own = f"user_id = {user} OR department_id IN ({departments})"
    asked = (
        "id IN (SELECT r.res_id FROM invoice_approval_request r "
        "JOIN invoice_approval_request_approver_rel rel "
        f"ON rel.invoice_approval_request_id = r.id AND rel.res_users_id = {user} "
        "WHERE r.res_model = 'invoice.contract')"
    )
    return {
        "invoice_approval_request_action_to_approve": None,
        "invoice_worklist_action_drafts": None,
        "invoice_ticket_action_to_issue": f"SELECT * FROM ({mine}) t WHERE state = 'approved'",
        "invoice_worklist_action_unsent": f"{issued} sent_on IS NULL AND shipping_state = 'none'",
        "invoice_worklist_action_under_way": f"{issued} shipping_state IN ('shipping', 'problem')",
        "invoice_worklist_action_uncollected": f"{issued} amount_due > 0",
        "invoice_worklist_action_overdue": f"{issued} amount_due > 0 AND date_due < CURRENT_DATE",
        "account_payment_action_to_ticket": None,
        "invoice_contract_action": "SELECT * FROM invoice_contract WHERE active"
        + ("" if unlimited else f" AND ({own} OR {asked})"),
        "invoice_partner_action": None,
        "invoice_fapiao_file_action": "SELECT * FROM invoice_fapiao_file",
        "invoice_shipment_action": "SELECT * FROM invoice_shipment"
        if unlimited
        else "SELECT * FROM invoice_shipment WHERE id IN (SELECT shipment_id "
        f"FROM invoice_shipment_ticket_rel r JOIN ({mine}) t ON t.id = r.ticket_id)",
        "invoice_planned_bill_action": None,
    }


def measure_tickets(compare, Ticket, mine):
    """The ticket list, as list, counts, groups and calendar."""
    columns = ", ".join(
        name
        for name in get_specification(Ticket)
        if Ticket._fields[name].store and Ticket._fields[name].column_type
    )
    page = f"SELECT id, {columns} FROM ({{}}) x ORDER BY id DESC LIMIT 80"
    shown = get_specification(Ticket)
    compare(
        "list of 80, with the count",
        read_list(Ticket),
        name_rows(Ticket, shown, page.format(mine)),
        COUNT.format(mine),
    )
    for field in ("type_id", "status"):
        compare(
            f"search panel, {field}",
            partial(Ticket.search_panel_select_range, field, enable_counters=True),
            f"SELECT {field}, count(*) FROM ({mine}) x GROUP BY 1",
        )
    compare(
        "grouped by month, sum",
        partial(Ticket.formatted_read_group, [], ["issue_date:month"], SUMS),
        "SELECT date_trunc('month', issue_date), count(*), sum(amount_issued) "
        f"FROM ({mine}) x GROUP BY 1",
    )
    compare(
        "kanban by status, bars",
        lambda: (
            Ticket.web_read_group(
                [],
                ["status"],
                SUMS,
                auto_unfold=True,
                unfold_read_specification=get_specification(Ticket, view_type="kanban"),
            ),
            Ticket.read_progress_bar(
                [],
                "status",
                {"field": "status", "colors": {"paid": "success", "to_pay": "warning"}},
            ),
        ),
        f"SELECT status, count(*), sum(amount_issued) FROM ({mine}) x GROUP BY 1",
        *(
            f"{page.format(mine)}".replace("ORDER", f"WHERE status = '{status}' ORDER")
            for status in ("draft", "pending", "approved", "issued", "to_pay", "paid")
        ),
        f"SELECT status, count(*) FROM ({mine}) x GROUP BY 1",
    )
    sets = [[], ["issue_date:month"], ["type_id"], ["issue_date:month", "type_id"]]
    compare(
        "pivot by month and type",
        partial(Ticket.formatted_read_grouping_sets, [], sets, SUMS),
        "SELECT date_trunc('month', issue_date), type_id, count(*), sum(amount_issued) "
        f"FROM ({mine}) x GROUP BY GROUPING SETS ((), (1), (2), (1, 2))",
    )
    for text in ("Buyer 123", "26000000000000012345"):
        found = f"SELECT * FROM ({mine}) x WHERE " + " OR ".join(
            f"{name} ILIKE '%{text}%'" for name in ("name", "fapiao_number", "buyer_name")
        )
        domain = Domain.OR(
            [(name, "ilike", text)] for name in ("name", "fapiao_number", "buyer_name")
        )
        compare(
            f"search box, {text}",
            read_list(Ticket, domain),
            name_rows(Ticket, shown, page.format(found)),
            COUNT.format(found),
        )
    month = f"SELECT * FROM ({mine}) x WHERE {MONTH}"
    tickets = Ticket.search_count(LAST_MONTH)
    compare(
        f"calendar, month of {tickets}",
        lambda: (
            Ticket.formatted_read_group(
                LAST_MONTH, ["date_calendar:day", "type_id", "company_id"], SUMS
            ),
            Ticket.search_read(
                LAST_MONTH,
                ["display_name", "date_calendar", "issue_date", "currency_id", "buyer_name"]
                + ["partner_id", "amount_total", "status", "type_id", "type_color"],
                limit=501,
            ),
        ),
        "SELECT date_calendar, type_id, count(*), sum(amount_issued) "
        f"FROM ({month}) y GROUP BY 1, 2",
        f"{page.format(month)}".replace("LIMIT 80", "LIMIT 501"),
    )


def measure_requests(compare, Request, mine):
    """Approval requests, those of what the role may read."""
    readable = f"JOIN ({mine}) x ON x.id = r.res_id AND r.res_model = 'invoice.ticket'"
    asked = f"SELECT r.* FROM invoice_approval_request r {readable}"
    compare_list(compare, "requests, 80 with the count", read_list(Request), asked)


def measure_forms():
    """Customers and contracts with more and more tickets, as finance opens them."""
    screens.env = own = env(
        user=users["finance"], context={"allowed_company_ids": company.ids, "lang": "zh_CN"}
    )
    counts = ["few", *BIG]
    for model, ids in (
        ("res.partner", [*rows.customers[-1:], *rows.customers[:-1]]),
        ("invoice.contract", [*rows.contracts[-1:], *rows.contracts[:-1]]),
    ):
        specification = get_specification(own[model], view_type="form")
        for count, record_id in zip(counts, ids, strict=True):
            record = own[model].browse(record_id)
            screens.show(
                f"finance: form of {model}, {count} tickets",
                partial(record.web_read, specification),
            )


def measure_core():
    """As many sales orders, as an administrator opens them."""
    screens.env = own = env(
        user=env.ref("base.user_admin"),
        context={"allowed_company_ids": company.ids, "lang": "zh_CN", "tz": "Asia/Shanghai"},
    )
    Order = own["sale.order"]
    print(f"-- core: {Order.search_count([])} sales orders", flush=True)
    plain = f"SELECT * FROM sale_order WHERE company_id = {company.id}"
    compare_list(screens.compare, "sale.order: list of 80, with the count", read_list(Order), plain)
    screens.show(
        "sale.order: grouped by month, sum",
        partial(
            Order.formatted_read_group, [], ["date_order:month"], ["__count", "amount_total:sum"]
        ),
    )
    screens.show(
        "sale.order: grouped by status",
        partial(Order.formatted_read_group, [], ["state"], ["__count", "amount_total:sum"]),
    )
    screens.show(
        "sale.order: search box, Buyer 123",
        read_list(
            Order,
            Domain.OR(
                [(name, "ilike", "Buyer 123")]
                for name in ("name", "client_order_ref", "partner_id")
            ),
        ),
    )


for role in ROLES:
    measure(role)
measure_forms()
measure_core()
