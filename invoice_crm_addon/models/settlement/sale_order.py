from odoo import models
from odoo.exceptions import UserError


class SaleOrder(models.Model):
    """An order that is cancelled under its tickets."""

    _inherit = "sale.order"

    def action_open_cancel(self):
        """Cancel the order; if there are tickets of it, ask first what becomes of each."""
        self.ensure_one()
        self.check_access("write")
        Wizard = self.env["invoice.source.cancel.wizard"]
        if self._get_tickets_to_decide() and Wizard.has_access("create"):
            return self._open_cancelling("sale_order_id")
        return self.action_cancel()

    def _action_cancel(self):
        # sudo: res.company - only its policy; the others show what is too much then
        blocking = self.filtered(
            lambda order: order.has_tickets and order.sudo().company_id.ticket_over_issue == "block"
        )
        if reasons := list(filter(None, (order._get_held_reason() for order in blocking))):
            raise UserError("\n".join(reasons))
        return super()._action_cancel()
