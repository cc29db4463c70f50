"""What may belong to the one record whose check is asked for, as SQL."""

from typing import NamedTuple

from odoo.tools import SQL

from ..ledger.collection_query import NAMED_MOVES, SOURCE_COLUMNS


class Scope(NamedTuple):
    """What is looked at. A caller's context cannot hold it: RPC knows no such object.

    :param tuple moves: customer invoices and credit notes
    :param tuple payments: or None, if their customer says which ones
    :param tuple entries: those of payments and bank items, as far as they may be on account
    :param bool is_of_order: whether it is one order, to which no contract as such belongs
    :param bool has_exchange: whether there are differences of exchange rates
    :param bool has_bare: whether core keeps some of the payments without an entry
    :param bool has_brought: whether bank items brought what some of these name
    :param bool has_foreign: whether contracts in question are in another currency than the books
    """

    moves: tuple
    payments: tuple | None
    entries: tuple
    is_of_order: bool
    has_exchange: bool
    has_bare: bool
    has_brought: bool
    has_foreign: bool


# Invoices and credit notes with which what came in is reconciled: some are of others.
_PAID = """
        SELECT move.id
          FROM found_entry
          JOIN account_move_line item ON item.move_id = found_entry.id
          JOIN account_partial_reconcile partial
            ON partial.debit_move_id = item.id OR partial.credit_move_id = item.id
          JOIN account_move_line other
            ON other.id = partial.debit_move_id + partial.credit_move_id - item.id
          JOIN account_move move ON move.id = other.move_id
           AND move.move_type IN ('out_invoice', 'out_refund')"""
_FAMILY = """
    WITH family AS MATERIALIZED (
        SELECT id FROM res_partner WHERE commercial_partner_id = %(id)s
    ), found_payment AS MATERIALIZED (
        SELECT payment.id, payment.move_id FROM account_payment payment
         WHERE payment.partner_id IN (SELECT id FROM family) AND payment.partner_type = 'customer'
    )"""
_CUSTOMER = """, found_entry AS MATERIALIZED (
        SELECT DISTINCT item.move_id AS id
          FROM account_move_line item
         WHERE item.partner_id IN (SELECT id FROM family) AND item.parent_state = 'posted'
           AND (item.payment_id IS NOT NULL OR item.statement_line_id IS NOT NULL)
    ), found_move AS (
        SELECT move.id FROM account_move move
         WHERE move.commercial_partner_id = %(id)s AND move.state = 'posted'
           AND move.move_type IN ('out_invoice', 'out_refund')
         UNION %(paid)s
    )"""
# A payment is of a contract or an order by itself, or by a ticket that was made of it.
_SOURCE = """
    WITH billed AS MATERIALIZED (
        SELECT line.move_id AS id
          FROM sale_order
          JOIN sale_order_line order_line ON order_line.order_id = sale_order.id
          JOIN sale_order_line_invoice_rel rel ON rel.order_line_id = order_line.id
          JOIN account_move_line line ON line.id = rel.invoice_line_id
         WHERE sale_order.%(own)s = %(id)s
         UNION
        %(named_moves)s
    ), own_payment AS MATERIALIZED (
        SELECT payment.id, payment.move_id FROM account_payment payment
         WHERE payment.%(named)s = %(id)s OR payment.id = ANY(ARRAY(%(tied)s))
    ), found_payment AS MATERIALIZED (
        SELECT id, move_id FROM own_payment
         UNION
        SELECT payment.id, payment.move_id
          FROM account_move__account_payment rel
          JOIN account_payment payment ON payment.id = rel.payment_id
         WHERE rel.invoice_id IN (SELECT id FROM billed) AND payment.move_id IS NULL
    ), found_entry AS (
        SELECT move_id AS id FROM own_payment WHERE move_id IS NOT NULL
    ), found_move AS (
        SELECT id FROM billed UNION %(paid)s
    )"""
