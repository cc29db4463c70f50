from odoo import models


class MailThread(models.AbstractModel):
    _inherit = "mail.thread"

    def message_subscribe(self, partner_ids=None, subtype_ids=None):
        """Who is asked to approve does not follow all that is said later.

        An activity subscribes its user. The context is the approval engine's; a caller who sets
        it follows nothing, and does no other harm.
        """
        if self.env.context.get("invoice_approval_turn"):
            return True
        return super().message_subscribe(partner_ids, subtype_ids)
