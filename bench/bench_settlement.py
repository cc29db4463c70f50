"""Settlement at 200,000 tickets, 100,000 invoices and 150,000 payments, beside plain SQL.

``BENCH_TICKETS`` says how many tickets, and so how many of the others; see ``settlement_rows``.
Screens are read as the web client reads them, as finance: fields of the list, 80 rows, and the
count up to 10,001. Plain SQL has neither rights nor an ORM, and gives the same figures or rows.
"""

import os
import time

from screens import Screens
from settlement_rows import CUSTOMERS, INVOICES, PAYMENTS, TICKETS, Rows

from odoo.fields import Domain
from odoo.tools.safe_eval import safe_eval

from odoo.addons.invoice_crm_addon.models.settlement.worklist import WORKLISTS

ROUNDS = int(os.environ.get("BENCH_ROUNDS", 5))

company = env.ref("invoice_crm_addon.demo_company")
finance = env["res.users"].search([("login", "=", "finance")])
# Who keeps the books, too: the settle page shows them instalments.
finance.group_ids += env.ref("account.group_account_invoice")
env = env(user=finance, context={"allowed_company_ids": company.ids, "lang": "zh_CN"})
screens = Screens(env, ROUNDS)
show, ask = screens.show, screens.ask
start = time.perf_counter()
rows = Rows(screens, company)
print(
    f"{TICKETS} tickets, {INVOICES} invoices, {PAYMENTS} payments, {CUSTOMERS} customers "
    f"in {time.perf_counter() - start:.0f} s"
)


def compare(name, function, *queries):
    """Show plain SQL and then the screen, with the ratio of its time."""
    plain = show(f"  SQL: {name}", lambda: [ask(query) for query in queries])
    return show(name, function, plain)


# === WORKLISTS === #


def read_list(worklist):
    """Read a worklist as its list does when it opens."""
    action = env.ref(f"invoice_crm_addon.{worklist.action}").sudo()
    model = env[action.res_model]
    views = {mode: view_id for view_id, mode in action.views}
    arch = model.get_view(views.get("list"), "list")
    fields = model.get_views([(views.get("list"), "list")])["models"][model._name]["fields"]
    specification = {
        name: {"fields": {"display_name": {}}} if fields[name]["type"] == "many2one" else {}
        for name in arch["models"][model._name]
        if name in fields
    }
    domain = list(
        Domain.AND(
            safe_eval(text or "[]", {"uid": env.uid}) for text in (action.domain, worklist.filter)
        )
    )
    order = "date_due, id" if worklist.action.endswith("overdue") else model._order
    return lambda: model.web_search_read(
        domain, specification, limit=80, order=order, count_limit=10001
    )


IN_COMPANY = f"t.company_id = {company.id}"
TICKET = """SELECT t.*, p.complete_name, u.login, d.name, c.number FROM invoice_ticket t
    LEFT JOIN res_partner p ON p.id = t.partner_id
    LEFT JOIN res_users u ON u.id = t.user_id
    LEFT JOIN hr_department d ON d.id = t.department_id
    LEFT JOIN invoice_contract c ON c.id = t.contract_id"""
PAYMENT = """SELECT t.*, p.complete_name, j.name FROM account_payment t
    LEFT JOIN res_partner p ON p.id = t.partner_id
    LEFT JOIN account_journal j ON j.id = t.journal_id"""
TO_TICKET = """t.partner_type = 'customer' AND t.payment_type = 'inbound'
    AND CASE WHEN t.has_tickets THEN t.amount_ticket_free
        WHEN t.state IN ('in_process', 'paid') THEN t.amount - COALESCE((
            SELECT SUM(partial.credit_amount_currency) FROM account_move_line line
            JOIN account_partial_reconcile partial ON partial.credit_move_id = line.id
            JOIN account_move_line back ON back.id = partial.debit_move_id
            JOIN account_payment refund ON refund.move_id = back.move_id
            WHERE line.move_id = t.move_id AND refund.payment_type = 'outbound'), 0)
        ELSE 0 END > 0"""
