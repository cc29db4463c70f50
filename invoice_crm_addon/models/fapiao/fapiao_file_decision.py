from odoo import models
from odoo.exceptions import UserError

from ...fapiao import contradictions, judge


class InvoiceFapiaoFile(models.Model):
    """What finance decides of a file: which ticket it is, a new one, or none."""

    _inherit = "invoice.fapiao.file"

    # === ACTION METHODS === #

    def action_create_ticket(self):
        """Make a ticket of the file although other tickets might fit, or its values contradict.

        :return: action that opens the ticket
        """
        self.ensure_one()
        self._check_decision("create_ticket")
        document = self._get_document()
        company = self.env["invoice.ticket"]._find_seller(document)
        tickets = self.env["invoice.ticket"].with_company(company)
        tickets._check_document_complete(document)
        self._leave_ticket()
        self._create_ticket(document, company)
        self._log_accepted_contradictions(document)
        return self.ticket_id._get_records_action(name=self.env._("Ticket"))

    def action_dismiss(self):
        """Put files aside: they belong to no ticket."""
        self._check_decision("dismiss")
        self._leave_ticket()
        self.candidate_ids.sudo().unlink()
        for file in self:
            file._set_refused(self.env._("Put aside by %s.", self.env.user.name))
        return True

    # === CAN === #

    def _get_cannot_read_again_reason(self):
        if self.outcome not in ("undecided", "refused"):
            return self.env._("Only a file that was refused or needs you is read again.")
        return False

    def _get_cannot_choose_reason(self):
        if self.outcome != "undecided" or not self.sudo().document:
            return self.env._("The file does not wait for a decision.")
        return False

    def _get_cannot_create_ticket_reason(self):
        return self._get_cannot_choose_reason()

    def _get_cannot_dismiss_reason(self):
        if self.outcome != "undecided":
            return self.env._("Only a file that needs you is put aside.")
        return False

    def _check_decision(self, action):
        """:raise AccessError: if the user is not of finance
        :raise UserError: with the reason why a file cannot take the action"""
        self.env["invoice.ticket"]._check_fapiao_importer()
        self._check_can(action)

    # === DECIDE === #

    def _choose(self, ticket):
        """Give the file to a ticket that finance chose.

        :return: action: the comparison where something differs, else the ticket
        """
        self.ensure_one()
        self._check_decision("choose")
        ticket.check_access("write")
        document = self._get_document()
        if ticket != self.ticket_id:
            self._leave_ticket()
        if ticket.state in ("issued", "voided"):
            self._check_same_number(ticket, document)
            self._attach(ticket)
            self._log_accepted_contradictions(document)
        elif contradictions(judge(document)):
            # Even where the ticket says the same, somebody must have seen it.
            self._wait_at(ticket)
            self._set_outcome("undecided", self.message, ticket)
        else:
            self._place_at_ticket(ticket, document)
        if self.outcome == "undecided":
            return ticket.action_compare_fapiao()
        return ticket._get_records_action(name=self.env._("Ticket"))

    def _check_same_number(self, ticket, document):
        """:raise UserError: if the ticket was issued with another number meanwhile"""
        if (ticket.fapiao_code or "", ticket.fapiao_number) != document.identity:
            raise UserError(
                self.env._(
                    "%(ticket)s was issued meanwhile, with the number %(number)s. Read the file "
                    "again.",
                    ticket=ticket.name,
                    number=ticket.fapiao_number or "–",
                )
            )

    def _accept(self, ticket):
        """Make the ticket say what the file says, and issue it."""
        document = self._get_document() or self._load_document()
        self._note_undo(ticket, with_content=True)
        self._relieve(ticket)
        self._take_attachment(ticket)
        ticket._accept_document(document)
        self._settle("issued", self.env._("%s is issued.", ticket.name), ticket)
        self._log_accepted_contradictions(document)

    def _release(self, ticket):
        """The ticket goes on waiting for another file."""
        self._leave_ticket()
        self._settle("refused", self.env._("Refused for %s.", ticket.name), None)

    def _log_accepted_contradictions(self, document):
        if problem := self._get_contradictions_of(document):
            self.ticket_id.sudo()._message_log(
                body=self.env._(
                    "Accepted by %(user)s although: %(problem)s",
                    user=self.env.user.name,
                    problem=problem,
                )
            )
