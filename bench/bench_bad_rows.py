"""Core's import of files with one bad row near the end, beside files of good rows.

For customers, tickets and contracts, BENCH_ROWS rows (2,000 unless told otherwise) are imported
once as they are, and once with each mistake that people make in one of the last rows. Prints how
many times the queries and the time of a processor of the good file each takes, and which row the
error names. All of it is rolled back; a file of which something stays fails the benchmark.
BENCH_ONLY="res.partner: number twice" measures those whose model and mistake begin like that.
"""

import os

from measures import get_processor_seconds, measure

from odoo.addons.invoice_crm_addon.fapiao import uscc_check_digit
from odoo.addons.invoice_crm_addon.models.base.proof import proven

ROWS = int(os.environ.get("BENCH_ROWS", 2000))
BAD = ROWS - 20
ONLY = os.environ.get("BENCH_ONLY", "")
FIELDS = {
    "res.partner": ["id", "name", "country_id/id", "vat", "invoice_title", "customer_level_id"],
    "invoice.ticket": [
        *("id", "partner_id", "type_id", "fapiao_number", "issue_date"),
        *("line_ids/name", "line_ids/quantity", "line_ids/price_unit"),
    ],
    "invoice.contract": [
        *("id", "name", "number", "partner_id", "amount_total", "date_signed"),
        *("date_start", "date_end"),
        *("milestone_ids/name", "milestone_ids/amount"),
    ],
}


def get_number(index):
    body = f"9144030{index:010d}"
    return body + uscc_check_digit(body)


def make_row(model, index):
    if model == "res.partner":
        return [f"bench.c{index}", f"导入{index}公司", "base.cn", get_number(index), "抬头", ""]
    customer = customers[index % len(customers)].name
    if model == "invoice.ticket":
        number = f"26{index:018d}"
        return [f"bench.t{index}", customer, kind, number, "2026-11-01", "服务费", "1", "100"]
    first = [f"bench.k{index}", f"合同{index}", f"HT{index}", customer, "1000", "2026-01-01"]
    return [*first, "2026-01-01", "2026-12-31", "首款", "500"]


MISTAKES = {
    "res.partner": {
        "number of another customer": ("vat", get_number(9_000_000)),
        "number twice in the file": ("vat", get_number(5)),
        "broken number": ("vat", "91XYZ"),
        "number that a spreadsheet cut": ("vat", "9.14403E+17"),
        "no name": ("name", ""),
        "unknown country": ("country_id/id", "base.nowhere"),
        "unknown level": ("customer_level_id", "没有的等级"),
    },
    "invoice.ticket": {
        "number twice in the file": ("fapiao_number", f"26{5:018d}"),
        "number of a wrong shape": ("fapiao_number", "12A"),
        "unknown type": ("type_id", "没有的类型"),
        "unknown customer": ("partner_id", "没有的客户"),
        "wrong date": ("issue_date", "2026-13-45"),
        "line without name": ("line_ids/name", ""),
        "wrong amount": ("line_ids/price_unit", "abc"),
    },
    "invoice.contract": {
        "number twice in the file": ("number", "HT5"),
        "unknown customer": ("partner_id", "没有的客户"),
        "no customer": ("partner_id", ""),
        "no name": ("name", ""),
        "wrong date": ("date_signed", "x"),
        "negative amount": ("amount_total", "-5"),
        "ends before it starts": ("date_end", "2025-01-01"),
        "milestone without name": ("milestone_ids/name", ""),
    },
}


def load(model, fields, rows):
    """:return: what the import says, its queries and seconds of a processor"""
    result, used = [], get_processor_seconds(env)
    Model = env[model].with_context(import_file=True)
    _seconds, queries = measure(env, lambda: result.append(Model.load(list(fields), rows)))
    return result[0], queries, get_processor_seconds(env) - used


def compare(title, good, model, fields, rows):
    savepoint = env.cr.savepoint()
    before = env[model].with_context(active_test=False).search_count([])
    result, queries, seconds = load(model, fields, rows)
    assert not result["ids"], f"{model}, {title}: imported"
    after = env[model].with_context(active_test=False).search_count([])
    assert after == before, f"{model}, {title}: {after - before} rows stay"
    named = {message["rows"]["from"] for message in result["messages"]}
    assert named == {BAD}, f"{model}, {title}: rows {named}"
    savepoint.rollback()
    env.invalidate_all()
    print(
        f"  {title:34}{queries / good[0]:6.2f} × queries{seconds / good[1]:6.2f} × processor   "
        f"{result['messages'][0]['message'][:70]}".replace("\n", " "),
        flush=True,
    )


company = env.ref("invoice_crm_addon.demo_company")
context = {"allowed_company_ids": company.ids, "lang": "zh_CN", "tz": "Asia/Shanghai"}
env = env(user=env.ref("base.user_admin"), context=context)
env.user.company_ids |= company
for group in ("finance", "manager"):
    env.user.group_ids |= env.ref(f"invoice_crm_addon.group_ticket_{group}")
env.cr.commit()
kind = env.ref("invoice_crm_addon.ticket_type_digital_special").name
customers = env["res.partner"].create(
    [
        {"name": f"基准客户{n}", "is_company": True, "vat": get_number(9_000_000 + n)}
        for n in range(50)
    ]
)
for model, fields in FIELDS.items():
    if not model.startswith(ONLY.partition(":")[0]):
        continue
    rows = [make_row(model, index) for index in range(ROWS)]
    savepoint = env.cr.savepoint()
    load(model, fields, rows[:50])
    savepoint.rollback()
    result, *good = load(model, fields, rows)
    assert len(result["ids"] or ()) == ROWS, result["messages"][:2]
    print(f"{ROWS} rows of {model}: {good[0]} queries, {good[1]:.1f} s of a processor", flush=True)
    # An update by external id: one of the tickets is issued, and its customer stays.
    if model == "invoice.ticket" and not ONLY:
        changed = [[row[0], customers[7].name] for row in rows]
        _result, *update = load(model, ["id", "partner_id"], changed)
        proven(env[model].browse(result["ids"][BAD])).write({"state": "issued"})
        changed = [[row[0], customers[8].name] for row in rows]
        compare("update of an issued ticket", update, model, ["id", "partner_id"], changed)
    savepoint.rollback()
    env.invalidate_all()
    for title, (fname, value) in MISTAKES[model].items():
        if not f"{model}: {title}".startswith(ONLY):
            continue
        wrong = [list(row) for row in rows]
        wrong[BAD][fields.index(fname)] = value
        compare(title, good, model, fields, wrong)
    savepoint.close(rollback=True)
env.cr.rollback()
