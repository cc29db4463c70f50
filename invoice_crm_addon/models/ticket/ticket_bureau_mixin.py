from odoo import api, fields, models

from ..base.proof import proven
from ..base.words import words


class InvoiceTicketBureauMixin(models.AbstractModel):
    """What a ticket is to the tax bureau: its codes, its special business, and whether it lies
    there, see ``invoice.bureau.batch``."""

    _name = "invoice.ticket.bureau.mixin"
    _description = "Ticket for the Tax Bureau"

    goods_hint = fields.Text(string="Unusual Rates", compute="_compute_goods_hint")
    special_ids = fields.One2many(
        "invoice.ticket.special", "ticket_id", string="Details of the Business", copy=True
    )
    bureau_state = fields.Selection(
        selection=[("sent", "Sent to the Tax Bureau"), ("refused", "Refused by the Tax Bureau")],
        string="At the Tax Bureau",
        index="btree_not_null",
        copy=False,
    )
    bureau_item_ids = fields.One2many(
        "invoice.bureau.batch.item",
        "ticket_id",
        string="Tax Bureau Batches",
        groups="invoice_crm_addon.group_ticket_finance,invoice_crm_addon.group_ticket_auditor",
    )

    # === COMPUTE METHODS === #

    @api.depends("line_ids.goods_hint", "state")
    @api.depends_context("lang")
    def _compute_goods_hint(self):
        for ticket in self:
            lines = [] if ticket.state in ("issued", "voided") else ticket.line_ids
            ticket.goods_hint = "\n".join(filter(None, (x.goods_hint for x in lines))) or False

    # === CRUD METHODS === #

    def write(self, vals):
        """Whatever moves a ticket on, its batch knows."""
        if "state" not in vals:
            return super().write(vals)
        before = {ticket: ticket.state for ticket in self}
        result = super().write(vals)
        moved = self.filtered(lambda ticket: ticket.state != before[ticket])
        moved._follow_to_bureau(before)
        return result

    # === BUREAU === #

    def _follow_to_bureau(self, before):
        """Settle or open again what tax bureau batches say of tickets whose state changed."""
        Batch = self.env["invoice.bureau.batch"]
        at_bureau = self.filtered(lambda ticket: ticket.bureau_state == "sent")
        for state, tickets in at_bureau.grouped("state").items():
            if state == "issued":
                Batch._settle(tickets)
            elif state in ("draft", "voided"):
                Item = self.env["invoice.bureau.batch.item"]
                Batch._settle(tickets, "removed", Item._get_left_reason(state))
        # What the tax bureau said no to has become something else.
        refused = self.filtered(lambda t: t.bureau_state == "refused" and t.state != "approved")
        proven(refused).bureau_state = False
        back = self.filtered(lambda t: before[t] == "issued" and t.state == "approved")
        if back:
            # sudo: invoice.bureau.batch.item - who undoes an answer writes no batches
            items_sudo = self.env["invoice.bureau.batch.item"].sudo()
            found = items_sudo.search([("ticket_id", "in", back.ids)], order="id desc")
            latest = {item.ticket_id: item for item in found.sorted("id")}.values()
            items_sudo.concat(*latest).filtered(lambda i: i.state == "issued")._wait_again()

    def _get_at_bureau_reason(self):
        """Why nobody changes the ticket while it lies at the tax bureau, or False."""
        if self.bureau_state != "sent":
            return False
        # sudo: invoice.bureau.batch.item - the number of the batch, for whoever waits for it
        items_sudo = self.env["invoice.bureau.batch.item"].sudo()
        item_sudo = items_sudo.search(
            [("ticket_id", "=", self.id), ("state", "=", "open")], limit=1
        )
        return words(self.env)._(
            "%(ticket)s was sent to the tax bureau in %(batch)s. Finance takes it out first.",
            ticket=self.name,
            batch=item_sudo.batch_id.name or "–",
        )

    # === CAN === #

    @api.model
    def _get_not_bureau_finance_reason(self):
        """Why the user has nothing to do with the tax bureau, or False."""
        if not self.env.user.has_group("invoice_crm_addon.group_ticket_finance"):
            return words(self.env)._("This is for finance to do.")
        return False

    def _get_cannot_bureau_reason(self):
        if reason := self._get_not_finance_reason():
            return reason
        if self.state != "approved":
            return self.env._("Only approved tickets go to the tax bureau.")
        if self.fapiao_number:
            return self.env._("It has a number already.")
        if not self.is_fapiao:
            return self.env._("Only a fapiao goes to the tax bureau.")
        if not self.red_of_id:
            if reason := self.env["invoice.bureau.writer"]._get_unfit_reason(self):
                return reason
        return self._get_at_bureau_reason() or self._get_change_waiting_reason()

    # === ACTION METHODS === #

    def action_send_to_bureau(self):
        """Open the dialog that checks tickets and fills the workbook of the tax bureau.

        :raise UserError: if the user is not of finance
        """
        wizard = self.env["invoice.bureau.batch.wizard"]._open_for(self)
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Tax Bureau Batch"),
            "res_model": wizard._name,
            "res_id": wizard.id,
            "views": [(False, "form")],
            "target": "new",
        }

    # === SPECIAL BUSINESS === #

    def _get_missing_special(self):
        """Labels of what a fapiao of the type's special business cannot do without.

        :rtype: list[str]
        """
        if not self.type_id.special_business or self.red_of_id:
            return []
        if not self.special_ids:
            return [self._fields["special_ids"]._description_string(self.env)]
        return self.special_ids._get_missing()
