from odoo import api, fields, models


class InvoiceContract(models.Model):
    """A contract that is cancelled under its tickets."""

    _inherit = "invoice.contract"

    can_open_cancel = fields.Boolean(compute="_compute_can_open_cancel")

    @api.depends("state", "has_tickets", "approval_request_ids.state")
    @api.depends_context("uid")
    def _compute_can_open_cancel(self):
        self._compute_can("open_cancel")

    def action_open_cancel(self):
        """Cancel the contract; if there are tickets of it, ask first what becomes of each.

        :raise UserError: if the contract cannot be cancelled now
        """
        self.ensure_one()
        self._check_can("open_cancel")
        if self._get_tickets_to_decide():
            return self._open_cancelling("contract_id")
        return self.action_cancel()

    def _get_cannot_open_cancel_reason(self):
        if reason := self._get_change_waiting_reason():
            return reason
        return self._get_wrong_state_reason("draft", "active")
