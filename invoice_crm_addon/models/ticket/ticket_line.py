import re

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Command
from odoo.tools import formatLang

from ..base.exact_float import EXACT, ExactFloat, round_half_up, to_decimal
from .red_parts import Part

# Beyond it, floats do not keep the cent of an amount through all roundings.
MOST = 10**12


class InvoiceTicketLine(models.Model):
    """Goods or services on a ticket.

    Each line is rounded to the cent on its own, and the ticket adds up the rounded lines: this
    is how the tax bureau checks an invoice, whatever rounding the company's books use. Quantity
    and unit price have up to 13 decimals, and amounts are the half-up rounding of the product
    of the decimal numbers that people see.
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
        index="trigram",
        readonly=False,
        precompute=True,
        required=True,
    )
    specification = fields.Char()
    unit = fields.Char(compute="_compute_unit", store=True, readonly=False, precompute=True)
    quantity = ExactFloat(default=1.0)
    price_unit = ExactFloat(
        string="Unit Price",
        compute="_compute_price_unit",
        store=True,
        readonly=False,
        precompute=True,
        help="With or without tax, as the ticket says.",
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
            product = line.product_id
            line.unit = self._get_unit_name(product, product.uom_id) if product else line.unit

    @api.depends("product_id")
    def _compute_price_unit(self):
        for line in self:
            product = line.product_id
            if not product:
                line.price_unit = line.price_unit
                continue
            company = line.company_id or self.env.company
            product = product.with_company(company)
            line.price_unit = product.currency_id._convert(
                product.lst_price,
                line.currency_id or product.currency_id,
                company,
                fields.Date.context_today(line),
            )

    @api.depends(
        "quantity",
        "price_unit",
        "tax_id",
        "ticket_id.tax_included",
        "currency_id",
        "is_from_document",
        "document_untaxed",
        "document_tax",
        "agreed_untaxed",
        "agreed_tax",
    )
    def _compute_amounts(self):
        for line in self:
            if line.is_from_document:
                line.amount_untaxed = line.document_untaxed
                line.amount_tax = line.document_tax
                line.amount_total = line.document_untaxed + line.document_tax
                continue
            untaxed, tax = line._get_exact_amounts()
            line.amount_untaxed = float(untaxed)
            line.amount_tax = float(tax)
            line.amount_total = float(untaxed + tax)

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

    @api.constrains("quantity", "price_unit")
    def _check_amounts(self):
        for line in self:
            if abs(EXACT.multiply(to_decimal(line.quantity), to_decimal(line.price_unit))) >= MOST:
                raise ValidationError(
                    self.env._(
                        "%(line)s comes to more than can be kept to the cent: %(most)s. Divide it "
                        "into several tickets.",
                        line=line.name,
                        most=formatLang(self.env, MOST, digits=0),
                    )
                )

    # === BUSINESS METHODS === #

    @api.model
    def _get_unit_name(self, product, unit):
        """What a ticket calls a unit. "Units" says nothing of a service, which has none.

        :rtype: str | bool
        """
        any_unit = self.env["ir.model.data"]._xmlid_to_res_id("uom.product_uom_unit")
        return False if unit.id == any_unit and product.type == "service" else unit.name

    @api.model
    def _get_approval_fields(self):
        """Names of the fields whose change is approved again.

        :rtype: list[str]
        """
        return [
            "name",
            "product_id",
            "specification",
            "unit",
            "quantity",
            "price_unit",
            "tax_id",
            "tax_treatment",
            "tax_code",
        ]

    def _get_exact_amounts(self):
        """Untaxed amount and tax to the cent.

        :rtype: tuple[Decimal, Decimal]
        """
        self.ensure_one()
        cent = (self.currency_id or self.env.company.currency_id).rounding
        amount = EXACT.multiply(to_decimal(self.quantity), to_decimal(self.price_unit))
        amount = round_half_up(amount, cent)
        rate = to_decimal(self.tax_id.amount)
        if self.ticket_id.tax_included:
            tax = round_half_up(EXACT.divide(amount * rate, 100 + rate), cent)
            return amount - tax, tax
        tax = round_half_up(amount * rate / 100, cent)
        agreed = to_decimal(self.agreed_tax)
        if to_decimal(self.agreed_untaxed) == amount and abs(agreed - tax) <= to_decimal(cent):
            tax = agreed
        return amount, tax

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
            "agreed_untaxed": -self.agreed_untaxed if is_whole else 0.0,
            "agreed_tax": -self.agreed_tax if is_whole else 0.0,
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
