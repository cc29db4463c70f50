from odoo import models

from .ticket_buyer import BILLING_FIELDS


class InvoiceTicket(models.Model):
    """What a ticket needs before it is submitted, and what a decision does to it."""

    _inherit = "invoice.ticket"

    def _get_cannot_submit_reason(self):
        self.ensure_one()
        if self.state != "draft":
            return self.env._("Only a draft can be submitted.")
        if not self.has_access("write"):
            return self.env._("You may not change this ticket.")
        if missing := self._get_missing():
            return self.env._("Fill in first: %s.", ", ".join(missing))
        contract_sudo = self.sudo().contract_id
        if contract_sudo and contract_sudo.state != "active" and not self.red_of_id:
            return self.env._(
                "The contract %s is not active, so nothing of it can be ticketed.",
                contract_sudo.display_name,
            )
        return super()._get_cannot_submit_reason()

    def _get_missing(self):
        """Labels of what the ticket lacks before it can be submitted.

        :rtype: list[str]
        """
        self.ensure_one()
        ticket_sudo = self.sudo()
        required = ["partner_id", *BILLING_FIELDS[self.type_id.billing_requirement or "none"]]
        if self.type_id.contract_required:
            required.append("contract_id")
        missing = [
            self._fields[fname]._description_string(self.env)
            for fname in required
            if not ticket_sudo[fname]
        ]
        values = dict(ticket_sudo.properties)
        missing += [
            custom_field.name
            for custom_field in self.type_id.custom_field_ids
            if custom_field.is_required and values.get(custom_field._get_key()) in (None, False, "")
        ]
        if self.currency_id.is_zero(self.amount_total):
            missing.append(self.env._("lines with an amount"))
        return missing

    def _approval_on_submitted(self):
        # The billing data are taken over while the ticket is a draft.
        self.flush_recordset()
        self.state = "pending"
        self._check_over_issue()

    def _approval_on_approved(self):
        self.state = "approved"

    def _approval_on_rejected(self):
        self.state = "draft"

    def _approval_on_withdrawn(self):
        self.state = "draft"
