"""The tax bureau's list and month: 20,000 rows taken in, and a month among 200,000 tickets.

``BENCH_LIST`` says how many rows the list has; the rest is as in ``bench_reports``. Plain SQL joins
the two sides by number, wherever the other one stands, says what is equal, different and missing,
and of tickets that the bureau does not list which fapiao has their buyer and amount.
"""

import os
import resource
import sys
import time
from datetime import date
from pathlib import Path

from screens import Screens
from settlement_rows import TICKETS, Rows
from web_client import name_rows
from web_client import read_list as read_page

from odoo.addons.invoice_crm_addon.bureau_list import read_list

ROOT = Path(sys.modules["odoo.addons.invoice_crm_addon"].__file__).parent
sys.path.insert(0, str(ROOT / "tests" / "bureau"))
import bureau_list_files as files  # noqa: E402

LIST = int(os.environ.get("BENCH_LIST", 20_000))
ROUNDS = int(os.environ.get("BENCH_ROUNDS", 5))
company = env.ref("invoice_crm_addon.demo_company")
finance = env["res.users"].search([("login", "=", "finance")])
env = env(user=finance, context={"allowed_company_ids": company.ids, "lang": "zh_CN"})

# === THE LIST === #
month = files.make_month(
    files.make_random(7), LIST, (company.vat, company.name), date(2026, 7, 1), digital=1
)
content = files.write_list(month)
start = time.perf_counter()
read_list(content, {company.vat}, lambda batch: None)
reading = time.perf_counter() - start
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
attachment = env["ir.attachment"].create({"name": "list.xlsx", "raw": content})
batch = env["invoice.fapiao.batch"]._create_batch()
file = batch._add_attachment(attachment)
for name in ("first time", "same again"):
    start = time.perf_counter()
    found = env["invoice.bureau.list"]._take_file(file, content)
    env.flush_all()
    seconds = time.perf_counter() - start
    print(
        f"list of {len(month)} fapiao, {len(content) // 1024} kB, {name:12} {seconds:6.1f} s "
        f"({len(month) / seconds:,.0f} rows/s; reading alone {reading:.1f} s), "
        f"{found.new_count} new, {found.unchanged_count} unchanged, memory + "
        f"{(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024} MB",
        flush=True,
    )

# === THE MONTH === #
screens = Screens(env, ROUNDS)
ask = screens.ask
Rows(screens, company)
fapiao_type = env.ref("invoice_crm_addon.ticket_type_digital_special")
env.cr.execute(
    "UPDATE invoice_ticket SET type_id = %s, fapiao_code = NULL, "
    "fapiao_number = '26' || LPAD(id::text, 18, '0'), buyer_name = 'Buyer ' || partner_id, "
    "buyer_vat = '91310000' || LPAD(partner_id::text, 10, '0') "
    "WHERE company_id = %s AND state = 'issued'",
    [fapiao_type.id, company.id],
)
[[first]] = ask("SELECT date_trunc('month', CURRENT_DATE - INTERVAL '1 year')::date")
[[last]] = ask(f"SELECT (date '{first}' + INTERVAL '1 month - 1 day')::date")
# The bureau lists two years: of a hundred one is missing, one has another total, one is voided.
env.cr.execute(
    """
    INSERT INTO invoice_bureau_fapiao
        (company_id, number, month, issue_date, status, kind, amount_untaxed, amount_tax,
         amount_total, buyer_name, buyer_vat, list_id, is_red, is_paper)
    SELECT company_id, fapiao_number, date_trunc('month', issue_date)::date, issue_date,
           CASE WHEN id %% 100 = 3 THEN 'voided' ELSE 'normal' END, 'digital_special',
           amount_untaxed, amount_tax, amount_total + CASE WHEN id %% 100 = 2 THEN 1 ELSE 0 END,
           buyer_name, buyer_vat, %s, FALSE, FALSE
      FROM invoice_ticket
     WHERE company_id = %s AND state = 'issued' AND issue_date IS NOT NULL AND id %% 100 <> 1
        ON CONFLICT DO NOTHING
    """,
    [found.id, company.id],
)
months = env["invoice.bureau.month"]._make_recent_months()
screens.keep()
bureau_month = env["invoice.bureau.month"]._get_months([(company.id, first)]).with_env(env)
action = bureau_month.action_open_rows()
MonthRows = env["invoice.bureau.month.row"].with_context(**action["context"])
OPEN = [*action["domain"], ("result", "!=", "agreed"), ("is_explained", "=", False)]
function = read_page(MonthRows, OPEN)
NUMBER = """{fapiao}.company_id = {ticket}.company_id AND {fapiao}.number = {ticket}.fapiao_number
    AND COALESCE({fapiao}.code, '') = COALESCE({ticket}.fapiao_code, '')"""