_TIED = {
    "invoice.contract": """
        SELECT path.payment_id FROM invoice_ticket_path path
         WHERE path.contract_id = %(id)s AND path.payment_id IS NOT NULL""",
    "sale.order": """
        SELECT allocation.payment_id
          FROM invoice_ticket ticket
          JOIN invoice_ticket_allocation allocation ON allocation.ticket_id = ticket.id
         WHERE ticket.sale_order_id = %(id)s AND allocation.payment_id IS NOT NULL""",
}
_BARE = """EXISTS (SELECT FROM found_payment WHERE move_id IS NULL),
           EXISTS (
               SELECT FROM found_payment
                 JOIN account_move__account_payment rel ON rel.payment_id = found_payment.id
                 JOIN account_move_line item ON item.move_id = rel.invoice_id
                 JOIN account_partial_reconcile partial ON partial.debit_move_id = item.id
                 JOIN account_move_line bank_item ON bank_item.id = partial.credit_move_id
                WHERE found_payment.move_id IS NULL AND bank_item.statement_line_id IS NOT NULL)"""
_FACTS = """
    SELECT ARRAY(SELECT id FROM found_move), %(payments)s, ARRAY(SELECT id FROM found_entry),
           %(is_of_order)s, EXISTS (%(exchange)s), %(bare)s, %(foreign)s"""
_FOREIGN = """EXISTS (
               SELECT FROM invoice_contract contract
                 JOIN res_company company ON company.id = contract.company_id
                WHERE contract.%(column)s = %(id)s
                  AND contract.currency_id <> company.currency_id)"""


def get_scope(env):
    """What alone is asked for, or None.

    :rtype: Scope | None
    """
    scope = env.context.get("settlement_scope")
    return scope if isinstance(scope, Scope) else None


def find_scope(record):
    """What may belong to a record, before anything about it is asked.

    Which contract or order an event belongs to is found out event by event, so that the database
    would go through all that ever happened. And it takes longer to plan what looks for exchange
    differences and bank items than to see that there are none.

    :param record: contract, order or customer, which is a commercial entity
    :rtype: Scope
    """
    record.env.flush_all()
    [(moves, payments, entries, *facts)] = record.env.execute_query(
        _get_query(record._name, record.id)
    )
    payments = payments if payments is None else tuple(payments)
    return Scope(tuple(moves), payments, tuple(entries), *facts)


def find_bare(customer):
    """The same of a customer's account, which its journal items say: only of payments without.

    :param customer: a commercial entity
    :rtype: Scope
    """
    customer.env.flush_all()
    query = SQL(_FAMILY + " SELECT %(bare)s", id=SQL("%s", customer.id), bare=SQL(_BARE))
    [(has_bare, has_brought)] = customer.env.execute_query(query)
    return Scope((), None, (), False, False, has_bare, has_brought, False)


def _get_query(model, res_id):
    """One row with the values of a ``Scope``."""
    record = SQL("%s", res_id)
    exchange = SQL(
        "SELECT FROM account_partial_reconcile partial WHERE partial.exchange_move_id IS NOT NULL"
    )
    if model == "res.partner":
        return SQL(
            _FAMILY + _CUSTOMER + _FACTS,
            id=record,
            paid=SQL(_PAID),
            payments=SQL("NULL::int[]"),
            bare=SQL(_BARE),
            is_of_order=False,
            exchange=SQL(
                """SELECT FROM account_partial_reconcile partial
                JOIN account_move_line item ON item.move_id = partial.exchange_move_id
                WHERE item.partner_id IN (SELECT id FROM family)"""
            ),
            foreign=SQL(_FOREIGN, id=record, column=SQL("partner_id")),
        )
    named, _path, own = SOURCE_COLUMNS[model]
    return SQL(
        _SOURCE + _FACTS,
        id=record,
        paid=SQL(_PAID),
        tied=SQL(_TIED[model], id=record),
        named=SQL(named),
        own=SQL(own),
        named_moves=SQL(NAMED_MOVES[model], sources=SQL("(%s)", record)),
        payments=SQL("ARRAY(SELECT id FROM found_payment)"),
        bare=SQL(_BARE),
        is_of_order=model == "sale.order",
        exchange=exchange,
        foreign=(
            SQL("FALSE") if model == "sale.order" else SQL(_FOREIGN, id=record, column=SQL("id"))
        ),
    )
