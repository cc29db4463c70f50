"""Reports on 200,000 tickets of two years, beside plain SQL for the same answer.

Rows are those of ``settlement_rows``; ``BENCH_TICKETS`` says how many tickets, ``BENCH_ROUNDS``
how often each report is opened. Plain SQL has neither rights nor an ORM. The sheet of the VAT
return is asked for of a month in the middle.
"""

import os
from functools import partial

from screens import Screens
from settlement_rows import TICKETS, Rows
from web_client import COUNT, name_rows, read_list

ROUNDS = int(os.environ.get("BENCH_ROUNDS", 5))
company = env.ref("invoice_crm_addon.demo_company")
finance = env["res.users"].search([("login", "=", "finance")])
env = env(user=finance, context={"allowed_company_ids": company.ids, "lang": "zh_CN"})
screens = Screens(env, ROUNDS)
ask, compare = screens.ask, screens.compare
Rows(screens, company)
# One of twenty was voided.
env.cr.execute(
    "UPDATE invoice_ticket SET state = 'voided', status = 'voided', void_date = issue_date,"
    " void_user_id = %s, void_reason = 'Wrong title', amount_issued = 0"
    " WHERE state = 'issued' AND id %% 20 = 0 AND company_id = %s",
    [finance.id, company.id],
)
# Each ticket was approved by one stage, and one of ten refused before.
decision = env["invoice.approval.decision"].sudo().search([("decision", "=", "approve")], limit=1)
decided = "now()::timestamp - (n::bigint * 7919 % 730) * INTERVAL '1 day'"
request = screens.clone(
    "invoice_approval_request", TICKETS, decision.request_id, company_id=str(company.id)
)[0]
step = screens.clone(
    "invoice_approval_step", TICKETS, decision.step_id, request_id=f"{request} + n"
)[0]
for kind, count in (("approve", TICKETS), ("reject", TICKETS // 10)):
    screens.clone(
        "invoice_approval_decision",
        count,
        decision,
        request_id=f"{request} + n",
        step_id=f"{step} + n",
        company_id=str(company.id),
        decision=f"'{kind}'",
        date=decided,
        hours_waited="n % 100",
    )
screens.keep()
[[month]] = ask("SELECT to_char(CURRENT_DATE - INTERVAL '1 year', 'YYYY-MM')")
in_month = f"BETWEEN '{month}-01' AND (date '{month}-01' + INTERVAL '1 month - 1 day')"

Analysis = env["invoice.ticket.analysis"]
Comparison = env["invoice.ticket.comparison"]
Register = env["invoice.correction.register"]
ISSUED = [("state", "=", "issued"), ("document", "!=", "receipt")]
MEASURES = ["amount_untaxed:sum", "amount_tax:sum", "amount_total:sum", "issued_id:count_distinct"]
FROM = f"""
    FROM invoice_ticket ticket
    JOIN invoice_ticket_type type ON type.id = ticket.type_id AND type.takes_amount
    JOIN res_partner partner ON partner.id = ticket.partner_id
    JOIN invoice_ticket_line line ON line.ticket_id = ticket.id
    LEFT JOIN account_tax tax ON tax.id = line.tax_id
    WHERE ticket.state = 'issued' AND ticket.company_id = {company.id}"""
PRODUCT = """LEFT JOIN product_product product ON product.id = line.product_id
    LEFT JOIN product_template template ON template.id = product.product_tmpl_id
    """
RATIO = "ticket.amount_company / NULLIF(ticket.amount_total, 0)"
SUMS = f"""
    SUM(line.amount_untaxed * {RATIO}), SUM(line.amount_tax * {RATIO}),
    SUM(line.amount_total * {RATIO}), COUNT(DISTINCT ticket.id)"""

for label, groupby, key in (
    ("by month and type", ["date:month", "type_id"], "date_trunc('month', issue_date), type.name"),
    ("by customer", ["partner_id"], "commercial_partner_id, partner.complete_name"),
    ("by person and department", ["user_id", "department_id"], "ticket.user_id, department_id"),
    ("by rate", ["rate"], "tax.amount, tax_treatment"),
    ("by goods class", ["tax_class"], "LEFT(line.tax_code, 3), SPLIT_PART(line.name, '*', 2)"),
):
    compare(
        f"ticket analysis {label}",
        partial(Analysis.formatted_read_group, ISSUED, groupby, MEASURES),
        f"SELECT {key}, {SUMS} {FROM} GROUP BY {key} ORDER BY {key}",
    )

function = read_list(Analysis, ISSUED)
compare(
    "the list of the analysis: 80 lines, with the count",
    function,
    name_rows(
        Analysis,
        function.args[1],
        f"""SELECT line.*, ticket.issue_date AS date, ticket.type_id, ticket.contract_id,
        ticket.state, ticket.user_id, ticket.department_id, tax.amount,
        commercial_partner_id AS partner_id,
        ticket.company_id, template.categ_id AS product_category_id
        {FROM.replace("WHERE", PRODUCT + "WHERE")}
        ORDER BY issue_date DESC, ticket.id DESC, line.id LIMIT 80""",
    ),
    COUNT.format(f"SELECT 1 {FROM}"),
)
compare(
    "sales statistics by month",
    lambda: Comparison.formatted_read_group(
        [],
        ["date:month"],
        ["amount:sum", "amount_month_before:sum", "amount_year_before:sum", "change_year:sum"],
    ),
    "SELECT date_trunc('month', issue_date), SUM(amount_issued), "
    "LAG(SUM(amount_issued), 1) OVER (ORDER BY date_trunc('month', issue_date)), "
    "LAG(SUM(amount_issued), 12) OVER (ORDER BY date_trunc('month', issue_date)) "
    "FROM invoice_ticket ticket JOIN invoice_ticket_type type ON type.id = ticket.type_id "
    f"WHERE state = 'issued' AND takes_amount AND ticket.company_id = {company.id} GROUP BY 1",
)

CORRECTED = f"""FROM invoice_ticket t WHERE t.company_id = {company.id} AND (
    t.state = 'voided' OR t.state = 'issued' AND t.red_of_id IS NOT NULL)"""
function = read_list(Register)
compare(
    "register of voids and red letters",
    function,
    name_rows(
        Register,
        function.args[1],
        f"""SELECT t.id, COALESCE(t.void_date::date, t.issue_date) AS date, t.void_reason,
        COALESCE(t.red_of_id, t.id) AS ticket_id, t.fapiao_number, t.issue_date, t.type_id,
        t.partner_id, t.amount_untaxed, t.amount_company, t.red_reason, t.company_id,
        COALESCE(t.void_user_id, t.issue_user_id) AS user_id, t.red_confirmation_number,
        CASE WHEN t.state = 'issued' THEN t.id END AS red_id, COALESCE(t.red_reissue_id, (
            SELECT MAX(n.id) FROM invoice_ticket n
            WHERE n.reissue_of_id = t.id AND n.state <> 'voided')) AS new_id
        {CORRECTED} ORDER BY date DESC, t.id DESC LIMIT 80""",
    ),
    COUNT.format(f"SELECT 1 {CORRECTED}"),
)

PLAIN_SHEET = f"""SELECT tax.amount, tax_treatment, fapiao_kind, SUM(line.amount_untaxed),
    SUM(line.amount_tax) {FROM} AND issue_date {in_month} GROUP BY 1, 2, 3"""
PLAIN_OPEN = f"""
    SELECT SUM(open.share * -line.balance)
    FROM (
        SELECT move.id, 1 - COALESCE(SUM(path.amount_move)
            FILTER (WHERE ticket.issue_date <= date '{month}-01' + 31), 0) / move.amount_total
            AS share
        FROM account_move move
        LEFT JOIN invoice_ticket_path path ON path.move_id = move.id AND path.is_issued
        LEFT JOIN invoice_ticket ticket ON ticket.id = path.ticket_id
        WHERE move.move_type = 'out_invoice' AND move.state = 'posted'
            AND move.company_id = {company.id} AND (move.invoice_date {in_month} OR move.id IN (
                SELECT path.move_id FROM invoice_ticket_path path
                JOIN invoice_ticket ticket ON ticket.id = path.ticket_id
                WHERE ticket.issue_date {in_month}
            ))
        GROUP BY move.id
    ) open
    JOIN account_move_line line ON line.move_id = open.id AND line.display_type = 'product'"""
compare(
    f"the sheet of the VAT return of {month}",
    lambda: env["invoice.vat.sheet"].get_page(month),
    PLAIN_SHEET,
    PLAIN_OPEN,
)

TIMES = "AVG(hours_waited), COUNT(*)"
Times = env["invoice.approval.statistics"]
compare(
    "approval times by approver",
    lambda: Times.formatted_read_group([], ["user_id"], ["hours_waited:avg", "__count"]),
    f"SELECT partner.complete_name, {TIMES} FROM invoice_approval_decision decision"
    " JOIN res_users approver ON approver.id = decision.user_id"
    " JOIN res_partner partner ON partner.id = approver.partner_id"
    f" WHERE decision.company_id = {company.id} GROUP BY approver.id, 1 ORDER BY 1",
)
compare(
    "approval times by stage and month",
    lambda: Times.formatted_read_group(
        [], ["stage_name", "date:month"], ["hours_waited:avg", "is_rejected:avg", "__count"]
    ),
    f"SELECT step.name, date_trunc('month', decision.date), {TIMES}"
    " FROM invoice_approval_decision decision"
    " JOIN invoice_approval_step step ON step.id = decision.step_id"
    f" WHERE decision.company_id = {company.id} GROUP BY 1, 2",
)
