"""Customers from an Excel file: our import beside core's, the same rows and columns in one run.

Core's import checks no duplicate and cannot be taken back; ours judges each row first, keeps the
rows with what they did, and looks for each tax number and name. Both write what they made to the
database, ours in its batches. A file with one number twice near its end, which core refuses, is
timed as well. Prints milliseconds and queries a row, and what the process holds.
"""

import gc
import io
import os
import time

import openpyxl
import psutil

from odoo.addons.invoice_crm_addon.fapiao import uscc_check_digit

COUNT = int(os.environ.get("BENCH_ROWS", "2000"))
HEADINGS = [
    "客户名称",
    "税号",
    "发票抬头",
    "开票地址",
    "开票电话",
    "开户行",
    "银行账号",
    "电子邮箱",
    "手机",
    "通讯地址",
]
FIELDS = [
    "name",
    "vat",
    "invoice_title",
    "invoice_address",
    "invoice_phone",
    "invoice_bank_name",
    "invoice_bank_acc_number",
    "email",
    "phone",
    "street",
]


def make_rows(count, first):
    for index in range(first, first + count):
        body = f"9144030{index:010d}"
        yield [
            f"基准测试{index}号有限公司",
            body + uscc_check_digit(body),
            f"基准测试{index}号有限公司",
            f"深圳市南山区科技路{index}号",
            f"0755-{index % 10**8:08d}",
            f"示例银行深圳第{index % 50}支行",
            f"4000{index:012d}",
            f"fapiao{index}@example.com",
            f"13{index % 10**9:09d}",
            f"深圳市福田区深南大道{index}号",
        ]


def make_excel(rows):
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet()
    sheet.append(HEADINGS)
    for row in rows:
        sheet.append(row)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def run_ours(env, content):
    run = env["invoice.customer.import"]._start("bench.xlsx", content)
    if run.state == "checking":
        _finish(env, run)
    judged = time.perf_counter()
    run.sudo().state = "running"
    _finish(env, run)
    return judged, run


def _finish(env, run):
    state = run.state
    while run.state == state and run._take_step():
        # As the job does after each batch.
        env.flush_all()
        env.cr.precommit.run()
        env.invalidate_all()


def run_core(env, content):
    wizard = env["base_import.import"].create(
        {
            "res_model": "res.partner",
            "file": content,
            "file_name": "bench.xlsx",
            "file_type": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        }
    )
    options = {"has_headers": True, "quoting": '"', "separator": ",", "limit": COUNT, "skip": 0}
    # The web client reads the file once for its preview.
    preview = wizard.parse_preview(options)
    options = {**preview["options"], "limit": COUNT, "skip": 0}
    result = wizard.execute_import(FIELDS, HEADINGS, options)
    env.flush_all()
    env.cr.precommit.run()
    return result


def say(title, seconds, queries, memory):
    print(
        f"  {title:34}{COUNT / seconds:10.0f} rows/s{seconds * 1000 / COUNT:9.2f} ms"
        f"{queries / COUNT:9.2f} queries{memory:9.0f} MiB"
    )


process = psutil.Process()
company = env.ref("invoice_crm_addon.demo_company")
env = env(user=env.ref("base.user_admin"), context={"allowed_company_ids": company.ids})
env.user.company_ids |= company
env.user.group_ids |= env.ref("invoice_crm_addon.group_ticket_finance")
env.cr.commit()
print(f"{COUNT} new customers of {len(FIELDS)} columns, a row:")
seconds = {}
for round_number, name in enumerate(("warm up", "core", "ours", "core, one number twice")):
    count = 200 if name == "warm up" else COUNT
    rows = list(make_rows(count, round_number * 1_000_000))
    if name == "core, one number twice":
        rows[-20][1] = rows[5][1]
    content = make_excel(rows)
    env.invalidate_all()
    gc.collect()
    before = process.memory_info().rss
    queries, start = env.cr.sql_log_count, time.perf_counter()
    if name == "core":
        result = run_core(env, content)
        assert len(result["ids"] or ()) == COUNT, result["messages"]
    elif name == "core, one number twice":
        result = run_core(env, content)
        assert not result["ids"], "a number twice is refused"
    else:
        judged, run = run_ours(env, content)
        assert run.applied_count == count, run.problem_row_ids.mapped("message")[:3]
    seconds[name] = time.perf_counter() - start
    if name != "warm up":
        held = (process.memory_info().rss - before) / 2**20
        say(name, seconds[name], env.cr.sql_log_count - queries, held)
    if name == "ours":
        print(f"    of which reading and judging: {(judged - start) * 1000 / COUNT:.2f} ms")
    env.cr.rollback()
wrong = seconds["core, one number twice"] / seconds["core"]
print(f"  one number twice : all good {wrong:.1f}   target: 2")
print(f"  core : ours {seconds['core'] / seconds['ours']:.1f}   target: 2")
