"""What payments count for that core keeps without an entry, as SQL.

Such a payment only names its invoices, and the bank's item may settle these without naming it. Both
are the same money then, and it counts once: of the payments and the bank items of an invoice the
larger sum came in. A payment names its oldest invoice first; of several payments of an invoice the
bank brought the oldest first.
"""

from odoo.tools import SQL

# Of payments that were not rejected or cancelled; documents in another currency name no amount.
_NAMED = """
    SELECT named.payment_id, named.move_id,
           LEAST(named.total, named.amount - named.before) AS amount
      FROM (
           SELECT bare.id AS payment_id, move.id AS move_id, bare.amount,
                  move.amount_total AS total,
                  COALESCE(SUM(move.amount_total) OVER (
                      PARTITION BY bare.id ORDER BY move.id
                      ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) AS before
             FROM account_payment bare
             JOIN account_move__account_payment rel ON rel.payment_id = bare.id
             JOIN account_move move ON move.id = rel.invoice_id
            WHERE bare.move_id IS NULL AND bare.state IN ('in_process', 'paid')
              AND move.state = 'posted' AND move.currency_id = bare.currency_id
              AND move.move_type = CASE bare.payment_type
                  WHEN 'inbound' THEN 'out_invoice' ELSE 'out_refund' END
              AND %(bare)s
           ) named
     WHERE named.amount > named.before"""

_BROUGHT = """
    SELECT item.move_id, SUM(partial.debit_amount_currency) AS amount
      FROM account_move_line item
      JOIN account_partial_reconcile partial ON partial.debit_move_id = item.id
      JOIN account_move_line bank_item ON bank_item.id = partial.credit_move_id
      JOIN account_move bank_move ON bank_move.id = bank_item.move_id
     WHERE bank_move.statement_line_id IS NOT NULL AND %(invoices)s
  GROUP BY item.move_id"""

_SHARE_LEFT = """
    CASE WHEN NOT EXISTS (
        SELECT FROM account_move__account_payment rel
          JOIN (%(brought_any)s) brought ON brought.move_id = rel.invoice_id
         WHERE rel.payment_id = payment.id)
    THEN 1
    ELSE COALESCE((
        SELECT 1 - SUM(LEAST(part.amount, GREATEST(COALESCE(brought.amount, 0) - part.before, 0)))
                   / NULLIF(payment.amount, 0)
          FROM (
               SELECT named.*, COALESCE(SUM(named.amount) OVER (
                          PARTITION BY named.move_id ORDER BY named.payment_id
                          ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) AS before
                 FROM (%(named)s) named
               ) part
     LEFT JOIN (%(brought)s) brought ON brought.move_id = part.move_id
         WHERE part.payment_id = payment.id), 0)
    END"""


def get_named_query(condition):
    """What payments without an entry name of invoices: ``payment_id``, ``move_id``, ``amount``.

    :param SQL condition: on ``bare``, an ``account_payment``
    """
    return SQL(_NAMED, bare=condition)


def get_brought_query(condition):
    """What bank items settle of invoices, in the currency of these: ``move_id``, ``amount``.

    :param SQL condition: on ``item`` of the invoice and ``bank_item``, both ``account_move_line``
    """
    return SQL(_BROUGHT, invoices=condition)


def get_share_left(day=None):
    """The share of ``payment``, one without an entry, that no bank item brought; 0 to 1.

    :param date day: as of which; default: whenever
    """
    invoices = SQL(
        "(SELECT invoice_id FROM account_move__account_payment WHERE payment_id = payment.id)"
    )
    rivals = SQL(
        "bare.id IN (SELECT payment_id FROM account_move__account_payment WHERE invoice_id IN %s)",
        invoices,
    )
    until = SQL("bank_item.date <= %s", day) if day else SQL("TRUE")
    brought = get_brought_query(SQL("item.move_id IN %s AND %s", invoices, until))
    return SQL(_SHARE_LEFT, brought_any=brought, named=get_named_query(rivals), brought=brought)
