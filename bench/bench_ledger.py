"""The ledger at 200,000 tickets: figures of contracts and payments, beside a plain stored column.

Rows are cloned in SQL: 2,000 contracts with 100 tickets each, 50,000 payments of which every
second one is ticketed. Prints milliseconds, queries, and the ratio to the same screen on a
column that core stores.
"""

from screens import Screens

ROUNDS = 7
CONTRACTS, TICKETS, PAYMENTS = 2000, 200_000, 50_000

company = env.ref("invoice_crm_addon.demo_company")
finance = env["res.users"].search([("login", "=", "finance")])
env = env(user=finance, context={"allowed_company_ids": company.ids, "lang": "zh_CN"})
sudo = env(su=True)
screens = Screens(env, ROUNDS)
clone, show = screens.clone, screens.show
contract = sudo["invoice.contract"].search([("company_id", "=", company.id)], limit=1)
ticket = sudo["invoice.ticket"].search(
    [("company_id", "=", company.id), ("state", "=", "issued"), ("red_of_id", "=", False)], limit=1
)
payment = sudo["account.payment"].search(
    [("company_id", "=", company.id), ("state", "=", "in_process")], limit=1
)
contracts = clone(
    "invoice_contract",
    CONTRACTS,
    contract,
    number="'B' || n",
    state="'active'",
    amount_total="20000 + n",
    has_tickets="TRUE",
    amount_ticketable="20000 + n",
    amount_ticketed="100 * 113",
    amount_in_progress="0",
    amount_ticket_free="20000 + n - 100 * 113",
    ticketing_state="'partial'",
)
tickets = clone(
    "invoice_ticket",
    TICKETS,
    ticket,
    name="'B' || n",
    fapiao_number="NULL",
    contract_id=f"{contracts[0]} + n % {CONTRACTS}",
    amount_total="113",
    amount_contract="113",
    sale_order_id="NULL",
)
payments = clone(
    "account_payment",
    PAYMENTS,
    payment,
    name="'B' || n",
    move_id="NULL",
    invoice_contract_id="NULL",
    has_tickets="n % 2 = 0",
    amount_ticketable="CASE WHEN n % 2 = 0 THEN source.amount END",
    amount_ticketed="CASE WHEN n % 2 = 0 THEN source.amount END",
    amount_in_progress="CASE WHEN n % 2 = 0 THEN 0 END",
    amount_ticket_free="CASE WHEN n % 2 = 0 THEN 0 END",
    ticketing_state="CASE WHEN n % 2 = 0 THEN 'full' END",
)
env.cr.execute(
    "INSERT INTO invoice_ticket_path (ticket_id, company_id, contract_id, is_issued, anchor, "
    "amount, amount_contract, amount_payment, amount_move, amount_order) "
    "SELECT id, company_id, contract_id, TRUE, 'contract', 113, 113, 0, 0, 0 "
    "FROM invoice_ticket WHERE id >= %s",
    [tickets[0]],
)
screens.keep("invoice_contract", "invoice_ticket", "account_payment", "invoice_ticket_path")

FIGURES = {
    name: {}
    for name in (
        "name",
        "partner_id",
        "currency_id",
        "amount_total",
        "amount_ticketed",
        "amount_to_ticket",
        "amount_received",
        "amount_ticketed_unpaid",
        "ticketing_state",
    )
}
PLAIN = {name: {} for name in ("name", "partner_id", "currency_id", "amount_total", "state")}
Contract, Payment = env["invoice.contract"], env["account.payment"]

plain = show(
    "80 contracts, a stored column: filter and sort",
    lambda: Contract.web_search_read(
        [("amount_total", ">", 20500)], PLAIN, limit=80, order="amount_total desc"
    ),
)
show(
    "80 contracts with figures: to ticket, sorted by it",
    lambda: Contract.web_search_read(
        [("amount_to_ticket", ">", 9000)], FIGURES, limit=80, order="amount_to_ticket desc"
    ),
    plain,
)
plain = show(
    "contracts grouped, sum of a stored column",
    lambda: Contract.formatted_read_group([], ["state"], ["amount_total:sum"]),
)
show(
    "contracts grouped by ticketing, sum of what is to ticket",
    lambda: Contract.formatted_read_group([], ["ticketing_state"], ["amount_to_ticket:sum"]),
    plain,
)
PAID = {name: {} for name in ("name", "partner_id", "currency_id", "amount")}
plain = show(
    "80 of 50,000 payments, a stored column: filter and sort",
    lambda: Payment.web_search_read([("amount", ">", 0)], PAID, limit=80, order="amount desc"),
)
show(
    "80 of 50,000 payments: received, not ticketed, sorted",
    lambda: Payment.web_search_read(
        [("amount_to_ticket", ">", 0)],
        {**PAID, "amount_to_ticket": {}, "ticketing_state": {}},
        limit=80,
        order="amount_to_ticket desc",
    ),
    plain,
)
one = sudo["invoice.contract"].browse(contracts[0])
show(
    "lay the paths of a contract with 100 tickets", lambda: sudo["invoice.ticket.path"]._settle(one)
)
env.cr.execute(
    "UPDATE invoice_ticket SET contract_id = %s WHERE id = ANY(%s)", [one.id, tickets[:1000]]
)
env.cr.execute("UPDATE invoice_contract SET amount_total = 1000000 WHERE id = %s", [one.id])
show(
    "lay the paths of a contract with 1,100 tickets",
    lambda: sudo["invoice.ticket.path"]._settle(one),
)
