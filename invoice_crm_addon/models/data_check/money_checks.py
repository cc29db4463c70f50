from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from ..ledger.account_payment import RECEIVED_STATES
from .check_tools import data_check, make_detail, say_amount, say_date
from .rule_checks import CENT


class InvoiceChecksMoney(models.AbstractModel):
    """Money that came in, and what documents it."""

    _name = "invoice.checks.money"
    _description = "Checks of Money"

    @api.model
    @data_check
    def _find_unticketed_payments(self, scope):
        """Collections of which something is not ticketed, after days; as the worklist has them."""
        Payment = self.env["account.payment"].with_company(scope.company)
        query = Payment._search(
            Domain("company_id", "=", scope.company.id)
            & Domain("partner_type", "=", "customer")
            & Domain("payment_type", "=", "inbound")
            & Domain("state", "in", RECEIVED_STATES)
            & Domain("date", "<", fields.Date.subtract(scope.today, days=scope.days))
        )
        alias = query.table
        payments = query.select(
            *(SQL.identifier(alias, name) for name in ("id", "date", "currency_id")),
            SQL("%s AS rest", Payment._field_to_sql(alias, "amount_to_ticket", query)),
        )
        # Worked out once for each, and not for the condition and for the facts.
        return SQL(
            """
            SELECT payment.id AS res_id, %(detail)s AS detail
              FROM (%(payments)s OFFSET 0) AS payment
             WHERE payment.rest > 0
            """,
            detail=make_detail(
                since=say_date(SQL("payment.date")),
                amount=say_amount(SQL("payment.rest"), SQL("payment.currency_id")),
            ),
            payments=payments,
        )

    @api.model
    @data_check
    def _find_uneven_contracts(self, scope):
        """Closed contracts of which not all is ticketed and received that was agreed on.

        While a contract runs, the three differ; see ``invoice.settlement.check``, which has the
        documents behind them. What was invoiced stands between what is ticketed and received.
        """
        return SQL(
            """
            SELECT id AS res_id, %(detail)s AS detail
              FROM invoice_contract
             WHERE company_id = %(company)s AND state = 'closed'
               AND (ABS(COALESCE(amount_ticketed, 0) - COALESCE(amount_total, 0)) > %(cent)s
                    OR ABS(COALESCE(amount_received, 0) - COALESCE(amount_total, 0)) > %(cent)s)
            """,
            detail=make_detail(
                total=say_amount(SQL("COALESCE(amount_total, 0)"), SQL("currency_id")),
                ticketed=say_amount(SQL("COALESCE(amount_ticketed, 0)"), SQL("currency_id")),
                received=say_amount(SQL("COALESCE(amount_received, 0)"), SQL("currency_id")),
            ),
            company=scope.company.id,
            cent=CENT,
        )
