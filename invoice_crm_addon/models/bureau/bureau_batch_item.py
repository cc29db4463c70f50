from odoo import api, fields, models
from odoo.exceptions import UserError

from ..base.proof import proven
from ..base.public_methods import Text
from ..base.words import KeptText, words


class InvoiceBureauBatchItem(models.Model):
    """A ticket in a batch, and what the tax bureau answered.

    State     Meaning
    =====================================================================================
    open      no answer yet: the ticket is at the tax bureau, and in no other open batch
    issued    a fapiao came back, by file, list or number
    refused   the tax bureau said no; the reason stands here, and the ticket waits again
    removed   taken out before an answer, or the ticket went another way
    =====================================================================================
    """

    _name = "invoice.bureau.batch.item"
    _inherit = ["invoice.guard.mixin", "invoice.action.mixin"]
    _description = "Ticket in a Tax Bureau Batch"
    _order = "batch_id desc, id"

    _guarded_fields = ("batch_id", "ticket_id", "name", "state", "reason", "answered_on")

    batch_id = fields.Many2one(
        "invoice.bureau.batch", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="batch_id.company_id", store=True, index=True)
    ticket_id = fields.Many2one("invoice.ticket", index=True, ondelete="set null")
    name = fields.Char(string="Ticket Number", required=True, index="trigram")
    state = fields.Selection(
        selection=[
            ("open", "Not Answered"),
            ("issued", "Issued"),
            ("refused", "Refused"),
            ("removed", "Taken Out"),
        ],
        default="open",
        required=True,
    )
    reason = KeptText()
    answered_on = fields.Datetime()
    answered_by_id = fields.Many2one("res.users", index="btree_not_null")
    partner_id = fields.Many2one(related="ticket_id.partner_id")
    buyer_name = fields.Char(related="ticket_id.buyer_name")
    fapiao_number = fields.Char(related="ticket_id.fapiao_number")
    currency_id = fields.Many2one(related="ticket_id.currency_id")
    amount_total = fields.Monetary(related="ticket_id.amount_total")
    can_answer = fields.Boolean(compute="_compute_rights")

    # In two transactions at once the second one fails here, whatever it saw.
    _open_uniq = models.UniqueIndex(
        "(ticket_id) WHERE state = 'open'", "A ticket is in another open tax bureau batch already."
    )

    # === COMPUTE METHODS === #

    @api.depends("state")
    @api.depends_context("uid")
    def _compute_rights(self):
        self._compute_can("answer")

    # === CAN === #

    def _get_cannot_answer_reason(self):
        if reason := self.env["invoice.ticket"]._get_not_bureau_finance_reason():
            return reason
        if self.state != "open":
            return self.env._("The tax bureau has answered for %s already.", self.name)
        return False

    # === ACTION METHODS === #

    def action_take_out(self):
        """Take tickets out of their batch: they were not uploaded, or are issued otherwise.

        :raise UserError: if one is answered already
        """
        self._check_can("answer", claim=True)
        self._leave("removed")
        return True

    def action_refuse(self, reason: Text = None):
        """Record that the tax bureau refused tickets, or open the dialog that asks why.

        :param str reason: what the tax bureau said; without it the dialog opens
        :raise UserError: if one is answered already
        """
        self._check_can("answer", claim=reason is not None)
        if reason is None:
            return {
                "type": "ir.actions.act_window",
                "name": self.env._("Refused by the Tax Bureau"),
                "res_model": "invoice.bureau.refuse.wizard",
                "views": [(False, "form")],
                "target": "new",
                "context": {"default_item_ids": self.ids},
            }
        if not reason.strip():
            raise UserError(self.env._("Enter what the tax bureau said."))
        self._leave("refused", reason.strip())
        return True

    def action_open_ticket(self):
        """Open the ticket."""
        self.ensure_one()
        return self.ticket_id._open_tickets(self.ticket_id)

    # === BUSINESS METHODS === #

    def _leave(self, state, reason=False):
        """Settle open items; their tickets are at the tax bureau no longer.

        :param str state: see the model
        :param reason: sentence, or False
        """
        items_sudo = proven(self)
        now = fields.Datetime.now()
        items_sudo.write(
            {
                "state": state,
                "reason": reason,
                "answered_on": now,
                "answered_by_id": self.env.uid,
            }
        )
        # Rows of the next batch are inserted at once, and these would stand in their way.
        items_sudo.flush_recordset(["state"])
        tickets_sudo = items_sudo.ticket_id
        tickets_sudo.bureau_state = "refused" if state == "refused" else False
        if state != "issued" and tickets_sudo:
            self._tell(tickets_sudo, state, reason)
        items_sudo.batch_id._close()

    @api.model
    def _tell(self, tickets, state, reason):
        if state == "refused":
            said = self.env._("Refused by the tax bureau: %s", reason)
        else:
            said = self.env._("Taken out of the tax bureau batch.")
        tickets._message_log_batch(bodies=dict.fromkeys(tickets.ids, said))

    def _wait_again(self):
        """The answer was undone: the tickets are at the tax bureau as before.

        Where the ticket is in another open batch meanwhile, it stays there.
        """
        items_sudo = proven(self)
        elsewhere = items_sudo.search(
            [("ticket_id", "in", items_sudo.ticket_id.ids), ("state", "=", "open")]
        ).ticket_id
        back = items_sudo.filtered(
            lambda item: item.ticket_id not in elsewhere and item.batch_id.state != "cancelled"
        )
        back.write({"state": "open", "answered_on": False, "answered_by_id": False})
        back.ticket_id.bureau_state = "sent"
        back.batch_id._close()

    @api.model
    def _get_left_reason(self, state):
        """Why a ticket left without an answer, as a sentence that is kept."""
        if state == "draft":
            return words(self.env)._("The ticket went back to draft.")
        return words(self.env)._("The ticket was voided.")
