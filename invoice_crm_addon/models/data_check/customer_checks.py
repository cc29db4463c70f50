from odoo import api, models
from odoo.tools import SQL

from .check_tools import data_check, make_detail, say_choice, say_date


class InvoiceChecksCustomers(models.AbstractModel):
    """Customers with whom a company works: those of its tickets and contracts."""

    _name = "invoice.checks.customers"
    _description = "Checks of Customers"

    @api.model
    def _get_customers_sql(self, scope):
        """Ids of the customers of the company.

        :rtype: SQL
        """
        return SQL(
            """
            SELECT partner.commercial_partner_id AS id
              FROM res_partner AS partner
             WHERE partner.id IN (
                   SELECT partner_id FROM invoice_ticket WHERE company_id = %(company)s
                   UNION SELECT partner_id FROM invoice_contract WHERE company_id = %(company)s)
            """,
            company=scope.company.id,
        )

    def _find_customers(self, scope, condition, detail):
        return SQL(
            """
            SELECT customer.id AS res_id, %(detail)s AS detail
              FROM res_partner AS customer
             WHERE customer.active AND customer.id IN (%(customers)s) AND %(condition)s
            """,
            detail=detail,
            customers=self._get_customers_sql(scope),
            condition=condition,
        )

    @api.model
    @data_check
    def _find_incomplete(self, scope):
        """Customers whose billing data lack something."""
        return self._find_customers(
            scope,
            SQL("customer.billing_completeness < 100"),
            make_detail(percent=SQL("customer.billing_completeness")),
        )

    @api.model
    @data_check
    def _find_unverified(self, scope):
        """Customers whose billing data nobody verified."""
        return self._find_customers(
            scope,
            SQL("COALESCE(customer.billing_state, 'unverified') != 'verified'"),
            make_detail(
                state=say_choice(
                    "res.partner",
                    "billing_state",
                    SQL("COALESCE(customer.billing_state, 'unverified')"),
                )
            ),
        )

    @api.model
    @data_check
    def _find_stale(self, scope):
        """Customers whose billing data grew old: those about whom their owners are asked."""
        Partner = self.env["res.partner"]
        query = Partner._search(Partner._get_to_confirm_domain(scope.company))
        return self._find_customers(
            scope,
            SQL("customer.id IN %s", query.subselect()),
            make_detail(since=say_date(SQL("customer.billing_checked_on"))),
        )

    def _find_twins(self, scope, kind):
        """As the list of duplicate customers has them; see ``invoice.customer.duplicate``."""
        Duplicate = self.env["invoice.customer.duplicate"]
        return SQL(
            """
            SELECT twin.partner_id AS res_id, %(detail)s AS detail
              FROM (%(twins)s) AS twin
             WHERE twin.kind = %(kind)s AND twin.partner_id IN (%(customers)s)
               AND (twin.company_id IS NULL OR twin.company_id = %(company)s)
            """,
            detail=make_detail(count=SQL("twin.group_size - 1")),
            twins=Duplicate._table_query,
            kind=kind,
            customers=self._get_customers_sql(scope),
            company=scope.company.id,
        )

    @api.model
    @data_check
    def _find_double_numbers(self, scope):
        """Customers with the tax number of another one."""
        return self._find_twins(scope, "number")

    @api.model
    @data_check
    def _find_double_names(self, scope):
        """Customers with the name of another one."""
        return self._find_twins(scope, "name")

    @api.model
    @data_check
    def _find_double_accounts(self, scope):
        """Customers with the bank account of another one."""
        return self._find_twins(scope, "account")
