from odoo import api, fields, models


class InvoiceContractMilestone(models.Model):
    """A planned ticket, made with one click when its day has come."""

    _name = "invoice.contract.milestone"
    _inherit = ["invoice.contract.milestone", "invoice.action.mixin"]

    can_create_ticket = fields.Boolean(compute="_compute_can_create_ticket")

    @api.depends(
        "kind", "amount", "amount_done", "contract_id.state", "contract_id.amount_to_ticket"
    )
    @api.depends_context("uid")
    def _compute_can_create_ticket(self):
        self._compute_can("create_ticket")

    # === CAN === #

    def _get_cannot_create_ticket_reason(self):
        if not self.contract_id._origin or not self._origin:
            return self.env._("Save the contract first.")
        if reason := self.contract_id._get_cannot_create_ticket_reason():
            return reason
        if self.kind != "ticket":
            return self.env._("%s is a collection, for which no ticket is planned.", self.name)
        if self.currency_id.compare_amounts(self._get_amount_to_make(), 0.0) <= 0:
            return self.env._("Nothing of %s is left to ticket.", self.name)
        return False

    # === ACTION METHODS === #

    def action_create_ticket(self):
        """Open a new ticket for what is planned and not ticketed yet.

        :raise UserError: if nothing of it is left, or the contract cannot be ticketed
        """
        self.ensure_one()
        self._check_can("create_ticket")
        return self.env["invoice.ticket"]._open_new(self._prepare_ticket_context())

    # === VALUES === #

    def _get_amount_to_make(self):
        """What is planned and not done, as far as the contract has room, tax included."""
        return min(self.amount - self.amount_done, self.contract_id.amount_to_ticket)

    def _prepare_ticket_context(self):
        """Defaults of a ticket for the milestone."""
        self.ensure_one()
        context = self.contract_id._prepare_part_context(
            self._get_amount_to_make(), self.name, self
        )
        # sudo: the ticket is the one that was planned, if none was made of it yet
        planned_sudo = self.sudo().bill_ids.filtered(lambda bill: not bill.is_touched)
        return {
            **context,
            "default_planned_bill_id": planned_sudo.id,
            "default_date_planned": self.date_due,
        }
