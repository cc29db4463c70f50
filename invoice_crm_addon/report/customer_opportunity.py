from dateutil.relativedelta import relativedelta

from odoo import fields, models
from odoo.tools import SQL

# Goods are offered if one of so many similar customers takes them.
ONE_OF = 5


class InvoiceCustomerOpportunity(models.Model):
    """Goods that similar customers take and this one does not.

    Goods are a product category or, for lines without a product, a class of the tax bureau's
    classification. A customer takes them if its tickets of the last twelve months, red letters
    off, come to more than nothing. Similar is who is in the same company, and of the same class,
    level or industry; at least a fifth of them take what is listed.

    Rows are made of the tickets that the user may read, as those of ``invoice.customer.insight``,
    with the same rights: so are the similar customers.
    """

    _name = "invoice.customer.opportunity"
    _inherit = ["invoice.counted.search.mixin"]
    _description = "Cross-Selling Opportunity"
    _auto = False
    _rec_name = "goods"
    _order = "share desc, amount_median desc, id"
    _depends = {
        "invoice.ticket": [
            "amount_company",
            "amount_total",
            "company_id",
            "issue_date",
            "partner_id",
            "red_of_id",
            "state",
            "status",
            "type_id",
        ],
        "invoice.ticket.line": ["amount_total", "name", "product_id", "tax_code", "ticket_id"],
        "invoice.ticket.type": ["takes_amount"],
        "product.category": ["complete_name"],
        "product.product": ["product_tmpl_id"],
        "product.template": ["categ_id"],
        "res.partner": ["commercial_partner_id", "customer_level_id", "industry_id", "user_id"],
    }

    partner_id = fields.Many2one("res.partner", string="Customer")
    company_id = fields.Many2one("res.company")
    currency_id = fields.Many2one("res.currency")
    user_id = fields.Many2one("res.users", string="Salesperson")
    basis = fields.Selection(
        selection=[("rfm", "Class"), ("level", "Customer Level"), ("industry", "Industry")],
        string="Similar By",
    )
    rfm_class = fields.Selection(
        selection=lambda self: (
            self.env["invoice.customer.insight"]
            ._fields["rfm_class"]
            ._description_selection(self.env)
        ),
        string="Class",
    )
    customer_level_id = fields.Many2one("invoice.customer.level")
    industry_id = fields.Many2one("res.partner.industry")
    goods = fields.Char(help="Product category, or class of the tax bureau's classification.")
    product_category_id = fields.Many2one("product.category")
    tax_class = fields.Char(help="First three digits of the tax classification code.")
    similar_count = fields.Integer(string="Similar Customers", aggregator=None)
    taker_count = fields.Integer(string="Take It", aggregator=None)
    share = fields.Float(
        aggregator="avg",
        help="Of the similar customers, without this one, those that take the goods.",
    )
    amount_median = fields.Monetary(
        string="Median Amount",
        aggregator="avg",
        help="What those who take the goods take of them in twelve months, tax included.",
    )

    # === QUERY === #

    @property
    def _table_query(self):
        Insight = self.env["invoice.customer.insight"]
        return SQL(
            """WITH ticket AS MATERIALIZED (%(tickets)s),
            insight AS MATERIALIZED (%(customers)s),
            sold AS MATERIALIZED (
                SELECT
                    ticket.company_id,
                    ticket.customer_id,
                    template.categ_id,
                    CASE WHEN template.categ_id IS NULL THEN %(tax_class)s END AS tax_class,
                    MIN(CASE WHEN template.categ_id IS NULL THEN %(short_name)s END) AS short_name,
                    MIN(CASE WHEN template.categ_id IS NULL THEN line.name END) AS name,
                    SUM(%(line_amount)s) AS amount
                FROM ticket
                JOIN invoice_ticket_line line ON line.ticket_id = ticket.id
                LEFT JOIN product_product product ON product.id = line.product_id
                LEFT JOIN product_template template ON template.id = product.product_tmpl_id
                WHERE ticket.issue_date > %(since)s
                GROUP BY 1, 2, 3, 4
            ),
            goods AS (
                SELECT
                    COALESCE(sold.categ_id + 1000, sold.tax_class::int) AS number,
                    sold.categ_id,
                    sold.tax_class,
                    COALESCE(MIN(category.complete_name), %(class_name)s) AS goods
                FROM sold
                LEFT JOIN (SELECT id, complete_name FROM product_category) category
                    ON category.id = sold.categ_id
                GROUP BY sold.categ_id, sold.tax_class
            ),
            -- Lists, since PostgreSQL cannot know how many rows a join of what is grouped has.
            taken AS (
                SELECT
                    company_id,
                    customer_id,
                    ARRAY_AGG(COALESCE(categ_id + 1000, tax_class::int)) AS numbers,
                    ARRAY_AGG(amount) AS amounts
                FROM sold
                WHERE amount > 0 AND (categ_id IS NOT NULL OR tax_class IS NOT NULL)
                GROUP BY 1, 2
            ),
            kind AS MATERIALIZED (
                SELECT
                    insight.*,
                    basis.number AS basis_number,
                    basis.name AS basis,
                    basis.value,
                    COALESCE(taken.numbers, '{}') AS numbers,
                    taken.amounts,
                    COUNT(*) OVER (PARTITION BY insight.company_id, basis.name, basis.value) - 1
                        AS similar_count
                FROM insight
                LEFT JOIN taken
                    ON taken.company_id = insight.company_id
                    AND taken.customer_id = insight.partner_id
                CROSS JOIN LATERAL (VALUES
                    (0, 'rfm', insight.rfm_class),
                    (1, 'level', insight.customer_level_id::text),
                    (2, 'industry', insight.industry_id::text)
                ) basis(number, name, value)
                WHERE basis.value IS NOT NULL
            ),
            popular AS (
                SELECT
                    kind.company_id,
                    kind.basis,
                    kind.value,
                    taken.number,
                    COUNT(*) AS taker_count,
                    PERCENTILE_CONT(0.5) WITHIN GROUP (ORDER BY taken.amount) AS amount_median
                FROM kind
                CROSS JOIN LATERAL UNNEST(kind.numbers, kind.amounts) taken(number, amount)
                GROUP BY 1, 2, 3, 4
            )
            SELECT
                (kind.id::bigint * 3 + kind.basis_number) * 1000000 + goods.number AS id,
                kind.partner_id,
                kind.company_id,
                kind.currency_id,
                kind.user_id,
                kind.basis,
                kind.rfm_class,
                kind.customer_level_id,
                kind.industry_id,
                goods.goods,
                goods.categ_id AS product_category_id,
                goods.tax_class,
                kind.similar_count,
                popular.taker_count,
                popular.taker_count::float8 / NULLIF(kind.similar_count, 0) AS share,
                popular.amount_median::numeric AS amount_median
            FROM kind
            JOIN popular USING (company_id, basis, value)
            JOIN goods USING (number)
            WHERE popular.taker_count * %(one_of)s >= kind.similar_count
            AND popular.number != ALL (kind.numbers)""",
            tickets=Insight._get_tickets_sql(),
            customers=Insight._get_customers_sql(),
            tax_class=Insight._get_tax_class_sql(),
            short_name=Insight._get_short_name_sql(),
            class_name=Insight._get_class_name_sql(),
            line_amount=Insight._get_line_amount_sql(),
            since=fields.Date.context_today(self) - relativedelta(months=12),
            one_of=ONE_OF,
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
