from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command

from ...models.ticket.ticket import FINANCE


class InvoiceSourceCancelWizard(models.TransientModel):
    """Cancels an order or a contract that has tickets, and says what becomes of each.

    Ticket     Choices                        Who
    =====================================================================================
    draft      delete, leave                  who may write it
    pending    withdraw, keep                 requester, in charge, administrator
    approved   reset, keep                    who may write it
    issued     void, red letter, keep         finance, as the type of the ticket permits
    =====================================================================================

    Tickets of the contract that are laid on an order are no choice: they are named, and stay.
    What is kept, and what waits for its red letter, is shown as ticketed too much: where the
    company blocks that, finance alone keeps a ticket. All of it happens, or nothing.
    """

    _name = "invoice.source.cancel.wizard"
    _inherit = ["invoice.readable.mixin"]
    _description = "Cancel What Has Tickets"

    sale_order_id = fields.Many2one("sale.order", ondelete="cascade")
    contract_id = fields.Many2one("invoice.contract", ondelete="cascade")
    row_ids = fields.One2many(
        "invoice.source.cancel.row",
        "wizard_id",
        string="Tickets",
        compute="_compute_row_ids",
        store=True,
        readonly=False,
    )
    has_hidden = fields.Boolean(
        compute="_compute_has_hidden", compute_sudo=True, export_string_translation=False
    )
    staying = fields.Text(
        compute="_compute_staying",
        string="Stay With the Contract",
        help="Tickets of the contract that are laid on the order. Nothing of them changes.",
    )
    has_undecidable = fields.Boolean(
        compute="_compute_has_undecidable", export_string_translation=False
    )
    needs_reason = fields.Boolean(compute="_compute_needs", export_string_translation=False)
    needs_red_reason = fields.Boolean(compute="_compute_needs", export_string_translation=False)
    reason = fields.Text(help="Kept in the register and with each ticket.")
    red_reason = fields.Selection(
        selection=lambda self: (
            self.env["invoice.ticket"]._fields["red_reason"]._description_selection(self.env)
        ),
        string="Reason for the Red Letter",
    )

    # === COMPUTE METHODS === #

    @api.depends("sale_order_id", "contract_id")
    def _compute_row_ids(self):
        for wizard in self:
            commands = [Command.clear()]
            for ticket in wizard._get_tickets()._filtered_access("read"):
                row = self.env["invoice.source.cancel.row"].new({"ticket_id": ticket.id})
                choice = next(iter(row._get_choices()), False)
                commands.append(Command.create({"ticket_id": ticket.id, "choice": choice}))
            wizard.row_ids = commands

    @api.depends("sale_order_id", "contract_id")
    def _compute_has_hidden(self):
        for wizard in self:
            tickets = wizard._get_tickets()
            wizard.has_hidden = tickets._filtered_access("read") != tickets

    @api.depends("sale_order_id", "contract_id")
    @api.depends_context("uid", "lang")
    def _compute_staying(self):
        for wizard in self:
            source = wizard._get_source()
            # Who may not read the order sees nothing of it.
            source.sudo(False).check_access("read")
            wizard.staying = source._name_staying_tickets() if source else False

    @api.depends("row_ids.ticket_id")
    @api.depends_context("uid")
    def _compute_has_undecidable(self):
        for wizard in self:
            wizard.has_undecidable = not all(row._get_choices() for row in wizard.row_ids)

    @api.depends("row_ids.choice")
    def _compute_needs(self):
        for wizard in self:
            choices = set(wizard.row_ids.mapped("choice"))
            wizard.needs_reason = not choices.isdisjoint({"void", "red", "keep"})
            wizard.needs_red_reason = "red" in choices

    # === ACTION METHODS === #

    def action_confirm(self):
        """Do with each ticket what was chosen, and cancel the order or contract.

        :raise UserError: if something of it cannot be done; nothing is done then
        """
        self.ensure_one()
        source = self._get_source()
        if not source:
            raise UserError(self.env._("Choose an order or a contract to cancel."))
        source.check_access("write")
        self._check_choices()
        source._collide_with_concurrent_writers()
        rows = self.row_ids
        kept = rows.filtered(lambda row: row.choice in ("keep", "red")).ticket_id
        for choice, group in rows.grouped("choice").items():
            getattr(group, f"_do_{choice}")()
        source._keeping(kept).with_context(invoice_staying_told=True).action_cancel()
        self._log(source, kept)
        return {"type": "ir.actions.act_window_close"}

    # === BUSINESS METHODS === #

    def _get_source(self):
        return self.sale_order_id or self.contract_id

    def _get_tickets(self):
        """The tickets to decide on, in the environment of the caller."""
        source = self._get_source()
        # Computed in superuser mode: who may not read a ticket sees nothing of it.
        source.sudo(False).check_access("read")
        tickets = self.env["invoice.ticket"].sudo(False)
        return source._get_tickets_to_decide().with_env(tickets.env) if source else tickets

    def _check_choices(self):
        """:raise UserError: if a ticket is left out, or a choice is not open to the user"""
        tickets = self._get_tickets()
        if tickets._filtered_access("read") != tickets:
            raise UserError(
                self.env._(
                    "%s has tickets of others, on which you cannot decide. Ask finance to "
                    "cancel it.",
                    self._get_source().display_name,
                )
            )
        if self.row_ids.ticket_id != tickets or len(self.row_ids) != len(tickets):
            raise UserError(
                self.env._(
                    "The tickets of %s changed meanwhile. Close the dialog, and open it again.",
                    self._get_source().display_name,
                )
            )
        for row in self.row_ids:
            row._check_choice()
        if self.needs_reason and not (self.reason or "").strip():
            raise UserError(self.env._("Give a reason: it is kept in the register."))
        if self.needs_red_reason and not self.red_reason:
            raise UserError(self.env._("Choose one of the tax bureau's reasons."))

    def _log(self, source, kept):
        kept._message_log_batch(
            bodies=dict.fromkeys(
                kept.ids,
                self.env._(
                    "Kept although %(document)s is cancelled. Reason: %(reason)s",
                    document=source.display_name,
                    reason=self.reason,
                ),
            )
        )
        if self.reason:
            source._message_log(body=self.env._("Cancelled. Reason: %s", self.reason))


