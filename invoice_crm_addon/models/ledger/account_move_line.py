from odoo import models


class AccountMoveLine(models.Model):
    _inherit = "account.move.line"

    def _prepare_ticket_line_values(self):
        """Values of the ticket line that documents an invoice line; the price is without tax."""
        self.ensure_one()
        return self.env["invoice.ticket.line"]._prepare_from_source(
            self, self.quantity, self.product_uom_id
        )
