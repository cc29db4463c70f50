from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import clean_context

from .ticket_type import BILLING_DEMANDS


class InvoiceTicket(models.Model):
    """Corrections of an issued ticket: voided, red-lettered, issued again.

    Each has a reason, and the register says who did it, when and why.
    """

    _inherit = "invoice.ticket"

    void_reason = fields.Text(string="Reason", copy=False)
    void_user_id = fields.Many2one("res.users", string="Voided By", copy=False)
    void_date = fields.Datetime(string="Voided On", copy=False)
    reissue_of_id = fields.Many2one("invoice.ticket", index="btree_not_null", copy=False)
    reissue_ids = fields.One2many("invoice.ticket", "reissue_of_id", string="Reissued As")
    red_of_id = fields.Many2one(
        "invoice.ticket", string="Red Letter Of", index="btree_not_null", copy=False
    )
    red_ids = fields.One2many("invoice.ticket", "red_of_id", string="Red Letters")

    can_void = fields.Boolean(compute="_compute_correction_rights")
    can_red = fields.Boolean(compute="_compute_correction_rights")
    can_reissue = fields.Boolean(compute="_compute_correction_rights")
    correction_count = fields.Integer(compute="_compute_correction_count")

    # === COMPUTE METHODS === #

    @api.depends(
        "state",
        "type_id",
        "red_ids.state",
        "reissue_ids.state",
        "status",
        "approval_request_ids.state",
    )
    @api.depends_context("uid")
    def _compute_correction_rights(self):
        self._compute_can("void", "red", "reissue")

    @api.depends("reissue_ids", "reissue_of_id", "red_ids", "red_of_id")
    def _compute_correction_count(self):
        for ticket in self:
            ticket.correction_count = len(ticket._get_corrections())

    # === ACTION METHODS === #

    def action_void(self, reason=None):
        """Void issued tickets, or open the dialog that asks for the reason.

        :param str reason: required to void; without it the dialog opens
        :raise UserError: if a ticket cannot be voided
        """
        self._check_can("void", claim=reason is not None)
        if reason is None:
            return self._open_cancel_wizard(self.env._("Void"), "void")
        self._check_reason(reason)
        self.sudo()._do_void(reason)
        return True

    def action_red(self, reason=None):
        """Write the negative ticket that cancels an issued one, or ask for the reason.

        :param str reason: required to go on; without it the dialog opens
        :return: action that opens the red letters
        """
        self._check_can("red", claim=reason is not None)
        if reason is None:
            return self._open_cancel_wizard(self.env._("Red Letter"), "red")
        self._check_reason(reason)
        return self._open_tickets(self.sudo()._do_red(reason))

    def action_reissue(self):
        """Copy voided or red-lettered tickets to linked drafts, for correction.

        :return: action that opens the drafts
        """
        self._check_can("reissue", claim=True)
        return self._open_tickets(self.sudo()._do_reissue())

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
        if self.sudo().red_ids.filtered(lambda red: red.state != "voided"):
            return self.env._("A red letter exists already.")
        if self.type_id.void_policy == "red" or self.type_id._is_digital_number(
            self.fapiao_code, self.fapiao_number
        ):
            return self.env._(
                "A ticket of the type %s cannot be voided. Write a red letter instead.",
                self.type_id.name,
            )
        return False

    def _get_cannot_red_reason(self):
        if reason := self._get_not_finance_reason():
            return reason
        if self.state != "issued":
            return self.env._("Only an issued ticket can be red-lettered.")
        if not self.is_fapiao or self.red_of_id:
            return self.env._("Only a fapiao that is not itself red can be red-lettered.")
        if self.sudo().red_ids.filtered(lambda red: red.state != "voided"):
            return self.env._("A red letter exists already.")
        return False

    def _get_cannot_reissue_reason(self):
        if self.status not in ("voided", "red"):
            return self.env._("Only a voided or red-lettered ticket can be reissued.")
        if not self.has_access("write"):
            return self.env._("You may not change this ticket.")
        if self.sudo().reissue_ids.filtered(lambda ticket: ticket.status not in ("voided", "red")):
            return self.env._("It is reissued already.")
        return False

    @api.model
    def _check_reason(self, reason):
        if not (reason or "").strip():
            raise UserError(self.env._("Give a reason: it is kept in the register."))

    # === DO === #

    def _do_void(self, reason):
        self.write(
            {
                "state": "voided",
                "void_reason": reason.strip(),
                "void_user_id": self.env.uid,
                "void_date": fields.Datetime.now(),
            }
        )
        self._message_log_batch(
            bodies={ticket.id: self.env._("Voided. Reason: %s", reason) for ticket in self}
        )

    def _do_red(self, reason):
        """Copy the tickets with all amounts negated.

        :return: the red letters, as drafts
        """
        reds = self.browse()
        for ticket in self.with_context(clean_context(self.env.context)):
            reds |= ticket.copy(
                {
                    # It repeats the buyer of its original, whatever the customer says today.
                    **{fname: ticket[fname] for fname in BILLING_DEMANDS["all"]},
                    "red_of_id": ticket.id,
                    "void_reason": reason.strip(),
                    "line_ids": ticket.line_ids._prepare_red_commands(),
                    "allocation_ids": ticket.allocation_ids._prepare_copy_commands(-1),
                }
            )
        return reds

    def _do_reissue(self):
        """Copy the tickets for correction.

        :return: the copies, as drafts
        """
        drafts = self.browse()
        for ticket in self.with_context(clean_context(self.env.context)):
            drafts |= ticket.copy(
                {
                    "reissue_of_id": ticket.id,
                    "allocation_ids": ticket.allocation_ids._prepare_copy_commands(1),
                }
            )
        return drafts

    def _mark_cancelled(self):
        """The register says of each ticket that these cancel who did it, when and why."""
        for red in self.filtered("red_of_id"):
            red.red_of_id.write(
                {
                    "void_reason": red.void_reason,
                    "void_user_id": self.env.uid,
                    "void_date": fields.Datetime.now(),
                }
            )

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