class InvoiceSourceCancelRow(models.TransientModel):
    """What becomes of a ticket."""

    _name = "invoice.source.cancel.row"
    _inherit = ["invoice.readable.mixin"]
    _description = "Ticket of What Is Cancelled"

    wizard_id = fields.Many2one(
        "invoice.source.cancel.wizard", required=True, index=True, ondelete="cascade"
    )
    ticket_id = fields.Many2one("invoice.ticket", required=True, ondelete="cascade")
    type_id = fields.Many2one(related="ticket_id.type_id")
    state = fields.Selection(related="ticket_id.state")
    currency_id = fields.Many2one(related="ticket_id.currency_id")
    amount_total = fields.Monetary(related="ticket_id.amount_total")
    choice = fields.Selection(
        selection=[
            ("delete", "Delete the Draft"),
            ("leave", "Leave the Draft"),
            ("withdraw", "Withdraw"),
            ("reset", "Reset to Draft"),
            ("void", "Void"),
            ("red", "Write a Red Letter"),
            ("keep", "Keep as Ticketed Too Much"),
        ],
        string="What to Do",
    )
    possible = fields.Char(compute="_compute_possible", help="What you may do with it.")

    @api.depends("ticket_id")
    @api.depends_context("uid", "lang")
    def _compute_possible(self):
        labels = dict(self._fields["choice"]._description_selection(self.env))
        for row in self:
            choices = row._get_choices()
            row.possible = " · ".join(labels[choice] for choice in choices) or self.env._(
                "Ask finance"
            )

    def _check_choice(self):
        """:raise UserError: if the choice is not open to the user"""
        choices = self._get_choices()
        if self.choice in choices:
            return
        labels = dict(self._fields["choice"]._description_selection(self.env))
        if not choices:
            raise UserError(
                self.env._(
                    "%s: you can do nothing with this ticket. Ask finance to cancel the document.",
                    self.ticket_id.display_name,
                )
            )
        raise UserError(
            self.env._(
                "%(ticket)s: choose one of these: %(choices)s.",
                ticket=self.ticket_id.display_name,
                choices=", ".join(labels[choice] for choice in choices),
            )
        )

    # === CHOICES === #

    def _get_choices(self):
        """What the user may do with the ticket; the first is proposed.

        :rtype: list[str]
        """
        self.ensure_one()
        # Computed in superuser mode; the rights are those of the user.
        ticket = self.ticket_id._origin.sudo(False)
        if ticket.state == "draft":
            # sudo: whether there is any; what was submitted once is kept
            is_kept = ticket.sudo().approval_request_id
            return ["delete", "leave"] if ticket.has_access("unlink") and not is_kept else ["leave"]
        possible = {
            "withdraw": ticket.state == "pending" and ticket.can_withdraw_approval,
            "reset": ticket.can_reset,
            "void": ticket.can_void,
            "red": ticket.can_red,
            # sudo: res.company - only its policy
            "keep": self.env.user.has_group(FINANCE)
            or ticket.sudo().company_id.ticket_over_issue != "block",
        }
        return [choice for choice, can in possible.items() if can]

    def _do_delete(self):
        self.ticket_id.unlink()

    def _do_leave(self):
        """A draft holds nothing."""

    def _do_keep(self):
        """It holds what it held."""

    def _do_withdraw(self):
        self.ticket_id._get_running_requests().action_withdraw(self.wizard_id.reason)

    def _do_reset(self):
        self.ticket_id.action_reset()

    def _do_void(self):
        self.ticket_id.action_void(self.wizard_id.reason)

    def _do_red(self):
        self.ticket_id.action_red(self.wizard_id.reason, red_reason=self.wizard_id.red_reason)
