from odoo import fields, models


class InvoiceTicketCancelWizard(models.TransientModel):
    """Asks for the reason of a void or a red letter, and for a confirmation."""

    _name = "invoice.ticket.cancel.wizard"
    _description = "Void or Red-Letter Tickets"

    ticket_ids = fields.Many2many("invoice.ticket", string="Tickets", required=True)
    action = fields.Selection(selection=[("void", "Void"), ("red", "Red Letter")], required=True)
    reason = fields.Text()

    def action_confirm(self):
        """Void the tickets, or write their red letters."""
        self.ensure_one()
        if self.action == "void":
            return self.ticket_ids.action_void(self.reason or "") and {
                "type": "ir.actions.act_window_close"
            }
        return self.ticket_ids.action_red(self.reason or "")
