"""The ledger at 200,000 tickets: figures of contracts and payments, beside a plain stored column.

Rows are cloned in SQL: 2,000 contracts with 100 tickets each, 50,000 payments of which every
second one is ticketed. Prints milliseconds, queries, and the ratio to the same screen on a
column that core stores; of payments, to plain SQL for the same answer.
"""

from functools import partial

from screens import Screens
from web_client import COUNT, name_rows, open_action

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
screens.keep()

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
# What is to ticket of a payment: of one without tickets, less what went back to the customer.
TO_TICKET = """CASE
    WHEN t.has_tickets THEN t.amount_ticket_free
    WHEN t.state IN ('in_process', 'paid') THEN t.amount - COALESCE((
        SELECT SUM(partial.credit_amount_currency) FROM account_move_line line
        JOIN account_partial_reconcile partial ON partial.credit_move_id = line.id
        JOIN account_move_line back ON back.id = partial.debit_move_id
        JOIN account_payment refund ON refund.move_id = back.move_id
        WHERE line.move_id = t.move_id AND refund.payment_type = 'outbound'), 0)
    ELSE 0 END"""
function = open_action(env, "account_payment_action_to_ticket")
RECEIVED = f"""SELECT t.*, {TO_TICKET} AS to_ticket FROM account_payment t
    WHERE t.company_id = {company.id} AND t.partner_type = 'customer'
        AND t.payment_type = 'inbound'"""
RECEIVED = f"SELECT * FROM ({RECEIVED}) x WHERE to_ticket > 0"
screens.compare(
    "80 of 50,000 payments: received, not ticketed, sorted",
    partial(function, order="amount_to_ticket desc, id"),
    name_rows(Payment, function.args[1], f"{RECEIVED} ORDER BY to_ticket DESC, id LIMIT 80"),
    COUNT.format(RECEIVED),
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
