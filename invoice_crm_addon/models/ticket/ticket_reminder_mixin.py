from odoo import models


class InvoiceTicketReminderMixin(models.AbstractModel):
    """Ticket of which the customer can be reminded that something is still to be paid."""

    _name = "invoice.ticket.reminder.mixin"
    _description = "Ticket That Is Collected"

    def _get_cannot_remind_customer_reason(self):
        if self.state != "issued" or self.currency_id.compare_amounts(self.amount_due, 0.0) <= 0:
            return self.env._("Nothing of %s is to be paid.", self.display_name)
        if not self.has_access("write"):
            return self.env._("You may not change this ticket.")
        return False
