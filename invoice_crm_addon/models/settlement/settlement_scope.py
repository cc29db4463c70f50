"""What may belong to the one record whose check is asked for, as SQL."""

from typing import NamedTuple

from odoo.tools import SQL

from ..ledger.collection_query import get_documents_query


class Scope(NamedTuple):
    """What is looked at. A caller's context cannot hold it: RPC knows no such object.

    :param tuple moves: customer invoices and credit notes
    :param tuple payments: or None, if their customer says which ones
    :param bool is_of_order: whether it is one order, to which no contract as such belongs
    :param bool has_exchange: whether there are differences of exchange rates
    :param bool has_bare: whether core keeps some of the payments without an entry
    :param bool has_brought: whether bank items brought what some of these name
    """

    moves: tuple
    payments: tuple | None
    is_of_order: bool
    has_exchange: bool
    has_bare: bool
    has_brought: bool


_CUSTOMER = """
    WITH family AS MATERIALIZED (
        SELECT id FROM res_partner WHERE commercial_partner_id = %(id)s
    ), found_payment AS MATERIALIZED (
        SELECT payment.id, payment.move_id FROM account_payment payment
         WHERE payment.partner_id IN (SELECT id FROM family) AND payment.partner_type = 'customer'
    ), found_move AS (
        SELECT move.id FROM account_move move
         WHERE move.commercial_partner_id = %(id)s AND move.state = 'posted'
           AND move.move_type IN ('out_invoice', 'out_refund')
    )"""
_SOURCE = """
    WITH found AS MATERIALIZED (%(documents)s),
    found_payment AS MATERIALIZED (
        SELECT payment.id, payment.move_id FROM account_payment payment
         WHERE payment.id IN (SELECT payment_id FROM found)
    ), found_move AS (
        SELECT move_id AS id FROM found WHERE move_id IS NOT NULL
         UNION
        SELECT other.move_id
          FROM found_payment
          JOIN account_move_line item ON item.move_id = found_payment.move_id
          JOIN account_partial_reconcile partial
            ON partial.debit_move_id = item.id OR partial.credit_move_id = item.id
          JOIN account_move_line other
            ON other.id = partial.debit_move_id + partial.credit_move_id - item.id
    )"""
_FACTS = """
    SELECT ARRAY(SELECT id FROM found_move), %(payments)s, %(is_of_order)s,
           EXISTS (
               SELECT FROM account_partial_reconcile partial
                 JOIN account_move_line item ON item.move_id = partial.exchange_move_id
                WHERE %(exchange)s),
           EXISTS (SELECT FROM found_payment WHERE move_id IS NULL),
           EXISTS (
               SELECT FROM found_payment
                 JOIN account_move__account_payment rel ON rel.payment_id = found_payment.id
                 JOIN account_move_line item ON item.move_id = rel.invoice_id
                 JOIN account_partial_reconcile partial ON partial.debit_move_id = item.id
                 JOIN account_move_line bank_item ON bank_item.id = partial.credit_move_id
                 JOIN account_move bank_move ON bank_move.id = bank_item.move_id
                WHERE found_payment.move_id IS NULL AND bank_move.statement_line_id IS NOT NULL)"""


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
    [(moves, payments, *facts)] = record.env.execute_query(_get_query(record._name, record.id))
    return Scope(tuple(moves), payments if payments is None else tuple(payments), *facts)


def _get_query(model, res_id):
    """One row with the values of a ``Scope``."""
    if model == "res.partner":
        return SQL(
            _CUSTOMER + _FACTS,
            id=res_id,
            payments=SQL("NULL::int[]"),
            is_of_order=False,
            exchange=SQL("item.partner_id IN (SELECT id FROM family)"),
        )
    return SQL(
        _SOURCE + _FACTS,
        documents=get_documents_query((res_id,), model),
        payments=SQL("ARRAY(SELECT id FROM found_payment)"),
        is_of_order=model == "sale.order",
        exchange=SQL("TRUE"),
    )
