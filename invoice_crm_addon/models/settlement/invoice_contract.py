from odoo import api, fields, models
from odoo.fields import Command


class InvoiceContract(models.Model):
    """A contract that is ticketed with one click, or cancelled under its tickets."""

    _inherit = "invoice.contract"

    can_open_cancel = fields.Boolean(compute="_compute_can_open_cancel")

    @api.depends("state", "has_tickets", "approval_request_ids.state")
    @api.depends_context("uid")
    def _compute_can_open_cancel(self):
        self._compute_can("open_cancel")

    def action_create_ticket(self):
        """Open a new ticket of what is left of the contract, with all that is known of it.

        :raise UserError: if the contract cannot be ticketed
        """
        self.ensure_one()
        self._check_can("create_ticket")
        return self.env["invoice.ticket"]._open_new(self._prepare_rest_context())

    def _prepare_rest_context(self):
        """Defaults of a ticket of what is left of the contract.

        One line says what it is for, and for how much. A template with lines says it better.
        """
        self.ensure_one()
        context = self._prepare_ticket_context()
        if self.currency_id.compare_amounts(self.amount_to_ticket, 0.0) <= 0:
            return context
        values = {key.removeprefix("default_"): value for key, value in context.items()}
        if self.env["invoice.ticket"].new(values)._get_proposed_template().line_ids:
            return context
        line = self._prepare_single_line(self.amount_to_ticket, [self.name], context)
        return {
            **context,
            "default_currency_id": self.currency_id.id,
            "default_tax_included": True,
            "default_line_ids": [Command.create(line)],
        }

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
