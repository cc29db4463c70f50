"""What came in of customers, and the contract, order and invoice that each part belongs to, as SQL.

Read from core's payments, bank statements and reconciliations, never kept. Where neither an order
nor the payment says the contract, the ticket does that was made of the money.
"""

from odoo.tools import SQL

from .bare_payments import get_named_query

# Collections count from the day on which they are in process; refunds to customers are negative.
RECEIVED = """
    received AS (
        SELECT payment.id, payment.move_id, payment.date, payment.currency_id,
               payment.company_id, payment.partner_id, payment.destination_account_id,
               payment.invoice_contract_id AS contract_id, payment.payment_type,
               CASE payment.payment_type WHEN 'inbound' THEN 1 ELSE -1 END AS sign,
               payment.amount,
               CASE WHEN payment.amount <> 0
                    THEN ABS(payment.amount_company_currency_signed) / payment.amount
                    ELSE 0 END AS rate
          FROM account_payment payment
         WHERE payment.state IN ('in_process', 'paid') AND payment.partner_type = 'customer'
           AND %(payments)s
    ),
    -- What the customer's account was credited with: more than came in, where a deduction or a
    -- discount was granted with it.
    item AS (
        SELECT received.id AS payment_id, line.id AS line_id,
               received.amount / NULLIF(GREATEST(received.amount, SUM(ABS(line.amount_currency))
                   OVER (PARTITION BY received.id)), 0) AS share
          FROM received
          JOIN account_move_line line ON line.move_id = received.move_id
           AND line.account_id = received.destination_account_id
    )"""
MATCHED = """
    matched AS (
        SELECT item.payment_id, line.move_id,
               SUM(partial.credit_amount_currency * item.share) AS amount
          FROM item
          JOIN account_partial_reconcile partial ON partial.credit_move_id = item.line_id
          JOIN account_move_line line ON line.id = partial.debit_move_id
          JOIN account_move move ON move.id = line.move_id
          JOIN received ON received.id = item.payment_id
         WHERE received.payment_type = 'inbound' AND move.move_type = 'out_invoice'
      GROUP BY item.payment_id, line.move_id
     UNION ALL
        SELECT item.payment_id, line.move_id,
               SUM(partial.debit_amount_currency * item.share)
          FROM item
          JOIN account_partial_reconcile partial ON partial.debit_move_id = item.line_id
          JOIN account_move_line line ON line.id = partial.credit_move_id
          JOIN account_move move ON move.id = line.move_id
          JOIN received ON received.id = item.payment_id
         WHERE received.payment_type = 'outbound' AND move.move_type = 'out_refund'
      GROUP BY item.payment_id, line.move_id
     UNION ALL
        -- A payment without an entry only names its invoices.
        SELECT named.payment_id, named.move_id, named.amount
          FROM (%(named)s) named
          JOIN received ON received.id = named.payment_id AND received.move_id IS NULL
    ),
    -- Money that goes back to the customer belongs where it came from.
    origin AS (
        SELECT item.payment_id, payment.invoice_contract_id AS contract_id,
               SUM(partial.debit_amount_currency * item.share) AS amount
          FROM item
          JOIN account_partial_reconcile partial ON partial.debit_move_id = item.line_id
          JOIN account_move_line line ON line.id = partial.credit_move_id
          JOIN account_payment payment ON payment.move_id = line.move_id
      GROUP BY item.payment_id, payment.invoice_contract_id
    ),
    -- Items of a bank statement that were matched with an invoice itself, without a payment.
    brought AS (
        SELECT bank_line.move_id AS entry_id, bank_move.date, bank_move.company_id,
               move.id AS move_id, move.partner_id, move.currency_id,
               SUM(partial.debit_amount_currency) AS amount,
               SUM(partial.amount) / NULLIF(SUM(partial.debit_amount_currency), 0) AS rate
          FROM account_move move
          JOIN account_move_line line ON line.move_id = move.id
          JOIN account_partial_reconcile partial ON partial.debit_move_id = line.id
          JOIN account_move_line bank_line ON bank_line.id = partial.credit_move_id
          JOIN account_move bank_move ON bank_move.id = bank_line.move_id
         WHERE move.move_type = 'out_invoice' AND bank_move.statement_line_id IS NOT NULL
           AND %(moves)s
      GROUP BY bank_line.move_id, bank_move.date, bank_move.company_id, move.id
    ),
    -- What payments without an entry name of these invoices is the same money, and counted already;
    -- all of it, where they are in another currency.
    rival AS (
        SELECT rival.move_id, SUM(rival.amount) AS amount FROM (%(rivals)s) rival
      GROUP BY rival.move_id
    ),
    bank AS (
        SELECT entry_id, date, company_id, move_id, partner_id, currency_id, rate,
               LEAST(amount, GREATEST(until - named, 0)) AS amount
          FROM (
               SELECT brought.*, COALESCE(rival.amount, 0) AS named,
                      SUM(brought.amount) OVER (
                          PARTITION BY brought.move_id ORDER BY date, entry_id) AS until
                 FROM brought
            LEFT JOIN rival ON rival.move_id = brought.move_id
                WHERE NOT EXISTS (
                      SELECT FROM account_move__account_payment rel
                        JOIN account_payment payment ON payment.id = rel.payment_id
                       WHERE rel.invoice_id = brought.move_id AND payment.move_id IS NULL
                         AND payment.state IN ('in_process', 'paid')
                         AND payment.currency_id <> brought.currency_id)
               ) counted
         WHERE until > named
    )"""
