from odoo import api, fields, models


class SaleMassCancelOrders(models.TransientModel):
    """Core's dialog that cancels many orders: it says which of them have tickets."""

    _inherit = "sale.mass.cancel.orders"

    ticket_hint = fields.Text(compute="_compute_ticket_hint")

    @api.depends("sale_order_ids")
    @api.depends_context("uid", "lang")
    def _compute_ticket_hint(self):
        for wizard in self:
            orders = wizard.sale_order_ids._origin.filtered("has_tickets")
            # Computed for the user, who may not read all of the tickets.
            named = ((order, order._name_held_tickets()) for order in orders)
            hints = [f"{order.display_name}: {tickets}" for order, tickets in named if tickets]
            staying = wizard.sale_order_ids._origin._map_staying_tickets()
            hints += [
                self.env._(
                    "%(order)s: stay with its contract: %(tickets)s",
                    order=order.display_name,
                    tickets=tickets,
                )
                for order, tickets in staying.items()
            ]
            wizard.ticket_hint = "\n".join(hints)
