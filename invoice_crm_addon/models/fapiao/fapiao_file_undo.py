from odoo import api, fields, models
from odoo.fields import Command

from ..ticket.ticket_action import FINANCE

# What an e-invoice file may change of a ticket, to be given back as it was: always, and where
# differences were accepted.
NUMBERS = ("fapiao_code", "fapiao_number", "check_code", "issue_date", "issue_user_id")
CONTENT = (
    "type_id",
    "buyer_name",
    "buyer_vat",
    "buyer_address",
    "buyer_phone",
    "buyer_bank_name",
    "buyer_bank_account",
    "tax_included",
    "currency_id",
)


class InvoiceFapiaoFile(models.Model):
    """Taking back what a file did, where it went to the wrong ticket."""

    _inherit = "invoice.fapiao.file"

    can_undo = fields.Boolean(compute="_compute_can_undo")

    @api.depends("outcome", "ticket_id.status")
    @api.depends_context("uid")
    def _compute_can_undo(self):
        is_finance = self.env.user.has_group(FINANCE)
        for file in self:
            file.can_undo = is_finance and not file._get_cannot_undo_reason()

    # === ACTION METHODS === #

    def action_undo(self):
        """Take files back from their tickets: an issued one waits again, a created one goes.

        :raise AccessError: if the user is not of finance
        :raise UserError: if something was done with a ticket since
        """
        self._check_decision("undo")
        for file in self:
            file.ticket_id.check_access("write")
            file._undo()
        return True

    # === CAN === #

    def _get_cannot_undo_reason(self):
        if self.outcome not in ("issued", "created", "attached"):
            return self.env._("There is nothing to take back.")
        ticket_sudo = self.sudo().ticket_id
        if not ticket_sudo:
            return self.env._("Its ticket is gone.")
        if self.outcome == "attached":
            is_own = ticket_sudo.fapiao_attachment_id == self.sudo().attachment_id
            if is_own and not (self.sudo().undo or {}).get("is_own"):
                return self.env._("%s was issued with this file.", ticket_sudo.name)
            return False
        if ticket_sudo.state != "issued" or ticket_sudo.approval_change_waits:
            return self.env._("%s was changed since.", ticket_sudo.name)
        if ticket_sudo.sent_on or ticket_sudo.shipment_ids:
            return self.env._("%s was sent to the customer.", ticket_sudo.name)
        if ticket_sudo.payment_state != "not_paid":
            return self.env._("%s is paid, at least in part.", ticket_sudo.name)
        if ticket_sudo.red_ids or ticket_sudo.reissue_ids:
            return self.env._("%s has a red letter or was reissued.", ticket_sudo.name)
        decided = self.date_decided or self.create_date
        if any(request.create_date > decided for request in ticket_sudo.approval_request_ids):
            return self.env._("%s was changed since.", ticket_sudo.name)
        if self.outcome == "created" and ticket_sudo.allocation_ids:
            return self.env._("%s documents an invoice or payment.", ticket_sudo.name)
        if self.outcome == "created" and self._has_work_of_others(ticket_sudo):
            return self.env._(
                "People wrote on %s, or attached files: it cannot go. Void or red-letter it.",
                ticket_sudo.name,
            )
        others = ticket_sudo.fapiao_file_ids.filtered(lambda f: f.outcome == "attached")
        if others:
            return self.env._("Take back the other files of %s first.", ticket_sudo.name)
        return False

    def _has_work_of_others(self, ticket_sudo):
        """Whether a ticket holds messages, activities or files that its e-invoice did not bring."""
        attachments = (
            self.env["ir.attachment"]
            .sudo()
            .search_count(
                [
                    ("res_model", "=", ticket_sudo._name),
                    ("res_id", "=", ticket_sudo.id),
                    ("id", "not in", ticket_sudo.fapiao_file_ids.attachment_id.ids),
                ],
                limit=1,
            )
        )
        comments = ticket_sudo.message_ids.filtered(lambda m: m.message_type == "comment")
        return bool(attachments or comments or ticket_sudo.activity_ids)

    # === UNDO === #

    def _undo(self):
        """Take one file back."""
        ticket_sudo = self.ticket_id.sudo()
        name = ticket_sudo.name
        original = ticket_sudo.red_of_id
        self._take_attachment()
        if ticket_sudo.message_main_attachment_id == self.sudo().attachment_id:
            ticket_sudo.message_main_attachment_id = False
        if self.outcome == "attached":
            if ticket_sudo.fapiao_attachment_id == self.sudo().attachment_id:
                ticket_sudo.fapiao_attachment_id = False
            ticket_sudo._message_log(body=self.env._("The file %s was taken back.", self.name))
        elif self.outcome == "created":
            self._undo_created(ticket_sudo)
        else:
            self._undo_issued(ticket_sudo)
            ticket_sudo._check_over_issue()
        # What the ticket gives back, others may have used.
        original._check_over_issue()
        message = self.env._(
            "Taken back from %(ticket)s by %(user)s. Choose another ticket, make a new one, or put "
            "the file aside.",
            ticket=name,
            user=self.env.user.name,
        )
        self._set_outcome("undecided", message)
        self.sudo().undo = False
        if document := self._get_document():
            self._propose(document, self.company_id)

    def _undo_created(self, ticket_sudo):
        """The ticket was made of the file and nothing else came of it: it goes without a trace."""
        self._unmark_cancelled(ticket_sudo)
        ticket_sudo.write({"fapiao_attachment_id": False, "state": "draft"})
        ticket_sudo.unlink()

    def _undo_issued(self, ticket_sudo):
        """The ticket waits again, as it was approved."""
        undo = self.sudo().undo or {}
        self._unmark_cancelled(ticket_sudo)
        values = {fname: undo[fname] for fname in (*NUMBERS, *CONTENT) if fname in undo}
        if "lines" in undo:
            values["line_ids"] = [Command.clear(), *map(Command.create, undo["lines"])]
        ticket_sudo.write({**values, "state": "approved", "fapiao_attachment_id": False})
        ticket_sudo._message_log(
            body=self.env._(
                "%(user)s took the file %(file)s back: the ticket waits for its e-invoice again.",
                user=self.env.user.name,
                file=self.name,
            )
        )

    def _unmark_cancelled(self, ticket_sudo):
        original = ticket_sudo.red_of_id
        others = original.red_ids.filtered(lambda red: red.state == "issued") - ticket_sudo
        if others:
            others[-1:]._mark_cancelled()
        else:
            original.write({"void_reason": False, "void_user_id": False, "void_date": False})

    def _note_undo(self, ticket, with_content=False):
        """Keep what the ticket says before the file changes it."""
        ticket_sudo = ticket.sudo()
        values = {}
        for fname in (*NUMBERS, *(CONTENT if with_content else ())):
            field = ticket_sudo._fields[fname]
            value = field.convert_to_write(ticket_sudo[fname], ticket_sudo)
            values[fname] = fields.Date.to_string(value) if field.type == "date" else value
        if with_content:
            values["lines"] = ticket_sudo.line_ids.copy_data()
            for line in values["lines"]:
                line.pop("ticket_id", None)
        self.sudo().undo = values