# The part of an invoice that an order was billed with; a line of several orders is the first's.
BILLED = """
    billed AS (
        SELECT line.move_id, part.order_id,
               SUM(line.price_total) / NULLIF(move.amount_total, 0) AS share
          FROM (
               SELECT rel.invoice_line_id, MIN(order_line.order_id) AS order_id
                 FROM sale_order_line_invoice_rel rel
                 JOIN account_move_line line ON line.id = rel.invoice_line_id
                 JOIN sale_order_line order_line ON order_line.id = rel.order_line_id
                WHERE line.move_id IN (
                      SELECT move_id FROM matched UNION SELECT move_id FROM bank)
             GROUP BY rel.invoice_line_id
               ) part
          JOIN account_move_line line ON line.id = part.invoice_line_id
          JOIN account_move move ON move.id = line.move_id
      GROUP BY line.move_id, part.order_id, move.amount_total
    ),
    of_invoice AS (
        SELECT matched.payment_id, NULL::int AS entry_id, matched.move_id, billed.order_id,
               matched.amount * billed.share AS amount
          FROM matched JOIN billed ON billed.move_id = matched.move_id
     UNION ALL
        SELECT matched.payment_id, NULL, matched.move_id, NULL,
               matched.amount * (1 - COALESCE((
                   SELECT SUM(share) FROM billed WHERE billed.move_id = matched.move_id), 0))
          FROM matched
     UNION ALL
        SELECT NULL, bank.entry_id, bank.move_id, billed.order_id, bank.amount * billed.share
          FROM bank JOIN billed ON billed.move_id = bank.move_id
     UNION ALL
        SELECT NULL, bank.entry_id, bank.move_id, NULL,
               bank.amount * (1 - COALESCE((
                   SELECT SUM(share) FROM billed WHERE billed.move_id = bank.move_id), 0))
          FROM bank
    )"""
