from odoo import api, fields, models
from odoo.tools import SQL

from ..models.ticket.ticket_type import SPECIAL_KINDS
from .vat_lines import (
    RATES,
    get_line_sql,
    get_rate_sql,
    get_refunded_line_sql,
    get_sort_sql,
)

# Columns of the ticket that rows are made of.
TICKET_COLUMNS = (
    "id",
    "company_id",
    "partner_id",
    "type_id",
    "contract_id",
    "user_id",
    "department_id",
    "issue_date",
    "state",
    "red_of_id",
    "amount_total",
    "amount_company",
)


class InvoiceTicketAnalysis(models.Model):
    """What was issued: each line of the tickets that the user may read.

    Amounts are in the currency of the company, at the rate of the day of issue. What tickets ask
    for that are not issued, what was voided and what receipts say is never in a sum with them:

    Measure                 Issued           Red letter  Receipt  Voided  Other
    =====================================================================================
    amount_untaxed          without the tax  negative    –        –       –
    amount_tax              the tax          negative    –        –       –
    amount_total            tax included     negative    –        –       –
    amount_receipt          –                –           total    –       –
    amount_voided           –                –           total    total   –
    amount_waiting          –                –           –        –       total
    issued_id               counted          –           –        –       –
    red_id                  –                counted     –        –       –
    =====================================================================================

    A voided receipt stands in ``amount_voided``, and an unissued one in none of them.

    Role        Rows are made of
    =====================================================================================
    user        own tickets, and those that they are asked to approve
    department  those of the department
    finance     all of the allowed companies; manager and auditor too
    employee    no access, nor have portal users
    =====================================================================================
    """

    _name = "invoice.ticket.analysis"
    _inherit = ["invoice.query.rows.mixin"]
    _description = "Ticket Analysis"
    _auto = False
    _rec_name = "name"
    _order = "date desc, ticket_id desc, id"
    _depends = {
        "invoice.ticket": list(TICKET_COLUMNS[1:]),
        "invoice.ticket.line": [
            "amount_tax",
            "amount_total",
            "amount_untaxed",
            "name",
            "product_id",
            "quantity",
            "tax_code",
            "tax_id",
            "tax_treatment",
            "ticket_id",
        ],
        "invoice.ticket.type": ["fapiao_kind", "is_fapiao", "takes_amount"],
        "account.tax": ["amount", "is_vat_refunded", "vat_method"],
        "product.product": ["product_tmpl_id"],
        "product.template": ["categ_id", "type"],
        "invoice.goods.code": ["code", "company_id", "short_name"],
        "res.company": ["currency_id", "parent_path"],
        "res.partner": ["commercial_partner_id", "customer_level_id"],
    }

    # ticket
    date = fields.Date(string="Issue Date")
    ticket_id = fields.Many2one("invoice.ticket")
    type_id = fields.Many2one("invoice.ticket.type")
    state = fields.Selection(
        selection=lambda self: (
            self.env["invoice.ticket"]._fields["state"]._description_selection(self.env)
        )
    )
    document = fields.Selection(
        selection=[
            ("special", "Special VAT Fapiao"),
            ("other", "Other Fapiao"),
            ("voucher", "Voucher"),
            ("receipt", "Receipt"),
        ],
        help="As the VAT return parts them. A receipt says that money came in, for which a fapiao "
        "is issued as well.",
    )
    is_red = fields.Boolean(string="Red Letter")
    company_id = fields.Many2one("res.company")
    currency_id = fields.Many2one("res.currency")
    user_id = fields.Many2one("res.users", string="In Charge")
    department_id = fields.Many2one("hr.department")
    partner_id = fields.Many2one("res.partner", string="Customer")
    customer_level_id = fields.Many2one("invoice.customer.level")
    contract_id = fields.Many2one("invoice.contract")

    # line
    name = fields.Char(string="Goods or Service")
    product_id = fields.Many2one("product.product")
    product_category_id = fields.Many2one("product.category")
    tax_class = fields.Char(
        string="Goods Class",
        help="First three digits of the tax classification code, and what the tax bureau calls it.",
    )
    sort = fields.Selection(
        selection=[("goods", "Goods and Labour"), ("services", "Services and Intangibles")],
        string="Goods or Services",
    )
    rate = fields.Selection(
        selection=[
            *((rate, f"{rate}%") for rate in RATES),
            ("zero", "0%"),
            ("exempt", "Exempt"),
            ("not_taxable", "Not Taxable"),
            ("other", "Other Rate"),
        ],
        string="Tax Rate",
    )
    vat_line = fields.Selection(
        selection=[
            ("general_13_goods", "13%: goods and labour"),
            ("general_13_services", "13%: services and intangibles"),
            ("general_9_goods", "9%: goods and labour"),
            ("general_9_services", "9%: services and intangibles"),
            ("general_6", "6% rate"),
            ("simple_6", "Levy 6%"),
            ("simple_5_goods", "Levy 5%: goods and labour"),
            ("simple_5_services", "Levy 5%: services and intangibles"),
            ("simple_4", "Levy 4%"),
            ("simple_3_goods", "Levy 3%: goods and labour"),
            ("simple_3_services", "Levy 3%: services and intangibles"),
            ("prepaid", "Pre-levy rates"),
            ("simple_other", "Reduced and other rates"),
            ("refund_goods", "Zero-rated: goods and labour"),
            ("refund_services", "Zero-rated: services and intangibles"),
            ("exempt_goods", "Exempt: goods and labour"),
            ("exempt_services", "Exempt: services and intangibles"),
            ("not_taxable", "Not taxable"),
        ],
        string="Line of the VAT Return",
    )
    vat_line_refunded = fields.Selection(
        selection=[
            ("general_refunded_goods", "General, refunded upon levy: goods and labour"),
            ("general_refunded_services", "General, refunded upon levy: services and intangibles"),
            ("simple_refunded_goods", "Simple, refunded upon levy: goods and labour"),
            ("simple_refunded_services", "Simple, refunded upon levy: services and intangibles"),
        ],
        string="Line of What Is Refunded Upon Levy",
    )

    # measures
    issued_id = fields.Many2one("invoice.ticket", string="Tickets", help="Issued, not red.")
    red_id = fields.Many2one("invoice.ticket", string="Red Letters")
    quantity = fields.Float(help="Of issued tickets; of red letters it is negative.")
    amount_untaxed = fields.Monetary(
        string="Issued Untaxed", help="In the company's currency at the rate of the day of issue."
    )
    amount_tax = fields.Monetary(string="Issued Tax")
    amount_total = fields.Monetary(string="Issued Total", help="Tax included.")
    amount_receipt = fields.Monetary(string="Receipts")
    amount_voided = fields.Monetary(string="Voided")
    amount_waiting = fields.Monetary(string="Not Issued Yet")

    # === QUERY === #

    @property
    def _table_query(self):
        percent = SQL("tax.amount")
        rate = get_rate_sql(
            SQL("line.tax_treatment"), percent, SQL("line.amount_untaxed"), SQL("line.amount_tax")
        )
        sort = get_sort_sql(SQL("line.tax_code"), SQL("template.type"), SQL("line.name"))
        vat_line = get_line_sql(rate, sort, SQL("tax.vat_method"))
        # Outer joins, since PostgreSQL leaves those out that a question does not need: of two keys,
        # of which a filter names one, it would not see that they are unique.
        return SQL(
            """SELECT
                line.id,
                ticket.issue_date AS date,
                ticket.id AS ticket_id,
                ticket.type_id,
                ticket.state,
                CASE
                    WHEN NOT type.takes_amount THEN 'receipt'
                    WHEN type.is_fapiao IS NOT TRUE THEN 'voucher'
                    WHEN type.fapiao_kind IN %(special)s THEN 'special'
                    ELSE 'other'
                END AS document,
                ticket.red_of_id IS NOT NULL AS is_red,
                ticket.company_id,
                company.currency_id,
                ticket.user_id,
                ticket.department_id,
                partner.commercial_partner_id AS partner_id,
                customer.customer_level_id,
                ticket.contract_id,
                line.name,
                line.product_id,
                template.categ_id AS product_category_id,
                LEFT(NULLIF(line.tax_code, ''), 3) || COALESCE(
                    ' ' || COALESCE(
                        CASE WHEN line.name LIKE '*%%*%%'
                            THEN NULLIF(SPLIT_PART(line.name, '*', 2), '') END,
                        goods.short_name
                    ), ''
                ) AS tax_class,
                %(sort)s AS sort,
                %(rate)s AS rate,
                %(vat_line)s AS vat_line,
                %(vat_line_refunded)s AS vat_line_refunded,
                CASE WHEN %(is_issued)s AND ticket.red_of_id IS NULL THEN ticket.id END
                    AS issued_id,
                CASE WHEN %(is_issued)s AND ticket.red_of_id IS NOT NULL THEN ticket.id END
                    AS red_id,
                CASE WHEN %(is_issued)s THEN line.quantity END AS quantity,
                CASE WHEN %(is_issued)s THEN %(untaxed)s END AS amount_untaxed,
                CASE WHEN %(is_issued)s THEN %(tax)s END AS amount_tax,
                CASE WHEN %(is_issued)s THEN %(total)s END AS amount_total,
                CASE WHEN ticket.state = 'issued' AND NOT type.takes_amount THEN %(total)s END
                    AS amount_receipt,
                CASE WHEN ticket.state = 'voided' THEN %(total)s END AS amount_voided,
                CASE WHEN ticket.state NOT IN ('issued', 'voided') AND type.takes_amount
                    THEN %(total)s END AS amount_waiting
            FROM (%(tickets)s) ticket
            JOIN invoice_ticket_line line ON line.ticket_id = ticket.id
            JOIN invoice_ticket_type type ON type.id = ticket.type_id
            LEFT JOIN res_company company ON company.id = ticket.company_id
            LEFT JOIN res_partner partner ON partner.id = ticket.partner_id
            LEFT JOIN res_partner customer ON customer.id = partner.commercial_partner_id
            LEFT JOIN account_tax tax ON tax.id = line.tax_id
            LEFT JOIN product_product product ON product.id = line.product_id
            LEFT JOIN product_template template ON template.id = product.product_tmpl_id
            LEFT JOIN (
                SELECT DISTINCT ON (key) owner.id || ' ' || goods.code AS key, goods.short_name
                FROM invoice_goods_code goods
                JOIN res_company owner
                    ON goods.company_id::text = ANY(STRING_TO_ARRAY(owner.parent_path, '/'))
                WHERE goods.short_name != ''
                ORDER BY key, goods.company_id = owner.id DESC, goods.id
            ) goods ON goods.key = ticket.company_id || ' ' || line.tax_code""",
            tickets=self._get_tickets_sql(),
            special=SPECIAL_KINDS,
            sort=sort,
            rate=rate,
            vat_line=vat_line,
            vat_line_refunded=get_refunded_line_sql(vat_line, sort, SQL("tax.is_vat_refunded")),
            is_issued=SQL("ticket.state = 'issued' AND type.takes_amount"),
            **{
                name: self._get_company_amount_sql(SQL(f"line.amount_{name}"))
                for name in ("untaxed", "tax", "total")
            },
        )

    @api.model
    def _get_tickets_sql(self, domain=(), columns=TICKET_COLUMNS):
        """Tickets that the user may read, archived ones too, as a query.

        :param domain: what they have to fit
        """
        Ticket = self.env["invoice.ticket"]
        query = Ticket._search([*domain], active_test=False)
        return query.select(
            *(
                SQL(
                    "%s AS %s",
                    Ticket._field_to_sql(Ticket._table, name, query),
                    SQL.identifier(name),
                )
                for name in columns
            )
        )

    @api.model
    def _get_company_amount_sql(self, amount):
        """A part of a ticket in the company's currency, at the rate of the day of issue.

        Not rounded: the parts of a ticket come to its total.

        :param SQL amount: in the currency of ``ticket``
        """
        return SQL(
            "CASE WHEN ticket.amount_total = ticket.amount_company THEN %(amount)s"
            " ELSE %(amount)s * ticket.amount_company / NULLIF(ticket.amount_total, 0) END",
            amount=amount,
        )

    # === ACTION METHODS === #

    def action_open_ticket(self):
        """Open the ticket of the line."""
        self.ensure_one()
        self.check_access("read")
        return {
            "type": "ir.actions.act_window",
            "res_model": "invoice.ticket",
            "res_id": self.ticket_id.id,
            "views": [(False, "form")],
        }
