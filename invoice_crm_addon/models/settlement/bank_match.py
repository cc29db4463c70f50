from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ...fapiao import near_name_key
from ...statements import normalize_account
from ..base.words import KeptText, words
from .bank_booking import Booking
from .bank_proposer import Proposer

MATCHERS = ("invoice_crm_addon.group_ticket_finance", "account.group_account_invoice")
NUMBER_READERS = (
    "invoice_crm_addon.group_ticket_finance,invoice_crm_addon.group_ticket_manager,"
    "account.group_account_invoice,account.group_account_readonly"
)
CERTAINTIES = [("certain", "Certain"), ("likely", "Likely"), ("possible", "Possible")]
# Lines at once, when a statement of many comes.
BATCH = 1000
# More lines than these are booked by a job.
ACCEPTED_AT_ONCE = 50


class InvoiceBankMatch(models.Model):
    """A line of a bank statement by which something came in, and which customer paid what.

    State      Meaning                                     Next
    =====================================================================================
    open       waits: a proposal is accepted, or another   matched, set_aside
               customer or other documents are chosen
    matched    booked, here or by core's own screens       open (undone)
    set_aside  not from a customer: it stays on the        open (taken up)
               suspense account, for who keeps the books
    =====================================================================================

    Finance, and who writes invoices in core, do all of it; auditors read. The line, the payment
    and their reconciliation are core's; nothing of the books is kept here. Only methods write.
    """

    _name = "invoice.bank.match"
    _inherit = ["invoice.action.mixin"]
    _description = "Bank Line to Match"
    _order = "date desc, id desc"
    _rec_name = "partner_name"

    line_id = fields.Many2one(
        "account.bank.statement.line",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True)
    journal_id = fields.Many2one(
        "account.journal", string="Bank", required=True, readonly=True, index=True
    )
    currency_id = fields.Many2one("res.currency", required=True, readonly=True)
    date = fields.Date(required=True, readonly=True)
    amount = fields.Monetary(required=True, readonly=True, index=True)
    partner_name = fields.Char(string="Counterparty", readonly=True, index="trigram")
    account_number = fields.Char(
        string="Counterparty Account", readonly=True, groups=NUMBER_READERS
    )
    label = fields.Char(string="Purpose", readonly=True, index="trigram", groups=NUMBER_READERS)
    name_key = fields.Char(index="btree_not_null", readonly=True, groups=fields.NO_ACCESS)
    account_key = fields.Char(index="btree_not_null", readonly=True, groups=fields.NO_ACCESS)
    is_set_aside = fields.Boolean(readonly=True, export_string_translation=False)
    state = fields.Selection(
        selection=[
            ("open", "To Match"),
            ("matched", "Matched"),
            ("set_aside", "Not From a Customer"),
        ],
        compute="_compute_state",
        store=True,
        compute_sudo=True,
        index=True,
    )
    proposal_ids = fields.One2many(
        "invoice.bank.proposal", "match_id", string="Proposals", readonly=True
    )
    # Indexed, since proposals are deleted whenever it is looked again.
    proposal_id = fields.Many2one(
        "invoice.bank.proposal", readonly=True, index="btree_not_null", ondelete="set null"
    )
    partner_id = fields.Many2one(
        "res.partner", string="Customer", readonly=True, index="btree_not_null"
    )
    certainty = fields.Selection(
        selection=[*CERTAINTIES, ("none", "No Proposal")],
        default="none",
        readonly=True,
        index=True,
    )
    documents = fields.Char(related="proposal_id.documents", string="Pays")
    reasons = KeptText(readonly=True)
    payment_id = fields.Many2one(
        "account.payment", readonly=True, index="btree_not_null", ondelete="set null"
    )
    can_accept = fields.Boolean(compute="_compute_can_actions")
    can_choose = fields.Boolean(compute="_compute_can_actions")
    can_set_aside = fields.Boolean(compute="_compute_can_put_aside")
    can_take_up = fields.Boolean(compute="_compute_can_put_aside")
    can_undo = fields.Boolean(compute="_compute_can_actions")

    _line_uniq = models.UniqueIndex("(line_id)", "This line is to be matched already.")
    _date_idx = models.Index("(date DESC, id DESC)")
    _open_idx = models.Index("(company_id, date DESC) WHERE state = 'open'")

    # === COMPUTE METHODS === #

    @api.depends("line_id.is_reconciled", "is_set_aside")
    def _compute_state(self):
        for match in self:
            if match.line_id.is_reconciled:
                match.state = "matched"
            else:
                match.state = "set_aside" if match.is_set_aside else "open"

    @api.depends("state", "proposal_id")
    @api.depends_context("uid")
    def _compute_can_actions(self):
        self._compute_can("choose", "accept", "undo")

    @api.depends("state", "proposal_id")
    @api.depends_context("uid")
    def _compute_can_put_aside(self):
        # Apart from the others, which the list shows in each row.
        self._compute_can("set_aside", "take_up")

    # === CAN === #

    def _get_not_matcher_reason(self):
        if not any(map(self.env.user.has_group, MATCHERS)):
            return self.env._("Only finance matches what came in at the bank.")
        return False

    def _get_cannot_choose_reason(self):
        if reason := self._get_not_matcher_reason():
            return reason
        if self.state == "matched":
            return self.env._("It is matched already. Undo that first.")
        return False

    def _get_cannot_accept_reason(self):
        if not self.can_choose and (reason := self._get_cannot_choose_reason()):
            return reason
        if self.state == "set_aside":
            return self.env._("It was put aside. Take it up again first.")
        if not self.proposal_id:
            return self.env._("There is no proposal. Choose the customer.")
        return False

    def _get_cannot_set_aside_reason(self):
        if reason := self._get_cannot_choose_reason():
            return reason
        if self.state == "set_aside":
            return self.env._("It was put aside already.")
        return False

    def _get_cannot_take_up_reason(self):
        if reason := self._get_not_matcher_reason():
            return reason
        if self.state != "set_aside":
            return self.env._("It was not put aside.")
        return False

    def _get_cannot_undo_reason(self):
        if self.state != "matched":
            return self.env._("Nothing is matched that could be undone.")
        return self._get_not_matcher_reason()

    # === ACTION METHODS === #

    def action_accept(self):
        """Book what is proposed: the payment, what it pays, and the line of the statement.

        Of several lines those that can be booked are; what hinders the others is said. Many are
        booked by a job.

        :raise UserError: if the only one cannot be booked, with the reason
        """
        if len(self) == 1:
            self._check_can("accept", claim=True)
            self._book(self.proposal_id)
            self._propose_to_rivals()
            return True
        self.check_access("read")
        if self and (reason := self[0]._get_not_matcher_reason()):
            raise UserError(reason)
        if len(self) > ACCEPTED_AT_ONCE:
            return self._accept_in_background()
        return self._tell_accepted(self._accept_each())

    @api.model
    def action_accept_certain(self):
        """Book all that is certain and open in the user's companies."""
        return self.search([("state", "=", "open"), ("certainty", "=", "certain")]).action_accept()

    def action_choose(self):
        """Open the dialog in which customer and documents are chosen."""
        self.ensure_one()
        self._check_can("choose")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Choose What Is Paid"),
            "res_model": "invoice.bank.match.wizard",
            "view_mode": "form",
            "target": "new",
            "context": {"default_match_id": self.id},
        }

    def action_set_aside(self):
        """Leave lines on the suspense account: they are not from a customer."""
        self._check_can("set_aside", claim=True)
        self.sudo().is_set_aside = True  # sudo: users have no right to write here but by this
        return True

    def action_take_up(self):
        """Put lines that were put aside back on the worklist."""
        self._check_can("take_up", claim=True)
        self.sudo().is_set_aside = False  # sudo: users have no right to write here but by this
        return True

    def action_undo(self):
        """Take back what was booked: payment and reconciliation go, the lines wait again.

        A payment that was there before stays.

        :raise UserError: if a ticket documents the payment meanwhile
        """
        self._check_can("undo", claim=True)
        for match in self:
            # sudo: finance takes back what it booked by action_accept
            match_sudo = match.sudo().with_company(match.company_id)
            Booking(match_sudo).undo(match_sudo)
            match_sudo.payment_id = False
        self._propose()
        return True

    def action_propose(self):
        """Look again for what lines may pay; without any, all that wait."""
        self.check_access("read")
        if reason := self[:1]._get_not_matcher_reason():
            raise UserError(reason)
        (self or self.search([("state", "=", "open")]))._propose()
        return True

    @api.model
    def action_open_worklist(self):
        """Open the worklist; lines that core's own screens made are on it as well."""
        if reason := self._get_not_matcher_reason():
            self.check_access("read")
            if not self.env.user.has_group("invoice_crm_addon.group_ticket_auditor"):
                raise UserError(reason)
        else:
            self._take_in_new_lines()
        return self.env["ir.actions.act_window"]._for_xml_id(
            "invoice_crm_addon.invoice_bank_match_action"
        )

    def action_view_payment(self):
        """Open the payment by which the line is booked."""
        self.ensure_one()
        self.check_access("read")
        return {
            "type": "ir.actions.act_window",
            "res_model": "account.payment",
            "view_mode": "form",
            "res_id": self.payment_id.id,
        }

    # === LINES === #

    @api.model
    def _take_in_new_lines(self):
        """Put lines that came in and are not matched on the worklist, and propose for them."""
        query = SQL(
            """
            SELECT line.id
              FROM account_bank_statement_line line
              JOIN account_move move ON move.id = line.move_id AND move.state = 'posted'
              JOIN account_journal journal ON journal.id = line.journal_id
             WHERE line.is_reconciled IS NOT TRUE AND line.amount > 0 AND journal.type = 'bank'
               AND line.company_id IN %s
               AND NOT EXISTS (SELECT FROM invoice_bank_match m WHERE m.line_id = line.id)
            """,
            tuple(self.env.companies.ids),
        )
        self.env["account.bank.statement.line"].flush_model()
        ids = [line_id for (line_id,) in self.env.execute_query(query)]
        # sudo: finance without rights in core's accounting sees what came in
        self._take_in(self.env["account.bank.statement.line"].sudo().browse(ids))

    @api.model
    def _take_in(self, lines_sudo):
        """Worklist rows for lines of statements, with proposals.

        :return: the rows
        """
        # sudo: users have no right to create here
        matches_sudo = self.sudo().create(
            [self._prepare_from_line(line) for line in lines_sudo if line.amount > 0]
        )
        matches = matches_sudo.with_env(self.env)
        matches._propose()
        return matches

    @api.model
    def _prepare_from_line(self, line):
        return {
            "line_id": line.id,
            "company_id": line.company_id.id,
            "journal_id": line.journal_id.id,
            "currency_id": line.currency_id.id,
            "date": line.date,
            "amount": line.amount,
            "partner_name": line.partner_name or line.partner_id.name,
            "account_number": line.account_number,
            "label": line.payment_ref,
            "name_key": near_name_key(line.partner_name or "") or False,
            "account_key": normalize_account(line.account_number) or False,
        }

    # === PROPOSALS === #

    def _propose(self):
        """Look for customers and documents anew, for the rows that wait."""
        # sudo: what may be paid is looked for in all documents of the company
        open_sudo = self.sudo().filtered(lambda match: match.state == "open")
        open_sudo.proposal_ids.unlink()
        for company, matches in open_sudo.grouped("company_id").items():
            for start in range(0, len(matches), BATCH):
                part = matches[start : start + BATCH].with_company(company)
                part._keep_proposals(Proposer(part.env, company).propose(part))
        return True

    def _keep_proposals(self, drafts):
        """:param dict drafts: values of proposals by row, the best one first"""
        Proposal = self.env["invoice.bank.proposal"]
        proposals = Proposal.create(
            [
                {**values, "match_id": match.id, "sequence": number}
                for match, rows in drafts.items()
                for number, values in enumerate(rows)
            ]
        )
        best = {}
        for proposal in proposals:
            best.setdefault(proposal.match_id, proposal)
        for match in self:
            match.write(self._prepare_from_proposal(best.get(match, Proposal)))

    # === BOOKING === #

    def _book(self, proposals):
        """Book lines of one company, each as one of the proposals says. Callers check rights.

        :raise UserError: if it is not possible now, with the reason; then nothing is booked
        """
        # sudo: finance without rights in core's accounting books what came in
        matches_sudo = self.sudo().with_company(self.company_id)
        # sudo: its customer and documents are those that are booked
        proposals_sudo = proposals.sudo().with_env(matches_sudo.env)
        chosen = {proposal.match_id: proposal for proposal in proposals_sudo}
        for match, payment in Booking(matches_sudo).book(chosen).items():
            match.payment_id = payment
            if match.proposal_id != chosen[match] or match.is_set_aside:
                match.write({**match._prepare_from_proposal(chosen[match]), "is_set_aside": False})

    @api.model
    def _prepare_from_proposal(self, proposal):
        return {
            "proposal_id": proposal.id,
            "partner_id": proposal.partner_id.id,
            "certainty": proposal.certainty or "none",
            "reasons": proposal.reasons,
        }

    def _propose_to_rivals(self):
        """Look again for what rows pay that were proposed what these paid."""
        # sudo: what is proposed is looked for in all documents of the company
        self.sudo().filtered(lambda match: match.state == "matched")._get_rivals()._propose()

    def _get_rivals(self):
        """Other rows that wait, and are proposed something that these pay."""
        paid, Proposal = self.proposal_id, self.env["invoice.bank.proposal"]
        # One search for each kind of document, by its index: all in one take seconds.
        rivals = Proposal.union(
            *(
                Proposal.search([(fname, "in", paid[fname].ids)], order="id")
                for fname in ("move_ids", "ticket_ids", "payment_id")
                if paid[fname]
            )
        )
        return rivals.match_id.filtered(lambda match: match.state == "open") - self

    def _tell_accepted(self, refused):
        done = len(self) - len(refused)
        parts = [words(self.env)._("%s booked.", done)] if self else []
        parts += [
            words(self.env)._(
                "%(counterparty)s, %(amount)s: %(reason)s",
                counterparty=match.partner_name or "–",
                amount=words(self.env).amount(match.amount, match.currency_id),
                reason=reason,
            )
            for match, reason in list(refused.items())[:10]
        ]
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "warning" if refused or not self else "success",
                "sticky": bool(refused),
                "message": "\n".join(parts) or self.env._("Nothing is certain now."),
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }
