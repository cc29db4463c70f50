from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..base.exact_float import ExactFloat
from .pattern import PLACEHOLDERS, fill, find_unknown

PATTERN_HELP = "Placeholders in braces are filled in, see below."


def is_offered(record, company):
    """Whether a template or a type can be chosen in a company: archived ones cannot.

    :param res.company company: where the ticket is made
    """
    owner = record.company_id
    # sudo: compared with the companies above, which the user may not read
    return bool(record.active and (not owner or owner in company.sudo().parent_ids))


class InvoiceTicketPatternMixin(models.AbstractModel):
    """Record with texts that hold placeholders."""

    _name = "invoice.ticket.pattern.mixin"
    _inherit = ["invoice.readable.mixin"]
    _description = "Record With Placeholders"

    def _check_pattern(self, fname):
        """:raise ValidationError: if a text holds a placeholder that there is not"""
        self.ensure_one()
        if unknown := find_unknown(self[fname]):
            raise ValidationError(
                self.env._(
                    "%(field)s: “%(placeholder)s” is no placeholder. There are: %(known)s.",
                    field=self._fields[fname]._description_string(self.env),
                    placeholder=unknown,
                    known=", ".join(f"{{{names[0]}}}" for names in PLACEHOLDERS.values()),
                )
            )


class InvoiceTicketTemplate(models.Model):
    """What tickets of one kind have in common: type, texts with placeholders, lines.

    Of several that apply, the first is proposed on a new ticket:

    1. that of the sales order, also of one whose invoice or payment is ticketed
    2. that of the contract
    3. that of the customer
    4. that of the customer's level

    Archived templates and those of other companies are not offered. What is made without a form, by
    another program, gets a type alone.

    Action      Group          Restriction
    =====================================================================================
    Choose      User           on a ticket that can be changed
    Set up      Administrator  also from a ticket
    =====================================================================================
    """

    _name = "invoice.ticket.template"
    _inherit = ["invoice.ticket.pattern.mixin"]
    _description = "Ticket Template"
    _order = "sequence, id"
    _check_company_auto = True
    _check_company_domain = models.check_company_domain_parent_of

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company", index=True, help="Leave empty to use the template in every company."
    )
    type_id = fields.Many2one(
        "invoice.ticket.type",
        check_company=True,
        index="btree_not_null",
        ondelete="set null",
        help="Leave empty to keep the type that the ticket has.",
    )
    content = fields.Char(help=PATTERN_HELP)
    note = fields.Text(help=PATTERN_HELP)
    line_ids = fields.One2many(
        "invoice.ticket.template.line", "template_id", string="Lines", copy=True
    )
    placeholder_help = fields.Html(compute="_compute_placeholder_help", sanitize=False)

    # === COMPUTE METHODS === #

    @api.depends_context("lang")
    def _compute_placeholder_help(self):
        rows = [
            {"names": [f"{{{name}}}" for name in names[:2]], "example": example}
            for names, example in zip(
                PLACEHOLDERS.values(), self._get_placeholder_examples().values(), strict=True
            )
        ]
        # Rendered once: it is the same for all.
        self.placeholder_help = self.env["ir.qweb"]._render(
            "invoice_crm_addon.ticket_template_placeholders", {"rows": rows}
        )

    @api.model
    def _get_placeholder_examples(self):
        return {
            "contract_number": "HT-2026-018",
            "contract": self.env._("Annual Service"),
            "customer": self.env._("Example Trading Co., Ltd."),
            "order": "S00042",
            **self.env["invoice.ticket"]._get_date_placeholders(fields.Date.context_today(self)),
            "salesperson": self.env.user.name,
        }

    # === CONSTRAINT METHODS === #

    @api.constrains("content", "note")
    def _check_placeholders(self):
        for template in self:
            for fname in ("content", "note"):
                template._check_pattern(fname)

    # === CRUD METHODS === #

    def copy_data(self, default: dict | None = None):
        return [
            dict(vals, name=self.env._("%s (copy)", template.name))
            for template, vals in zip(self, super().copy_data(default), strict=True)
        ]

    # === BUSINESS METHODS === #

    def _get_offered(self, company):
        """The first template that can be used in a company, or none.

        :rtype: invoice.ticket.template
        """
        return self.filtered(lambda template: is_offered(template, company))[:1]

    def _prepare_texts(self, values):
        """Texts of a ticket by field.

        :param dict values: of the placeholders
        """
        self.ensure_one()
        texts = {fname: fill(self[fname], values) for fname in ("content", "note")}
        return {fname: text for fname, text in texts.items() if text}


class InvoiceTicketTemplateLine(models.Model):
    """Goods or services that tickets of a template start with."""

    _name = "invoice.ticket.template.line"
    _inherit = ["invoice.ticket.pattern.mixin"]
    _description = "Ticket Template Line"
    _order = "template_id, sequence, id"
    _check_company_auto = True
    _check_company_domain = models.check_company_domain_parent_of

    template_id = fields.Many2one(
        "invoice.ticket.template", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="template_id.company_id", store=True, precompute=True)
    sequence = fields.Integer(default=10)
    product_id = fields.Many2one(
        "product.product", check_company=True, index="btree_not_null", ondelete="set null"
    )
    name = fields.Char(
        string="Goods or Service",
        compute="_compute_name",
        store=True,
        readonly=False,
        required=True,
        precompute=True,
        help=PATTERN_HELP,
    )
    quantity = ExactFloat(default=1.0)
    price_unit = ExactFloat(
        string="Unit Price", help="Leave at zero to take the price of the product, or to enter it."
    )
    tax_id = fields.Many2one(
        "account.tax",
        ondelete="set null",
        domain=[("type_tax_use", "=", "sale"), ("amount_type", "=", "percent")],
        help="Leave empty to take the tax of the product or of the ticket type. Companies other "
        "than that of the tax do so in any case.",
    )

    @api.depends("product_id")
    def _compute_name(self):
        for line in self:
            line.name = line.product_id.name or line.name

    @api.constrains("name")
    def _check_placeholders(self):
        for line in self:
            line._check_pattern("name")

    def _prepare_line_values(self, values, company):
        """Values of a ticket's line; what the template leaves open is left out.

        :param dict values: of the placeholders
        :param res.company company: where the ticket is made
        """
        self.ensure_one()
        # sudo: account.tax - a tax of another company is seen as such, and left out
        tax_sudo = self.sudo().tax_id
        is_own_tax = tax_sudo and is_offered(tax_sudo, company)
        vals = {
            "product_id": self.product_id.id,
            "name": fill(self.name, values) or self.product_id.name or self.name,
            "quantity": self.quantity,
            "price_unit": self.price_unit,
            "tax_id": is_own_tax and tax_sudo.id,
        }
        return {
            fname: value for fname, value in vals.items() if value or fname in ("quantity", "name")
        }
