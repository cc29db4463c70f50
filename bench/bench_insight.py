"""Insight into 5,000 customers with 200,000 tickets, beside plain SQL for the same answer.

Rows are cloned in SQL: each customer has 40 tickets over two years, each ticket one line, of one
of 30 product categories. Plain SQL has neither rights nor an ORM, and asks for what is on the
screen; core's ``_read_group`` is asked for the months and types of one customer.
"""

from screens import Screens

ROUNDS = 5
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
screens.analyze("res_partner", "invoice_ticket", "invoice_ticket_line")

Insight, Opportunity = env["invoice.customer.insight"], env["invoice.customer.opportunity"]
COLUMNS = ["partner_id", "rfm_class", "last_date", "frequency", "amount_year"]
FIGURES = {name: {} for name in COLUMNS}

PLAIN_CUSTOMERS = f"""
    SELECT customer_id, last_date, frequency, amount,
        ntile(5) OVER (ORDER BY last_date) AS r,
        ntile(5) OVER (ORDER BY frequency) AS f,
        ntile(5) OVER (ORDER BY amount) AS m
    FROM (
        SELECT partner.commercial_partner_id AS customer_id, MAX(issue_date) AS last_date,
            COUNT(*) FILTER (WHERE issue_date > CURRENT_DATE - 365) AS frequency,
            SUM(amount_company) FILTER (WHERE issue_date > CURRENT_DATE - 365) AS amount
        FROM invoice_ticket ticket JOIN res_partner partner ON partner.id = ticket.partner_id
        WHERE state = 'issued' AND ticket.company_id = {company.id}
        GROUP BY 1
    ) customer"""
PLAIN_OFFERS = f"""
    WITH customer AS MATERIALIZED (SELECT *, r || '-' || f AS class FROM ({PLAIN_CUSTOMERS}) c),
    taken AS MATERIALIZED (
        SELECT ticket.partner_id AS customer_id, categ_id, SUM(line.amount_total) AS amount
        FROM invoice_ticket ticket
        JOIN invoice_ticket_line line ON line.ticket_id = ticket.id
        JOIN product_product product ON product.id = line.product_id
        JOIN product_template template ON template.id = product.product_tmpl_id
        WHERE state = 'issued' AND ticket.company_id = {company.id}
            AND issue_date > CURRENT_DATE - 365
        GROUP BY 1, 2
    ),
    crowd AS (SELECT class, COUNT(*) - 1 AS others FROM customer GROUP BY 1),
    popular AS (
        SELECT class, categ_id, COUNT(*) AS takers,
            PERCENTILE_CONT(0.5) WITHIN GROUP (ORDER BY taken.amount) AS median
        FROM customer JOIN taken USING (customer_id) GROUP BY 1, 2
    )
    SELECT customer_id, categ_id, takers::float8 / NULLIF(others, 0) AS share, median
    FROM customer JOIN crowd USING (class) JOIN popular USING (class)
    WHERE takers * 5 >= others AND NOT EXISTS (
        SELECT FROM taken
        WHERE taken.customer_id = customer.customer_id AND taken.categ_id = popular.categ_id
    )
    ORDER BY share DESC LIMIT 80"""

print(f"{len(customers)} customers, {len(tickets)} tickets")
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
show("the tab: classes and opportunities", lambda: Insight.get_opportunities(customers[1]))

plain = show(
    "SQL: 80 customers with classes, by amount",
    lambda: ask(f"{PLAIN_CUSTOMERS} ORDER BY amount DESC NULLS LAST LIMIT 80"),
)
show(
    "80 customers with classes, by amount",
    lambda: Insight.search_fetch([], COLUMNS, limit=80),
    plain,
)
show(
    "– as the list asks: with the count, and names",
    lambda: Insight.web_search_read([], FIGURES, limit=80),
    plain,
)
show(
    "customers grouped by class, sum of amounts",
    lambda: Insight.formatted_read_group([], ["rfm_class"], ["amount_year:sum"]),
    plain,
)
plain = show("SQL: 80 opportunities of all customers", lambda: ask(PLAIN_OFFERS))
show(
    "80 opportunities of all customers, by share",
    lambda: Opportunity.search_fetch(
        [("basis", "=", "rfm")], ["partner_id", "goods", "share", "amount_median"], limit=80
    ),
    plain,
)
show(
    "– as the list asks: with the count, and names",
    lambda: Opportunity.web_search_read(
        [("basis", "=", "rfm")],
        {name: {} for name in ("partner_id", "goods", "share", "amount_median")},
        limit=80,
    ),
    plain,
)
