"""Insight into 5,000 customers with 200,000 tickets, beside plain SQL for the same answer.

Rows are cloned in SQL: each customer has 40 tickets over two years, each ticket one line, of one
of 30 product categories. Plain SQL has neither rights nor an ORM, and asks for what is on the
screen, names and the count included: both are compared before anything is measured. Core's
``_read_group`` is asked for the months and types of one customer.
"""

import os

from dateutil.relativedelta import relativedelta
from screens import Screens

from odoo import fields

ROUNDS = int(os.environ.get("BENCH_ROUNDS", 5))
CUSTOMERS, TICKETS, CATEGORIES = 5000, 200_000, 30

company = env.ref("invoice_crm_addon.demo_company")
finance = env["res.users"].search([("login", "=", "finance")])
env = env(user=finance, context={"allowed_company_ids": company.ids, "lang": "zh_CN"})
sudo = env(su=True)
screens = Screens(env, ROUNDS)
clone, show, ask = screens.clone, screens.show, screens.ask
ticket = sudo["invoice.ticket"].search(
    [("company_id", "=", company.id), ("state", "=", "issued"), ("red_of_id", "=", False)], limit=1
)
categories = sudo["product.category"].create([{"name": f"Bench {n:02}"} for n in range(CATEGORIES)])
products = sudo["product.product"].create(
    [{"name": category.name, "categ_id": category.id} for category in categories]
)
partner = sudo["res.partner"].create({"name": "Bench", "is_company": True})
env.flush_all()
customers = clone("res_partner", CUSTOMERS, partner, name="'B' || n", complete_name="'B' || n")
env.cr.execute("UPDATE res_partner SET commercial_partner_id = id WHERE id >= %s", [customers[0]])
# Each customer takes the goods of its own six categories, and every tenth of them is away for long.
tickets = clone(
    "invoice_ticket",
    TICKETS,
    ticket,
    name="'B' || n",
    fapiao_number="NULL",
    partner_id=f"{customers[0]} + n % {CUSTOMERS}",
    contract_id="NULL",
    sale_order_id="NULL",
    amount_total="100 + n % 997",
    amount_company="100 + n % 997",
    issue_date="CURRENT_DATE - (n * 7919 % 700) - CASE WHEN n % 10 = 0 THEN 400 ELSE 0 END",
    status="'issued'",
    payment_state="'not_paid'",
    date_due="CURRENT_DATE - n % 300",
)
lines = clone(
    "invoice_ticket_line",
    TICKETS,
    ticket.line_ids[0],
    ticket_id=f"{tickets[0]} + n",
    amount_total="100 + n % 997",
    product_id=f"{products[0].id} + (n % {CUSTOMERS} * 7 + n / {CUSTOMERS} % 6) % {CATEGORIES}",
)
screens.keep()

Insight, Opportunity = env["invoice.customer.insight"], env["invoice.customer.opportunity"]
CUSTOMER = ["partner_id", "rfm_class", "last_date", "frequency", "amount_year"]
OFFER = ["partner_id", "goods", "share", "amount_median"]
RFM = [("basis", "=", "rfm")]
NAMED = {"partner_id": {"fields": {"display_name": {}}}}
# So far does the web client count.
PAGE = {"limit": 80, "count_limit": 10_001}

today = fields.Date.context_today(Insight)
since, new_since = today - relativedelta(months=12), today - relativedelta(days=90)


def rank(window):
    return (
        f"CEIL(ROUND((PERCENT_RANK() OVER {window} + CUME_DIST() OVER {window})::numeric"
        " * 2.5, 6))::int"
    )


PLAIN_TICKETS = f"""
    SELECT ticket.*, commercial_partner_id AS customer_id,
        red_of_id IS NULL AND status IS DISTINCT FROM 'red' AS counts
    FROM invoice_ticket ticket
    JOIN invoice_ticket_type type ON type.id = ticket.type_id AND type.takes_amount
    JOIN res_partner partner ON partner.id = ticket.partner_id
    WHERE state = 'issued' AND issue_date IS NOT NULL AND ticket.company_id = {company.id}"""
PLAIN_CUSTOMERS = f"""
    SELECT id, customer_id, last_date, frequency, amount, CASE
        WHEN last_date < DATE '{today}' - 365 THEN 'lost'
        WHEN first_date > DATE '{new_since}' THEN 'new'
        WHEN r >= 4 AND f + m >= 8 THEN 'best'
        WHEN r >= 3 AND f + m >= 6 THEN 'loyal'
        WHEN f + m >= 6 THEN 'at_risk'
        ELSE 'occasional'
    END AS class
    FROM (
        SELECT customer.*, {rank("recency")} AS r, {rank("frequency")} AS f, {rank("amount")} AS m
        FROM (
            SELECT MIN(id) AS id, customer_id,
                MIN(issue_date) FILTER (WHERE counts) AS first_date,
                MAX(issue_date) FILTER (WHERE counts) AS last_date,
                COUNT(*) FILTER (WHERE counts AND issue_date > '{since}') AS frequency,
                COALESCE(SUM(amount_company) FILTER (WHERE issue_date > '{since}'), 0) AS amount
            FROM ({PLAIN_TICKETS}) ticket GROUP BY 2 HAVING BOOL_OR(counts)
        ) customer
        WINDOW recency AS (ORDER BY last_date), frequency AS (ORDER BY frequency),
            amount AS (ORDER BY amount)
    ) scored"""
