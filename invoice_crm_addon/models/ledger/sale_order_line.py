from odoo import models


class SaleOrderLine(models.Model):
    _inherit = "sale.order.line"

    def _prepare_ticket_line_values(self):
        """Values of the ticket line that documents an order line; the price is without tax."""
        self.ensure_one()
        quantity = self.product_uom_qty
        return {
            "product_id": self.product_id.id,
            "name": self.product_id.name or self.name.splitlines()[0],
            "unit": self.product_uom_id.name,
            "quantity": quantity,
            "price_unit": self.price_subtotal / quantity if quantity else 0.0,
            "tax_id": self.tax_ids.filtered(lambda tax: tax.amount_type == "percent")[:1].id,
        }
