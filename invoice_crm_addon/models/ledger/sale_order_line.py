from odoo import api, models


class SaleOrderLine(models.Model):
    _inherit = "sale.order.line"

    @api.model_create_multi
    def create(self, vals_list):
        lines = super().create(vals_list)
        lines.order_id._follow_lines()
        return lines

    def write(self, vals):
        # Core derives prices and taxes from many fields: any change of a line may be one of the
        # amount, and a line may go to another order.
        orders = self.order_id
        result = super().write(vals)
        (orders | self.order_id)._follow_lines()
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
