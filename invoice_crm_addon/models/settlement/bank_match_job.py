import logging

from psycopg2 import OperationalError

from odoo import api, fields, models
from odoo.exceptions import ConcurrencyError, UserError
from odoo.fields import Domain

from ..base.words import get_words, words

_logger = logging.getLogger(__name__)

# Lines that are booked between two commits.
BOOKED_AT_ONCE = 20


class InvoiceBankMatch(models.Model):
    """Books many lines: at once, or by a job, with the rights of whoever asked for it."""

    _inherit = "invoice.bank.match"

    accepting_user_id = fields.Many2one(
        "res.users",
        string="Being Booked For",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
        help="Who accepted it together with many others. A job books them one after the other.",
    )

    # === MANY === #

    def _accept_each(self):
        """Book each row that can be booked, as many as possible together.

        :return: a sentence for each of the others
        """
        reasons = {match: match._get_cannot_reason("accept") for match in self}
        refused = {match: reason for match, reason in reasons.items() if reason}
        waiting = self.filtered(lambda match: not reasons[match])
        waiting._collide_with_concurrent_writers()
        claims = waiting._get_claims()
        while waiting:
            together = waiting._get_independent(claims)
            for matches in together.grouped("company_id").values():
                refused |= matches._book_or_refuse()
            paid = set().union(*(claims[match] for match in together if match not in refused))
            late = [match for match in waiting - together if claims[match] & paid]
            reason = words(self.env)._("Another line paid what was proposed. Look at it again.")
            refused |= dict.fromkeys(late, reason)
            waiting -= together.union(*late)
        self._propose_to_rivals()
        return refused

    def _get_claims(self):
        """What each row would pay.

        :rtype: dict[recordset, set]
        """
        return {match: match.proposal_id._get_claims() for match in self}

    def _get_independent(self, claims):
        """The rows of which none pays what an earlier one of them pays."""
        taken, found = set(), self.browse()
        for match in self:
            if not claims[match] & taken:
                found |= match
                taken |= claims[match]
        return found

    def _book_or_refuse(self):
        """Book rows of one company together; where one hinders, the two halves, and so on.

        :return: a sentence for each row that is not booked
        """
        try:
            with self.env.cr.savepoint():
                self._book(self.proposal_id)
        except UserError as error:
            if len(self) == 1:
                return {self: get_words(error)}
            half = len(self) // 2
            return self[:half]._book_or_refuse() | self[half:]._book_or_refuse()
        return {}

    # === JOB === #

    def _accept_in_background(self):
        """Have a job book what can be booked.

        :return: notification
        """
        matches = self.filtered(lambda match: not match._get_cannot_reason("accept"))
        matches._collide_with_concurrent_writers()
        # sudo: users have no right to write here but by this
        matches.sudo().accepting_user_id = self.env.user
        self.env.ref("invoice_crm_addon.ir_cron_bank_match_accept")._trigger()
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "info",
                "message": self.env._(
                    "%s lines are being booked in the background. Those that cannot be stay on "
                    "the list, with the reason.",
                    len(matches),
                ),
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

    def _propose(self):
        """What somebody accepted is booked as they saw it, or not at all."""
        # sudo: what is proposed is looked for in all documents of the company
        waiting_sudo = self.sudo().filtered("accepting_user_id")
        before = {match: match._get_accepted() for match in waiting_sudo}
        result = super()._propose()
        for match, accepted in before.items():
            if match._get_accepted() != accepted:
                sentence = words(self.env)._(
                    "It was accepted, but what is proposed changed meanwhile. Look at it again."
                )
                match.accepting_user_id = False
                match.reasons = words(self.env).join(" ", [match.reasons, sentence])
        return result

    def _get_accepted(self):
        """What is booked if the row is accepted as it is."""
        proposal = self.proposal_id
        return proposal.partner_id, proposal.amount_open, proposal._get_claims()

    # === CRON === #

    @api.model
    def _cron_accept(self):
        """Book what waits for it, the earliest first."""
        cron = self.env["ir.cron"]
        waiting = Domain("accepting_user_id", "!=", False)
        cron._commit_progress(remaining=self.search_count(waiting))
        while matches := self.search(
            waiting, limit=BOOKED_AT_ONCE, order="accepting_user_id, company_id, date, id"
        ):
            first = matches[0]
            matches = matches.filtered(
                lambda match, first=first: (
                    match.accepting_user_id == first.accepting_user_id
                    and match.company_id == first.company_id
                )
            )
            is_done = matches._accept_as_asked(first.accepting_user_id)
            self.env.invalidate_all()
            if not cron._commit_progress(len(matches) if is_done else 0) or not is_done:
                return

    def _accept_as_asked(self, user):
        """Book rows of one company for the user who accepted them.

        :return: False if somebody else was faster, and it is to be tried again
        """
        try:
            with self.env.cr.savepoint():
                self.accepting_user_id = False
                refused = self._accept_for(user)
        except (ConcurrencyError, OperationalError):
            # The next run of the job sees what they did.
            self.env.ref("invoice_crm_addon.ir_cron_bank_match_accept")._trigger()
            return False
        except Exception:
            if len(self) > 1:
                # One of them is to blame, and stops none of the others.
                return all([match._accept_as_asked(user) for match in self])
            _logger.exception("The lines %s of statements cannot be booked", self.ids)
            self.accepting_user_id = False
            reason = words(self.env)._("It could not be booked because of an error of the program.")
            refused = dict.fromkeys(self, reason)
        for match, reason in refused.items():
            match_sudo = match.sudo()  # sudo: users have no right to write here
            match_sudo.reasons = words(self.env).join(" ", [match_sudo.reasons, reason])
        return True

    def _accept_for(self, user):
        """:return: a sentence for each row that is not booked"""
        if not user.active or self.company_id not in user.company_ids:
            return dict.fromkeys(
                self, words(self.env)._("%s may not book lines of statements any more.", user.name)
            )
        own = {"lang": user.lang, "tz": user.tz, "allowed_company_ids": self.company_id.ids}
        return self.with_user(user).with_context(**own)._accept_each()
