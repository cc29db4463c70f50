"""Creating, submitting, approving and listing tickets, beside core's sales orders.

Prints records a second and queries a record, and the ratio to core in the same run.
"""

import statistics
import time

ROUNDS = 3
COUNT = 200


def measure(prepare, function):
    """Median seconds of some rounds, and queries of the last one."""
    seconds = []
    for _round in range(ROUNDS):
        records = prepare()
        env.flush_all()
        env.invalidate_all()
        queries, start = env.cr.sql_log_count, time.perf_counter()
        function(records)
        env.flush_all()
        env.cr.precommit.run()
        seconds.append(time.perf_counter() - start)
    return statistics.median(seconds), env.cr.sql_log_count - queries


def show(name, seconds, queries, beside=None):
    ratio = f"  {seconds / beside:5.2f} x core" if beside else ""
    print(
        f"{name:32} {COUNT / seconds:8.0f} records/s  {queries / COUNT:6.2f} queries/record{ratio}"
    )


company = env.ref("invoice_crm_addon.demo_company")
env = env(
    user=env.ref("base.user_admin"), context={"allowed_company_ids": company.ids, "lang": "zh_CN"}
)
partner = env["res.partner"].create({"name": "Bench", "invoice_title": "Bench"})
approver = env.ref("invoice_crm_addon.user_approver")
tax = env["account.tax"].search(
    [("company_id", "=", company.id), ("type_tax_use", "=", "sale"), ("amount", "=", 13)], limit=1
)
product = env["product.product"].create({"name": "Bench", "company_id": company.id})
env["invoice.approval.flow"].create(
    {
        "name": "Bench",
        "sequence": -1,
        "company_id": company.id,
        "res_model": "invoice.ticket",
        "stage_ids": [(0, 0, {"name": "One", "user_ids": [(6, 0, approver.ids)]})],
    }
)
line = {"name": "Bench", "price_unit": 113.0, "tax_id": tax.id}
ticket_values = {
    "partner_id": partner.id,
    "type_id": env.ref("invoice_crm_addon.ticket_type_receipt").id,
    "line_ids": [(0, 0, line), (0, 0, line)],
}
order_line = {"product_id": product.id, "price_unit": 100.0, "tax_ids": [(6, 0, tax.ids)]}
order_values = {"partner_id": partner.id, "order_line": [(0, 0, order_line), (0, 0, order_line)]}


def create(model, values):
    return env[model].create([dict(values) for _index in range(COUNT)])


def submitted():
    tickets = create("invoice.ticket", ticket_values)
    tickets.action_submit()
    return tickets


orders, order_queries = measure(lambda: None, lambda _: create("sale.order", order_values))
show("core: create sale.order, 2 lines", orders, order_queries)
seconds, queries = measure(lambda: None, lambda _: create("invoice.ticket", ticket_values))
show("create invoice.ticket, 2 lines", seconds, queries, orders)

confirm, queries = measure(
    lambda: create("sale.order", order_values), lambda records: records.action_confirm()
)
show("core: confirm sale.order", confirm, queries)
seconds, queries = measure(
    lambda: create("invoice.ticket", ticket_values), lambda records: records.action_submit()
)
show("submit for approval", seconds, queries, confirm)
seconds, queries = measure(submitted, lambda records: records.with_user(approver).action_approve())
show("approve", seconds, queries, confirm)
