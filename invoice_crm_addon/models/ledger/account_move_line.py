from odoo import api, models


class AccountMoveLine(models.Model):
    _inherit = "account.move.line"

    @api.model_create_multi
    def create(self, vals_list):
        lines = super().create(vals_list)
        if any(vals.get("sale_line_ids") for vals in vals_list):
            lines.move_id._check_invoice_contract()
        return lines

    def write(self, vals):
        if "date_maturity" in vals:
            self.move_id._refresh_due_dates()
        if "sale_line_ids" not in vals:
            return super().write(vals)
        # sudo: sale.order - who bills lines moves what is ticketed of their orders
        lines_sudo = self.sudo()
        orders_sudo = lines_sudo.sale_line_ids.order_id
        result = super().write(vals)
        orders_sudo |= lines_sudo.sale_line_ids.order_id
        orders_sudo._follow_lines(self.move_id)
        self.move_id._check_invoice_contract()
        return result

    def _prepare_ticket_line_values(self):
        """Values of the ticket line that documents an invoice line; the price is without tax."""
        self.ensure_one()
        return self.env["invoice.ticket.line"]._prepare_from_source(
            self, self.quantity, self.product_uom_id
        )
