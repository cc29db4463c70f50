"""The data check of a company with 200,000 tickets and 50,000 approvals.

Rows are those of ``settlement_rows``, whose faults are few, and clones of one approval that was
decided, with its seals. Each check is run as the quarterly job runs it, the first time – where all
that is found is new – and once more. Nothing else is in the memory of the process.
"""

import resource
import time

from screens import Screens
from settlement_rows import TICKETS, Rows

APPROVALS = TICKETS // 4

company = env.ref("invoice_crm_addon.demo_company")
env = env(context={"allowed_company_ids": company.ids})
screens = Screens(env, 1)
start = time.perf_counter()
Rows(screens, company)
# The rows of ``settlement_rows`` have totals only; here they are to agree, as they do in life, but
# for one in a hundred.
tax = env["account.tax"].search(
    [("company_id", "=", company.id), ("amount", "=", 13), ("type_tax_use", "=", "sale")], limit=1
)
[code] = env["invoice.goods.code"].search(
    [("company_id", "=", company.id), ("rates", "=", "13%")], limit=1
)
finance = env["res.users"].search([("login", "=", "finance")])
for table, others in (
    (
        "invoice_ticket",
        ", amount_approved = amount_total"
        f", issue_user_id = CASE WHEN id % 100 <> 0 THEN {finance.id} END"
        ", fapiao_number = CASE WHEN state = 'issued' THEN '26' || LPAD(id::text, 18, '0') END",
    ),
    (
        "invoice_ticket_line",
        f", tax_id = {tax.id}, tax_treatment = 'taxed'"
        f", tax_code = CASE WHEN id % 100 <> 0 THEN '{code.code}' ELSE tax_code END",
    ),
):
    env.cr.execute(
        f"UPDATE {table} SET amount_untaxed = ROUND(amount_total / 1.13, 2),"
        f" amount_tax = amount_total - ROUND(amount_total / 1.13, 2){others}"
        f" WHERE company_id = {company.id}"
    )
    screens.analyze(table)
request = env["invoice.approval.request"].search(
    [("company_id", "=", company.id), ("state", "=", "approved")], limit=1
)
requests = screens.clone(
    "invoice_approval_request", APPROVALS, request, res_id=f"{request.res_id} + n"
)
for decision in request.decision_ids.sorted("id"):
    screens.clone("invoice_approval_decision", APPROVALS, decision, request_id=f"{requests[0]} + n")
screens.analyze("invoice_approval_request", "invoice_approval_decision")
print(f"{TICKETS} tickets, {APPROVALS} approvals in {time.perf_counter() - start:.0f} s")


def get_memory():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


for name in ("first", "again"):
    env.flush_all()
    env.invalidate_all()
    memory, queries, begin = get_memory(), env.cr.sql_log_count, time.perf_counter()
    run = env["invoice.check.run"]._start(company)
    times = {}
    for result in run.sudo().result_ids:
        before = time.perf_counter()
        result._run_in_background()
        env.flush_all()
        times[result.check_id.method] = time.perf_counter() - before
    before = time.perf_counter()
    run.sudo()._finish()
    env.flush_all()
    times["_finish"] = time.perf_counter() - before
    print(
        f"\n{name}: {time.perf_counter() - begin:.1f} s, "
        f"{env.cr.sql_log_count - queries} queries, {get_memory() - memory:.0f} MB more; "
        f"{run.found_count} found, {run.new_count} new, {run.gone_count} gone, "
        f"{run.failed_count} failed   target: 60 s"
    )
    for method, seconds in sorted(times.items(), key=lambda item: -item[1])[:12]:
        print(f"  {method:40}{seconds:8.2f} s")
    assert not run.failed_count, run.result_ids.mapped("error")