ISSUED = "t.active AND t.state = 'issued'"
OPEN = f"{ISSUED} AND t.amount_due > 0"
# What is listed, by which order, and what of it is added up.
PLAIN = {
    "received": (PAYMENT, TO_TICKET, "t.date DESC, t.name DESC", "SUM(t.amount)"),
    "to_issue": (TICKET, "t.active AND t.state = 'approved'", "t.id DESC", "SUM(t.amount_company)"),
    "unsent": (
        TICKET,
        f"{ISSUED} AND t.sent_on IS NULL AND t.shipping_state = 'none' AND t.status <> 'red'",
        "t.id DESC",
        "NULL",
    ),
    "under_way": (
        TICKET,
        f"{ISSUED} AND t.shipping_state IN ('shipping', 'problem')",
        "t.id DESC",
        "NULL",
    ),
    "uncollected": (TICKET, OPEN, "t.id DESC", "SUM(t.amount_open)"),
    "overdue": (
        TICKET,
        f"{OPEN} AND t.date_due < CURRENT_DATE",
        "t.date_due, t.id",
        "SUM(t.amount_open)",
    ),
    "partial_red": (
        TICKET,
        "t.active AND t.status = 'partial_red'",
        "t.id DESC",
        "SUM(t.amount_valid)",
    ),
}
figures = []
for key, (select, where, order, total) in PLAIN.items():
    source = f"FROM {select.split('FROM ')[1].split()[0]} t WHERE {IN_COMPANY} AND {where}"
    counted = f"SELECT COUNT(*), {total} {source}"
    figures.append(counted)
    action = env.ref(f"invoice_crm_addon.{WORKLISTS[key].action}").sudo()
    compare(
        f"{key}: figure",
        lambda action=action, key=key: env["invoice.worklist"]._count(
            env[action.res_model], action, WORKLISTS[key], "2026-01-01"
        ),
        counted,
    )
    compare(
        f"{key}: first 80, and how many",
        read_list(WORKLISTS[key]),
        f"{select} WHERE {IN_COMPANY} AND {where} ORDER BY {order} LIMIT 80",
        f"SELECT COUNT(*) FROM (SELECT {source} LIMIT 10001) found",
    )
compare("overview: all worklists", env["invoice.worklist"].get_overview, *figures)

# === ACCOUNT AND AGEING === #

customer = rows.customer + 7
AGEING = f"""
    SELECT p.commercial_partner_id, SUM(l.amount_residual) AS due,
        SUM(l.amount_residual) FILTER (
            WHERE l.amount_residual > 0 AND l.date_maturity >= CURRENT_DATE),
        SUM(l.amount_residual) FILTER (
            WHERE l.amount_residual > 0 AND l.date_maturity < CURRENT_DATE),
        SUM(l.amount_residual) FILTER (WHERE l.amount_residual < 0),
        MAX(CURRENT_DATE - l.date_maturity) FILTER (WHERE l.amount_residual > 0)
    FROM account_move_line l
    JOIN account_account a ON a.id = l.account_id AND a.account_type = 'asset_receivable'
    JOIN res_partner p ON p.id = l.partner_id
    WHERE l.parent_state = 'posted' AND NOT l.reconciled AND l.date <= CURRENT_DATE
        AND l.company_id = {company.id}
    GROUP BY 1"""
INVOICED = f"""
    SELECT commercial_partner_id, SUM(amount_total_signed) AS amount FROM account_move
    WHERE move_type IN ('out_invoice', 'out_refund') AND state = 'posted'
        AND date > CURRENT_DATE - 365 AND company_id = {company.id}
    GROUP BY 1"""
Account = env["invoice.customer.account"]
COLUMNS = ["amount_due", "amount_overdue", "amount_not_due", "amount_30", "amount_60", "amount_90"]
COLUMNS += ["amount_180", "amount_over", "amount_on_account", "dso"]
compare(
    "ageing: first 80 customers, and how many",
    lambda: Account.web_search_read(
        [],
        {"partner_id": {"fields": {"display_name": {}}}, **{name: {} for name in COLUMNS}},
        limit=80,
        count_limit=10001,
    ),
    f"SELECT a.*, i.amount FROM ({AGEING}) a LEFT JOIN ({INVOICED}) i USING "
    "(commercial_partner_id) ORDER BY a.due DESC LIMIT 80",
    f"SELECT COUNT(*) FROM ({AGEING}) a",
)
compare(
    "ageing: sums of all customers",
    lambda: Account.formatted_read_group(
        [], [], [f"{name}:sum" for name in COLUMNS if name != "dso"]
    ),
    f"SELECT SUM(due) FROM ({AGEING}) a",
)
ITEMS = f"""
    SELECT l.*, m.name, pay.payment_method_line_id FROM account_move_line l
    JOIN account_account a ON a.id = l.account_id AND a.account_type = 'asset_receivable'
    JOIN account_move m ON m.id = l.move_id
    LEFT JOIN account_payment pay ON pay.id = m.origin_payment_id
    WHERE l.partner_id = {customer} AND l.parent_state = 'posted'"""
