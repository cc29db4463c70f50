from odoo import fields, models

from ..base.proof import proven


class InvoiceFapiaoFile(models.Model):
    """Taking back what a file did, where it went to the wrong ticket."""

    _inherit = "invoice.fapiao.file"

    can_undo = fields.Boolean(compute="_compute_action_rights")

    # === ACTION METHODS === #

    def action_undo(self):
        """Take files back from their tickets: an issued one waits again, a created one goes.

        :raise AccessError: if the user is not of finance
        :raise UserError: if something was done with a ticket since
        """
        self._check_decision("undo")
        for file in self:
            file.ticket_id.check_access("write")
            file._undo()
        return True

    # === CAN === #

    def _get_cannot_undo_reason(self):
        if self.outcome not in self._get_taken_outcomes():
            return self.env._("There is nothing to take back.")
        ticket_sudo = proven(self).ticket_id
        if not ticket_sudo:
            return self.env._("Its ticket is gone.")
        if self.outcome == "attached":
            return self._get_cannot_detach_reason(ticket_sudo)
        taken_on = self.date_decided or self.create_date
        if reason := ticket_sudo._get_cannot_give_back_reason(taken_on):
            return reason
        if self.outcome == "created" and (reason := ticket_sudo._get_cannot_vanish_reason()):
            return reason
        if ticket_sudo.fapiao_file_ids.filtered(lambda f: f.outcome == "attached"):
            return self.env._("Take back the other files of %s first.", ticket_sudo.name)
        return False

    def _get_cannot_detach_reason(self, ticket_sudo):
        is_own = ticket_sudo.fapiao_attachment_id == self.sudo().attachment_id
        if is_own and not (self.sudo().undo or {}).get("is_own"):
            return self.env._("%s was issued with this file.", ticket_sudo.name)
        return False

    # === UNDO === #

    def _undo(self):
        """Take one file back."""
        ticket_sudo = proven(self.ticket_id)
        name = ticket_sudo.name
        self._take_attachment()
        ticket_sudo._give_back_attachment(self.sudo().attachment_id)
        if self.outcome == "attached":
            ticket_sudo._message_log(body=self.env._("The file %s was taken back.", self.name))
        elif self.outcome == "created":
            ticket_sudo._vanish()
        else:
            ticket_sudo._give_back_document(self.sudo().undo or {}, self.name)
        message = self.env._(
            "Taken back from %(ticket)s by %(user)s. Choose another ticket, make a new one, or put "
            "the file aside.",
            ticket=name,
            user=self.env.user.name,
        )
        self._set_outcome("undecided", message)
        self.sudo().undo = False
        if document := self._get_document():
            self._propose(document, self.company_id)
