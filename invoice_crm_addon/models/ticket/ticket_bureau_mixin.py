from odoo import api, fields, models


class InvoiceTicketBureauMixin(models.AbstractModel):
    """What a ticket is to the tax bureau: its codes, and whether it lies there, see
    ``invoice.bureau.batch``."""

    _name = "invoice.ticket.bureau.mixin"
    _description = "Ticket for the Tax Bureau"

    goods_hint = fields.Text(string="Unusual Rates", compute="_compute_goods_hint")

    @api.depends("line_ids.goods_hint")
    @api.depends_context("lang")
    def _compute_goods_hint(self):
        for ticket in self:
            hints = [] if ticket.state in ("issued", "voided") else ticket.line_ids
            ticket.goods_hint = (
                "\n".join(filter(None, (line.goods_hint for line in hints))) or False
            )
