import json

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
        """Tickets with a line whose rate is none that its code has.

        Which ones it has says the company's list of codes; for a code that is not in it, the rate
        that nearly all lines have. It is about the last twelve months: rates change with the law,
        and with the kind of taxpayer.
        """
        return SQL(
            """
            WITH listed AS (
                SELECT key AS tax_code, value AS rates FROM JSONB_EACH(%(listed)s::jsonb)
            ), line AS (
                SELECT line.ticket_id, line.tax_code, line.tax_treatment,
                       COALESCE(tax.amount, 0)::numeric AS rate
                  FROM invoice_ticket_line AS line
                  JOIN invoice_ticket AS ticket ON ticket.id = line.ticket_id
                  LEFT JOIN account_tax AS tax ON tax.id = line.tax_id
                 WHERE line.company_id = %(company)s AND line.tax_code IS NOT NULL
                   AND ticket.state != 'voided'
                   AND COALESCE(ticket.issue_date, ticket.create_date::date)
                       >= %(today)s::date - INTERVAL '1 year'
            ), counted AS (
                SELECT tax_code, tax_treatment, rate, COUNT(*) AS number,
                       SUM(COUNT(*)) OVER (PARTITION BY tax_code) AS whole
                  FROM line
                 WHERE tax_code NOT IN (SELECT tax_code FROM listed)
                 GROUP BY tax_code, tax_treatment, rate
            ), usual AS (
                SELECT * FROM counted WHERE whole >= %(lines)s AND number >= whole * %(share)s
            ), unusual AS (
                SELECT line.*, TO_CHAR(usual.rate, 'FM990.###') AS usual
                  FROM line
                  JOIN usual ON usual.tax_code = line.tax_code
                   AND (usual.tax_treatment, usual.rate)
                       IS DISTINCT FROM (line.tax_treatment, line.rate)
                UNION ALL
                SELECT line.*,
                       (SELECT STRING_AGG(rate, ', ')
                          FROM JSONB_ARRAY_ELEMENTS_TEXT(listed.rates) AS known(rate))
                  FROM line
                  JOIN listed ON listed.tax_code = line.tax_code
                 WHERE line.tax_treatment = 'taxed'
                   AND NOT EXISTS (
                       SELECT FROM JSONB_ARRAY_ELEMENTS_TEXT(listed.rates) AS known(rate)
                        WHERE known.rate::numeric = line.rate
                   )
            )
            SELECT ticket_id AS res_id, %(detail)s AS detail FROM unusual
            """,
            detail=make_detail(
                code=SQL("tax_code"),
                rate=SQL("RTRIM(TO_CHAR(rate, 'FM990.###'), '.')"),
                usual=SQL("RTRIM(usual, '.')"),
            ),
            listed=json.dumps(self._get_listed_rates(scope.company)),
            company=scope.company.id,
            today=scope.today,
            lines=LINES,
            share=SHARE,
        )

    @api.model
    def _get_listed_rates(self, company):
        """Rates of the company's list of codes, as texts, by the code; none where any will do.

        :rtype: dict[str, list[str]]
        """
        codes = self.env["invoice.goods.code"].search([("company_id", "=", company.id)])
        return {goods.code: rates for goods in codes if (rates := goods._get_rates())}
