from odoo import models

from ..base.action_mixin import rewrite_rows
from ..base.proof import proven


class MailNotification(models.Model):
    _inherit = "mail.notification"

    def write(self, vals):
        """What became of an e-mail tells whether its tickets are sent."""
        result = super().write(vals)
        if "notification_status" in vals and self:
            # sudo: invoice.ticket.mailing - whoever sends mails tells what became of them
            mailings_sudo = self.env["invoice.ticket.mailing"].sudo()
            # sudo: mail.message - only which they are
            messages_sudo = self.sudo().mail_message_id
            # Colleagues are told otherwise than customers are written to.
            mails_sudo = messages_sudo.filtered(lambda m: m.message_type != "user_notification")
            mailings = proven(mailings_sudo.search([("message_id", "in", mails_sudo.ids)]))
            # As core does with its own rows: collide before the mail server has it, not after.
            rewrite_rows(mailings.ticket_id)
            mailings._settle()
        return result