PARTS = """
    part AS (
        SELECT received.date, received.id AS payment_id, NULL::int AS entry_id,
               of_invoice.move_id, of_invoice.order_id, received.partner_id,
               received.company_id, received.currency_id, received.rate,
               COALESCE(sale_order.invoice_contract_id, move.invoice_contract_id,
                   received.contract_id) AS contract_id,
               received.sign * of_invoice.amount AS amount
          FROM of_invoice
          JOIN received ON received.id = of_invoice.payment_id
          JOIN account_move move ON move.id = of_invoice.move_id
     LEFT JOIN sale_order ON sale_order.id = of_invoice.order_id
     UNION ALL
        SELECT received.date, received.id, NULL, NULL, NULL, received.partner_id,
               received.company_id, received.currency_id, received.rate,
               received.contract_id,
               received.sign * (received.amount
                   - COALESCE((SELECT SUM(amount) FROM matched
                                WHERE matched.payment_id = received.id), 0)
                   - COALESCE((SELECT SUM(amount) FROM origin
                                WHERE origin.payment_id = received.id AND received.sign < 0), 0))
          FROM received
     UNION ALL
        SELECT received.date, received.id, NULL, NULL, NULL, received.partner_id,
               received.company_id, received.currency_id, received.rate,
               COALESCE(received.contract_id, origin.contract_id), -origin.amount
          FROM received
          JOIN origin ON origin.payment_id = received.id AND received.sign < 0
     UNION ALL
        SELECT bank.date, NULL, bank.entry_id, bank.move_id, of_invoice.order_id,
               bank.partner_id, bank.company_id, bank.currency_id, bank.rate,
               COALESCE(sale_order.invoice_contract_id, move.invoice_contract_id),
               of_invoice.amount
          FROM of_invoice
          JOIN account_move move ON move.id = of_invoice.move_id
          JOIN bank ON bank.entry_id = of_invoice.entry_id AND bank.move_id = of_invoice.move_id
     LEFT JOIN sale_order ON sale_order.id = of_invoice.order_id
    ),
    -- What belongs to no contract by itself belongs to that of the ticket that was made of it.
    tied AS (
        SELECT path.payment_id, CASE WHEN path.payment_id IS NULL THEN path.move_id END AS bank_of,
               path.contract_id,
               SUM(path.amount_paid / path.amount * CASE
                   WHEN path.payment_id IS NULL THEN path.amount_move
                   ELSE path.amount_payment END) AS amount
          FROM invoice_ticket_path path
     LEFT JOIN sale_order ON sale_order.id = path.sale_order_id
     LEFT JOIN account_move move ON move.id = path.move_id
         WHERE path.contract_id IS NOT NULL AND path.amount <> 0 AND path.amount_paid > 0
           AND sale_order.invoice_contract_id IS NULL AND move.invoice_contract_id IS NULL
           AND (path.payment_id IN (
                   SELECT payment_id FROM part WHERE contract_id IS NULL AND amount > 0)
             OR path.payment_id IS NULL AND path.move_id IN (
                   SELECT move_id FROM part WHERE entry_id IS NOT NULL AND contract_id IS NULL))
      GROUP BY 1, 2, 3
    ),
    loose AS (
        SELECT part.*, CASE WHEN part.payment_id IS NULL THEN part.move_id END AS bank_of,
               SUM(part.amount) OVER (PARTITION BY part.payment_id,
                   CASE WHEN part.payment_id IS NULL THEN part.move_id END) AS total
          FROM part
         WHERE part.contract_id IS NULL
    ),
    tied_share AS (
        SELECT tied.payment_id, tied.bank_of, tied.contract_id,
               tied.amount / GREATEST(free.total, SUM(tied.amount) OVER (
                   PARTITION BY tied.payment_id, tied.bank_of)) AS share
          FROM tied
          JOIN (SELECT DISTINCT payment_id, bank_of, total FROM loose) free
            ON free.payment_id IS NOT DISTINCT FROM tied.payment_id
           AND free.bank_of IS NOT DISTINCT FROM tied.bank_of
         WHERE free.total > 0
    )"""
ROWS = """
    SELECT date, payment_id, entry_id, move_id, order_id, partner_id, company_id, currency_id,
           rate, contract_id, amount
      FROM part
     WHERE contract_id IS NOT NULL AND amount <> 0
 UNION ALL
    SELECT loose.date, loose.payment_id, loose.entry_id, loose.move_id, loose.order_id,
           loose.partner_id, loose.company_id, loose.currency_id, loose.rate,
           tied_share.contract_id, loose.amount * tied_share.share
      FROM loose
      JOIN tied_share ON tied_share.payment_id IS NOT DISTINCT FROM loose.payment_id
       AND tied_share.bank_of IS NOT DISTINCT FROM loose.bank_of
     WHERE loose.amount <> 0
 UNION ALL
    SELECT loose.date, loose.payment_id, loose.entry_id, loose.move_id, loose.order_id,
           loose.partner_id, loose.company_id, loose.currency_id, loose.rate, NULL,
           loose.amount * (1 - COALESCE((
               SELECT SUM(share) FROM tied_share
                WHERE tied_share.payment_id IS NOT DISTINCT FROM loose.payment_id
                  AND tied_share.bank_of IS NOT DISTINCT FROM loose.bank_of), 0))
      FROM loose
     WHERE loose.amount <> 0"""

