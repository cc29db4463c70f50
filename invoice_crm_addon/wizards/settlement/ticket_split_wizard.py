from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tools import float_compare

# More drafts at a time are a mistake of whoever typed the number.
MOST = 50
SOURCES = ("move_id", "payment_id", "sale_order_id", "contract_id")


class InvoiceTicketSplitWizard(models.TransientModel):
    """Divides what is left of an order, invoice, payment or contract among several tickets.

    By amount or percent, each ticket has a part of every line; by line, each line goes to one
    ticket. The tickets come to exactly what is left: the last one takes the cents. Who may create
    a ticket of the document may divide it.
    """

    _name = "invoice.ticket.split.wizard"
    _inherit = ["invoice.readable.mixin"]
    _description = "Split into Tickets"

    move_id = fields.Many2one("account.move", string="Customer Invoice", ondelete="cascade")
    payment_id = fields.Many2one("account.payment", ondelete="cascade")
    sale_order_id = fields.Many2one("sale.order", ondelete="cascade")
    contract_id = fields.Many2one("invoice.contract", ondelete="cascade")
    currency_id = fields.Many2one("res.currency", compute="_compute_source")
    amount_left = fields.Monetary(string="Left to Ticket", compute="_compute_source")
    mode = fields.Selection(
        selection=[("amount", "By Amount"), ("percent", "By Percent"), ("line", "By Line")],
        default="amount",
        required=True,
    )
    ticket_count = fields.Integer(string="Number of Tickets", default=2, required=True)
    part_ids = fields.One2many(
        "invoice.ticket.split.part",
        "wizard_id",
        string="Tickets",
        compute="_compute_part_ids",
        store=True,
        readonly=False,
    )
    line_ids = fields.One2many(
        "invoice.ticket.split.line",
        "wizard_id",
        string="Lines",
        compute="_compute_line_ids",
        store=True,
        readonly=False,
    )

    # === COMPUTE METHODS === #

    @api.depends(*SOURCES)
    def _compute_source(self):
        for wizard in self:
            source = wizard._get_source()
            wizard.currency_id = source.currency_id if source else self.env.company.currency_id
            wizard.amount_left = source.amount_to_ticket if source else 0.0

    @api.depends(*SOURCES)
    def _compute_line_ids(self):
        for wizard in self:
            source, number = wizard._get_source(), wizard._get_ticket_count()
            rows = source._prepare_left_lines() if source else []
            wizard.line_ids = [Command.clear()] + [
                Command.create(
                    {
                        "index": index,
                        "name": values["name"],
                        "quantity": values["quantity"],
                        "amount": values["agreed_untaxed"] + values["agreed_tax"],
                        "ticket_number": min(index + 1, number),
                    }
                )
                for index, values in enumerate(rows)
            ]

    @api.depends(*SOURCES, "mode", "ticket_count", "line_ids.ticket_number")
    def _compute_part_ids(self):
        for wizard in self:
            number, left = wizard._get_ticket_count(), wizard.amount_left
            if wizard.mode == "line":
                amounts = [
                    sum(row.amount for row in wizard.line_ids if row.ticket_number == index + 1)
                    for index in range(number)
                ]
            else:
                amounts = wizard._complete([left / number] * (number - 1))
            wizard.part_ids = [Command.clear()] + [
                Command.create(
                    {
                        "sequence": index + 1,
                        "amount": amount,
                        "percent": 100 * amount / left if left else 0.0,
                    }
                )
                for index, amount in enumerate(amounts)
            ]

    # === ONCHANGE METHODS === #

    @api.onchange("part_ids")
    def _onchange_part_ids(self):
        """The last ticket takes what the others leave."""
        parts = self.part_ids.sorted("sequence")
        if self.mode == "line" or not parts or not self.amount_left:
            return
        *first, last = parts
        if self.mode == "percent":
            for part in first:
                part.amount = self.currency_id.round(self.amount_left * part.percent / 100)
            last.percent = 100 - sum(part.percent for part in first)
        last.amount = self.currency_id.round(self.amount_left - sum(part.amount for part in first))
        if self.mode == "amount":
            for part in parts:
                part.percent = 100 * part.amount / self.amount_left

    # === ACTION METHODS === #

    def action_confirm(self):
        """Create the drafts, and open them.

        :raise UserError: if the parts do not come to what is left
        """
        self.ensure_one()
        source = self._get_source()
        if not source:
            raise UserError(self.env._("Choose what is to be divided among tickets."))
        source._check_can("create_ticket", claim=True)
        self._check_count()
        if self.mode == "line":
            parts = self._divide_by_line(source)
        else:
            parts = source._divide_left_lines(self._get_amounts())
        base = source._prepare_ticket_values()
        values = [source._prepare_part_values(base, amount, lines) for amount, lines in parts]
        drafts = self.env["invoice.ticket"].create(values)
        return self.env["invoice.ticket"]._open_tickets(drafts)

    # === BUSINESS METHODS === #

    def _get_source(self):
        """What is divided; computed in superuser mode, it is read with the rights of the user."""
        source = next((self[fname] for fname in SOURCES if self[fname]), None)
        if source:
            source.sudo(False).check_access("read")
        return source

    def _get_ticket_count(self):
        return min(max(self.ticket_count, 1), MOST)

    def _check_count(self):
        if not 2 <= self.ticket_count <= MOST:
            raise UserError(self.env._("Enter a number of tickets from 2 to %s.", MOST))

    def _complete(self, amounts):
        """Rounded amounts, and what they leave."""
        amounts = [self.currency_id.round(amount) for amount in amounts]
        return [*amounts, self.currency_id.round(self.amount_left - sum(amounts))]

    def _get_amounts(self):
        """What each ticket comes to.

        :raise UserError: if one comes to nothing, or all of them not to what is left
        """
        parts, currency = self.part_ids.sorted("sequence"), self.currency_id
        if self.mode == "percent":
            total = sum(parts.mapped("percent"))
            if float_compare(total, 100, precision_digits=4):
                raise UserError(
                    self.env._("The percentages come to %s. Change them to 100.", round(total, 4))
                )
            amounts = self._complete([self.amount_left * part.percent / 100 for part in parts[:-1]])
        else:
            amounts = [currency.round(amount) for amount in parts.mapped("amount")]
        if any(currency.compare_amounts(amount, 0.0) <= 0 for amount in amounts):
            raise UserError(self.env._("Each ticket comes to more than zero. Correct the amounts."))
        if currency.compare_amounts(sum(amounts), self.amount_left):
            raise UserError(
                self.env._(
                    "The tickets come to %(sum)s, but %(left)s is left. Correct the amounts.",
                    sum=currency.format(sum(amounts)),
                    left=currency.format(self.amount_left),
                )
            )
        return amounts

    def _divide_by_line(self, source):
        """Total and lines of each ticket.

        :raise UserError: if the lines are not those that are left, or a ticket has none
        """
        rows, lines = self.line_ids.sorted("index"), source._prepare_left_lines()
        if rows.mapped("index") != list(range(len(lines))):
            raise UserError(
                self.env._(
                    "The lines of %s are not those that are left now. Close the dialog, and open "
                    "it again.",
                    source.display_name,
                )
            )
        tickets = {}
        for row, values in zip(rows, lines, strict=True):
            tickets.setdefault(row.ticket_number, []).append(values)
        if set(tickets) != set(range(1, self.ticket_count + 1)):
            raise UserError(
                self.env._(
                    "Give each of the tickets 1 to %s a line, and each line one of these numbers.",
                    self.ticket_count,
                )
            )
        parts = [
            (sum(v["agreed_untaxed"] + v["agreed_tax"] for v in tickets[number]), tickets[number])
            for number in sorted(tickets)
        ]
        if any(self.currency_id.compare_amounts(total, 0.0) <= 0 for total, _lines in parts):
            raise UserError(self.env._("Each ticket comes to more than zero. Move a line."))
        return [(self.currency_id.round(total), values) for total, values in parts]


