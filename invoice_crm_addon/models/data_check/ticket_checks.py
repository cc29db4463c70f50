from odoo import api, models
from odoo.tools import SQL

from .check_tools import data_check, make_detail, say_amount, say_choice, say_date
from .rule_checks import CENT


class InvoiceChecksTickets(models.AbstractModel):
    """Tickets: what they lack, what waits for too long, and amounts that do not add up."""

    _name = "invoice.checks.tickets"
    _description = "Checks of Tickets"

    # === AMOUNTS === #

    @api.model
    @data_check
    def _find_totals_unlike_lines(self, scope):
        """Tickets whose totals are not the sums of their lines."""
        return SQL(
            """
            SELECT ticket.id AS res_id, %(detail)s AS detail
              FROM invoice_ticket AS ticket
              LEFT JOIN (
                   SELECT ticket_id, SUM(amount_untaxed) AS untaxed, SUM(amount_tax) AS tax
                     FROM invoice_ticket_line
                    WHERE company_id = %(company)s
                    GROUP BY ticket_id
              ) AS line ON line.ticket_id = ticket.id
             WHERE ticket.company_id = %(company)s
               AND (ABS(COALESCE(ticket.amount_untaxed, 0) - COALESCE(line.untaxed, 0)) > %(cent)s
                    OR ABS(COALESCE(ticket.amount_tax, 0) - COALESCE(line.tax, 0)) > %(cent)s
                    OR ABS(COALESCE(ticket.amount_total, 0)
                           - COALESCE(line.untaxed + line.tax, 0)) > %(cent)s)
            """,
            detail=make_detail(
                total=say_amount(
                    SQL("COALESCE(ticket.amount_total, 0)"), SQL("ticket.currency_id")
                ),
                lines=say_amount(
                    SQL("COALESCE(line.untaxed + line.tax, 0)"), SQL("ticket.currency_id")
                ),
            ),
            company=scope.company.id,
            cent=CENT,
        )

    @api.model
    @data_check
    def _find_tax_unlike_rate(self, scope):
        """Tickets with a line whose tax is not its amount times the rate.

        The tax bureau lets a line of a fapiao miss by 0.06; what we work out ourselves by a cent.
        """
        return SQL(
            """
            SELECT line.ticket_id AS res_id, %(detail)s AS detail
              FROM invoice_ticket_line AS line
              JOIN invoice_ticket AS ticket ON ticket.id = line.ticket_id
              LEFT JOIN account_tax AS tax ON tax.id = line.tax_id
             WHERE line.company_id = %(company)s
               AND (ABS(line.amount_untaxed + line.amount_tax - line.amount_total) > %(cent)s
                    OR ABS(line.amount_untaxed * COALESCE(tax.amount, 0) / 100 - line.amount_tax)
                       > CASE WHEN line.is_from_document THEN 0.0601 ELSE 0.0201 END)
             GROUP BY line.ticket_id, ticket.currency_id
            """,
            detail=make_detail(
                count=SQL("COUNT(*)"),
                tax=say_amount(SQL("SUM(line.amount_tax)"), SQL("ticket.currency_id")),
            ),
            company=scope.company.id,
            cent=CENT,
        )

    @api.model
    @data_check
    def _find_paid_unlike_paths(self, scope):
        """Issued tickets whose paid and open amounts are not those of the books."""
        return SQL(
            """
            SELECT ticket.id AS res_id, %(detail)s AS detail
              FROM invoice_ticket AS ticket
              JOIN invoice_ticket_type AS kind ON kind.id = ticket.type_id AND kind.takes_amount
              LEFT JOIN (
                   SELECT ticket_id, SUM(amount_paid) AS paid
                     FROM invoice_ticket_path WHERE company_id = %(company)s
                    GROUP BY ticket_id
              ) AS path ON path.ticket_id = ticket.id
             WHERE ticket.company_id = %(company)s AND ticket.state = 'issued'
               AND ticket.red_of_id IS NULL
               AND (ABS(COALESCE(ticket.amount_paid, 0)
                        - LEAST(COALESCE(path.paid, 0), ticket.amount_valid)) > %(cent)s
                    OR ABS(COALESCE(ticket.amount_due, 0) + COALESCE(ticket.amount_paid, 0)
                           - ticket.amount_valid) > %(cent)s)
            """,
            detail=make_detail(
                kept=say_amount(SQL("COALESCE(ticket.amount_paid, 0)"), SQL("ticket.currency_id")),
                rows=say_amount(SQL("COALESCE(path.paid, 0)"), SQL("ticket.currency_id")),
            ),
            company=scope.company.id,
            cent=CENT,
        )

    # === WHAT IT LACKS, OR SAYS OTHERWISE === #

    @api.model
    @data_check
    def _find_without_contract(self, scope):
        """Tickets under way or issued that lack the contract which their type demands."""
        return SQL(
            """
            SELECT ticket.id AS res_id, %(detail)s AS detail
              FROM invoice_ticket AS ticket
              JOIN invoice_ticket_type AS kind
                   ON kind.id = ticket.type_id AND kind.contract_required
             WHERE ticket.company_id = %(company)s AND ticket.contract_id IS NULL
               AND ticket.state IN ('pending', 'approved', 'issued')
               AND ticket.red_of_id IS NULL
            """,
            detail=make_detail(state=say_choice("invoice.ticket", "state", SQL("ticket.state"))),
            company=scope.company.id,
        )

    @api.model
    @data_check
    def _find_buyer_unlike_customer(self, scope):
        """Tickets issued lately whose buyer is not what the customer is called today."""
        return SQL(
            """
            SELECT ticket.id AS res_id, %(detail)s AS detail
              FROM invoice_ticket AS ticket
              JOIN res_partner AS partner ON partner.id = ticket.partner_id
              JOIN res_partner AS customer ON customer.id = partner.commercial_partner_id
             WHERE ticket.company_id = %(company)s AND ticket.state = 'issued'
               AND ticket.issue_date >= %(today)s::date - %(days)s
               AND ticket.red_of_id IS NULL AND ticket.status != 'red'
               -- Nearly all are the same as they stand: only others are brought into one shape.
               AND (CASE WHEN ticket.buyer_name = COALESCE(customer.invoice_title, customer.name)
                         THEN FALSE ELSE %(buyer)s != %(title)s END
                    OR CASE WHEN ticket.buyer_vat IS NULL OR ticket.buyer_vat = customer.vat
                            THEN FALSE ELSE %(number)s != %(vat)s END)
            """,
            detail=make_detail(
                buyer=SQL("COALESCE(ticket.buyer_name, '–')"),
                number=SQL("COALESCE(ticket.buyer_vat, '–')"),
            ),
            company=scope.company.id,
            today=scope.today,
            days=scope.days,
            buyer=self._get_key_sql(SQL("ticket.buyer_name")),
            title=self._get_key_sql(SQL("COALESCE(customer.invoice_title, customer.name)")),
            number=self._get_key_sql(SQL("ticket.buyer_vat")),
            vat=self._get_key_sql(SQL("customer.vat")),
        )

    @api.model
    def _get_key_sql(self, text):
        """A text whatever its width, case and blanks."""
        return SQL("UPPER(REGEXP_REPLACE(NORMALIZE(COALESCE(%s, ''), NFKC), '\\s', '', 'g'))", text)

    # === WHAT WAITS === #

    @api.model
    @data_check
    def _find_forgotten_drafts(self, scope):
        """Drafts that nobody touched for days."""
        return SQL(
            """
            SELECT id AS res_id, %(detail)s AS detail
              FROM invoice_ticket
             WHERE company_id = %(company)s AND state = 'draft' AND active
               AND write_date < %(today)s::date - %(days)s
            """,
            detail=make_detail(since=say_date(SQL("create_date"))),
            company=scope.company.id,
            today=scope.today,
            days=scope.days,
        )

    @api.model
    @data_check
    def _find_not_issued(self, scope):
        """Tickets that were approved days ago, and are not issued."""
        return SQL(
            """
            SELECT ticket.id AS res_id, %(detail)s AS detail
              FROM invoice_ticket AS ticket
              LEFT JOIN (
                   SELECT res_id, MAX(date_decided) AS moment
                     FROM invoice_approval_request
                    WHERE res_model = 'invoice.ticket' AND state = 'approved'
                      AND company_id = %(company)s
                    GROUP BY res_id
              ) AS approved ON approved.res_id = ticket.id
             WHERE ticket.company_id = %(company)s AND ticket.state = 'approved' AND ticket.active
               AND COALESCE(approved.moment, ticket.create_date) < %(today)s::date - %(days)s
            """,
            detail=make_detail(
                since=say_date(SQL("COALESCE(approved.moment, ticket.create_date)"))
            ),
            company=scope.company.id,
            today=scope.today,
            days=scope.days,
        )

    @api.model
    @data_check
    def _find_not_sent(self, scope):
        """Tickets that were issued days ago, and neither mailed nor shipped."""
        return SQL(
            """
            SELECT id AS res_id, %(detail)s AS detail
              FROM invoice_ticket
             WHERE company_id = %(company)s AND state = 'issued' AND active
               AND sent_on IS NULL AND shipping_state = 'none' AND status != 'red'
               AND issue_date < %(today)s::date - %(days)s
            """,
            detail=make_detail(since=say_date(SQL("issue_date"))),
            company=scope.company.id,
            today=scope.today,
            days=scope.days,
        )
