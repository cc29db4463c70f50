from odoo import api, models

# What an order amounts to follows from these.
AMOUNT_FIELDS = {"product_uom_qty", "price_unit", "discount", "tax_ids", "display_type"}


class SaleOrderLine(models.Model):
    _inherit = "sale.order.line"

    @api.model_create_multi
    def create(self, vals_list):
        lines = super().create(vals_list)
        lines.order_id._follow_lines()
        return lines

    def write(self, vals):
        result = super().write(vals)
        if AMOUNT_FIELDS & vals.keys():
            self.order_id._follow_lines()
        return result

    def unlink(self):
        orders = self.order_id
        result = super().unlink()
        orders._follow_lines()
        return result

    def _prepare_ticket_line_values(self):
        """Values of the ticket line that documents an order line; the price is without tax."""
        self.ensure_one()
        return self.env["invoice.ticket.line"]._prepare_from_source(
            self, self.product_uom_qty, self.product_uom_id
        )
