from odoo import models


class InvoiceTicketReminderMixin(models.AbstractModel):
    """Ticket of which the customer can be reminded that something is still to be paid."""

    _name = "invoice.ticket.reminder.mixin"
    _description = "Ticket That Is Collected"

    def action_remind_customer(self):
        """Open the e-mail that reminds the customer of what the ticket is still due.

        :raise UserError: if the ticket is not issued, nothing is due, or the caller may not
            change it
        """
        self.ensure_one()
        self._check_can("remind_customer")
        template = self.env.ref("invoice_crm_addon.mail_template_ticket_reminder")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Remind"),
            "res_model": "mail.compose.message",
            "views": [(False, "form")],
            "target": "new",
            "context": {
                "default_model": self._name,
                "default_res_ids": self.ids,
                "default_template_id": template.id,
                "default_composition_mode": "comment",
                "default_email_layout_xmlid": "mail.mail_notification_layout",
            },
        }

    def _get_cannot_remind_customer_reason(self):
        if self.state != "issued" or self.currency_id.compare_amounts(self.amount_due, 0.0) <= 0:
            return self.env._("Nothing of %s is to be paid.", self.display_name)
        if not self.has_access("write"):
            return self.env._("You may not change this ticket.")
        return False