PLAIN_PAGE = f"""
    SELECT customer_id, partner.complete_name, class, last_date, frequency, amount,
        COUNT(*) OVER ()
    FROM ({PLAIN_CUSTOMERS}) customer JOIN res_partner partner ON partner.id = customer_id
    ORDER BY amount DESC, customer.id LIMIT 80"""
PLAIN_CLASSES = f"""
    SELECT class, SUM(amount), COUNT(*) FROM ({PLAIN_CUSTOMERS}) customer GROUP BY 1"""
PLAIN_OFFERS = f"""
    WITH customer AS MATERIALIZED ({PLAIN_CUSTOMERS}),
    taken AS MATERIALIZED (
        SELECT customer_id, categ_id, SUM(line.amount_total) AS amount
        FROM ({PLAIN_TICKETS}) ticket
        JOIN invoice_ticket_line line ON line.ticket_id = ticket.id
        JOIN product_product product ON product.id = line.product_id
        JOIN product_template template ON template.id = product.product_tmpl_id
        WHERE issue_date > '{since}' AND categ_id IS NOT NULL
        GROUP BY 1, 2 HAVING SUM(line.amount_total) > 0
    ),
    own AS MATERIALIZED (SELECT customer_id, ARRAY_AGG(categ_id) AS goods FROM taken GROUP BY 1),
    crowd AS (SELECT class, COUNT(*) - 1 AS others FROM customer GROUP BY 1),
    popular AS (
        SELECT class, categ_id, COUNT(*) AS takers,
            PERCENTILE_CONT(0.5) WITHIN GROUP (ORDER BY taken.amount) AS median
        FROM customer JOIN taken USING (customer_id) GROUP BY 1, 2
    )
    SELECT customer_id, partner.complete_name, category.complete_name, takers::float8 / others,
        median, COUNT(*) OVER ()
    FROM customer JOIN crowd USING (class) JOIN popular USING (class)
    JOIN res_partner partner ON partner.id = customer_id
    JOIN product_category category ON category.id = categ_id
    LEFT JOIN own USING (customer_id)
    WHERE takers * 5 >= others AND categ_id != ALL (COALESCE(goods, '{{}}'))
    ORDER BY 4 DESC, 5 DESC, customer.id, categ_id LIMIT 80"""


def read_page(model, domain, names):
    return model.web_search_read(domain, {name: {} for name in names} | NAMED, **PAGE)


def as_rows(page, names):
    """Rows of the web client in the order of plain SQL's columns."""
    for record in page["records"]:
        partner = record["partner_id"]
        yield (partner["id"], partner["display_name"], *(record[name] for name in names[1:]))


def check(name, ours, plain):
    """:raise AssertionError: if plain SQL found something else"""
    plain = [[str(v) if hasattr(v, "year") else v for v in row] for row in plain]
    ours = [[str(v) if hasattr(v, "year") else v for v in row] for row in ours]
    for row, other in zip(ours, plain, strict=True):
        same = (
            abs(a - float(b)) < 0.01 if isinstance(a, float) else a == b
            for a, b in zip(row, other, strict=True)
        )
        if not all(same):
            raise AssertionError(f"{name}: {row}, plain SQL: {other}")


print(f"{len(customers)} customers, {len(tickets)} tickets")
for name, model, domain, names, query in (
    ("customers", Insight, [], CUSTOMER, PLAIN_PAGE),
    ("opportunities", Opportunity, RFM, OFFER, PLAIN_OFFERS),
):
    page, plain = read_page(model, domain, names), ask(query)
    check(name, as_rows(page, names), [row[:-1] for row in plain])
    if page["length"] != min(plain[0][-1], PAGE["count_limit"]):
        raise AssertionError(f"{name}: {page['length']} rows, plain SQL {plain[0][-1]}")
grouped = Insight._read_group([], ["rfm_class"], ["amount_year:sum", "__count"])
check("classes", sorted(grouped), sorted(ask(PLAIN_CLASSES)))
print("plain SQL gives the same rows, names and counts", flush=True)

plain = show(
    "SQL: one customer, by month and type",
    lambda: ask(
        "SELECT date_trunc('month', issue_date), type_id, COUNT(*), SUM(amount_company) "
        f"FROM invoice_ticket WHERE partner_id = {customers[1]} AND state = 'issued' GROUP BY 1, 2"
    ),
)
core = show(
    "core: one customer, by month and type, _read_group",
    lambda: env["invoice.ticket"]._read_group(
        [("partner_id", "=", customers[1]), ("state", "=", "issued")],
        ["issue_date:month", "type_id"],
        ["__count", "amount_company:sum"],
    ),
)
show("the tab: figures of a customer", lambda: Insight.get_figures(customers[1], 24), core)

compare = screens.compare
compare(
    "the tab: classes and opportunities",
    lambda: Insight.get_opportunities(customers[1]),
    f"SELECT * FROM ({PLAIN_CUSTOMERS}) customer WHERE customer_id = {customers[1]}",
    PLAIN_OFFERS.replace("WHERE takers", f"WHERE customer_id = {customers[1]} AND takers"),
)
compare(
    "80 customers, with the count and names",
    lambda: read_page(Insight, [], CUSTOMER),
    PLAIN_PAGE,
)
compare(
    "customers grouped by class, sum of amounts",
    lambda: Insight.formatted_read_group([], ["rfm_class"], ["amount_year:sum", "__count"]),
    PLAIN_CLASSES,
)
compare(
    "80 opportunities, with the count and names",
    lambda: read_page(Opportunity, RFM, OFFER),
    PLAIN_OFFERS,
)
