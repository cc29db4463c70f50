from odoo import api, models
from odoo.tools import SQL

from ..ticket.ticket_ledger_mixin import HOLDING_STATES
from .settlement_scope import find_scope, get_scope


class InvoiceSettlementCheck(models.Model):
    """How events are found: of one record piece by piece, of all of them in one go.

    What each piece costs is nothing for one customer, and most of the time for all of them: then
    the database goes through the tables once, and looks the pieces up in what it made of them.
    """

    _inherit = "invoice.settlement.check"

    @api.model
    def _is_of_one(self):
        """Whether so little is asked for that it is looked up piece by piece."""
        return bool(self._get_scope())

    @api.model
    def _get_scope(self):
        return get_scope(self.env)

    @api.model
    def _get_tables_sql(self):
        """Tables that the queries of the events share."""
        if scope := self._get_scope():
            moves = SQL("aml.move_id = ANY(%s::int[])", list(scope.moves))
            tables = {
                "share": self._get_share_query(moves),
                "bill": self._get_bill_query(scope.moves),
                "settled_part": self._get_parts_query(scope.moves),
                "entry": self._get_entry_query(scope.entries),
            }
        else:
            tables = {
                "share": self._get_share_query(),
                "entry_money": self._get_money_query(),
                "tied": self._get_tied_query(SQL("path.payment_id IS NOT NULL")),
                "tied_order": self._get_tied_order_query(SQL("row.payment_id IS NOT NULL")),
            }
        return SQL(
            "WITH %s",
            SQL(", ").join(
                SQL("%s AS MATERIALIZED (%s)", SQL.identifier(name), query)
                for name, query in tables.items()
            ),
        )

    # === ONE RECORD === #

    @api.model
    def _within(self, record):
        """The model, asked for the events of one record only.

        :param record: contract, order or customer
        """
        return self.with_context(settlement_scope=find_scope(record))

    @api.model
    def _in_scope_sql(self, record, fname):
        """Condition that a record is among what may belong to what alone is asked for.

        :param str record: its id in the query
        :param str fname: of ``Scope``
        """
        scope = self._get_scope()
        ids = scope and getattr(scope, fname)
        if ids is None:
            return SQL("TRUE")
        return SQL("%s = ANY(%s::int[])", SQL(record), list(ids))

    @api.model
    def _get_parts_query(self, moves):
        """Reconciliations of some invoices and credit notes, from the side of these."""
        return SQL(
            """SELECT partial.id, item.move_id, other.id AS other_id, other.move_id AS entry_id,
                   partial.amount
              FROM account_move_line item
              JOIN account_partial_reconcile partial ON partial.debit_move_id = item.id
              JOIN account_move_line other ON other.id = partial.credit_move_id
             WHERE item.move_id = ANY(%(moves)s::int[])
             UNION ALL
            SELECT partial.id, item.move_id, other.id, other.move_id, -partial.amount
              FROM account_move_line item
              JOIN account_partial_reconcile partial ON partial.credit_move_id = item.id
              JOIN account_move_line other ON other.id = partial.debit_move_id
             WHERE item.move_id = ANY(%(moves)s::int[])""",
            moves=list(moves),
        )

    @api.model
    def _get_parts_sql(self):
        """Reconciliations, once from each side: ``id``, ``move_id``, ``entry_id``, ``amount``."""
        if self._get_scope():
            return SQL("settled_part")
        return SQL(
            """(
                SELECT partial.id, item.move_id, other.move_id AS entry_id, partial.amount
                FROM (
                    SELECT id, debit_move_id AS item_id, credit_move_id AS other_id, amount
                    FROM account_partial_reconcile
                    UNION ALL
                    SELECT id, credit_move_id, debit_move_id, -amount
                    FROM account_partial_reconcile
                ) partial
                JOIN account_move_line item ON item.id = partial.item_id
                JOIN account_move_line other ON other.id = partial.other_id
            )"""
        )

    @api.model
    def _in_receivables_sql(self):
        """Condition that an account is one of receivables."""
        return SQL("= ANY(%s)", self.env["invoice.receivable.item"]._get_receivables_sql())

    # === WHO ANSWERS FOR IT === #

    @api.model
    def _get_answerable_columns_sql(self):
        """Currency, and who answers for an event; of one record only what somebody reads of it."""
        if not self._get_scope():
            return SQL(
                """company.currency_id,
                customer.user_id AS salesperson_id,
                COALESCE(contract.user_id, sale.user_id, customer.user_id) AS user_id,
                COALESCE(contract.department_id, version.department_id) AS department_id"""
            )
        salesperson = SQL("(SELECT user_id FROM res_partner WHERE id = event.partner_id)")
        user = SQL(
            """COALESCE(
                (SELECT user_id FROM invoice_contract WHERE id = event.contract_id),
                (SELECT user_id FROM sale_order WHERE id = event.sale_order_id), %s)""",
            salesperson,
        )
        return SQL(
            """(SELECT currency_id FROM res_company WHERE id = event.company_id) AS currency_id,
            %(salesperson)s AS salesperson_id,
            %(user)s AS user_id,
            COALESCE(
                (SELECT department_id FROM invoice_contract WHERE id = event.contract_id),
                (
                    SELECT version.department_id
                    FROM hr_employee employee
                    JOIN hr_version version ON version.id = employee.current_version_id
                    WHERE employee.user_id = %(user)s
                        AND employee.company_id = event.company_id AND employee.active
                )) AS department_id""",
            salesperson=salesperson,
            user=user,
        )

    @api.model
    def _get_answerable_joins_sql(self):
        if self._get_scope():
            return SQL()
        return SQL(
            """JOIN res_company company ON company.id = event.company_id
            LEFT JOIN res_partner customer ON customer.id = event.partner_id
            LEFT JOIN invoice_contract contract ON contract.id = event.contract_id
            LEFT JOIN sale_order sale ON sale.id = event.sale_order_id
            LEFT JOIN hr_employee employee
                ON employee.user_id = COALESCE(contract.user_id, sale.user_id, customer.user_id)
                AND employee.company_id = event.company_id AND employee.active
            LEFT JOIN hr_version version ON version.id = employee.current_version_id"""
        )

    @api.model
    def _get_partner_join_sql(self, partner_id):
        """Join of the partner ``p`` of a document, who says the customer.

        Asked for a contract or an order nobody reads the customer: then the database leaves the
        join out, which it may only where nothing of the document hangs on it.

        :param SQL partner_id: never empty
        """
        scope = self._get_scope()
        of_customer = not scope or scope.payments is None
        join = SQL("JOIN" if of_customer else "LEFT JOIN")
        return SQL("%s res_partner p ON p.id = %s", join, partner_id)

    # === SHARES OF ORDERS === #

    @api.model
    def _get_share_query(self, condition=None):
        """Parts of invoices by orders: shares that sum to one for each; none of other invoices.

        :param SQL condition: on ``aml``, the line of an invoice, default: all of them
        """
        return SQL(
            """SELECT line.move_id, line.order_id,
                CASE WHEN line.order_id IS NULL THEN 0 ELSE
                    ROW_NUMBER() OVER (PARTITION BY line.move_id ORDER BY line.order_id)
                END AS rank,
                COALESCE(SUM(line.price_total)
                    / NULLIF(SUM(SUM(line.price_total)) OVER (PARTITION BY line.move_id), 0),
                    1.0 / COUNT(*) OVER (PARTITION BY line.move_id)) AS share
            FROM (
                SELECT aml.move_id, aml.price_total, billed.order_id
                FROM account_move_line aml
                LEFT JOIN %(lateral)s (
                    SELECT rel.invoice_line_id, MIN(sol.order_id) AS order_id
                    FROM sale_order_line_invoice_rel rel
                    JOIN sale_order_line sol ON sol.id = rel.order_line_id
                    WHERE %(of_line)s
                    GROUP BY rel.invoice_line_id
                ) billed ON billed.invoice_line_id = aml.id
                WHERE aml.display_type = 'product' AND aml.parent_state = 'posted'
                    AND %(condition)s
            ) line
            GROUP BY line.move_id, line.order_id""",
            lateral=SQL("LATERAL" if condition else ""),
            of_line=SQL("rel.invoice_line_id = aml.id" if condition else "TRUE"),
            condition=condition or self._get_billed_condition(),
        )

    @api.model
    def _get_billed_condition(self):
        """Whether an invoice bills an order: the others are of one part."""
        return SQL(
            """aml.move_id IN (
                SELECT billing.move_id
                FROM sale_order_line_invoice_rel rel
                JOIN account_move_line billing ON billing.id = rel.invoice_line_id
            )"""
        )

    @api.model
    def _get_bill_query(self, moves):
        """Invoices and credit notes in parts by orders, for all that asks for some of them."""
        return SQL(
            """SELECT m.id, m.name, m.date, m.invoice_date, m.move_type, m.state,
                m.commercial_partner_id, m.company_id, m.invoice_contract_id,
                m.reversed_entry_id, m.amount_total_signed, s.rank, s.share,
                so.id AS order_id, so.invoice_contract_id AS order_contract_id
            FROM account_move m
            LEFT JOIN share s ON s.move_id = m.id
            LEFT JOIN sale_order so ON so.id = s.order_id
            WHERE m.id = ANY(%s::int[])""",
            list(moves),
        )

    @api.model
    def _get_bills_sql(self):
        """Table of invoices and credit notes ``m``, to which ``_get_shares_sql`` belongs."""
        return SQL("bill" if self._is_of_one() else "account_move")

    @api.model
    def _get_shares_sql(self):
        """Join that parts invoices ``m`` by orders."""
        if self._is_of_one():
            return SQL(
                """CROSS JOIN LATERAL (SELECT m.rank, m.share) s
                CROSS JOIN LATERAL (
                    SELECT m.order_id AS id, m.order_contract_id AS invoice_contract_id
                ) so"""
            )
        return SQL(
            """LEFT JOIN share s ON s.move_id = m.id
            LEFT JOIN sale_order so ON so.id = s.order_id"""
        )

    # === ENTRIES AND PAYMENTS === #

    @api.model
    def _get_entry_joins_sql(self, entry):
        """Join of an entry ``e`` that invoices are reconciled with, and of what it belongs to.

        :param SQL entry: its id
        """
        if self._is_of_one():
            return SQL("JOIN entry e ON e.id = %s", entry)
        return SQL(
            """JOIN account_move e ON e.id = %(entry)s
            LEFT JOIN account_payment pay ON pay.id = e.origin_payment_id
            LEFT JOIN entry_money ON entry_money.entry_id = e.id
            %(tied)s""",
            entry=entry,
            tied=self._get_tied_join_sql(SQL("pay.id")),
        )

    @api.model
    def _get_entry_query(self, entries):
        """What the database reads once of each entry, for all that asks for it.

        :param tuple entries: ids, beside those that ``settled_part`` names
        """
        return SQL(
            """SELECT e.id, e.name, e.date, e.move_type, e.origin_payment_id, e.statement_line_id,
                COALESCE(pay.amount_company_currency_signed / NULLIF((
                    SELECT -SUM(item.balance)
                    FROM account_move_line item
                    WHERE item.move_id = e.id AND item.account_id %(receivables)s
                ), 0), 1) AS share,
                COALESCE(pay.invoice_contract_id, %(contract)s) AS contract_id,
                COALESCE(pay.sale_order_id, %(order)s) AS order_id
            FROM account_move e
            LEFT JOIN account_payment pay ON pay.id = e.origin_payment_id
            WHERE e.id = ANY(%(entries)s::int[] || ARRAY(SELECT entry_id FROM settled_part))""",
            receivables=self._in_receivables_sql(),
            contract=self._get_tied_contract_sql(SQL("pay.id")),
            order=self._get_tied_order_sql(SQL("pay.id")),
            entries=list(entries),
        )

    @api.model
    def _get_entry_contract_sql(self):
        """The contract of an entry ``e``: its payment's, or that of the ticket made of it."""
        if self._is_of_one():
            return SQL("e.contract_id")
        return SQL("COALESCE(pay.invoice_contract_id, tied.contract_id)")

    @api.model
    def _get_entry_order_sql(self):
        if self._is_of_one():
            return SQL("e.order_id")
        return SQL("COALESCE(pay.sale_order_id, tied_order.order_id)")

    @api.model
    def _get_is_exchange_sql(self):
        """Whether an entry ``e`` books a difference of exchange rates."""
        scope = self._get_scope()
        if scope and not scope.has_exchange:
            return SQL("FALSE")
        return SQL(
            "EXISTS (SELECT FROM account_partial_reconcile x WHERE x.exchange_move_id = e.id)"
        )

    @api.model
    def _get_tied_join_sql(self, payment):
        if self._is_of_one():
            return SQL()
        return SQL(
            """LEFT JOIN tied ON tied.payment_id = %(payment)s
            LEFT JOIN tied_order ON tied_order.payment_id = %(payment)s""",
            payment=payment,
        )

    @api.model
    def _get_tied_query(self, condition):
        return SQL(
            """SELECT path.payment_id, MIN(path.contract_id) AS contract_id
            FROM invoice_ticket_path path
            WHERE %s AND path.amount_paid > 0
            GROUP BY path.payment_id
            HAVING MIN(path.contract_id) = MAX(path.contract_id)""",
            condition,
        )

    @api.model
    def _get_tied_contract_sql(self, payment):
        """The contract of the tickets that were made of a payment, where they are of one.

        :param SQL payment: id of the payment
        """
        if not self._is_of_one():
            return SQL("tied.contract_id")
        tied = self._get_tied_query(SQL("path.payment_id = %s", payment))
        return SQL("(SELECT contract_id FROM (%s) tied)", tied)

    @api.model
    def _get_tied_order_query(self, condition):
        return SQL(
            """SELECT row.payment_id, MIN(ticket.sale_order_id) AS order_id
            FROM invoice_ticket_allocation row
            JOIN invoice_ticket ticket ON ticket.id = row.ticket_id
            WHERE %s AND ticket.state IN %s
            GROUP BY row.payment_id
            HAVING MIN(ticket.sale_order_id) = MAX(ticket.sale_order_id)""",
            condition,
            HOLDING_STATES,
        )

    @api.model
    def _get_tied_order_sql(self, payment):
        """The order of the tickets that were made of a payment, where they are of one.

        :param SQL payment: id of the payment
        """
        if not self._is_of_one():
            return SQL("tied_order.order_id")
        tied = self._get_tied_order_query(SQL("row.payment_id = %s", payment))
        return SQL("(SELECT order_id FROM (%s) tied_order)", tied)

    @api.model
    def _get_money_query(self):
        """What the entries of payments settle of receivables, and the share that is money."""
        return SQL(
            """SELECT e.id AS entry_id,
                pay.amount_company_currency_signed / NULLIF(-SUM(item.balance), 0) AS share
            FROM account_payment pay
            JOIN account_move e ON e.origin_payment_id = pay.id
            JOIN account_move_line item ON item.move_id = e.id AND item.account_id %s
            GROUP BY e.id, pay.id""",
            self._in_receivables_sql(),
        )

    @api.model
    def _get_money_share_sql(self):
        """Of what an entry ``e`` settles of receivables, the share that is money.

        A payment ``pay`` with a write-off or a discount settles more than came in.
        """
        return SQL("e.share" if self._is_of_one() else "COALESCE(entry_money.share, 1)")

    @api.model
    def _get_used_sql(self):
        """Join of what customer invoices and credit notes use of each item ``item``."""
        if self._is_of_one():
            return SQL(
                """LEFT JOIN (
                    SELECT other_id AS line_id, SUM(amount) AS amount
                    FROM settled_part GROUP BY other_id
                ) used ON used.line_id = item.id"""
            )
        return SQL(
            """LEFT JOIN (
                SELECT used.line_id, SUM(used.amount) AS amount
                FROM (
                    SELECT credit_move_id AS line_id, debit_move_id AS other_id, amount
                    FROM account_partial_reconcile
                    UNION ALL
                    SELECT debit_move_id, credit_move_id, -amount
                    FROM account_partial_reconcile
                ) used
                JOIN account_move_line line ON line.id = used.other_id
                JOIN account_move bill ON bill.id = line.move_id
                WHERE bill.move_type IN ('out_invoice', 'out_refund') AND bill.state = 'posted'
                GROUP BY used.line_id
            ) used ON used.line_id = item.id"""
        )
