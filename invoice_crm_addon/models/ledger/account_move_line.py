from odoo import models


class AccountMoveLine(models.Model):
    _inherit = "account.move.line"

    def _prepare_ticket_line_values(self):
        """Values of the ticket line that documents an invoice line; the price is without tax."""
        self.ensure_one()
        return {
            "product_id": self.product_id.id,
            "name": self.product_id.name or (self.name or "/").splitlines()[0],
            "unit": self.product_uom_id.name,
            "quantity": self.quantity,
            "price_unit": self.price_subtotal / self.quantity if self.quantity else 0.0,
            "tax_id": self.tax_ids.filtered(lambda tax: tax.amount_type == "percent")[:1].id,
        }
