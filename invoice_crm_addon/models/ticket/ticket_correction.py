from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import clean_context

from ..base.proof import proven
from ..base.public_methods import Text
from ..base.words import KeptText, words
from .red_parts import Part, get_left

# What a ticket amounts to hangs on them: red letters take back what they say.
AMOUNT_FIELDS = {"line_ids", "tax_included"}
# What stands on an issued fapiao: the tax bureau has it, whatever people here agree on.
PRINTED_FIELDS = {
    *AMOUNT_FIELDS,
    "type_id",
    "partner_id",
    "company_id",
    "currency_id",
    "buyer_name",
    "buyer_vat",
    "buyer_address",
    "buyer_phone",
    "buyer_bank_name",
    "buyer_bank_account",
}


class InvoiceTicket(models.Model):
    """Corrections of an issued ticket: voided, red-lettered, issued again.

    Each has a reason, and the register says who did it, when and why.
    """

    _inherit = "invoice.ticket"

    void_reason = KeptText(string="Reason", copy=False)
    void_user_id = fields.Many2one("res.users", string="Voided By", copy=False)
    void_date = fields.Datetime(string="Voided On", copy=False)
    reissue_of_id = fields.Many2one("invoice.ticket", index="btree_not_null", copy=False)
    reissue_ids = fields.One2many("invoice.ticket", "reissue_of_id", string="Reissued As")

    can_void = fields.Boolean(compute="_compute_correction_rights")
    can_reissue = fields.Boolean(compute="_compute_correction_rights")
    correction_count = fields.Integer(compute="_compute_correction_count")

    # === COMPUTE METHODS === #

    @api.depends(
        "state",
        "type_id",
        "red_ids.state",
        "red_ids.red_reissue_id",
        "reissue_ids.status",
        "status",
        "approval_request_ids.state",
    )
    @api.depends_context("uid")
    def _compute_correction_rights(self):
        self._compute_can("void", "reissue")

    @api.depends("reissue_ids", "reissue_of_id", "red_ids", "red_of_id")
    def _compute_correction_count(self):
        for ticket in self:
            ticket.correction_count = len(ticket._get_corrections())

    # === GUARD === #

    @api.model
    def _get_guarded_fields(self):
        return super()._get_guarded_fields() | {
            "void_reason",
            "void_user_id",
            "void_date",
            "reissue_of_id",
            "red_of_id",
            "red_reason",
            "red_reissue_id",
        }

    def _get_state_locks(self):
        locks = super()._get_state_locks()
        if self.red_of_id and self.state == "pending" and not self._get_cannot_number_reason():
            # The bureau confirms while people here still decide.
            locks.pop("red_confirmation_number", None)
        if self.state == "issued" and not self.red_of_id:
            if self.is_fapiao:
                # Not of what it lacks: the customer of an e-invoice may be found out later.
                locks.update(dict.fromkeys(PRINTED_FIELDS & locks.keys(), self._say_printed()))
            if self._get_red_letters():
                reason = self.env._("Red letters take back lines of it, as they are.")
                locks.update(dict.fromkeys(AMOUNT_FIELDS, reason))
        return locks

    def _say_printed(self):
        """Why what is printed on the issued fapiao cannot change, and what to do instead."""
        if self.type_id.void_policy == "red":
            return self.env._(
                "It stands on the fapiao that the tax bureau has, which nobody changes. Take the "
                "ticket back with a red letter, then reissue it with the right content."
            )
        return self.env._(
            "It stands on the fapiao that the tax bureau has, which nobody changes. Void the "
            "ticket or take it back with a red letter, then reissue it with the right content."
        )

    def _get_open_watched_fields(self):
        """No approval opens what an issued fapiao says, or what red letters take back."""
        return {
            ticket: fnames - ticket._get_unchangeable_fields()
            for ticket, fnames in super()._get_open_watched_fields().items()
            # The tax bureau issues what was sent to it.
            if ticket.bureau_state != "sent"
        }

    def _get_unchangeable_fields(self):
        if self.state != "issued":
            return set()
        if self.is_fapiao:
            return PRINTED_FIELDS if self.partner_id else PRINTED_FIELDS - {"partner_id"}
        # Red letters of a type that was one of fapiao when they were made.
        return AMOUNT_FIELDS if self._get_red_letters() else set()

    # === ACTION METHODS === #

    def action_void(self, reason: Text = None):
        """Void issued tickets, or open the dialog that asks for the reason.

        :param str reason: required to void; without it the dialog opens
        :raise UserError: if a ticket cannot be voided
        """
        self._check_can("void", claim=reason is not None)
        if reason is None:
            return self._open_cancel_wizard(self.env._("Void"), "void")
        self._check_reason(reason)
        proven(self)._do_void(reason)
        return True

    def action_reissue(self):
        """Copy what was voided or taken back to linked drafts, for correction.

        Of a partly red-lettered ticket it is what red letters took back and no other draft asks
        for yet: the rest of the ticket is still valid.

        :return: action that opens the drafts
        """
        self._check_can("reissue", claim=True)
        return self._open_tickets(proven(self)._do_reissue())

    def action_view_corrections(self):
        """Open the tickets that correct this one, and those that it corrects."""
        self.ensure_one()
        return self._open_tickets(self._get_corrections())

    # === CAN === #

    def _get_cannot_void_reason(self):
        if reason := self._get_not_finance_reason():
            return reason
        if self.state != "issued" or self.status == "red":
            return self.env._("Only an issued ticket can be voided.")
        if self._get_red_letters():
            return self.env._("A red letter exists already.")
        if self.red_reissue_id and not self._get_unreissued(self):
            return self.env._("What it took back is issued again already.")
        if self.type_id.void_policy == "red" or self.type_id._is_digital_number(
            self.fapiao_code, self.fapiao_number
        ):
            return self.env._(
                "A ticket of the type %s cannot be voided. Write a red letter instead.",
                self.type_id.name,
            )
        return False

    def _get_cannot_reissue_reason(self):
        if self.status not in ("voided", "red", "partial_red"):
            return self.env._("Only a voided or red-lettered ticket can be reissued.")
        if not self.has_access("write"):
            return self.env._("You may not change this ticket.")
        ticket_sudo = proven(self)
        if self.status == "voided":
            is_reissued = ticket_sudo.reissue_ids.filtered(
                lambda ticket: ticket.status not in ("voided", "red")
            )
        else:
            is_reissued = not ticket_sudo._get_unreissued(ticket_sudo.red_ids)
        return is_reissued and self.env._("It is reissued already.")

    @api.model
    def _check_reason(self, reason):
        if not (reason or "").strip():
            raise UserError(self.env._("Give a reason: it is kept in the register."))

    # === VOID === #

    def _do_void(self, reason):
        self.write(
            {
                "state": "voided",
                "void_reason": reason.strip(),
                "void_user_id": self.env.uid,
                "void_date": fields.Datetime.now(),
            }
        )
        for letter in self.filtered("red_of_id"):
            letter._unmark_cancelled()
        # What a voided red letter gave back, others may have used.
        self.red_of_id._check_over_issue()
        self.red_of_id._check_quota()
        self._message_log_batch(
            bodies={ticket.id: self.env._("Voided. Reason: %s", reason) for ticket in self}
        )

    # === REGISTER === #

    def _mark_cancelled(self):
        """The register says of each ticket that these cancel who did it, when and why.

        :raise UserError: if one takes back more than is left
        """
        self._check_red_letters()
        for letter in self.filtered("red_of_id"):
            letter._write_register()

    def _write_register(self):
        self.red_of_id.write(
            {
                "void_reason": self.void_reason or self._get_red_reason_label(),
                "void_user_id": self.env.uid,
                "void_date": fields.Datetime.now(),
            }
        )

    def _get_red_reason_label(self):
        return self.red_reason and words(self.env).choice(self._name, "red_reason", self.red_reason)

    def _unmark_cancelled(self):
        """The register says no longer that this ticket cancels another one."""
        original = self.red_of_id
        others = original.red_ids.filtered(lambda letter: letter.state == "issued") - self
        if others:
            others[0]._write_register()
        else:
            original.write({"void_reason": False, "void_user_id": False, "void_date": False})

    # === REISSUE === #

    def _do_reissue(self):
        """Copy the tickets, or what was taken back of them, for correction.

        :return: the copies, as drafts
        """
        drafts = self.browse()
        for ticket in self.with_context(clean_context(self.env.context)):
            letters = ticket._get_unreissued(ticket.red_ids)
            values, factor = {"reissue_of_id": ticket.id}, 1
            values["planned_bill_id"] = ticket.planned_bill_id.id
            if ticket.status != "voided":
                parts = ticket._get_parts_taken(letters)
                factor = sum(part.total for part in parts.values()) / ticket.amount_total
                values["line_ids"] = ticket.line_ids._prepare_part_commands(parts)
            values["allocation_ids"] = ticket.allocation_ids._prepare_copy_commands(factor)
            draft = ticket.copy(values)
            letters.red_reissue_id = draft
            drafts |= draft
        return drafts

    @api.model
    def _get_unreissued(self, letters):
        """Those of the issued red letters whose amounts no ticket asks for again."""
        return letters.filtered(
            lambda letter: (
                letter.state == "issued"
                and (not letter.red_reissue_id or letter.red_reissue_id.status in ("voided", "red"))
            )
        )

    def _get_parts_taken(self, letters):
        """What some of the issued red letters took back of each line.

        :rtype: dict[invoice.ticket.line, Part]
        """
        currency = self.currency_id
        issued = self.red_ids.filtered(lambda letter: letter.state == "issued")
        before = get_left(self.line_ids, (issued - letters).line_ids, currency)
        after = get_left(self.line_ids, issued.line_ids, currency)
        taken = {line: part.minus(after[line], currency) for line, part in before.items()}
        return {
            line: part
            for line, part in taken.items()
            if not part.is_nothing(currency) or part == Part.of(line)
        }

    def _get_corrections(self):
        return self.reissue_ids | self.reissue_of_id | self.red_ids | self.red_of_id

    def _open_cancel_wizard(self, title, action):
        return {
            "type": "ir.actions.act_window",
            "name": title,
            "res_model": "invoice.ticket.cancel.wizard",
            "view_mode": "form",
            "target": "new",
            "context": {"default_ticket_ids": self.ids, "default_action": action},
        }
