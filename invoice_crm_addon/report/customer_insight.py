from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.tools import SQL

# Who came first within so many days is new; who stayed away for a year is lost.
NEW_DAYS = 90
LOST_DAYS = 365
RFM_CLASSES = [
    ("best", "Best"),
    ("loyal", "Loyal"),
    ("new", "New"),
    ("occasional", "Occasional"),
    ("at_risk", "At Risk"),
    ("lost", "Lost"),
]


class InvoiceCustomerInsight(models.Model):
    """How lately, how often and for how much each customer is billed (RFM).

    A row is a customer in a company, made of the issued tickets that the user may read. Red
    letters take off amounts, and neither they nor what they took back as a whole count as
    tickets. Of recency, frequency and amount, the customers of a company are parted into five
    equal classes, 5 being the best; who is equal stands in the same class.

    Class       Meaning
    =====================================================================================
    lost        no ticket for more than a year
    new         the first ticket within the last 90 days
    best        recency 4–5, and frequency and amount 4–5 on average
    loyal       recency 3–5, and frequency and amount 3–5 on average
    at_risk     recency 1–2, though frequency and amount are 3–5 on average
    occasional  all others
    =====================================================================================

    Role        Rows are made of
    =====================================================================================
    user        own tickets, and those that they are asked to approve
    department  those of the department
    finance     all of the allowed companies; manager and auditor too
    employee    no access, nor have portal users
    =====================================================================================
    """

    _name = "invoice.customer.insight"
    _inherit = ["invoice.counted.search.mixin"]
    _description = "Customer Insight"
    _auto = False
    _rec_name = "partner_id"
    _order = "amount_year desc, id"
    _depends = {
        "account.move.line": ["move_id"],
        "account.partial.reconcile": ["debit_move_id", "max_date"],
        "account.payment": ["date"],
        "invoice.ticket": [
            "amount_company",
            "company_id",
            "date_due",
            "issue_date",
            "partner_id",
            "payment_state",
            "red_of_id",
            "state",
            "status",
            "type_id",
        ],
        "invoice.ticket.type": ["takes_amount"],
        "invoice.ticket.allocation": ["move_id", "payment_id", "ticket_id"],
        "res.partner": ["commercial_partner_id", "customer_level_id", "industry_id", "user_id"],
    }

    partner_id = fields.Many2one("res.partner", string="Customer")
    company_id = fields.Many2one("res.company")
    currency_id = fields.Many2one("res.currency")
    customer_level_id = fields.Many2one("invoice.customer.level")
    industry_id = fields.Many2one("res.partner.industry")
    user_id = fields.Many2one("res.users", string="Salesperson")
    first_date = fields.Date(string="First Ticket")
    last_date = fields.Date(string="Last Ticket")
    days_since = fields.Integer(string="Days Since the Last Ticket", aggregator="avg")
    ticket_count = fields.Integer(string="Tickets, Ever")
    frequency = fields.Integer(
        string="Tickets, 12 Months", help="Issued within the last twelve months."
    )
    amount_year = fields.Monetary(
        string="Amount, 12 Months",
        help="Issued within the last twelve months, tax included, less red letters, at the rates "
        "of the days of issue.",
    )
    amount_average = fields.Monetary(
        string="Average Ticket", aggregator="avg", help="Of the last twelve months."
    )
    amount_ever = fields.Monetary(string="Amount, Ever")
    recency_class = fields.Integer(
        aggregator="avg", help="5: the fifth of the customers that were billed most lately."
    )
    frequency_class = fields.Integer(
        aggregator="avg", help="5: the fifth with the most tickets in twelve months."
    )
    amount_class = fields.Integer(
        aggregator="avg", help="5: the fifth with the highest amount in twelve months."
    )
    late_share = fields.Float(
        string="Paid Late",
        aggregator="avg",
        help="Of the tickets of the last twelve months that are paid, or due and not paid: the "
        "share that was paid after the due date, or still is not.",
    )
    rfm_class = fields.Selection(
        selection=RFM_CLASSES,
        string="Class",
        help="New: first ticket within 90 days. Lost: none for a year. Best and loyal: lately, "
        "often and for much. At risk: often and for much, yet not lately.",
    )

    # === QUERY === #

    @property
    def _table_query(self):
        return SQL("WITH ticket AS (%s) %s", self._get_tickets_sql(), self._get_customers_sql())

    @api.model
    def _get_tickets_sql(self, domain=()):
        """Issued tickets that the user may read, archived ones too, receipts not, as a query.

        :param domain: what they have to fit besides
        """
        Ticket = self.env["invoice.ticket"]
        issued = [
            ("state", "=", "issued"),
            ("issue_date", "!=", False),
            # A receipt is for money that a fapiao is issued for as well.
            ("type_id.takes_amount", "=", True),
        ]
        query = Ticket._search([*issued, *domain], active_test=False)
        columns = [
            SQL("%s AS %s", Ticket._field_to_sql(Ticket._table, name, query), SQL.identifier(name))
            for name in (
                "id",
                "company_id",
                "partner_id",
                "type_id",
                "issue_date",
                "date_due",
                "payment_state",
                "currency_id",
                "amount_total",
                "amount_company",
                "red_of_id",
                "status",
            )
        ]
        return SQL(
            """SELECT
                readable.*,
                partner.commercial_partner_id AS customer_id,
                (red_of_id IS NULL AND status IS DISTINCT FROM 'red') AS is_counted
            FROM (%s) readable
            JOIN res_partner partner ON partner.id = readable.partner_id""",
            query.select(*columns),
        )

    @api.model
    def _get_customers_sql(self):
        """Query of the rows, from those of ``_get_tickets_sql`` under the name of ticket."""
        today = fields.Date.context_today(self)
        return SQL(
            """SELECT
                scored.*,
                CASE
                    WHEN days_since > %(lost_days)s THEN 'lost'
                    WHEN first_date > %(new_since)s THEN 'new'
                    WHEN recency_class >= 4 AND frequency_class + amount_class >= 8 THEN 'best'
                    WHEN recency_class >= 3 AND frequency_class + amount_class >= 6 THEN 'loyal'
                    WHEN frequency_class + amount_class >= 6 THEN 'at_risk'
                    ELSE 'occasional'
                END AS rfm_class
            FROM (
                SELECT
                    customer.*,
                    company.currency_id,
                    partner.customer_level_id,
                    partner.industry_id,
                    partner.user_id,
                    GREATEST(%(today)s - last_date, 0) AS days_since,
                    amount_year / NULLIF(frequency, 0) AS amount_average,
                    %(recency)s AS recency_class,
                    %(frequency)s AS frequency_class,
                    %(amount)s AS amount_class,
                    late.share AS late_share
                FROM (
                    SELECT
                        MIN(id) AS id,
                        company_id,
                        customer_id AS partner_id,
                        MIN(issue_date) FILTER (WHERE is_counted) AS first_date,
                        MAX(issue_date) FILTER (WHERE is_counted) AS last_date,
                        COUNT(*) FILTER (WHERE is_counted) AS ticket_count,
                        COUNT(*) FILTER (WHERE is_counted AND issue_date > %(since)s) AS frequency,
                        COALESCE(SUM(amount_company) FILTER (WHERE issue_date > %(since)s), 0)
                            AS amount_year,
                        SUM(amount_company) AS amount_ever
                    FROM ticket
                    GROUP BY company_id, customer_id
                    HAVING BOOL_OR(is_counted)
                ) customer
                JOIN res_company company ON company.id = customer.company_id
                JOIN res_partner partner ON partner.id = customer.partner_id
                -- PostgreSQL leaves it out where nobody asks for it.
                LEFT JOIN (%(late)s) late
                    ON late.company_id = customer.company_id
                    AND late.customer_id = customer.partner_id
                WINDOW
                    recency AS (PARTITION BY company.id ORDER BY last_date),
                    frequency AS (PARTITION BY company.id ORDER BY frequency),
                    amount AS (PARTITION BY company.id ORDER BY amount_year)
            ) scored""",
            today=today,
            since=today - relativedelta(months=12),
            new_since=today - relativedelta(days=NEW_DAYS),
            lost_days=LOST_DAYS,
            late=self._get_late_sql(today),
            recency=self._get_class_sql("recency"),
            frequency=self._get_class_sql("frequency"),
            amount=self._get_class_sql("amount"),
        )

    @api.model
    def _get_late_sql(self, today):
        """Query of the share of tickets paid late, by company and customer.

        Of payments whoever reads it learns the dates alone, as in ``get_figures``.
        """
        since = today - relativedelta(months=12)
        return SQL(
            """SELECT
                company_id,
                customer_id,
                COUNT(*) FILTER (WHERE %(is_late)s)::float8 / COUNT(*) AS share
            FROM (%(tickets)s) ticket
            LEFT JOIN (%(paid)s) paid ON paid.ticket_id = ticket.id AND payment_state = 'paid'
            WHERE is_counted AND (paid_on IS NOT NULL OR %(is_unpaid)s)
            GROUP BY company_id, customer_id""",
            tickets=self._get_tickets_sql([("issue_date", ">", since), ("date_due", "!=", False)]),
            paid=SQL(
                """SELECT ticket_id, MAX(day) AS paid_on
                FROM (
                    SELECT allocation.ticket_id, payment.date AS day
                    FROM invoice_ticket_allocation allocation
                    JOIN account_payment payment ON payment.id = allocation.payment_id
                    UNION ALL
                    SELECT allocation.ticket_id, partial.max_date
                    FROM invoice_ticket_allocation allocation
                    JOIN account_move_line line ON line.move_id = allocation.move_id
                    JOIN account_partial_reconcile partial ON partial.debit_move_id = line.id
                ) days
                GROUP BY ticket_id"""
            ),
            is_late=SQL("paid_on > date_due OR paid_on IS NULL"),
            is_unpaid=self._get_unpaid_sql(today),
        )

    @api.model
    def _get_class_sql(self, window):
        """Number of the fifth, 1 to 5, in the middle of all who are equal.

        Without equals it is ``ntile(5)``, which would spread equal customers at random.
        """
        return SQL(
            "CEIL(ROUND((PERCENT_RANK() OVER %(window)s + CUME_DIST() OVER %(window)s)::numeric"
            " * 2.5, 6))::int",
            window=SQL.identifier(window),
        )

    # === ACTION METHODS === #

    def action_open_customer(self):
        """Open the form of the customer."""
        self.ensure_one()
        self.check_access("read")
        return {
            "type": "ir.actions.act_window",
            "res_model": "res.partner",
            "res_id": self.partner_id.id,
            "views": [(False, "form")],
        }
