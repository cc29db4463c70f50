from odoo import api, fields, models

from ..base.proof import proven
from ..base.words import words


class InvoiceFapiaoFile(models.Model):
    """What takes a word of finance: files that came by e-mail, and what a file did already.

    What mailed files would issue waits for a click; what went to the wrong ticket is taken back.
    """

    _inherit = "invoice.fapiao.file"

    needs_confirmation = fields.Boolean(
        string="To Be Confirmed",
        readonly=True,
        help="It came by e-mail, and its ticket is found: one click of finance does the rest.",
    )
    can_confirm = fields.Boolean(compute="_compute_can_confirm")
    can_undo = fields.Boolean(compute="_compute_action_rights")

    _to_confirm_idx = models.Index("(id) WHERE needs_confirmation IS TRUE")
    _doubtful_idx = models.Index("(id) WHERE verdict IN ('partial', 'contradictory')")
    _created_idx = models.Index("(create_date)")

    @api.depends("outcome", "needs_confirmation")
    @api.depends_context("uid")
    def _compute_can_confirm(self):
        self._compute_can("confirm")

    def action_confirm(self):
        """Do with the files what they were found to be for, with the rights of the user."""
        self._check_decision("confirm")
        self._leave_ticket()
        self._drop_candidates()
        self._in_all_companies()._read_all()
        return True

    def _get_cannot_confirm_reason(self):
        if self.outcome != "undecided" or not self.needs_confirmation:
            return self.env._("Only a file that came by e-mail, and was understood, is confirmed.")
        return False

    def _must_be_confirmed(self):
        """Whether nobody answers for what the file would issue now."""
        # sudo: invoice.fapiao.batch - only whence it came
        batch_sudo = self.batch_id.sudo()
        return self.env.su and batch_sudo.origin == "mail" and not batch_sudo.is_authenticated

    def _set_outcome(self, outcome, message, ticket=None):
        self.filtered("needs_confirmation")._keep(needs_confirmation=False)
        return super()._set_outcome(outcome, message, ticket)

    def _hold(self, message, ticket=None):
        """Wait for finance, in sight, without a trace on the ticket.

        Not as a file of a ticket that is issued: it would speak for or against the others.
        """
        self._set_outcome("undecided", message, ticket)
        self._keep(needs_confirmation=True)
        return self

    def _wait_at(self, ticket):
        # What a stranger sent takes nobody's place.
        if not self._must_be_confirmed():
            return super()._wait_at(ticket)
        return None

    def _issue(self, ticket, document):
        if not self._must_be_confirmed():
            return super()._issue(ticket, document)
        self._propose_one(ticket, document)
        return self._hold(
            words(self.env)._(
                "It came by e-mail from %(sender)s and fits %(ticket)s. Confirm to issue it.",
                sender=self.batch_id.email_from or "–",
                ticket=ticket.name,
            ),
            ticket,
        )

    def _attach(self, ticket):
        if not self._must_be_confirmed():
            return super()._attach(ticket)
        self._propose_one(ticket, self._get_document())
        return self._hold(
            words(self.env)._(
                "It came by e-mail from %(sender)s and has the number of %(ticket)s. Confirm to "
                "attach it.",
                sender=self.batch_id.email_from or "–",
                ticket=ticket.name,
            )
        )

    def _create_ticket(self, document, company):
        if not self._must_be_confirmed():
            return super()._create_ticket(document, company)
        return self._hold(
            words(self.env)._(
                "It came by e-mail from %s, and no ticket waits for it. Confirm to make one.",
                self.batch_id.email_from or "–",
            )
        )

    # === TAKE BACK === #

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
        is_own = ticket_sudo.fapiao_attachment_id == self.attachment_id
        if is_own and not self._get_undo().get("is_own"):
            return self.env._("%s was issued with this file.", ticket_sudo.name)
        return False

    def _get_undo(self):
        """What the ticket said before it took the file."""
        return self.sudo().undo or {}  # sudo: the field is for the program alone

    def _undo(self):
        """Take one file back."""
        ticket_sudo = proven(self.ticket_id)
        name = ticket_sudo.name
        self._take_attachment()
        ticket_sudo._give_back_attachment(self.attachment_id)
        if self.outcome == "attached":
            ticket_sudo._message_log(body=self.env._("The file %s was taken back.", self.name))
        elif self.outcome == "created":
            ticket_sudo._vanish()
        else:
            ticket_sudo._give_back_document(self._get_undo(), self.name)
        message = words(self.env)._(
            "Taken back from %(ticket)s by %(user)s. Choose another ticket, make a new one, or put "
            "the file aside.",
            ticket=name,
            user=self.env.user.name,
        )
        self._set_outcome("undecided", message)
        self._keep(undo=False)
        if document := self._get_document():
            self._propose(document, self.company_id)
