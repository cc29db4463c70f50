"""Preparing reminders for thousands of customers: the preview, and what the job writes down.

``BENCH_CUSTOMERS`` owe three invoices each; one of ten customers disputes what it got. Rows are
cloned in SQL and taken back at the end.
"""

import os
import time

from debtors import EACH, make_debtors
from measures import get_processor_seconds
from screens import Screens

from odoo import fields

from odoo.addons.invoice_crm_addon.models.reminder.reminder_preparing import BATCH

CUSTOMERS = int(os.environ.get("BENCH_CUSTOMERS", 5_000))

env.cr.commit = env.cr.flush
company = env.ref("invoice_crm_addon.demo_company")
env = env(context={"allowed_company_ids": company.ids, "lang": "zh_CN"})
screens = Screens(env, 1)


def make_rows():
    """Customers, and invoices that were due 30 days ago."""
    due = fields.Date.subtract(fields.Date.today(), days=30)
    customers = make_debtors(env, screens, company, CUSTOMERS, days_ago=60, invoice_date_due=due)
    env["invoice.reminder.stop"].create(
        [
            {"partner_id": c.id, "company_id": company.id, "kind": "dispute", "reason": "Bench"}
            for c in customers[: CUSTOMERS // 10]
        ]
    )
    env.flush_all()
    env.invalidate_all()
    return customers


def measure(name, function):
    env.flush_all()
    env.invalidate_all()
    queries, start, busy = env.cr.sql_log_count, time.perf_counter(), get_processor_seconds(env)
    result = function()
    env.flush_all()
    seconds = time.perf_counter() - start
    busy = get_processor_seconds(env) - busy
    queries = env.cr.sql_log_count - queries
    print(f"{name:40} {seconds:8.1f} s {busy:8.1f} s of a processor {queries:8} queries")
    return result


customers = make_rows()
print(f"{CUSTOMERS} customers, {EACH * CUSTOMERS} invoices")
Reminder = env["invoice.reminder"]


def prepare():
    found = Reminder._get_customers_to_remind(company) & customers
    for start in range(0, len(found), BATCH):
        Reminder._prepare_batch(company, found[start : start + BATCH])
        env.flush_all()
        env.invalidate_all()


measure("preview of all customers", lambda: env["invoice.reminder.wizard"]._open(customers))
measure("prepared, as the job does", prepare)
count = Reminder.search_count([("partner_id", "in", customers.ids), ("channel", "=", "email")])
print(f"{count} reminders by e-mail")
measure("prepared again: nothing is left", prepare)
again = Reminder.search_count([("partner_id", "in", customers.ids), ("channel", "=", "email")])
assert count == again, (count, again)
env.cr.rollback()
