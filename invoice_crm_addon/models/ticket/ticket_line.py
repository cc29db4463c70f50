import re

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Command

from .red_parts import Part


class InvoiceTicketLine(models.Model):
    """Goods or services on a ticket.

    Each line is rounded to the cent on its own, and the ticket adds up the rounded lines: this
    is how the tax bureau checks an invoice, whatever rounding the company's books use.
    """

    _name = "invoice.ticket.line"
    _inherit = ["invoice.approval.row.mixin"]
    _description = "Ticket Line"
    _order = "ticket_id, sequence, id"
    _check_company_auto = True

    # Only the reading of a fapiao file fills the amounts of the document.
    _guarded_fields = ("is_from_document", "document_untaxed", "document_tax")
    _document_field = "ticket_id"

    ticket_id = fields.Many2one("invoice.ticket", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="ticket_id.company_id", store=True, precompute=True)
    currency_id = fields.Many2one(related="ticket_id.currency_id", store=True, precompute=True)
    sequence = fields.Integer(default=10)
    product_id = fields.Many2one("product.product", check_company=True, index="btree_not_null")
    name = fields.Char(
        string="Goods or Service",
        compute="_compute_name",
        store=True,
        readonly=False,
        precompute=True,
        required=True,
    )
    specification = fields.Char()
    unit = fields.Char(compute="_compute_unit", store=True, readonly=False, precompute=True)
    quantity = fields.Float(digits=(16, 6), default=1.0)
    price_unit = fields.Float(
        string="Unit Price",
        digits=(16, 8),
        compute="_compute_price_unit",
        store=True,
        readonly=False,
        precompute=True,
        help="With or without tax, as the ticket says.",
    )
    tax_id = fields.Many2one(
        "account.tax",
        compute="_compute_tax_id",
        store=True,
        readonly=False,
        precompute=True,
        check_company=True,
        domain=[("type_tax_use", "=", "sale"), ("amount_type", "=", "percent")],
    )
    tax_code = fields.Char(
        string="Tax Classification",
        size=19,
        help="Code of 19 digits in the tax bureau's classification of goods and services.",
    )
    document_untaxed = fields.Monetary(
        string="Untaxed on the Document",
        copy=False,
        help="Amount without tax as printed on the issued fapiao.",
    )
    document_tax = fields.Monetary(
        string="Tax on the Document", copy=False, help="Tax as printed on the issued fapiao."
    )
    is_from_document = fields.Boolean(
        string="As on the Document",
        copy=False,
        help="The amounts are those of the issued fapiao, to the cent.",
    )
    amount_untaxed = fields.Monetary(
        string="Untaxed", compute="_compute_amounts", store=True, precompute=True
    )
    amount_tax = fields.Monetary(
        string="Tax Amount", compute="_compute_amounts", store=True, precompute=True
    )
    amount_total = fields.Monetary(
        string="Total", compute="_compute_amounts", store=True, precompute=True
    )

    # === COMPUTE METHODS === #

    # One method a field: Odoo takes a value that is given for one of them as the word on all.

    @api.depends("product_id")
    def _compute_name(self):
        for line in self:
            line.name = line.product_id.name or line.name

    @api.depends("product_id")
    def _compute_unit(self):
        for line in self:
            line.unit = line.product_id.uom_id.name or line.unit

    @api.depends("product_id")
    def _compute_price_unit(self):
        for line in self:
            product = line.product_id
            if not product:
                line.price_unit = line.price_unit
                continue
            line.price_unit = product.currency_id._convert(
                product.lst_price,
                line.currency_id or product.currency_id,
                line.company_id or self.env.company,
                fields.Date.context_today(line),
            )

    @api.depends("product_id", "ticket_id.type_id", "ticket_id.company_id")
    def _compute_tax_id(self):
        for line in self:
            # The tax of a sales order or an invoice stays, whatever the product says.
            line.tax_id = line.tax_id or line._get_default_tax()

    @api.depends(
        "quantity",
        "price_unit",
        "tax_id",
        "ticket_id.tax_included",
        "currency_id",
        "is_from_document",
        "document_untaxed",
        "document_tax",
    )
    def _compute_amounts(self):
        for line in self:
            if line.is_from_document:
                line.amount_untaxed = line.document_untaxed
                line.amount_tax = line.document_tax
                line.amount_total = line.document_untaxed + line.document_tax
                continue
            currency = line.currency_id or self.env.company.currency_id
            mode = "total_included" if line.ticket_id.tax_included else "total_excluded"
            details = line.tax_id._get_tax_details(
                line.price_unit,
                line.quantity,
                precision_rounding=currency.rounding,
                rounding_method="round_per_line",
                special_mode=mode,
            )
            line.amount_untaxed = details["total_excluded"]
            line.amount_total = details["total_included"]
            line.amount_tax = details["total_included"] - details["total_excluded"]

    # === ONCHANGE METHODS === #

    @api.onchange("product_id")
    def _onchange_product_id_tax(self):
        self.tax_id = self._get_default_tax() or self.tax_id

    # === CONSTRAINT METHODS === #

    @api.constrains("tax_code")
    def _check_tax_code(self):
        for line in self:
            if line.tax_code and not re.fullmatch(r"\d{19}", line.tax_code):
                raise ValidationError(
                    self.env._(
                        "The tax classification code “%(code)s” of %(line)s must have 19 digits. "
                        "Leave it empty if you do not know it.",
                        code=line.tax_code,
                        line=line.name,
                    )
                )

    # === BUSINESS METHODS === #

    def _get_default_tax(self):
        """Tax of the product in the company of the ticket, else of the type of the ticket."""
        self.ensure_one()
        company = self.ticket_id.company_id or self.env.company
        taxes = self.product_id.taxes_id.filtered(
            lambda tax: tax.company_id == company and tax.amount_type == "percent"
        )
        return taxes[:1] or self.ticket_id.type_id.with_company(company).default_tax_id

    def _prepare_red_commands(self, parts):
        """Commands that create the lines of a red letter.

        :param dict parts: what it takes back of each line that it names
        """
        return [
            Command.create({**vals, **line._prepare_red_amounts(parts[line])})
            for line, vals in zip(self, self.copy_data(), strict=True)
            if line in parts
        ]

    def _prepare_red_amounts(self, part):
        # The price times the quantity of a part may miss by a cent what is left for the next one.
        is_whole = part == Part.of(self)
        return {
            "quantity": -part.quantity,
            "is_from_document": self.is_from_document or not is_whole,
            "document_untaxed": -part.untaxed,
            "document_tax": -part.tax,
        }

    def _prepare_part_commands(self, parts):
        """Commands that create lines for parts of these, at the same prices.

        :param dict parts: what is taken of each line that it names
        """
        commands = []
        for line, vals in zip(self, self.copy_data(), strict=True):
            if line in parts:
                whole, part = Part.of(line), parts[line]
                if part != whole:
                    # What was taken back without goods is asked for with a part of them.
                    part = whole.cut(line.currency_id, total=part.total)
                commands.append(Command.create({**vals, "quantity": part.quantity}))
        return commands
