from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from ..ledger.account_payment import RECEIVED_STATES
from .check_tools import data_check, make_detail, say_amount, say_date


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
            & Domain("amount_to_ticket", ">", 0)
        )
        alias = query.table
        return query.select(
            SQL("%s AS res_id", SQL.identifier(alias, "id")),
            SQL(
                "%s AS detail",
                make_detail(
                    since=say_date(SQL.identifier(alias, "date")),
                    amount=say_amount(
                        Payment._field_to_sql(alias, "amount_to_ticket", query),
                        SQL.identifier(alias, "currency_id"),
                    ),
                ),
            ),
        )
