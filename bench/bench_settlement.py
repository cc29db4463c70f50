"""Settlement at 200,000 tickets, 100,000 invoices and 150,000 payments, beside plain SQL.

``BENCH_TICKETS`` says how many tickets, and so how many of the others; see ``settlement_rows``.
Screens are read as the web client reads them, as finance: fields of the list, 80 rows, and the
count up to 10,001. Plain SQL has neither rights nor an ORM, and gives the same figures or rows.
"""

import os
import time
from functools import partial

from screens import Screens
from settlement_rows import CUSTOMERS, INVOICES, PAYMENTS, TICKETS, Rows
from web_client import COUNT, get_plain, name_rows, open_action

from odoo.addons.invoice_crm_addon.models.settlement.worklist import WORKLISTS

ROUNDS = int(os.environ.get("BENCH_ROUNDS", 5))

company = env.ref("invoice_crm_addon.demo_company")
finance = env["res.users"].search([("login", "=", "finance")])
# Who keeps the books, too: the settle page shows them instalments.
finance.group_ids += env.ref("account.group_account_invoice")
context = {"allowed_company_ids": company.ids, "lang": "zh_CN", "tz": "Asia/Shanghai"}
env = env(user=finance, context=context)
screens = Screens(env, ROUNDS)
show, ask, compare = screens.show, screens.ask, screens.compare
start = time.perf_counter()
rows = Rows(screens, company)
print(
    f"{TICKETS} tickets, {INVOICES} invoices, {PAYMENTS} payments, {CUSTOMERS} customers "
    f"in {time.perf_counter() - start:.0f} s"
)

# === WORKLISTS === #


