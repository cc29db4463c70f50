from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command

from ...models.base.words import words


class InvoiceBankMatchWizard(models.TransientModel):
    """Another customer, or other documents, than what is proposed for a line of a statement.

    Rights as for the line, see ``invoice.bank.match``.
    """

    _name = "invoice.bank.match.wizard"
    _inherit = ["invoice.readable.mixin"]
    _description = "Choice of What a Bank Line Pays"

    match_id = fields.Many2one("invoice.bank.match", required=True, readonly=True)
    company_id = fields.Many2one(related="match_id.company_id")
    currency_id = fields.Many2one(related="match_id.currency_id")
    amount = fields.Monetary(related="match_id.amount")
    partner_name = fields.Char(related="match_id.partner_name")
    partner_id = fields.Many2one(
        "res.partner",
        string="Customer",
        required=True,
        domain="[('parent_id', '=', False), "
        "'|', ('company_id', '=', False), ('company_id', 'parent_of', company_id)]",
        compute="_compute_partner_id",
        store=True,
        readonly=False,
    )
    move_ids = fields.Many2many(
        "account.move",
        string="Customer Invoices",
        compute="_compute_documents",
        store=True,
        readonly=False,
        domain="[('move_type', 'in', ('out_invoice', 'out_receipt')), ('state', '=', 'posted'), "
        "('amount_residual', '>', 0), ('commercial_partner_id', '=', partner_id), "
        "('company_id', '=', company_id)]",
    )
    ticket_ids = fields.Many2many(
        "invoice.ticket",
        string="Tickets Without an Invoice",
        compute="_compute_documents",
        store=True,
        readonly=False,
        domain="[('state', '=', 'issued'), ('amount_due', '>', 0), ('red_of_id', '=', False), "
        "('partner_id', 'child_of', partner_id), ('company_id', '=', company_id), "
        "('allocation_ids', 'not any', [('move_id', '!=', False)])]",
    )
    contract_id = fields.Many2one(
        "invoice.contract",
        domain="[('state', '=', 'active'), ('company_id', '=', company_id), "
        "'|', ('partner_id', '=', partner_id), ('billed_partner_ids', '=', partner_id)]",
    )
    amount_open = fields.Monetary(compute="_compute_amount_open", string="Open")
    amount_on_account = fields.Monetary(compute="_compute_amount_open", string="On Account")

    @api.depends("match_id")
    def _compute_partner_id(self):
        for wizard in self:
            wizard.partner_id = wizard.match_id.partner_id.commercial_partner_id

    @api.depends("partner_id")
    def _compute_documents(self):
        for wizard in self:
            proposal = wizard.match_id.proposal_ids.filtered(
                lambda p, partner=wizard.partner_id: p.partner_id == partner
            )[:1]
            wizard.move_ids = proposal.move_ids
            wizard.ticket_ids = proposal.ticket_ids

    @api.depends("match_id", "move_ids", "ticket_ids")
    def _compute_amount_open(self):
        for wizard in self:
            proposal = self.env["invoice.bank.proposal"].new(wizard._prepare_proposal())
            # sudo: finance without rights in core's accounting sees what is open
            wizard.amount_open = wizard.match_id and proposal.sudo()._get_amount_open()
            wizard.amount_on_account = max(wizard.amount - wizard.amount_open, 0.0)

    def action_book(self):
        """Book the line as it is chosen; without documents as a payment on account.

        :raise UserError: if that is not possible, with the reason
        """
        self.ensure_one()
        match = self.match_id
        match._check_can("choose", claim=True)
        self._check_documents()
        # sudo: users have no right to create proposals but by this
        proposal_sudo = (
            self.env["invoice.bank.proposal"]
            .sudo()
            .create(
                {
                    **self._prepare_proposal(),
                    "amount_open": self.amount_open,
                    "certainty": "certain",
                    "reasons": words(self.env)._("Chosen by %s.", self.env.user.name),
                }
            )
        )
        match._book(proposal_sudo.with_env(self.env))
        match._propose_to_rivals()
        return {"type": "ir.actions.act_window_close"}

    def _check_documents(self):
        """:raise UserError: if documents are another customer's, or not open"""
        customer = self.partner_id.commercial_partner_id
        # sudo: only compared
        moves_sudo, tickets_sudo = self.move_ids.sudo(), self.ticket_ids.sudo()
        strange = moves_sudo.filtered(
            lambda move: (
                move.commercial_partner_id != customer
                or move.state != "posted"
                or move.move_type not in ("out_invoice", "out_receipt")
                or move.company_id != self.company_id
            )
        ).mapped("name")
        strange += tickets_sudo.filtered(
            lambda ticket: (
                ticket.partner_id.commercial_partner_id != customer
                or ticket.state != "issued"
                or ticket.allocation_ids.move_id
                or ticket.company_id != self.company_id
            )
        ).mapped("name")
        if strange:
            raise UserError(
                self.env._(
                    "%(documents)s cannot be paid by %(customer)s here: choose issued documents "
                    "of this customer that are open.",
                    documents=", ".join(filter(None, strange)),
                    customer=customer.display_name,
                )
            )

    def _prepare_proposal(self):
        return {
            "match_id": self.match_id.id,
            "partner_id": self.partner_id.commercial_partner_id.id,
            "move_ids": [Command.set(self.move_ids.ids)],
            "ticket_ids": [Command.set(self.ticket_ids.ids)],
            "contract_id": self.contract_id.id,
            "certainty": "certain",
        }
