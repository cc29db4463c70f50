from odoo import api, models
from odoo.tools import SQL

from .check_tools import data_check, make_detail

# A code has a usual rate where so many lines bear it, and so large a share of them agrees.
LINES, SHARE = 10, 0.9


class InvoiceChecksCodes(models.AbstractModel):
    """Tax classification codes, and the rates that go with them."""

    _name = "invoice.checks.codes"
    _description = "Checks of Classification Codes"

    @api.model
    @data_check
    def _find_unusual_rates(self, scope):
        """Tickets with a line whose rate is not the one that its code nearly always has here."""
        return SQL(
            """
            WITH line AS (
                SELECT line.ticket_id, line.tax_code,
                       CONCAT(line.tax_treatment, ' ', ROUND(COALESCE(tax.amount, 0)::numeric, 2))
                           AS kind,
                       COALESCE(tax.amount, 0) AS rate
                  FROM invoice_ticket_line AS line
                  JOIN invoice_ticket AS ticket ON ticket.id = line.ticket_id
                  LEFT JOIN account_tax AS tax ON tax.id = line.tax_id
                 WHERE line.company_id = %(company)s AND line.tax_code IS NOT NULL
                   AND ticket.state != 'voided'
            ), counted AS (
                SELECT tax_code, kind, MIN(rate) AS rate, COUNT(*) AS number,
                       SUM(COUNT(*)) OVER (PARTITION BY tax_code) AS whole
                  FROM line GROUP BY tax_code, kind
            ), usual AS (
                SELECT * FROM counted WHERE whole >= %(lines)s AND number >= whole * %(share)s
            )
            SELECT line.ticket_id AS res_id, %(detail)s AS detail
              FROM line
              JOIN usual ON usual.tax_code = line.tax_code AND usual.kind != line.kind
            """,
            detail=make_detail(
                code=SQL("line.tax_code"),
                rate=SQL("TRIM(TRAILING '.' FROM TO_CHAR(line.rate, 'FM990.99'))"),
                usual=SQL("TRIM(TRAILING '.' FROM TO_CHAR(usual.rate, 'FM990.99'))"),
            ),
            company=scope.company.id,
            lines=LINES,
            share=SHARE,
        )