class InvoiceTicketSplitPart(models.TransientModel):
    """A ticket to make, and what it comes to."""

    _name = "invoice.ticket.split.part"
    _inherit = ["invoice.readable.mixin"]
    _description = "Ticket to Split Off"
    _order = "sequence, id"

    wizard_id = fields.Many2one(
        "invoice.ticket.split.wizard", required=True, index=True, ondelete="cascade"
    )
    currency_id = fields.Many2one(related="wizard_id.currency_id")
    sequence = fields.Integer(string="Ticket")
    amount = fields.Monetary(string="Amount with Tax")
    percent = fields.Float(digits=(16, 4))


class InvoiceTicketSplitLine(models.TransientModel):
    """A line of what is divided, and the ticket that it goes to."""

    _name = "invoice.ticket.split.line"
    _inherit = ["invoice.readable.mixin"]
    _description = "Line to Put on a Ticket"
    _order = "index, id"

    wizard_id = fields.Many2one(
        "invoice.ticket.split.wizard", required=True, index=True, ondelete="cascade"
    )
    currency_id = fields.Many2one(related="wizard_id.currency_id")
    index = fields.Integer(export_string_translation=False)
    name = fields.Char(string="Goods or Service")
    quantity = fields.Float(digits=(16, 6))
    amount = fields.Monetary(string="Amount with Tax")
    ticket_number = fields.Integer(string="On Ticket")
