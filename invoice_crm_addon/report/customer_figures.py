from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

PERIODS = (12, 24)
# Of goods and of opportunities, so many are shown.
MOST_ROWS = 10


class InvoiceCustomerInsight(models.Model):
    """Figures of one customer, for the tab on its form.

    Amounts are in the currency of the current company, at the rates of the days of issue. Of the
    allowed companies, those with another currency are left out, and named.

    Figure        Meaning
    =====================================================================================
    months        by month of issue and type: tickets, and amounts with tax less red letters
    count         tickets of the period; neither red letters nor what they took back as a whole
    per_month     count by the months of the period, from the first ticket on if it is later
    days_between  from the first to the last ticket ever, by the gaps between the tickets
    due, late     tickets of the period that have a due date and are either paid in full, or
                  not and past that date; late: paid in full after the date, or not yet
    =====================================================================================

    A ticket is paid in full on the day of the last payment of what it documents.
    """

    _inherit = "invoice.customer.insight"

    @api.model
    @api.readonly
    def get_figures(self, partner_id: int, months: int = 12):
        """Tickets and amounts of a customer, of those that the user may read; one SQL query.

        :param int partner_id: the customer, or a contact of it
        :param int months: length of the period, 12 or 24, the current month included
        :return: ``months`` (first days), ``types`` (``id``, ``name``, ``counts``, ``amounts``),
            ``summary``, ``categories``, ``tax_classes``, ``domain`` of the tickets,
            ``currency_id``, ``left_out``
        :rtype: dict
        :raise AccessError: if the user may not read customers' insight, or this customer
        :raise UserError: if the period is another one
        """
        customer = self._get_customer(partner_id)
        if months not in PERIODS:
            raise UserError(self.env._("The figures are those of 12 or of 24 months."))
        currency = self.env.company.currency_id
        companies = self.env.companies.filtered(lambda company: company.currency_id == currency)
        today = fields.Date.context_today(self)
        first = today.replace(day=1) - relativedelta(months=months - 1)
        days = [first + relativedelta(months=index) for index in range(months)]
        domain = [
            ("partner_id.commercial_partner_id", "=", customer.id),
            ("company_id", "in", companies.ids),
        ]
        self.env.flush_all()
        [row] = self.env.execute_query_dict(self._get_figures_sql(domain, first, today))
        return {
            "currency_id": currency.id,
            "domain": [
                *domain,
                ("state", "=", "issued"),
                ("type_id.takes_amount", "=", True),
            ],
            "months": [fields.Date.to_string(day) for day in days],
            "types": self._spread_over_months(row["months"] or [], days),
            "summary": self._summarize(row["summary"], months, first, today),
            "categories": (row["categories"] or [])[:MOST_ROWS],
            "tax_classes": (row["tax_classes"] or [])[:MOST_ROWS],
            "left_out": (self.env.companies - companies).mapped("display_name"),
        }

    @api.model
    @api.readonly
    def get_opportunities(self, partner_id: int, basis: str = "rfm"):
        """Classes of a customer in the current company, and goods to offer to it.

        :param int partner_id: the customer, or a contact of it
        :param str basis: who is similar: of the same class (``rfm``), ``level``, ``industry``
        :return: ``scores`` (empty without tickets), ``goods``, the likeliest first
        :rtype: dict
        :raise AccessError: if the user may not read customers' insight, or this customer
        """
        customer = self._get_customer(partner_id)
        domain = [("partner_id", "=", customer.id), ("company_id", "=", self.env.company.id)]
        scores = self.search_read(
            domain, ["rfm_class", "recency_class", "frequency_class", "amount_class"], limit=1
        )
        goods = self.env["invoice.customer.opportunity"].search_read(
            [*domain, ("basis", "=", basis)],
            ["goods", "share", "taker_count", "similar_count", "amount_median"],
            limit=MOST_ROWS,
        )
        labels = dict(self._fields["rfm_class"]._description_selection(self.env))
        return {
            "scores": {**scores[0], "label": labels[scores[0]["rfm_class"]]} if scores else {},
            "goods": goods,
            "currency_id": self.env.company.currency_id.id,
        }

    @api.model
    def _get_customer(self, partner_id):
        """:raise AccessError: if the user may not read insight, or this customer"""
        self.check_access("read")
        partner = self.env["res.partner"].browse(partner_id).exists()
        if not partner:
            raise UserError(self.env._("There is no such customer any more. Reload the page."))
        partner.check_access("read")
        return partner.commercial_partner_id

    @api.model
    def _get_figures_sql(self, domain, first, today):
        """One row with a JSON column for each part of the tab.

        Dates of payments are read without the rights of the books: they say of a ticket that the
        user may read whether it was paid in time, as its payment state says whether it is paid.
        """
        return SQL(
            """WITH ticket AS MATERIALIZED (%(tickets)s),
            period AS (SELECT * FROM ticket WHERE issue_date >= %(first)s),
            payment AS (
                SELECT period.id, period.date_due, period.payment_state, paid.paid_on
                FROM period
                LEFT JOIN LATERAL (
                    SELECT MAX(day) AS paid_on FROM (
                        SELECT payment.date AS day
                        FROM invoice_ticket_allocation allocation
                        JOIN account_payment payment ON payment.id = allocation.payment_id
                        WHERE allocation.ticket_id = period.id
                        UNION ALL
                        SELECT partial.max_date
                        FROM invoice_ticket_allocation allocation
                        JOIN account_move_line line ON line.move_id = allocation.move_id
                        JOIN account_partial_reconcile partial ON partial.debit_move_id = line.id
                        WHERE allocation.ticket_id = period.id
                    ) days
                ) paid ON period.payment_state = 'paid'
                WHERE is_counted AND date_due IS NOT NULL
            ),
            goods AS (
                SELECT
                    template.categ_id,
                    category.complete_name,
                    %(tax_class)s AS tax_class,
                    %(short_name)s AS short_name,
                    line.name,
                    %(line_amount)s AS amount
                FROM period ticket
                JOIN invoice_ticket_line line ON line.ticket_id = ticket.id
                LEFT JOIN product_product product ON product.id = line.product_id
                LEFT JOIN product_template template ON template.id = product.product_tmpl_id
                LEFT JOIN product_category category ON category.id = template.categ_id
            ),
            grouped AS (
                SELECT
                    GROUPING(categ_id) AS by_class,
                    categ_id, MIN(complete_name) AS complete_name,
                    tax_class, %(class_name)s AS class_name,
                    SUM(amount) AS amount
                FROM goods
                GROUP BY GROUPING SETS ((categ_id), (tax_class))
            )
            SELECT
                (SELECT JSON_AGG(cell) FROM (
                    SELECT
                        DATE_TRUNC('month', issue_date)::date AS month,
                        type_id,
                        COUNT(*) FILTER (WHERE is_counted) AS count,
                        SUM(amount_company) AS amount
                    FROM period
                    GROUP BY 1, 2
                ) cell) AS months,
                (SELECT ROW_TO_JSON(summary) FROM (
                    SELECT
                        COUNT(*) FILTER (WHERE is_counted) AS count_ever,
                        MIN(issue_date) FILTER (WHERE is_counted) AS first_date,
                        MAX(issue_date) FILTER (WHERE is_counted) AS last_date,
                        COUNT(*) FILTER (WHERE is_counted AND issue_date >= %(first)s) AS count,
                        COALESCE(SUM(amount_company) FILTER (WHERE issue_date >= %(first)s), 0)
                            AS amount,
                        (SELECT COUNT(*) FROM payment WHERE %(is_due)s) AS due,
                        (SELECT COUNT(*) FROM payment WHERE %(is_late)s) AS late
                    FROM ticket
                ) summary) AS summary,
                (SELECT JSON_AGG(JSON_BUILD_OBJECT(
                    'id', categ_id, 'name', complete_name, 'amount', amount
                ) ORDER BY amount DESC, categ_id) FROM grouped WHERE by_class = 0) AS categories,
                (SELECT JSON_AGG(JSON_BUILD_OBJECT(
                    'id', tax_class,
                    'name', class_name,
                    'amount', amount
                ) ORDER BY amount DESC, tax_class) FROM grouped WHERE by_class = 1) AS tax_classes
            """,
            tickets=self._get_tickets_sql(domain),
            first=first,
            is_due=SQL("paid_on IS NOT NULL OR %s", self._get_unpaid_sql(today)),
            is_late=SQL("paid_on > date_due OR %s", self._get_unpaid_sql(today)),
            tax_class=self._get_tax_class_sql(),
            short_name=self._get_short_name_sql(),
            class_name=self._get_class_name_sql(),
            line_amount=self._get_line_amount_sql(),
        )

    @api.model
    def _get_unpaid_sql(self, today):
        return SQL("(payment_state != 'paid' AND date_due < %s)", today)

    @api.model
    def _get_tax_class_sql(self):
        """Class of a line's goods: the first three digits of the tax bureau's code."""
        return SQL("LEFT(NULLIF(line.tax_code, ''), 3)")

    @api.model
    def _get_short_name_sql(self):
        """What the tax bureau calls the goods, which a fapiao prints between asterisks."""
        return SQL(r"SUBSTRING(line.name FROM '^\*([^*]+)\*')")

    @api.model
    def _get_class_name_sql(self):
        """Name of a group of lines of one tax class: the tax bureau's, or one line for example."""
        return SQL(
            "COALESCE(MIN(short_name), LEFT(MIN(name), 20) || ' …') || ' (' || tax_class || ')'"
        )

    @api.model
    def _get_line_amount_sql(self):
        """Amount of a line in the company's currency: its part of its ticket."""
        return SQL(
            "CASE WHEN ticket.amount_total = ticket.amount_company THEN line.amount_total"
            " ELSE line.amount_total * ticket.amount_company / NULLIF(ticket.amount_total, 0) END"
        )

    @api.model
    def _spread_over_months(self, cells, days):
        """Counts and amounts of each type in each month, types with the most money first."""
        places = {fields.Date.to_string(day): index for index, day in enumerate(days)}
        types = {}
        for cell in cells:
            figures = types.setdefault(
                cell["type_id"], {"counts": [0] * len(days), "amounts": [0.0] * len(days)}
            )
            # Who enters a date of issue in the future finds it in the last month.
            place = places.get(cell["month"], len(days) - 1)
            figures["counts"][place] += cell["count"]
            figures["amounts"][place] += cell["amount"]
        names = {
            record.id: record.display_name
            for record in self.env["invoice.ticket.type"].browse(types)
        }
        return sorted(
            ({"id": id_, "name": names[id_], **figures} for id_, figures in types.items()),
            key=lambda figures: -sum(figures["amounts"]),
        )

    @api.model
    def _summarize(self, summary, months, first, today):
        """Add the frequency and the averages."""
        first_date = fields.Date.to_date(summary["first_date"])
        last_date = fields.Date.to_date(summary["last_date"])
        if first_date and first_date > first:
            months = (today.year - first_date.year) * 12 + today.month - first_date.month + 1
        gaps = summary["count_ever"] - 1
        count = summary["count"]
        return {
            **summary,
            "days_since": max((today - last_date).days, 0) if last_date else False,
            "per_month": count / max(months, 1),
            "days_between": (last_date - first_date).days / gaps if gaps > 0 else False,
            "average": summary["amount"] / count if count else 0.0,
            "late_share": summary["late"] / summary["due"] if summary["due"] else False,
        }
