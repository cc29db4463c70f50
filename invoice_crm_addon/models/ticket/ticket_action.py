from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tools import clean_context

from .ticket import FINANCE
from .ticket_buyer import BILLING_FIELDS


class InvoiceTicket(models.Model):
    """What finance and sales do with a ticket after it is approved."""

    _inherit = "invoice.ticket"

    can_issue = fields.Boolean(compute="_compute_action_rights")
    can_void = fields.Boolean(compute="_compute_action_rights")
    can_red = fields.Boolean(compute="_compute_action_rights")
    can_reissue = fields.Boolean(compute="_compute_action_rights")
    can_send = fields.Boolean(compute="_compute_action_rights")
    can_reset = fields.Boolean(compute="_compute_action_rights")

    @api.depends(
        "state",
        "type_id",
        "red_ids.state",
        "reissue_ids.state",
        "status",
        "approval_request_ids.state",
    )
    @api.depends_context("uid")
    def _compute_action_rights(self):
        for ticket in self:
            for action in ("issue", "void", "red", "reissue", "send", "reset"):
                ticket[f"can_{action}"] = not ticket._get_cannot_reason(action)

    # === ACTION METHODS === #

    def action_submit(self):
        """Submit drafts for approval; tickets to which no flow applies are approved at once.

        :raise UserError: with what is missing, or if more is ticketed than allowed
        """
        self._submit_for_approval()
        return True

    def action_issue(self):
        """Record that approved tickets are issued; number and date are frozen from then on.

        :raise UserError: if a ticket is not approved or its number is missing
        """
        self._check_can("issue")
        self.sudo()._do_issue()
        return True

    def action_void(self, reason=None):
        """Void issued tickets, or open the dialog that asks for the reason.

        :param str reason: required to void; without it the dialog opens
        :raise UserError: if a ticket cannot be voided
        """
        self._check_can("void")
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
        self._check_can("red")
        if reason is None:
            return self._open_cancel_wizard(self.env._("Red Letter"), "red")
        self._check_reason(reason)
        return self._open_tickets(self.sudo()._do_red(reason))

    def action_reissue(self):
        """Copy voided or red-lettered tickets to linked drafts, for correction.

        :return: action that opens the drafts
        """
        self._check_can("reissue")
        return self._open_tickets(self.sudo()._do_reissue())

    def action_send(self):
        """Open the e-mail to the customer, with the e-invoice files attached."""
        self.ensure_one()
        self._check_can("send")
        template = self.env.ref("invoice_crm_addon.mail_template_ticket")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Send"),
            "res_model": "mail.compose.message",
            "views": [(False, "form")],
            "target": "new",
            "context": {
                "default_model": self._name,
                "default_res_ids": self.ids,
                "default_template_id": template.id,
                "default_composition_mode": "comment",
                "default_email_layout_xmlid": "mail.mail_notification_layout",
                "default_attachment_ids": [Command.set(self.fapiao_attachment_id.ids)],
                "mark_ticket_sent": True,
            },
        }

    def action_reset(self):
        """Take approved tickets back to draft. The approvals stay in the history."""
        self._check_can("reset")
        # A file that waited to be compared waits for another ticket now.
        self.sudo().write({"state": "draft", "fapiao_attachment_id": False})
        self._message_log_batch(bodies=dict.fromkeys(self.ids, self.env._("Reset to draft.")))
        return True

    # === BUSINESS METHODS - REASONS === #

    def _get_cannot_reason(self, action):
        if action in ("issue", "void", "red", "send", "reset"):
            if reason := self._get_change_waiting_reason():
                return reason
        return super()._get_cannot_reason(action)

    def _get_cannot_issue_reason(self):
        if reason := self._get_not_finance_reason():
            return reason
        if self.state != "approved":
            return self.env._("Only an approved ticket can be issued.")
        original = self.sudo().red_of_id
        if original and (original.state != "issued" or original.status == "red"):
            return self.env._("The ticket that it red-letters is not issued any more.")
        if self.is_fapiao and not self.fapiao_number:
            return self.env._("Enter the fapiao number, or drop the e-invoice file, first.")
        return self.sudo().contract_id._get_amount_waiting_reason()

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

    def _get_cannot_send_reason(self):
        if self.state != "issued":
            return self.env._("Only an issued ticket can be sent.")
        if not self.has_access("write"):
            return self.env._("You may not change this ticket.")
        return False

    def _get_cannot_reset_reason(self):
        if self.state != "approved":
            return self.env._("Only an approved ticket can be reset to draft.")
        if not self.has_access("write"):
            return self.env._("You may not change this ticket.")
        return False

    def _get_not_finance_reason(self):
        if not self.env.user.has_group(FINANCE) or not self.has_access("write"):
            return self.env._("This is for finance to do.")
        return False

    @api.model
    def _check_reason(self, reason):
        if not (reason or "").strip():
            raise UserError(self.env._("Give a reason: it is kept in the register."))

    # === BUSINESS METHODS === #

    def _do_issue(self):
        today = fields.Date.context_today(self)
        for ticket in self:
            ticket.write(
                {
                    "state": "issued",
                    "issue_date": ticket.issue_date or today,
                    "issue_user_id": self.env.uid,
                }
            )
        self._check_over_issue()
        self._mark_cancelled()
        self._message_log_batch(
            bodies={
                ticket.id: self.env._("Issued. Number: %s", ticket.fapiao_number or "–")
                for ticket in self
            }
        )

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
                    **{fname: ticket[fname] for fname in BILLING_FIELDS["all"]},
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

    # === WINDOW ACTIONS === #

    def _open_cancel_wizard(self, title, action):
        return {
            "type": "ir.actions.act_window",
            "name": title,
            "res_model": "invoice.ticket.cancel.wizard",
            "view_mode": "form",
            "target": "new",
            "context": {"default_ticket_ids": self.ids, "default_action": action},
        }

    # === MAIL === #

    def _message_post_after_hook(self, message, msg_vals):
        # The composer that action_send opens says so; nothing but the date depends on it.
        if self.env.context.get("mark_ticket_sent"):
            recipients = message.partner_ids.commercial_partner_id
            self.filtered(
                lambda ticket: (
                    ticket.state == "issued"
                    and ticket.partner_id.commercial_partner_id & recipients
                )
            ).sudo().sent_on = message.date
        return super()._message_post_after_hook(message, msg_vals)
