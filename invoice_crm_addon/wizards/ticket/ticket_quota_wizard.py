from odoo import fields, models


class InvoiceTicketQuotaWizard(models.TransientModel):
    """Asks finance why a ticket may exceed the quota of its customer."""

    _name = "invoice.ticket.quota.wizard"
    _inherit = ["invoice.readable.mixin"]
    _description = "Let a Ticket Pass Beyond the Quota"

    ticket_id = fields.Many2one("invoice.ticket", required=True)
    quota_hint = fields.Char(related="ticket_id.quota_hint")
    reason = fields.Text(required=True)

    def action_confirm(self):
        """Let the ticket pass.

        :raise UserError: see ``action_override_quota`` of the ticket
        """
        self.ensure_one()
        return self.ticket_id.action_override_quota(self.reason)