IN_COMPANY = f"t.company_id = {company.id}"
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
    "received": (TO_TICKET, "t.date DESC, t.name DESC", "SUM(t.amount)"),
    "to_issue": ("t.active AND t.state = 'approved'", "t.id DESC", "SUM(t.amount_company)"),
    "unsent": (
        f"{ISSUED} AND t.sent_on IS NULL AND t.shipping_state = 'none' AND t.status <> 'red'",
        "t.id DESC",
        "NULL",
    ),
    "under_way": (
        f"{ISSUED} AND t.shipping_state IN ('shipping', 'problem')",
        "t.id DESC",
        "NULL",
    ),
    "uncollected": (OPEN, "t.id DESC", "SUM(t.amount_open)"),
    "overdue": (f"{OPEN} AND t.date_due < CURRENT_DATE", "t.date_due, t.id", "SUM(t.amount_open)"),
    "partial_red": ("t.active AND t.status = 'partial_red'", "t.id DESC", "SUM(t.amount_valid)"),
}
figures = []
for key, (where, order, total) in PLAIN.items():
    action = env.ref(f"invoice_crm_addon.{WORKLISTS[key].action}").sudo()
    Model = env[action.res_model]
    source = f"FROM {Model._table} t WHERE {IN_COMPANY} AND {where}"
    counted = f"SELECT COUNT(*), {total} {source}"
    figures.append(counted)
    compare(
        f"{key}: figure",
        partial(env["invoice.worklist"]._count, Model, action, WORKLISTS[key]),
        counted,
    )
    function = open_action(env, WORKLISTS[key].action)
    compare(
        f"{key}: first 80, and how many",
        partial(function, order=order.replace("t.", "")),
        name_rows(Model, function.args[1], f"SELECT t.* {source} ORDER BY {order} LIMIT 80"),
        COUNT.format(f"SELECT {source}"),
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
    SELECT l.*, m.name, m.move_type, m.ref, method.name, j.name, c.number
    FROM account_move_line l
    JOIN account_account a ON a.id = l.account_id AND a.account_type = 'asset_receivable'
    JOIN account_move m ON m.id = l.move_id
    JOIN account_journal j ON j.id = l.journal_id
    LEFT JOIN account_payment pay ON pay.id = m.origin_payment_id
    LEFT JOIN account_payment_method_line way ON way.id = pay.payment_method_line_id
    LEFT JOIN account_payment_method method ON method.id = way.payment_method_id
    LEFT JOIN invoice_contract c ON c.id = pay.invoice_contract_id
    WHERE l.partner_id = {customer} AND l.parent_state = 'posted'"""
SETTLED = f"""
    SELECT partial.*, m.name FROM account_move_line l
    JOIN account_partial_reconcile partial ON partial.credit_move_id = l.id
    JOIN account_move_line o ON o.id = partial.debit_move_id
    JOIN account_move m ON m.id = o.move_id
    WHERE l.partner_id = {customer}"""
CUSTOMER = f"""
    SELECT p.*, (
        SELECT ARRAY_AGG(contact.id) FROM res_partner contact WHERE contact.parent_id = p.id)
    FROM res_partner p WHERE p.id = {customer}"""
PAID = """SELECT pay.*, method.name, j.name, c.number, {more} FROM account_payment pay
    JOIN account_journal j ON j.id = pay.journal_id
    LEFT JOIN account_payment_method_line way ON way.id = pay.payment_method_line_id
    LEFT JOIN account_payment_method method ON method.id = way.payment_method_id
    LEFT JOIN invoice_contract c ON c.id = pay.invoice_contract_id
    WHERE pay.partner_id = {customer} AND """
compare(
    "customer account: page of one customer",
    lambda: Account.get_page("res.partner", customer),
    CUSTOMER,
    ITEMS,
    SETTLED,
    PAID.format(
        customer=customer,
        more="""(
        SELECT STRING_AGG(i.name, ', ') FROM account_move__account_payment link
        JOIN account_move i ON i.id = link.invoice_id WHERE link.payment_id = pay.id)""",
    )
    + "pay.move_id IS NULL",
)
# Lists that other benchmarks show none or few rows of, beside what their domain finds in SQL.
for action in ("receivable_item", "ticket_excess", "sale_order"):
    function = open_action(env, f"invoice_{action}_action")
    compare(f"{action}: first 80, and how many", function, *get_plain(function, company))
# Of each order and each invoice: what is billed of it, and the contract.
BILLED = """
    FROM account_move_line l
    JOIN sale_order_line_invoice_rel rel ON rel.invoice_line_id = l.id
    JOIN sale_order_line ol ON ol.id = rel.order_line_id
    JOIN sale_order o ON o.id = ol.order_id"""
compare(
    "settle page of one customer",
    lambda: env["invoice.settlement"].get_page(customer),
    CUSTOMER,
    f"{ITEMS} AND NOT l.reconciled",
    f"""SELECT m.id, MIN(c.number), COUNT(DISTINCT term.id) {BILLED}
        JOIN account_move m ON m.id = l.move_id
        JOIN account_move_line term ON term.move_id = m.id AND term.display_type = 'payment_term'
        LEFT JOIN invoice_contract c ON c.id = o.invoice_contract_id
        WHERE m.partner_id = {customer} AND m.state = 'posted' AND m.amount_residual > 0
        GROUP BY m.id""",
    f"""SELECT t.*, ty.name, c.number, (
            SELECT SUM(path.amount - path.amount_paid) FROM invoice_ticket_path path
            JOIN account_move m ON m.id = path.move_id AND m.state = 'posted'
            WHERE path.ticket_id = t.id AND path.is_issued)
        FROM invoice_ticket t
        JOIN invoice_ticket_type ty ON ty.id = t.type_id
        LEFT JOIN invoice_contract c ON c.id = t.contract_id
        WHERE t.partner_id = {customer} AND {OPEN}""",
    # What tickets without an invoice take of what is on account.
    f"""SELECT l.id, SUM(path.amount_payment) FROM account_move_line l
        JOIN account_move e ON e.id = l.move_id
        JOIN invoice_ticket_path path ON path.payment_id = e.origin_payment_id AND path.is_issued
        LEFT JOIN account_move m ON m.id = path.move_id
        WHERE l.partner_id = {customer} AND l.parent_state = 'posted' AND NOT l.reconciled
            AND l.amount_residual < 0 AND m.state IS DISTINCT FROM 'posted'
        GROUP BY l.id""",
    f"""SELECT * FROM invoice_account_statement
        WHERE partner_id = {customer} ORDER BY id DESC LIMIT 1""",
    f"""SELECT o.*, c.number, (SELECT SUM(l.price_total) {
        BILLED.replace("sale_order o ON o.id", "sale_order own ON own.id")
    } WHERE ol.order_id = o.id)
        FROM sale_order o LEFT JOIN invoice_contract c ON c.id = o.invoice_contract_id
        WHERE o.partner_id = {customer} AND o.state = 'sale'
            AND (o.invoice_status <> 'invoiced' OR o.amount_ticket_free > 0)""",
    PAID.format(
        customer=customer,
        more="""(
        SELECT STRING_AGG(t.name, ', ') FROM invoice_ticket_allocation part
        JOIN invoice_ticket t ON t.id = part.ticket_id AND t.state <> 'voided'
        JOIN invoice_ticket_type ty ON ty.id = t.type_id AND NOT ty.takes_amount
        WHERE part.payment_id = pay.id)""",
    )
    + "pay.payment_type = 'inbound' ORDER BY pay.date DESC LIMIT 20",
)

# === THREE-WAY CHECK === #


def check_sql(order="TRUE", contract="TRUE", invoice="TRUE", ticket="TRUE", payment="TRUE"):
    """Events of the check, as a person would write them for documents in one currency.

    The conditions are on ``o``, ``c``, ``m``, ``t`` (with ``path``) and ``pay``.
    """
    return f"""
    WITH bill AS (
        SELECT m.id, m.name, m.date, m.move_type, m.amount_total_signed AS amount,
            m.commercial_partner_id AS partner
        FROM account_move m
        WHERE m.move_type IN ('out_invoice', 'out_refund') AND m.state = 'posted' AND {invoice}
    ), part AS (
        SELECT l.move_id, ol.order_id, SUM(l.price_total)
            / NULLIF(SUM(SUM(l.price_total)) OVER (PARTITION BY l.move_id), 0) AS share
        FROM bill JOIN account_move_line l ON l.move_id = bill.id AND l.display_type = 'product'
        LEFT JOIN sale_order_line_invoice_rel rel ON rel.invoice_line_id = l.id
        LEFT JOIN sale_order_line ol ON ol.id = rel.order_line_id
        GROUP BY l.move_id, ol.order_id
    ), document AS (
        SELECT bill.*, part.order_id, COALESCE(part.share, 1) AS share
        FROM bill LEFT JOIN part ON part.move_id = bill.id
    )
    SELECT o.partner_id AS partner, o.name, o.date_order::date AS date, o.id AS order_id,
        NULL::int AS move_id, NULL::int AS ticket_id, NULL::int AS payment_id,
        o.amount_total / COALESCE(NULLIF(o.currency_rate, 0), 1) AS ordered,
        0 AS invoiced, 0::numeric AS ticketed, 0 AS collected
    FROM sale_order o WHERE o.state = 'sale' AND {order}
    UNION ALL
    SELECT c.partner_id, c.number, c.date_signed, NULL, NULL, NULL, NULL,
        c.amount_total - COALESCE(ordered.amount, 0), 0, 0, 0
    FROM invoice_contract c
    LEFT JOIN (
        SELECT o.invoice_contract_id, SUM(o.amount_total) AS amount FROM sale_order o
        WHERE o.state = 'sale' AND {order} GROUP BY 1
    ) ordered ON ordered.invoice_contract_id = c.id
    WHERE c.state IN ('active', 'closed') AND c.amount_total > COALESCE(ordered.amount, 0)
        AND {contract}
    UNION ALL
    SELECT partner, name, date, order_id, id, NULL, NULL, 0, amount * share, 0, 0 FROM document
    UNION ALL
    SELECT t.partner_id, t.name, t.issue_date, path.sale_order_id, path.move_id, t.id,
        path.payment_id, 0, 0, path.amount * t.amount_company / NULLIF(t.amount_total, 0), 0
    FROM invoice_ticket_path path JOIN invoice_ticket t ON t.id = path.ticket_id
    WHERE path.is_issued AND {ticket}
    UNION ALL
    SELECT t.partner_id, t.name, t.issue_date, NULL, NULL, t.id, NULL, 0, 0,
        t.amount_company * (1 + (COALESCE(red.amount, 0) - COALESCE(tied.amount, 0))
            / NULLIF(t.amount_total, 0)), 0
    FROM invoice_ticket t
    JOIN invoice_ticket_type ty ON ty.id = t.type_id AND ty.takes_amount
    LEFT JOIN (
        SELECT path.ticket_id, SUM(path.amount)::numeric AS amount FROM invoice_ticket_path path
        JOIN invoice_ticket t ON t.id = path.ticket_id
        WHERE path.is_issued AND {ticket} GROUP BY 1
    ) tied ON tied.ticket_id = t.id
    LEFT JOIN (
        SELECT red_of_id, SUM(amount_total) AS amount FROM invoice_ticket
        WHERE state = 'issued' AND red_of_id IS NOT NULL GROUP BY 1
    ) red ON red.red_of_id = t.id
    WHERE t.state = 'issued' AND t.red_of_id IS NULL
        AND ABS(t.amount_total + COALESCE(red.amount, 0) - COALESCE(tied.amount, 0)) > 0.005
        AND {ticket.replace("path.", "t.")}
    UNION ALL
    SELECT d.partner, e.name, e.date, d.order_id, d.id, NULL, e.origin_payment_id, 0, 0, 0,
        paid.amount * d.share
    FROM (
        SELECT debit_move_id AS item, credit_move_id AS other, amount
        FROM account_partial_reconcile
        UNION ALL
        SELECT credit_move_id, debit_move_id, -amount FROM account_partial_reconcile
    ) paid
    JOIN account_move_line i ON i.id = paid.item
    JOIN document d ON d.id = i.move_id
    JOIN account_move_line l ON l.id = paid.other
    JOIN account_move e ON e.id = l.move_id AND e.move_type = 'entry'
    UNION ALL
    SELECT pay.partner_id, e.name, e.date, NULL, NULL, NULL, pay.id, 0, 0, 0, -l.amount_residual
    FROM account_move e
    JOIN account_move_line l ON l.move_id = e.id AND l.amount_residual <> 0
    JOIN account_account a ON a.id = l.account_id AND a.account_type = 'asset_receivable'
    JOIN account_payment pay ON pay.id = e.origin_payment_id
    WHERE e.state = 'posted' AND {payment}
    UNION ALL
    SELECT pay.partner_id, pay.name, pay.date, NULL, NULL, NULL, pay.id, 0, 0, 0,
        pay.amount_company_currency_signed
    FROM account_payment pay
    WHERE pay.move_id IS NULL AND pay.partner_type = 'customer'
        AND pay.state IN ('in_process', 'paid') AND {payment}"""


Check = env["invoice.settlement.check"]
MEASURES = ["amount_ordered", "amount_invoiced", "amount_ticketed", "amount_collected"]


def read_pivot():
    return Check.formatted_read_group(
        [("partner_id", ">=", rows.customer)],
        ["partner_id"],
        [*(f"{name}:sum" for name in MEASURES), "__count"],
    )


PIVOT = f"""
    SELECT partner, SUM(ordered), SUM(invoiced), SUM(ticketed), SUM(collected), COUNT(*)
    FROM ({check_sql()}) event WHERE partner >= {rows.customer} GROUP BY partner"""
expected = {row[0]: [round(float(value), 2) for value in row[1:]] for row in ask(PIVOT)}
for group in read_pivot():
    found = [round(group[f"{name}:sum"], 2) for name in MEASURES] + [group["__count"]]
    assert found == expected[group["partner_id"][0]], (group, expected[group["partner_id"][0]])
compare("check: pivot of all, by customer", read_pivot, PIVOT)


def page_sql(**conditions):
    """What a page of one record shows: its events, what differs by document, and red letters."""
    return f"""
    WITH event AS (
        SELECT event.*, company.name AS company, currency.name AS currency
        FROM ({check_sql(**conditions)}) event
        JOIN res_company company ON company.id = {company.id}
        JOIN res_currency currency ON currency.id = company.currency_id
    )
    SELECT name, date, order_id, move_id, ticket_id, payment_id, ordered, invoiced, ticketed,
        collected, company, currency
    FROM event
    UNION ALL
    SELECT MIN(name), NULL, order_id, move_id, ticket_id, payment_id, SUM(ordered),
        SUM(invoiced), SUM(ticketed), SUM(collected), NULL, NULL
    FROM event
    GROUP BY GROUPING SETS ((order_id), (move_id), (ticket_id), (payment_id))
    HAVING SUM(ordered) <> SUM(invoiced) OR SUM(invoiced) <> SUM(ticketed)
        OR SUM(invoiced) <> SUM(collected) OR SUM(ticketed) <> SUM(collected)
    UNION ALL
    SELECT letter.name, letter.issue_date, NULL, NULL, letter.red_of_id, NULL, 0, 0,
        letter.amount_company, 0, NULL, NULL
    FROM invoice_ticket letter
    WHERE letter.state = 'issued' AND letter.red_of_id IN (SELECT ticket_id FROM event)"""


OF_CUSTOMER = f"partner_id = {customer}"
compare(
    "check: page of one customer",
    lambda: Check.get_page("res.partner", customer),
    CUSTOMER,
    page_sql(
        order=f"o.{OF_CUSTOMER}",
        contract=f"c.{OF_CUSTOMER}",
        invoice=f"m.commercial_{OF_CUSTOMER}",
        ticket=f"t.{OF_CUSTOMER}",
        payment=f"pay.{OF_CUSTOMER}",
    ),
)
contract_id = rows.contract + 7
OF_CONTRACT = f"invoice_contract_id = {contract_id}"
compare(
    "check: page of one contract",
    lambda: Check.get_page("invoice.contract", contract_id),
    f"SELECT * FROM invoice_contract WHERE id = {contract_id}",
    page_sql(
        order=f"o.{OF_CONTRACT}",
        contract=f"c.id = {contract_id}",
        invoice=f"m.id IN (SELECT l.move_id {BILLED} WHERE o.{OF_CONTRACT})",
        ticket=f"path.contract_id = {contract_id}",
        payment=f"pay.{OF_CONTRACT}",
    ),
)
order_id = rows.order + 7
# Finance may read the check of an order that it may not open.
compare(
    "check: page of one order",
    lambda: Check.get_page("sale.order", order_id),
    f"SELECT * FROM sale_order WHERE id = {order_id}",
    page_sql(
        order=f"o.id = {order_id}",
        contract="FALSE",
        invoice=f"m.id IN (SELECT l.move_id {BILLED} WHERE o.id = {order_id})",
        ticket=f"path.sale_order_id = {order_id}",
        payment=f"pay.sale_order_id = {order_id}",
    ),
)
contract = env["invoice.contract"].sudo().browse(contract_id)
show("contract: what came in, from the books", contract._get_received_amounts)
