from odoo import api, fields, models
from odoo.fields import Command
from odoo.tools import float_compare

from ...models.ticket.red_letter_mixin import WHOLE_ONLY
from ...models.ticket.red_parts import QUANTITY_DIGITS, Part, spread


class InvoiceTicketCancelWizard(models.TransientModel):
    """Asks for the reason of a void or a red letter, and for what a red letter takes back.

    Of several tickets, red letters take all that is left; of one, finance chooses lines,
    quantities or amounts.
    """

    _name = "invoice.ticket.cancel.wizard"
    _inherit = ["invoice.readable.mixin"]
    _description = "Void or Red-Letter Tickets"

    ticket_ids = fields.Many2many("invoice.ticket", string="Tickets", required=True)
    action = fields.Selection(selection=[("void", "Void"), ("red", "Red Letter")], required=True)
    reason = fields.Text()
    red_reason = fields.Selection(
        selection=lambda self: (
            self.env["invoice.ticket"]._fields["red_reason"]._description_selection(self.env)
        ),
        string="Reason for the Red Letter",
    )
    currency_id = fields.Many2one("res.currency", compute="_compute_currency_id")
    line_ids = fields.One2many(
        "invoice.ticket.cancel.line",
        "wizard_id",
        compute="_compute_line_ids",
        store=True,
        readonly=False,
    )
    is_all = fields.Boolean(
        string="All That Is Left", compute="_compute_amount", store=True, readonly=False
    )
    amount = fields.Monetary(
        string="Total of the Red Letter",
        compute="_compute_amount",
        store=True,
        readonly=False,
        help="Tax included. If you enter it, it is spread over the lines.",
    )

    # === COMPUTE METHODS === #

    @api.depends("ticket_ids")
    def _compute_currency_id(self):
        for wizard in self:
            wizard.currency_id = wizard.ticket_ids[:1].currency_id

    @api.depends("ticket_ids", "action")
    def _compute_line_ids(self):
        for wizard in self:
            ticket = wizard.ticket_ids._origin
            commands = [Command.clear()]
            if wizard.action == "red" and len(ticket) == 1:
                # Computed in superuser mode: who may not read the ticket sees none of its lines.
                ticket.sudo(False).check_access("read")
                commands += [
                    Command.create(
                        {"line_id": line.id, "quantity": part.quantity, "amount": part.total}
                    )
                    for line, part in ticket._get_lines_left().items()
                    if not part.is_nothing(ticket.currency_id)
                ]
            wizard.line_ids = commands

    @api.depends("line_ids.amount", "line_ids.quantity")
    def _compute_amount(self):
        for wizard in self:
            wizard.amount = sum(wizard.line_ids.mapped("amount"))
            wizard.is_all = wizard._has_all_that_is_left()

    # === ONCHANGE METHODS === #

    @api.onchange("is_all", "red_reason")
    def _onchange_is_all(self):
        """One click chooses all that is left, or nothing; lines that were typed stay."""
        if self.is_all or self.red_reason == WHOLE_ONLY:
            for line in self.line_ids:
                line.quantity, line.amount = line.quantity_left, line.amount_left
        elif self._has_all_that_is_left():
            self.line_ids.update({"quantity": 0.0, "amount": 0.0})

    @api.onchange("amount")
    def _onchange_amount(self):
        """Spread a total that was typed over the lines."""
        currency = self.currency_id
        if not currency or not currency.compare_amounts(
            self.amount, sum(self.line_ids.mapped("amount"))
        ):
            return
        left = {line: line._get_left() for line in self.line_ids}
        for line, part in spread(left, self.amount, currency).items():
            line.quantity, line.amount = part.quantity, part.total

    # === ACTION METHODS === #

    def action_confirm(self):
        """Void the tickets, or write their red letters."""
        self.ensure_one()
        if self.action == "void":
            return self.ticket_ids.action_void(self.reason or "") and {
                "type": "ir.actions.act_window_close"
            }
        if not self.red_reason:
            return self.ticket_ids.action_red(self.reason or "")
        lines = None if self.is_all else self.line_ids._prepare_choices()
        return self.ticket_ids.action_red(self.reason, red_reason=self.red_reason, lines=lines)

    # === BUSINESS METHODS === #

    def _has_all_that_is_left(self):
        return all(line._is_all_that_is_left() for line in self.line_ids)


class InvoiceTicketCancelLine(models.TransientModel):
    """What a red letter takes back of a line."""

    _name = "invoice.ticket.cancel.line"
    _inherit = ["invoice.readable.mixin"]
    _description = "Line of a Red Letter to Write"

    wizard_id = fields.Many2one(
        "invoice.ticket.cancel.wizard", required=True, index=True, ondelete="cascade"
    )
    line_id = fields.Many2one("invoice.ticket.line", required=True, ondelete="cascade")
    name = fields.Char(related="line_id.name")
    specification = fields.Char(related="line_id.specification")
    unit = fields.Char(related="line_id.unit")
    currency_id = fields.Many2one(related="line_id.currency_id")
    quantity_left = fields.Float(digits=(16, QUANTITY_DIGITS), compute="_compute_left")
    amount_left = fields.Monetary(string="Left with Tax", compute="_compute_left")
    quantity = fields.Float(string="Quantity to Take Back", digits=(16, QUANTITY_DIGITS))
    amount = fields.Monetary(string="Amount with Tax")

    # === COMPUTE METHODS === #

    @api.depends("line_id")
    def _compute_left(self):
        left = {}
        for ticket in self.line_id.ticket_id:
            left |= ticket._get_lines_left()
        for line in self:
            part = left.get(line.line_id._origin, Part())
            line.quantity_left, line.amount_left = part.quantity, part.total

    # === ONCHANGE METHODS === #

    # Each follows from the other one, unless they fit already: what was typed is not rounded.

    @api.onchange("quantity")
    def _onchange_quantity(self):
        if not self._fits():
            self.amount = self._cut(quantity=self.quantity).total

    @api.onchange("amount")
    def _onchange_amount(self):
        if not self._fits():
            self.quantity = self._cut(total=self.amount).quantity

    # === BUSINESS METHODS === #

    def _fits(self):
        """Whether amount and quantity follow from each other, in either direction."""
        by_quantity = self._cut(quantity=self.quantity).total
        by_amount = self._cut(total=self.amount).quantity
        return (
            self.currency_id.compare_amounts(by_quantity, self.amount) == 0
            or float_compare(by_amount, self.quantity, precision_digits=QUANTITY_DIGITS) == 0
        )

    def _cut(self, **what):
        return self._get_left().cut(self.currency_id or self.env.company.currency_id, **what)

    def _get_left(self):
        # The dialog shows amounts with tax; how much of one is tax, the red letter knows.
        return Part(self.quantity_left, self.amount_left)

    def _is_all_that_is_left(self):
        return self.currency_id.compare_amounts(self.amount, self.amount_left) == 0

    def _prepare_choices(self):
        """The lines that are taken back, as ``action_red`` takes them."""
        return [
            {"line_id": line.line_id.id, "quantity": line.quantity, "amount": line.amount}
            for line in self
            if not line.currency_id.is_zero(line.amount)
        ]
