"""The tax bureau's list and month: 20,000 rows taken in, and a month among 200,000 tickets.

``BENCH_LIST`` says how many rows the list has; the rest is as in ``bench_reports``. Plain SQL for
the month joins the two sides by number and counts what is equal, different and missing.
"""

import os
import resource
import sys
import time
from datetime import date
from pathlib import Path

from screens import Screens
from settlement_rows import TICKETS, Rows

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
    "fapiao_number = '26' || LPAD(id::text, 18, '0') WHERE company_id = %s AND state = 'issued'",
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
screens.analyze("invoice_ticket", "invoice_bureau_fapiao")
bureau_month = env["invoice.bureau.month"]._get_months([(company.id, first)]).with_env(env)
action = bureau_month.action_open_rows()
MonthRows = env["invoice.bureau.month.row"].with_context(**action["context"])
OPEN = [*action["domain"], ("result", "!=", "agreed"), ("is_explained", "=", False)]
NAMES = "result number date buyer bureau_total ticket_total differences_text guess ticket_id"
SPEC = {name: {} for name in NAMES.split()}
JOIN = f"""
      FROM (SELECT * FROM invoice_bureau_fapiao
             WHERE company_id = {company.id} AND month = '{first}') fapiao
 FULL JOIN (SELECT ticket.* FROM invoice_ticket ticket
             WHERE ticket.company_id = {company.id} AND ticket.state = 'issued'
               AND ticket.issue_date BETWEEN '{first}' AND '{last}') ticket
        ON ticket.fapiao_number = fapiao.number
       AND COALESCE(ticket.fapiao_code, '') = COALESCE(fapiao.code, '')"""
[[listed]] = ask(
    f"SELECT COUNT(*) FROM invoice_bureau_fapiao"
    f" WHERE company_id = {company.id} AND month = '{first}'"
)
print(f"{TICKETS} tickets; the month lists {listed}", flush=True)
screens.compare(
    "month: counts of each result",
    lambda: bureau_month.read(["agreed_count", "open_count", "bureau_total", "ticket_total"]),
    f"""SELECT fapiao.id IS NULL, ticket.id IS NULL, fapiao.status,
               fapiao.amount_total = ticket.amount_total
               AND fapiao.issue_date = ticket.issue_date
               AND fapiao.buyer_name = ticket.buyer_name, COUNT(*),
               SUM(fapiao.amount_total), SUM(ticket.amount_total) {JOIN} GROUP BY 1, 2, 3, 4""",
)
screens.compare(
    "month: 80 rows to settle, with their number",
    lambda: MonthRows.web_search_read(OPEN, SPEC, limit=80),
    f"""SELECT fapiao.*, ticket.id {JOIN} WHERE fapiao.id IS NULL OR ticket.id IS NULL
            OR fapiao.status <> 'normal' OR fapiao.amount_total <> ticket.amount_total
            ORDER BY COALESCE(fapiao.issue_date, ticket.issue_date) LIMIT 80""",
    f"""SELECT COUNT(*) {JOIN} WHERE fapiao.id IS NULL OR ticket.id IS NULL
            OR fapiao.status <> 'normal' OR fapiao.amount_total <> ticket.amount_total""",
)
screens.show(
    "list of all months", lambda: env["invoice.bureau.month"].search([]).mapped("open_count")
)
screens.show("what closing the month freezes", bureau_month.sudo()._get_figures)
