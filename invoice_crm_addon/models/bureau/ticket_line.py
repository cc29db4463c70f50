from odoo import api, fields, models
from odoo.tools import formatLang

# What of a line its month at the tax bureau shows.
_SHOWN = {
    "ticket_id",
    "quantity",
    "price_unit",
    "tax_id",
    "tax_treatment",
    "amount_untaxed",
    "amount_tax",
    "is_from_document",
    "document_untaxed",
    "document_tax",
}


class InvoiceTicketLine(models.Model):
    """The tax classification of lines: that of the product, as long as nobody says another one."""

    _inherit = "invoice.ticket.line"

    tax_code = fields.Char(compute="_compute_tax_code", store=True, readonly=False, precompute=True)
    tax_policy = fields.Char(
        compute="_compute_tax_policy",
        store=True,
        readonly=False,
        precompute=True,
        help="Policy (优惠政策类型) by which the line is taxed less, as the tax bureau calls it.",
    )
    goods_short_name = fields.Char(
        string="Classification Name",
        compute="_compute_goods_code",
        compute_sudo=True,
        help="What a fapiao prints between asterisks before the goods.",
    )
    goods_hint = fields.Char(
        string="Unusual Rate", compute="_compute_goods_code", compute_sudo=True
    )

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        lines = super().create(vals_list)
        lines.ticket_id._note_own_months()
        return lines

    def write(self, vals):
        if _SHOWN.isdisjoint(vals):
            return super().write(vals)
        before = self.ticket_id
        result = super().write(vals)
        (before | self.ticket_id)._note_own_months()
        return result

    def unlink(self):
        self.ticket_id._note_own_months()
        return super().unlink()

    # === COMPUTE METHODS === #

    @api.depends("product_id", "ticket_id.company_id")
    def _compute_tax_code(self):
        for line in self:
            if not line.product_id or line.is_from_document:
                line.tax_code = line.tax_code
                continue
            line.tax_code = line._get_product_code().code

    @api.depends("tax_code")
    def _compute_tax_policy(self):
        for company, lines in self.grouped(lambda line: line._get_company()).items():
            goods = self.env["invoice.goods.code"]._find(set(lines.mapped("tax_code")), company)
            for line in lines:
                known = goods.get(line.tax_code)
                line.tax_policy = known.policy if known else line.tax_policy

    @api.depends("tax_code", "tax_id", "tax_treatment")
    @api.depends_context("lang")
    def _compute_goods_code(self):
        for company, lines in self.grouped(lambda line: line._get_company()).items():
            goods = self.env["invoice.goods.code"]._find(set(lines.mapped("tax_code")), company)
            for line in lines:
                known = goods.get(line.tax_code)
                line.goods_short_name = known.short_name if known else False
                line.goods_hint = line._get_rate_hint(known)

    # === ACTION METHODS === #

    def action_open_ticket(self):
        """Open the ticket to which the line belongs."""
        self.ensure_one()
        return self.ticket_id._open_tickets(self.ticket_id)

    # === BUSINESS METHODS === #

    @api.model
    def _get_approval_fields(self):
        return [*super()._get_approval_fields(), "tax_policy"]

    def _get_product_code(self):
        """Tax classification of the product in the company of the ticket, maybe none."""
        template = self.product_id.product_tmpl_id.with_company(self._get_company())
        # sudo: product.category - which code the goods have; the line says it to all its readers
        return template.sudo()._get_goods_code()

    def _get_rate_hint(self, goods):
        """A sentence if goods of the code are usually taxed otherwise, or False.

        A policy taxes less than usual, and so does what is not taxed.
        """
        if not goods or self.tax_policy or not self.tax_id or self.tax_treatment != "taxed":
            return False
        if goods._is_usual(self.tax_id.amount):
            return False
        return self.env._(
            "%(line)s: %(goods)s are usually taxed at %(usual)s, not at %(rate)s%%.",
            line=self.name,
            goods=goods.short_name or goods.name,
            usual=goods.rates,
            rate=formatLang(self.env, self.tax_id.amount, digits=2).rstrip("0").rstrip(".,"),
        )