SETTLED = f"""
    SELECT partial.*, m.name FROM account_move_line l
    JOIN account_partial_reconcile partial ON partial.credit_move_id = l.id
    JOIN account_move_line o ON o.id = partial.debit_move_id
    JOIN account_move m ON m.id = o.move_id
    WHERE l.partner_id = {customer}"""
compare(
    "customer account: page of one customer",
    lambda: Account.get_page("res.partner", customer),
    ITEMS,
    SETTLED,
    f"SELECT * FROM account_payment WHERE partner_id = {customer} AND move_id IS NULL",
)
compare(
    "settle page of one customer",
    lambda: env["invoice.settlement"].get_page(customer),
    f"{ITEMS} AND NOT l.reconciled",
    f"SELECT * FROM invoice_ticket t WHERE partner_id = {customer} AND {OPEN}",
    f"SELECT * FROM sale_order WHERE partner_id = {customer} AND state = 'sale'",
    f"SELECT * FROM account_payment WHERE partner_id = {customer} ORDER BY date DESC LIMIT 20",
)

# === THREE-WAY CHECK === #


def check_sql(partner="TRUE", contract="TRUE"):
    """Sums of the four steps by customer: what of the check a person would write by hand."""
    return f"""
    SELECT p, SUM(ordered), SUM(invoiced), SUM(ticketed), SUM(collected) FROM (
        SELECT partner_id AS p, invoice_contract_id AS c, amount_total AS ordered,
            0 AS invoiced, 0 AS ticketed, 0 AS collected
        FROM sale_order WHERE state = 'sale'
        UNION ALL
        SELECT partner_id, id, amount_total - COALESCE((
            SELECT SUM(amount_total) FROM sale_order o
            WHERE o.invoice_contract_id = contract.id AND o.state = 'sale'), 0), 0, 0, 0
        FROM invoice_contract contract WHERE state IN ('active', 'closed')
        UNION ALL
        SELECT m.commercial_partner_id, o.invoice_contract_id, 0, l.price_total, 0, 0
        FROM account_move m JOIN account_move_line l ON l.move_id = m.id
        LEFT JOIN sale_order_line_invoice_rel rel ON rel.invoice_line_id = l.id
        LEFT JOIN sale_order_line ol ON ol.id = rel.order_line_id
        LEFT JOIN sale_order o ON o.id = ol.order_id
        WHERE m.move_type = 'out_invoice' AND m.state = 'posted' AND l.display_type = 'product'
        UNION ALL
        SELECT t.partner_id, path.contract_id, 0, 0, path.amount, 0
        FROM invoice_ticket_path path JOIN invoice_ticket t ON t.id = path.ticket_id
        WHERE path.is_issued
        UNION ALL
        SELECT m.commercial_partner_id, pay.invoice_contract_id, 0, 0, 0, part.amount
        FROM account_partial_reconcile part
        JOIN account_move_line i ON i.id = part.debit_move_id
        JOIN account_move m ON m.id = i.move_id
        JOIN account_move_line l ON l.id = part.credit_move_id
        JOIN account_payment pay ON pay.move_id = l.move_id
        UNION ALL
        SELECT pay.partner_id, pay.invoice_contract_id, 0, 0, 0, -l.amount_residual
        FROM account_payment pay JOIN account_move_line l ON l.move_id = pay.move_id
        WHERE l.amount_residual < 0
        UNION ALL
        SELECT partner_id, invoice_contract_id, 0, 0, 0, amount
        FROM account_payment WHERE move_id IS NULL AND partner_type = 'customer'
    ) event WHERE {partner} AND {contract} GROUP BY p"""


Check = env["invoice.settlement.check"]
MEASURES = ["amount_ordered", "amount_invoiced", "amount_ticketed", "amount_collected"]
compare(
    "check: pivot of all, by customer",
    lambda: Check.formatted_read_group(
        [], ["partner_id"], [*(f"{name}:sum" for name in MEASURES), "__count"]
    ),
    check_sql(),
)
compare(
    "check: page of one customer",
    lambda: Check.get_page("res.partner", customer),
    check_sql(partner=f"p = {customer}"),
)
compare(
    "check: page of one contract",
    lambda: Check.get_page("invoice.contract", rows.contract + 7),
    check_sql(contract=f"c = {rows.contract + 7}"),
)
contract = env["invoice.contract"].sudo().browse(rows.contract + 7)
show("contract: what came in, from the books", contract._get_received_amounts)
