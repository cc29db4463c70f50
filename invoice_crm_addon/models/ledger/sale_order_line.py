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
        quantity = self.product_uom_qty
        return {
            "product_id": self.product_id.id,
            "name": self.product_id.name or self.name.splitlines()[0],
            "unit": self.product_uom_id.name,
            "quantity": quantity,
            "price_unit": self.price_subtotal / quantity if quantity else 0.0,
            "tax_id": self.tax_ids.filtered(lambda tax: tax.amount_type == "percent")[:1].id,
        }
