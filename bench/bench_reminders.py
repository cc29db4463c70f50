"""Preparing reminders for thousands of customers: the preview, and what the job writes down.

``BENCH_CUSTOMERS`` owe three invoices each; one of ten customers disputes what it got. Rows are
cloned in SQL and taken back at the end.
"""

import os
import time

from measures import get_processor_seconds
from screens import Screens

from odoo import fields

from odoo.addons.invoice_crm_addon.models.reminder.reminder_preparing import BATCH

CUSTOMERS = int(os.environ.get("BENCH_CUSTOMERS", 5_000))
INVOICES = 3 * CUSTOMERS

env.cr.commit = env.cr.flush
company = env.ref("invoice_crm_addon.demo_company")
env = env(context={"allowed_company_ids": company.ids, "lang": "zh_CN"})
screens = Screens(env, 1)


def make_rows():
    """Customers, and invoices that were due 30 days ago."""
    partner = env["res.partner"].create(
        {"name": "Bench", "is_company": True, "email": "bench@bench.example.com"}
    )
    journal = env["account.journal"].search(
        [("type", "=", "sale"), ("company_id", "=", company.id)], limit=1
    )
    invoice = env["account.move"].create(
        {
            "move_type": "out_invoice",
            "partner_id": partner.id,
            "journal_id": journal.id,
            "invoice_date": fields.Date.subtract(fields.Date.today(), days=60),
            "invoice_date_due": fields.Date.subtract(fields.Date.today(), days=30),
            "invoice_payment_term_id": False,
            "invoice_line_ids": [(0, 0, {"name": "Bench", "price_unit": 1000, "tax_ids": False})],
        }
    )
    invoice.action_post()
    env.flush_all()
    [customer, *_others] = screens.clone(
        "res_partner", CUSTOMERS, partner, name="'B' || n", complete_name="'B' || n"
    )
    env.cr.execute(
        "UPDATE res_partner SET commercial_partner_id = id, email = 'b' || id || '@bench.example' "
        "|| '.com' WHERE id >= %s",
        [customer],
    )
    of_customer = f"{customer} + n % {CUSTOMERS}"
    partners = {"partner_id": of_customer, "commercial_partner_id": of_customer}
    [move, *_others] = screens.clone(
        "account_move", INVOICES, invoice, name="'BENCH' || n", access_token="NULL", **partners
    )
    item = invoice.line_ids.filtered(lambda line: line.account_type == "asset_receivable")
    screens.clone(
        "account_move_line", INVOICES, item, move_id=f"{move} + n", partner_id=of_customer
    )
    screens.analyze("res_partner", "account_move", "account_move_line")
    env.invalidate_all()
    customers = env["res.partner"].browse(range(customer, customer + CUSTOMERS))
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
print(f"{CUSTOMERS} customers, {INVOICES} invoices")
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
