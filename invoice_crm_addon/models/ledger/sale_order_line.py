from odoo import models


class SaleOrderLine(models.Model):
    _inherit = "sale.order.line"

    def _prepare_ticket_line_values(self):
        """Values of the ticket line that documents an order line; the price is without tax."""
        self.ensure_one()
        return self.env["invoice.ticket.line"]._prepare_from_source(
            self, self.product_uom_qty, self.product_uom_id
        )
