from odoo import api, models
from odoo.tools import SQL

from ..ledger.bare_payments import get_share_left


class InvoiceSettlementCheck(models.Model):
    """What came in of customers, and what was settled without money, as the books say."""

    _inherit = "invoice.settlement.check"

    @api.model
    def _get_rate_sql(self, currency, day):
        """Rate of a currency on a day as core takes it: the latest before it, else the first one.

        :param SQL currency: its id
        :param SQL day: beside ``cc``, the company, whose parent has the rates
        """
        scope = self._get_scope()
        if scope and not scope.has_foreign:
            return SQL("1")
        rates = SQL(
            """SELECT r.rate FROM res_currency_rate r
            WHERE r.currency_id = %s AND r.rate > 0 AND (r.company_id IS NULL
                OR r.company_id = SPLIT_PART(cc.parent_path, '/', 1)::int)""",
            currency,
        )
        return SQL(
            """COALESCE(
                (%(rates)s AND r.name <= %(day)s ORDER BY r.company_id, r.name DESC LIMIT 1),
                (%(rates)s ORDER BY r.company_id, r.name LIMIT 1), 1)""",
            rates=rates,
            day=day,
        )

    @api.model
    def _get_settled_parts_sql(self):
        """What invoices and credit notes are reconciled with, other than with one another."""
        is_money = SQL("(e.origin_payment_id IS NOT NULL OR e.statement_line_id IS NOT NULL)")
        money = SQL(
            """CROSS JOIN LATERAL (
                SELECT CASE WHEN %s THEN %s ELSE 0 END AS share
            ) money""",
            is_money,
            self._get_money_share_sql(),
        )
        amount = SQL("part.amount * COALESCE(s.share, 1)")
        return self._get_event_sql(
            5,
            SQL(
                """FROM %(parts)s part
                JOIN %(bills)s m ON m.id = part.move_id
                %(entry)s
                %(money)s
                %(shares)s
                WHERE m.move_type IN ('out_invoice', 'out_refund') AND m.state = 'posted'
                    AND e.move_type NOT IN ('out_invoice', 'out_refund')""",
                money=money,
                entry=self._get_entry_joins_sql(SQL("part.entry_id")),
                parts=self._get_parts_sql(),
                bills=self._get_bills_sql(),
                shares=self._get_shares_sql(),
            ),
            SQL("part.id::bigint * 1000 + COALESCE(s.rank, 0)"),
            SQL(
                """CASE
                    WHEN %s THEN CASE WHEN part.amount > 0 THEN 'payment' ELSE 'refund' END
                    WHEN %s THEN 'exchange'
                    ELSE 'write_off'
                END""",
                is_money,
                self._get_is_exchange_sql(),
            ),
            name=SQL("e.name"),
            date=SQL("e.date"),
            partner_id=SQL("m.commercial_partner_id"),
            company_id=SQL("m.company_id"),
            contract_id=SQL(
                "COALESCE(so.invoice_contract_id, m.invoice_contract_id, %s)",
                self._get_entry_contract_sql(),
            ),
            sale_order_id=SQL("so.id"),
            move_id=SQL("COALESCE(m.reversed_entry_id, m.id)"),
            entry_id=SQL("e.id"),
            payment_id=SQL("e.origin_payment_id"),
            amount_collected=SQL("%s * money.share", amount),
            amount_settled=SQL("%s * (1 - money.share)", amount),
        )

    @api.model
    def _get_exchange_gains_sql(self):
        """What payments in another currency brought more, or less, than they settle."""
        return self._get_event_sql(
            6,
            SQL(
                """FROM (
                    SELECT id, debit_move_id AS item_id, credit_move_id AS other_id, amount
                    FROM account_partial_reconcile
                    UNION ALL
                    SELECT id, credit_move_id, debit_move_id, -amount
                    FROM account_partial_reconcile
                ) part
                JOIN account_move_line other ON other.id = part.other_id
                JOIN account_move e ON e.id = other.move_id
                JOIN account_move_line item ON item.id = part.item_id
                JOIN account_account a ON a.id = item.account_id
                JOIN account_move m ON m.id = item.move_id
                JOIN res_partner p ON p.id = item.partner_id
                LEFT JOIN account_payment pay ON pay.id = m.origin_payment_id
                WHERE a.account_type = 'asset_receivable' AND item.parent_state = 'posted'
                    AND (m.origin_payment_id IS NOT NULL OR m.statement_line_id IS NOT NULL)
                    AND e.id IN (
                        SELECT exchange_move_id FROM account_partial_reconcile
                        WHERE exchange_move_id IS NOT NULL
                    ) AND %s""",
                self._in_scope_sql("m.origin_payment_id", "payments"),
            ),
            SQL("part.id::bigint"),
            SQL("'exchange'"),
            name=SQL("e.name"),
            date=SQL("e.date"),
            partner_id=SQL("p.commercial_partner_id"),
            company_id=SQL("item.company_id"),
            contract_id=SQL("pay.invoice_contract_id"),
            entry_id=SQL("e.id"),
            payment_id=SQL("m.origin_payment_id"),
            amount_settled=SQL("part.amount"),
        )

    @api.model
    def _get_free_collections_sql(self):
        """Money that is reconciled with no invoice: on account, or paid back."""
        return self._get_event_sql(
            7,
            SQL(
                """FROM account_move_line item
                %(entry)s
                LEFT JOIN res_partner p ON p.id = item.partner_id
                %(used)s
                CROSS JOIN LATERAL (
                    SELECT -item.balance - COALESCE(used.amount, 0) AS amount
                ) free
                WHERE item.account_id %(receivables)s AND item.parent_state = 'posted'
                    AND e.move_type = 'entry' AND free.amount <> 0
                    AND (e.origin_payment_id IS NOT NULL OR e.statement_line_id IS NOT NULL)
                    AND %(found)s""",
                used=self._get_used_sql(),
                entry=self._get_entry_joins_sql(SQL("item.move_id")),
                receivables=self._in_receivables_sql(),
                found=self._in_scope_sql("item.move_id", "entries"),
            ),
            SQL("item.id::bigint"),
            SQL("CASE WHEN item.balance < 0 THEN 'payment' ELSE 'refund' END"),
            name=SQL("e.name"),
            date=SQL("e.date"),
            partner_id=SQL("p.commercial_partner_id"),
            company_id=SQL("item.company_id"),
            contract_id=self._get_entry_contract_sql(),
            sale_order_id=self._get_entry_order_sql(),
            entry_id=SQL("e.id"),
            payment_id=SQL("e.origin_payment_id"),
            amount_collected=SQL("free.amount * %s", self._get_money_share_sql()),
            amount_settled=SQL("free.amount * (1 - %s)", self._get_money_share_sql()),
        )

    @api.model
    def _get_bare_collections_sql(self):
        """Payments that core keeps without an entry; their first invoice names the order."""
        scope = self._get_scope()
        is_whole = scope and not scope.has_brought
        return self._get_event_sql(
            8,
            SQL(
                """FROM account_payment payment
                %(partner)s
                LEFT JOIN LATERAL (
                    SELECT link.invoice_id, named.invoice_contract_id
                    FROM account_move__account_payment link
                    JOIN account_move named ON named.id = link.invoice_id
                    WHERE link.payment_id = payment.id
                    ORDER BY link.invoice_id LIMIT 1
                ) bill ON TRUE
                LEFT JOIN LATERAL (
                    SELECT MIN(s.order_id) AS id
                    FROM account_move_line aml
                    JOIN sale_order_line_invoice_rel rel ON rel.invoice_line_id = aml.id
                    JOIN sale_order_line s ON s.id = rel.order_line_id
                    WHERE aml.move_id = bill.invoice_id AND aml.display_type = 'product'
                ) billed ON TRUE
                LEFT JOIN sale_order so ON so.id = billed.id
                CROSS JOIN LATERAL (SELECT %(share)s AS share) left_over
                %(of_payment)s
                WHERE payment.move_id IS NULL AND payment.partner_id IS NOT NULL
                    AND payment.partner_type = 'customer'
                    AND payment.state IN ('in_process', 'paid')
                    AND left_over.share > 0 AND %(found)s""",
                partner=self._get_partner_join_sql(SQL("payment.partner_id")),
                of_payment=self._get_tied_join_sql(SQL("payment.id")),
                found=self._in_scope_sql("payment.id", "payments"),
                share=SQL("1") if is_whole else get_share_left(),
            ),
            SQL("payment.id::bigint"),
            SQL("CASE payment.payment_type WHEN 'inbound' THEN 'payment' ELSE 'refund' END"),
            name=SQL("payment.name"),
            date=SQL("payment.date"),
            partner_id=SQL("p.commercial_partner_id"),
            company_id=SQL("payment.company_id"),
            contract_id=SQL(
                "COALESCE(so.invoice_contract_id, bill.invoice_contract_id, "
                "payment.invoice_contract_id, %s)",
                self._get_tied_contract_sql(SQL("payment.id")),
            ),
            sale_order_id=SQL(
                "COALESCE(billed.id, payment.sale_order_id, %s)",
                self._get_tied_order_sql(SQL("payment.id")),
            ),
            move_id=SQL("bill.invoice_id"),
            payment_id=SQL("payment.id"),
            amount_collected=SQL(
                "ROUND(payment.amount_company_currency_signed * left_over.share, 4)"
            ),
        )