SAME = NUMBER.format(fapiao="f", ticket="t")
COLUMNS = """t.company_id, f.id AS fapiao_id, t.id AS ticket_id, f.status, f.amount_total AS there,
    t.amount_total AS here, t.state, COALESCE(f.number, t.fapiao_number) AS number,
    COALESCE(f.buyer_name, t.buyer_name) AS buyer, COALESCE(f.issue_date, t.issue_date) AS date,
    f.id IS NOT NULL AND t.id IS NOT NULL AND f.status = 'normal'
        AND f.amount_total = t.amount_total AND f.amount_untaxed = t.amount_untaxed
        AND f.amount_tax = t.amount_tax AND f.issue_date = t.issue_date
        AND f.buyer_name = t.buyer_name AND f.buyer_vat = t.buyer_vat AS agrees"""


def get_pairs(first, last):
    """What the bureau lists from month to month, and what it does not of the tickets of these."""
    return f"""
    SELECT {COLUMNS}, f.month FROM invoice_bureau_fapiao f
    LEFT JOIN invoice_ticket t ON {SAME} AND t.state IN ('issued', 'voided')
    WHERE f.company_id = {company.id} AND f.month BETWEEN '{first}' AND '{last}'
    UNION ALL
    SELECT {COLUMNS}, date_trunc('month', t.issue_date)::date FROM invoice_ticket t
    LEFT JOIN invoice_bureau_fapiao f ON {SAME}
    WHERE t.company_id = {company.id} AND t.state = 'issued'
        AND t.issue_date >= '{first}' AND t.issue_date < date '{last}' + INTERVAL '1 month'
        AND (f.id IS NULL OR f.month <> date_trunc('month', t.issue_date)::date)"""


PAIRS = get_pairs(first, first)
GUESS = f"""
    SELECT page.number, f.number FROM (
        SELECT * FROM ({PAIRS}) pair WHERE NOT agrees ORDER BY date, number LIMIT 80) page
    JOIN invoice_ticket t ON t.id = page.ticket_id AND page.fapiao_id IS NULL
    JOIN invoice_bureau_fapiao f ON f.company_id = t.company_id AND f.status <> 'voided'
        AND f.amount_total = t.amount_total AND f.amount_tax = t.amount_tax
        AND (f.buyer_name = t.buyer_name OR f.buyer_vat = t.buyer_vat)
        AND f.month BETWEEN t.issue_date - INTERVAL '2 months' AND t.issue_date + INTERVAL '1 month'
    WHERE NOT EXISTS (
        SELECT FROM invoice_ticket o WHERE {NUMBER.format(fapiao="f", ticket="o")})"""
COUNTS = """SELECT month, agrees, fapiao_id IS NULL, ticket_id IS NULL, status, COUNT(*),
    SUM(there), SUM(here) FROM ({}) pair GROUP BY 1, 2, 3, 4, 5"""
[[listed]] = ask(
    f"SELECT COUNT(*) FROM invoice_bureau_fapiao"
    f" WHERE company_id = {company.id} AND month = '{first}'"
)
print(f"{TICKETS} tickets; the month lists {listed}", flush=True)
screens.compare(
    "month: counts of each result",
    lambda: bureau_month.read(["agreed_count", "open_count", "bureau_total", "ticket_total"]),
    COUNTS.format(PAIRS),
)
screens.compare(
    "month: 80 rows to settle, with their number",
    function,
    name_rows(
        MonthRows,
        function.args[1],
        f"SELECT NULL::int AS explanation_id, pair.* FROM ({PAIRS}) pair WHERE NOT agrees"
        " ORDER BY date, number LIMIT 80",
    ),
    f"SELECT COUNT(*) FROM ({PAIRS}) pair WHERE NOT agrees",
    GUESS,
)
Months = env["invoice.bureau.month"]
function = read_page(Months)
screens.compare(
    f"list of {Months.search_count([])} months",
    function,
    "SELECT m.*, (SELECT COUNT(*) FROM invoice_bureau_list_invoice_bureau_month_rel r"
    " WHERE r.invoice_bureau_month_id = m.id) FROM invoice_bureau_month m"
    f" WHERE company_id = {company.id} ORDER BY date DESC LIMIT 80",
    COUNTS.format(
        get_pairs(
            *[ask(f"SELECT {f}(date) FROM invoice_bureau_month")[0][0] for f in ("MIN", "MAX")]
        )
    ),
)
screens.show("what closing the month freezes", bureau_month.sudo()._get_figures)
