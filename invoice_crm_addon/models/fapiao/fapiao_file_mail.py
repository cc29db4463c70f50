from odoo import api, fields, models


class InvoiceFapiaoFile(models.Model):
    """What files that came by e-mail would issue waits for a click of finance."""

    _inherit = "invoice.fapiao.file"

    needs_confirmation = fields.Boolean(
        string="To Be Confirmed",
        readonly=True,
        index="btree_not_null",
        help="It came by e-mail, and its ticket is found: one click of finance does the rest.",
    )
    can_confirm = fields.Boolean(compute="_compute_can_confirm")

    @api.depends("outcome", "needs_confirmation")
    @api.depends_context("uid")
    def _compute_can_confirm(self):
        self._compute_can("confirm")

    def action_confirm(self):
        """Do with the files what they were found to be for, with the rights of the user."""
        self._check_decision("confirm")
        self._leave_ticket()
        self.candidate_ids.sudo().unlink()
        self._in_all_companies()._read_files()
        return True

    def _get_cannot_confirm_reason(self):
        if self.outcome != "undecided" or not self.needs_confirmation:
            return self.env._("Only a file that came by e-mail, and was understood, is confirmed.")
        return False

    def _must_be_confirmed(self):
        """Whether nobody answers for what the file would issue now."""
        batch_sudo = self.batch_id.sudo()
        return self.env.su and batch_sudo.origin == "mail" and not batch_sudo.is_authenticated

    def _set_outcome(self, outcome, message, ticket=None):
        self.sudo().filtered("needs_confirmation").needs_confirmation = False
        return super()._set_outcome(outcome, message, ticket)

    def _hold(self, message, ticket=None):
        """Wait for finance, in sight, without a trace on the ticket.

        Not as a file of a ticket that is issued: it would speak for or against the others.
        """
        self._set_outcome("undecided", message, ticket)
        self.sudo().needs_confirmation = True
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
            self.env._(
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
            self.env._(
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
            self.env._(
                "It came by e-mail from %s, and no ticket waits for it. Confirm to make one.",
                self.batch_id.email_from or "–",
            )
        )