# Payments and invoices of contracts: named, billed, or tied by a ticket.
DOCUMENTS = """
    SELECT payment.id AS payment_id, NULL::int AS move_id
      FROM account_payment payment
     WHERE payment.%(named)s IN %(sources)s
 UNION
    SELECT path.payment_id, path.move_id
      FROM invoice_ticket_path path
     WHERE path.%(path)s IN %(sources)s
 UNION
    SELECT allocation.payment_id, NULL
      FROM invoice_ticket ticket
      JOIN invoice_ticket_allocation allocation ON allocation.ticket_id = ticket.id
     WHERE ticket.%(path)s IN %(sources)s
 UNION
    SELECT payment.id, billed.move_id
      FROM (
           SELECT line.move_id
             FROM sale_order
             JOIN sale_order_line order_line ON order_line.order_id = sale_order.id
             JOIN sale_order_line_invoice_rel rel ON rel.order_line_id = order_line.id
             JOIN account_move_line line ON line.id = rel.invoice_line_id
            WHERE sale_order.%(own)s IN %(sources)s
            UNION
           %(named_moves)s
           ) billed
 LEFT JOIN account_move_line line ON line.move_id = billed.move_id
       AND line.display_type = 'payment_term'
 LEFT JOIN account_partial_reconcile partial
        ON partial.debit_move_id = line.id OR partial.credit_move_id = line.id
 LEFT JOIN account_move_line paid
        ON paid.id = CASE line.id WHEN partial.debit_move_id THEN partial.credit_move_id
                                  ELSE partial.debit_move_id END
 LEFT JOIN account_payment payment ON payment.move_id = paid.move_id
 UNION
    SELECT rel.payment_id, named.move_id
      FROM (%(named_moves)s) named
      JOIN account_move__account_payment rel ON rel.invoice_id = named.move_id
 UNION
    SELECT rel.payment_id, billed.move_id
      FROM sale_order
      JOIN sale_order_line order_line ON order_line.order_id = sale_order.id
      JOIN sale_order_line_invoice_rel line_rel ON line_rel.order_line_id = order_line.id
      JOIN account_move_line billed ON billed.id = line_rel.invoice_line_id
      JOIN account_move__account_payment rel ON rel.invoice_id = billed.move_id
     WHERE sale_order.%(own)s IN %(sources)s
 UNION
    SELECT refund.id, NULL
      FROM account_payment payment
      JOIN account_move_line paid ON paid.move_id = payment.move_id
      JOIN account_partial_reconcile partial ON partial.credit_move_id = paid.id
      JOIN account_move_line back ON back.id = partial.debit_move_id
      JOIN account_payment refund ON refund.move_id = back.move_id
     WHERE payment.%(named)s IN %(sources)s"""
# Invoices and credit notes that say the contract themselves; none say an order.
NAMED_MOVES = {
    "invoice.contract": "SELECT id AS move_id FROM account_move"
    " WHERE invoice_contract_id IN %(sources)s",
    "sale.order": "SELECT id AS move_id FROM account_move WHERE FALSE",
}
# Of each: the column of a payment, of a path and of an order.
SOURCE_COLUMNS = {
    "invoice.contract": ("invoice_contract_id", "contract_id", "invoice_contract_id"),
    "sale.order": ("sale_order_id", "sale_order_id", "id"),
}


def _get_query(payments, moves):
    """Rows of what came in: day, payment, bank entry, invoice, order, customer, company,
    currency, rate to the company's currency, contract, and amount in the currency of the row.

    :param SQL payments: condition on ``payment``, an ``account_payment``
    :param SQL moves: condition on ``move``, a customer invoice
    """
    values = {
        "payments": payments,
        "moves": moves,
        "named": get_named_query(SQL("bare.id IN (SELECT id FROM received)")),
        "rivals": get_named_query(
            SQL(
                "bare.id IN (SELECT payment_id FROM account_move__account_payment"
                " WHERE invoice_id IN (SELECT move_id FROM brought))"
            )
        ),
    }
    parts = SQL(", ").join(
        SQL(part, **values) if "%(" in part else SQL(part)
        for part in (RECEIVED, MATCHED, BILLED, PARTS)
    )
    return SQL("WITH %s %s", parts, SQL(ROWS))


def get_documents_query(contracts):
    """Payments and invoices that may belong to contracts: ``payment_id``, ``move_id``.

    :param tuple contracts: ids
    """
    model = "invoice.contract"
    named, path, own = SOURCE_COLUMNS[model]
    return SQL(
        DOCUMENTS,
        sources=contracts,
        named=SQL(named),
        path=SQL(path),
        own=SQL(own),
        named_moves=SQL(NAMED_MOVES[model], sources=contracts),
    )


def get_contract_query(contracts):
    """The rows that may belong to some contracts; others are among them.

    :param tuple contracts: ids
    """
    found = get_documents_query(contracts)
    return _get_query(
        SQL("payment.id IN (SELECT payment_id FROM (%s) AS found)", found),
        SQL("move.id IN (SELECT move_id FROM (%s) AS found)", found),
    )
