from odoo import api, models

# What says which order an invoice bills.
BILLED_FIELDS = {"invoice_lines", "order_id"}


class SaleOrderLine(models.Model):
    _inherit = "sale.order.line"

    @api.model_create_multi
    def create(self, vals_list):
        lines = super().create(vals_list)
        lines.order_id._follow_lines()
        if any(vals.get("invoice_lines") for vals in vals_list):
            lines._check_contracts_of_invoices()
        return lines

    def write(self, vals):
        # Core derives prices and taxes from many fields: any change of a line may be one of the
        # amount, and a line may go to another order.
        orders = self.order_id
        if BILLED_FIELDS.isdisjoint(vals):
            result = super().write(vals)
            (orders | self.order_id)._follow_lines()
            return result
        # sudo: account.move - what is ticketed of invoices moves with what they bill
        lines_sudo = self.sudo()
        moves_sudo = lines_sudo.invoice_lines.move_id
        result = super().write(vals)
        moves_sudo |= lines_sudo.invoice_lines.move_id
        (orders | self.order_id)._follow_lines(moves_sudo)
        self._check_contracts_of_invoices()
        return result

    def unlink(self):
        orders = self.order_id
        result = super().unlink()
        orders._follow_lines()
        return result

    def _check_contracts_of_invoices(self):
        """:raise ValidationError: if an invoice that bills them says another contract"""
        # sudo: account.move - one that the user cannot read is held to it too
        moves_sudo = self.sudo().invoice_lines.move_id
        moves_sudo._check_invoice_contract()

    def _prepare_ticket_line_values(self):
        """Values of the ticket line that documents an order line; the price is without tax."""
        self.ensure_one()
        return self.env["invoice.ticket.line"]._prepare_from_source(
            self, self.product_uom_qty, self.product_uom_id
        )
