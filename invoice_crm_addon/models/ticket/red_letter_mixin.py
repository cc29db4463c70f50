from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import clean_context

from ..base.proof import proven
from ..base.public_methods import Text
from ..base.words import words
from .red_parts import Part, get_left, spread
from .ticket_type import BILLING_DEMANDS

# What the tax bureau knows as “issued in error” is taken back as a whole.
WHOLE_ONLY = "01"


class InvoiceRedLetterMixin(models.AbstractModel):
    """A ticket that red letters take back, all of it or part by part, until nothing is left.

    A red letter is a ticket itself: it names its original, repeats what it takes back with
    negated amounts, and goes the same way until it is issued.

    Amount               Of an issued ticket
    =====================================================================================
    ``amount_red``       what issued red letters have taken back
    ``amount_valid``     the rest: what the ticket still documents
    amount left          what a further red letter may take: those on their way count as well
    =====================================================================================
    """

    _name = "invoice.red.letter.mixin"
    _inherit = ["invoice.action.mixin"]
    _description = "Ticket That Red Letters Take Back"

    currency_id = fields.Many2one("res.currency")
    red_of_id = fields.Many2one(
        "invoice.ticket", string="Red Letter Of", index="btree_not_null", copy=False
    )
    red_ids = fields.One2many("invoice.ticket", "red_of_id", string="Red Letters")
    red_reason = fields.Selection(
        selection=[
            ("01", "Issued in Error"),
            ("02", "Sales Return"),
            ("03", "Service Suspended"),
            ("04", "Sales Allowance"),
        ],
        string="Reason for the Red Letter",
        copy=False,
        help="As the tax bureau's confirmation of the red letter names it. A fapiao with errors "
        "is taken back whole; for returned goods, a stopped service or a discount a part will do.",
    )
    red_confirmation_number = fields.Char(
        string="Confirmation Number",
        copy=False,
        index="btree_not_null",
        help="Number of the tax bureau's confirmation that the red letter may be issued.",
    )
    red_reissue_id = fields.Many2one(
        "invoice.ticket",
        string="Reissued In",
        index="btree_not_null",
        copy=False,
        help="The ticket that asks again for what this red letter took back.",
    )
    amount_red = fields.Monetary(
        string="Taken Back",
        compute="_compute_amount_red",
        store=True,
        help="What issued red letters have taken back, tax included.",
    )
    amount_valid = fields.Monetary(
        string="Still Valid",
        compute="_compute_amount_valid",
        store=True,
        aggregator=None,
        help="What the ticket documents without what red letters have taken back.",
    )

    can_red = fields.Boolean(compute="_compute_can_red")

    # === COMPUTE METHODS === #

    # Not on the state of each: most moves of a letter count nothing, see ``write``.
    @api.depends("red_ids.amount_total")
    def _compute_amount_red(self):
        for ticket in self:
            ticket.amount_red = ticket._sum_red_letters(
                ticket.red_ids.filtered(lambda letter: letter.state == "issued")
            )

    @api.depends("amount_total", "amount_red")
    def _compute_amount_valid(self):
        # Nothing is taken back but of what was issued, and of no red letter.
        for ticket in self:
            # Files of former versions may have taken back more than there was.
            taken = min(ticket.amount_red, max(ticket.amount_total, 0.0))
            ticket.amount_valid = ticket.amount_total - taken

    @api.depends(
        "state",
        "type_id",
        "red_ids.state",
        "red_ids.amount_total",
        "approval_request_ids.state",
    )
    @api.depends_context("uid")
    def _compute_can_red(self):
        self._compute_can("red")

    # === CONSTRAINT METHODS === #

    @api.constrains("red_confirmation_number")
    def _check_red_confirmation_number(self):
        for ticket in self.filtered("red_confirmation_number"):
            number = ticket.red_confirmation_number
            if not ticket.red_of_id and ticket.amount_total >= 0:
                raise ValidationError(
                    self.env._(
                        "Only a red letter has a confirmation number, %s is none.", ticket.name
                    )
                )
            if not (number.isascii() and number.isdecimal()):
                raise ValidationError(
                    self.env._(
                        "The confirmation number “%(number)s” of %(ticket)s must consist of "
                        "digits, as the tax bureau shows it.",
                        number=number,
                        ticket=ticket.name,
                    )
                )

    # === CRUD METHODS === #

    def write(self, vals):
        if "state" not in vals:
            return super().write(vals)
        before = self._get_counting_letters()
        result = super().write(vals)
        after = self._get_counting_letters()
        # What runs inside of the write looks at letters, not at what is left of the originals.
        if originals := ((before | after) - (before & after)).red_of_id:
            self.env.add_to_compute(self._fields["amount_red"], originals)
            originals.modified(["amount_red"])
        return result

    def _get_counting_letters(self):
        """Those of the tickets that take something back of another one, in superuser mode."""
        # sudo: the original may belong to others; its figures follow all its letters
        tickets_sudo = self.sudo()._get_present()
        return tickets_sudo.filtered(lambda t: t.red_of_id and t.state == "issued")

    # === ACTION METHODS === #

    def action_red(
        self,
        reason: Text = None,
        *,
        red_reason: Text = None,
        lines: list[dict] | None = None,
        amount: float | None = None,
    ):
        """Write the negative ticket that takes an issued one back, or ask what and why.

        Without ``lines`` and ``amount`` it takes all that is left; with one of them, this is
        called for one ticket.

        :param str reason: in one's own words; without it and ``red_reason`` the dialog opens
        :param str red_reason: code of the tax bureau's reason, e.g. ``"02"``
        :param list lines: dicts with ``line_id`` and ``quantity``, ``amount`` or both: what to
            take back of these lines, amounts with tax
        :param float amount: what to take back of all lines together, tax included
        :return: action that opens the red letters
        :raise UserError: if a ticket cannot be red-lettered, or not for so much
        """
        is_answered = reason is not None or bool(red_reason)
        self._check_can("red", claim=is_answered)
        if not is_answered:
            return self._open_cancel_wizard(self.env._("Red Letter"), "red")
        if not red_reason:
            self._check_reason(reason)
        elif red_reason not in dict(self._fields["red_reason"].selection):
            raise UserError(self.env._("Choose one of the tax bureau's reasons."))
        return self._open_tickets(proven(self)._do_red(reason, red_reason, lines, amount))

    # === CAN === #

    def _get_cannot_red_reason(self):
        if reason := self._get_not_finance_reason():
            return reason
        if self.state != "issued":
            return self.env._("Only an issued ticket can be red-lettered.")
        if not self.is_fapiao or self.red_of_id:
            return self.env._("Only a fapiao that is not itself red can be red-lettered.")
        letters = self._get_red_letters()
        if self.currency_id.compare_amounts(self._get_amount_left(letters), 0.0) <= 0:
            return self.env._(
                "Red letters take back all of it already: %s.",
                ", ".join(letters.mapped("name")) or "–",
            )
        return False

    def _get_sign_problem(self):
        """Why the ticket cannot be submitted with an amount like this, or False."""
        if original_sudo := proven(self).red_of_id:
            return original_sudo._get_over_red_reason(original_sudo._get_red_letters())
        if self.currency_id.compare_amounts(self.amount_total, 0.0) < 0:
            return words(self.env)._(
                "The total of a ticket is more than zero. To take an issued ticket back, open it "
                "and write its red letter."
            )
        return False

    # === WRITE === #

    def _do_red(self, reason, red_reason, lines=None, amount=None):
        """Copy what is taken back of the tickets, with negated amounts.

        :return: the red letters, as drafts
        """
        letters = self.browse()
        for ticket in self.with_context(clean_context(self.env.context)):
            parts = ticket._get_red_parts(lines, amount)
            ticket._check_whole(red_reason, parts)
            letters |= ticket.copy(
                {
                    # It repeats the buyer of its original, whatever the customer says today.
                    **{fname: ticket[fname] for fname in BILLING_DEMANDS["all"]},
                    "red_of_id": ticket.id,
                    "red_reason": red_reason,
                    "void_reason": (reason or "").strip() or False,
                    "line_ids": ticket.line_ids._prepare_red_commands(parts),
                    "allocation_ids": ticket._prepare_red_allocations(parts),
                }
            )
        letters._check_red_letters()
        return letters

    # === PARTS === #

    def _get_lines_left(self):
        """What a further red letter may take back of each line.

        :rtype: dict[invoice.ticket.line, Part]
        """
        self.ensure_one()
        return get_left(self.line_ids, self._get_red_letters().line_ids, self.currency_id)

    def _get_red_parts(self, lines=None, amount=None):
        """What a red letter takes back of each line, see ``action_red``.

        :rtype: dict[invoice.ticket.line, Part]
        :raise UserError: if there is not so much left
        """
        self.ensure_one()
        currency, left = self.currency_id, self._get_lines_left()
        if lines is not None:
            parts = self._get_chosen_parts(left, lines)
        elif amount is not None:
            self._check_amount_left(amount, left)
            parts = spread(left, amount, currency)
        else:
            parts = left
        # Of a ticket that is taken back as a whole, lines without an amount go as well.
        parts = {
            line: part
            for line, part in parts.items()
            if not part.is_nothing(currency) or part == Part.of(line)
        }
        if sum(part.total for part in parts.values()) <= 0:
            raise UserError(self.env._("Choose what the red letter takes back."))
        return parts

    def _get_chosen_parts(self, left, choices):
        """Parts that the caller chose line by line."""
        parts, lines = {}, {line.id: line for line in left}
        for choice in choices:
            line = lines.pop(choice.get("line_id"), None)
            quantity, amount = choice.get("quantity"), choice.get("amount")
            if not line or (quantity is None and amount is None):
                raise UserError(
                    self.env._(
                        "Name each line of %s once, with a quantity or an amount.", self.name
                    )
                )
            part = left[line].cut(self.currency_id, total=amount, quantity=quantity)
            if not left[line].holds(part, self.currency_id):
                raise UserError(
                    self.env._(
                        "Of “%(line)s” %(quantity)s with %(amount)s are left. The red letter "
                        "cannot take back more.",
                        line=line.name,
                        quantity=f"{left[line].quantity:.13f}".rstrip("0").rstrip("."),
                        amount=self._format_amount(left[line].total),
                    )
                )
            parts[line] = part
        return parts

    def _check_amount_left(self, amount, left):
        """:raise UserError: if the lines together have less left"""
        total = self.currency_id.round(sum(part.total for part in left.values()))
        if self.currency_id.compare_amounts(amount, total) > 0:
            raise UserError(
                self.env._(
                    "%(left)s of %(ticket)s are left. The red letter cannot take back more.",
                    left=self._format_amount(total),
                    ticket=self.name,
                )
            )

    def _check_whole(self, red_reason, parts):
        """:raise UserError: if a part is taken back for a reason that applies to the whole"""
        if red_reason == WHOLE_ONLY and parts != {line: Part.of(line) for line in self.line_ids}:
            raise UserError(
                self.env._(
                    "A ticket that was issued in error is taken back as a whole. Choose another "
                    "reason for a part of it."
                )
            )

    def _prepare_red_allocations(self, parts):
        """Commands for what the red letter gives back of the documented invoices and payments."""
        letters = self._get_red_letters()
        share = sum(part.total for part in parts.values()) / self._get_amount_left(letters)
        commands = []
        for allocation in self.allocation_ids:
            documented = allocation._get_ticketable()
            whole, given_back = (
                sum(
                    allocations.filtered(
                        lambda a, documented=documented: a._get_ticketable() == documented
                    ).mapped("amount")
                )
                for allocations in (self.allocation_ids, letters.allocation_ids)
            )
            if not allocation.currency_id.is_zero(whole + given_back):
                factor = -share * (whole + given_back) / whole
                commands += allocation._prepare_copy_commands(factor)
        return commands

    # === HOW MUCH IS LEFT === #

    def _get_red_letters(self):
        """Red letters that take something back, or will: all but the voided ones.

        :return: the letters, archived drafts among them, in superuser mode
        """
        # sudo: red letters of others take back too
        letters_sudo = self.sudo().with_context(active_test=False).red_ids
        return letters_sudo.filtered(lambda letter: letter.state != "voided")

    def _sum_red_letters(self, letters):
        """What red letters take back of this ticket: a positive amount in its currency."""
        self.ensure_one()
        if not letters:
            return 0.0
        currency, today = self.currency_id, fields.Date.context_today(self)
        return currency.round(
            -sum(
                letter.currency_id._convert(
                    letter.amount_total, currency, self.company_id, letter.issue_date or today
                )
                for letter in letters
            )
        )

    def _get_amount_left(self, letters):
        """What is left of this ticket beside red letters."""
        return self.currency_id.round(self.amount_total - self._sum_red_letters(letters))

    def _get_over_red_reason(self, letters, more=0.0):
        """Why red letters take back more than there is of this ticket, or False.

        :param letters: the red letters that count
        :param float more: what another one is to take back
        """
        left = self._get_amount_left(letters) - more
        if self.currency_id.compare_amounts(left, 0.0) >= 0:
            return False
        return words(self.env)._(
            "%(original)s amounts to %(total)s, but its red letters would take back %(taken)s: "
            "%(excess)s too much. Red letters so far: %(letters)s.",
            original=self.name,
            total=self._format_amount(self.amount_total),
            taken=self._format_amount(self.amount_total - left),
            excess=self._format_amount(-left),
            letters=", ".join(letters.mapped("name")) or "–",
        )

    def _format_amount(self, amount):
        return words(self.env).amount(amount, self.currency_id)

    def _check_red_letters(self):
        """Two red letters at the same instant do not take more than there is either.

        :raise UserError: if one takes back more than is left
        """
        originals = self.red_of_id
        originals._collide_with_concurrent_writers()
        for original in originals:
            if reason := original._get_over_red_reason(original._get_red_letters()):
                raise UserError(reason)
