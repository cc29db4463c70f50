from odoo import api, fields, models
from odoo.exceptions import UserError

from ..base.words import KeptText
from .bank_match import CERTAINTIES

SHOWN = 3


class InvoiceBankProposal(models.Model):
    """Which customer may have paid what, by a line of a bank statement, and why.

    Rights as for the line, see ``invoice.bank.match``. Only methods write.
    """

    _name = "invoice.bank.proposal"
    _description = "Proposal for a Bank Line"
    _order = "match_id, sequence, id"
    _rec_name = "documents"

    match_id = fields.Many2one(
        "invoice.bank.match", required=True, readonly=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(
        related="match_id.company_id", store=True, precompute=True, index=True
    )
    currency_id = fields.Many2one(related="match_id.currency_id")
    sequence = fields.Integer(readonly=True)
    partner_id = fields.Many2one(
        "res.partner",
        string="Customer",
        required=True,
        readonly=True,
        ondelete="cascade",
        index=True,
    )
    move_ids = fields.Many2many("account.move", string="Customer Invoices", readonly=True)
    ticket_ids = fields.Many2many("invoice.ticket", string="Tickets", readonly=True)
    payment_id = fields.Many2one(
        "account.payment",
        string="Registered Payment",
        readonly=True,
        index="btree_not_null",
        ondelete="cascade",
    )
    contract_id = fields.Many2one(
        "invoice.contract", readonly=True, index="btree_not_null", ondelete="set null"
    )
    amount_open = fields.Monetary(
        string="Open", readonly=True, help="Of all documents together, in the bank's currency."
    )
    certainty = fields.Selection(selection=CERTAINTIES, required=True, readonly=True)
    reasons = KeptText(readonly=True)
    documents = fields.Char(compute="_compute_documents", compute_sudo=True, string="Pays")

    @api.depends("move_ids.name", "ticket_ids.name", "payment_id.name", "contract_id.name")
    @api.depends_context("lang")
    def _compute_documents(self):
        for proposal in self:
            names = [
                *proposal.payment_id.mapped("name"),
                *proposal.move_ids.sorted(lambda m: (m.invoice_date_due or m.date, m.id)).mapped(
                    "name"
                ),
                *proposal.ticket_ids.mapped("name"),
            ]
            more = [f"+{len(names) - SHOWN}"] if len(names) > SHOWN else []
            shown = ", ".join([*filter(None, names[:SHOWN]), *more])
            proposal.documents = shown or self.env._("On account")

    def action_accept(self):
        """Book the line as this proposal says.

        :raise UserError: if it cannot be booked, with the reason
        """
        self.ensure_one()
        self.check_access("read")
        match = self.match_id
        match._check_can("choose", claim=True)
        if match.state == "set_aside":
            raise UserError(match._get_cannot_accept_reason())
        match._book(self)
        match._propose_to_rivals()
        return True

    # === WHAT IS OPEN === #

    def _get_open_items(self):
        """Items of the invoices that are not paid."""
        return self.move_ids.line_ids.filtered(
            lambda item: (
                item.account_id.account_type == "asset_receivable"
                and item.parent_state == "posted"
                and not item.reconciled
                and item.amount_residual > 0
            )
        )

    def _get_amount_open(self):
        """What is open of all documents now, in the currency of the bank.

        :rtype: float
        """
        self.ensure_one()
        match = self.match_id
        amounts = [
            (item.currency_id, item.amount_residual_currency) for item in self._get_open_items()
        ]
        amounts += [(ticket.currency_id, ticket.amount_due) for ticket in self.ticket_ids]
        return sum(
            currency._convert(amount, match.currency_id, match.company_id, match.date)
            for currency, amount in amounts
        )

    def _get_claims(self):
        """What is paid by it, to be compared with what others pay.

        :rtype: set[tuple]
        """
        self_sudo = self.sudo()  # sudo: only compared
        return {
            (fname, record.id)
            for fname in ("move_ids", "ticket_ids", "payment_id")
            for record in self_sudo[fname]
        }

    def _get_contract(self):
        """The contract that the payment is for, if there is one that is open and fits.

        :rtype: recordset
        """
        self.ensure_one()
        contracts = self.contract_id or (
            self.ticket_ids.contract_id | self.move_ids._get_ticketing_contracts()
        )
        is_fitting = len(contracts) == 1 and contracts.state == "active"
        if not is_fitting or self.partner_id not in contracts._get_billable_customers():
            return contracts.browse()
        return contracts
