from odoo import fields, models
from odoo.tools import SQL

COLUMNS = (
    "id",
    "company_id",
    "partner_id",
    "type_id",
    "contract_id",
    "user_id",
    "department_id",
    "issue_date",
    "amount_issued",
    "amount_issued_untaxed",
)
# What growth is a share of, by measure.
GROWTH = {
    "growth_month:avg": ("change_month", "amount_month_before"),
    "growth_year:avg": ("change_year", "amount_year_before"),
}


class InvoiceTicketComparison(models.Model):
    """What was issued, beside the month and the year before.

    Each issued ticket stands here three times: on its day of issue, and on the same day of the
    next month and of the next year, as what was issued before. So a month shows its own amount
    and those that it is compared with, whatever else it is grouped by; and of a month that is not
    over, both are those up to today. Growth is that of a group's sums, not one of its rows: it is
    empty where nothing was issued before. Rights and amounts are those of
    ``invoice.ticket.analysis``.
    """

    _name = "invoice.ticket.comparison"
    _inherit = ["invoice.names.mixin"]
    _description = "Sales Statistics"
    _auto = False
    _rec_name = "ticket_id"
    _order = "date desc, id desc"
    _depends = {
        "invoice.ticket": [*COLUMNS[1:], "state"],
        "res.company": ["currency_id"],
        "res.partner": ["commercial_partner_id", "customer_level_id"],
    }

    date = fields.Date(help="Day of issue, or a month or a year after it.")
    ticket_id = fields.Many2one("invoice.ticket")
    type_id = fields.Many2one("invoice.ticket.type")
    company_id = fields.Many2one("res.company")
    currency_id = fields.Many2one("res.currency")
    user_id = fields.Many2one("res.users", string="In Charge")
    department_id = fields.Many2one("hr.department")
    partner_id = fields.Many2one("res.partner", string="Customer")
    customer_level_id = fields.Many2one("invoice.customer.level")
    contract_id = fields.Many2one("invoice.contract")
    amount = fields.Monetary(
        string="Issued", help="Tax included, red letters negative, in the company's currency."
    )
    amount_untaxed = fields.Monetary(string="Issued Untaxed")
    amount_month_before = fields.Monetary(
        string="Month Before", help="Issued a month before, up to the same day."
    )
    amount_year_before = fields.Monetary(
        string="Year Before", help="Issued a year before, up to the same day."
    )
    change_month = fields.Monetary(string="Change on the Month")
    change_year = fields.Monetary(string="Change on the Year")
    growth_month = fields.Float(
        string="Growth on the Month",
        aggregator="avg",
        help="Change on the month before, as a share of it. Empty if nothing was issued then.",
    )
    growth_year = fields.Float(
        string="Growth on the Year",
        aggregator="avg",
        help="Change on the year before, as a share of it. Empty if nothing was issued then.",
    )

    @property
    def _table_query(self):
        Analysis = self.env["invoice.ticket.analysis"]
        # Of a receipt nothing is issued.
        issued = [("state", "=", "issued"), ("amount_issued", "!=", 0)]
        return SQL(
            """SELECT
                ticket.id::bigint * 3 + version.number AS id,
                version.date,
                ticket.id AS ticket_id,
                ticket.type_id,
                ticket.company_id,
                company.currency_id,
                ticket.user_id,
                ticket.department_id,
                partner.commercial_partner_id AS partner_id,
                customer.customer_level_id,
                ticket.contract_id,
                CASE version.number WHEN 0 THEN ticket.amount_issued END AS amount,
                CASE version.number WHEN 0 THEN ticket.amount_issued_untaxed END AS amount_untaxed,
                CASE version.number WHEN 1 THEN ticket.amount_issued END AS amount_month_before,
                CASE version.number WHEN 2 THEN ticket.amount_issued END AS amount_year_before,
                CASE version.number
                    WHEN 0 THEN ticket.amount_issued
                    WHEN 1 THEN -ticket.amount_issued
                END AS change_month,
                CASE version.number
                    WHEN 0 THEN ticket.amount_issued
                    WHEN 2 THEN -ticket.amount_issued
                END AS change_year,
                NULL::float AS growth_month,
                NULL::float AS growth_year
            FROM (%(tickets)s) ticket
            CROSS JOIN LATERAL (VALUES
                (0, ticket.issue_date),
                (1, (ticket.issue_date + INTERVAL '1 month')::date),
                (2, (ticket.issue_date + INTERVAL '1 year')::date)
            ) version(number, date)
            LEFT JOIN res_company company ON company.id = ticket.company_id
            LEFT JOIN res_partner partner ON partner.id = ticket.partner_id
            LEFT JOIN res_partner customer ON customer.id = partner.commercial_partner_id
            WHERE version.number = 0 OR version.date <= %(today)s""",
            tickets=Analysis._get_tickets_sql(issued, COLUMNS),
            today=fields.Date.context_today(self),
        )

    def _read_group_select(self, aggregate_spec, query):
        if aggregate_spec not in GROWTH:
            return super()._read_group_select(aggregate_spec, query)
        change, before = (
            self._field_to_sql(self._table, name, query) for name in GROWTH[aggregate_spec]
        )
        # Of a month that took back more than it issued there is no share.
        return SQL(
            "CASE WHEN SUM(%(before)s) > 0 THEN SUM(%(change)s) / SUM(%(before)s) END",
            before=before,
            change=change,
        )
