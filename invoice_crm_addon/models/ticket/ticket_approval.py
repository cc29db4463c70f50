from odoo import api, models

from .ticket_buyer import BILLING_FIELDS


class InvoiceTicket(models.Model):
    """What a ticket needs before it is submitted, and what a decision does to it."""

    _inherit = "invoice.ticket"

    def _get_unsubmittable_reason(self):
        if self.state != "draft":
            return self.env._("Only a draft can be submitted.")
        if not self.has_access("write"):
            return self.env._("You may not change this ticket.")
        return super()._get_unsubmittable_reason()

    def _get_cannot_submit_reason(self):
        if reason := super()._get_cannot_submit_reason():
            return reason
        if missing := self._get_missing():
            return self.env._("Fill in first: %s.", ", ".join(missing))
        contract_sudo = self.sudo().contract_id
        if contract_sudo and contract_sudo.state != "active" and not self.red_of_id:
            return self.env._(
                "The contract %s is not active, so nothing of it can be ticketed.",
                contract_sudo.display_name,
            )
        if reason := contract_sudo._get_amount_waiting_reason():
            return reason
        return self.sudo()._get_allocation_problem()

    def _get_allocation_problem(self):
        """Why what the ticket documents does not fit its total, or False.

        Invoices and payments are added up apart: a ticket may name an invoice and its payment.
        """
        self.ensure_one()
        currency = self.currency_id
        for fname in ("move_id", "payment_id"):
            allocations = self.allocation_ids.filtered(
                lambda a, fname=fname: a[fname] and a.currency_id == currency
            )
            wrong_sign = any(a.amount * self.amount_total < 0 for a in allocations)
            documented = abs(sum(allocations.mapped("amount")))
            if wrong_sign or currency.compare_amounts(documented, abs(self.amount_total)) > 0:
                return self.env._(
                    "The invoices or payments of %s are entered with more than its total, or with "
                    "the wrong sign. Correct their amounts.",
                    self.display_name,
                )
        return False

    def _get_approval_owner(self):
        return self.user_id

    def _get_approval_department(self):
        return self.department_id

    def _get_approval_contract_owner(self):
        return self.contract_id.user_id

    def _get_approval_summary(self):
        return {
            "partner_id": self.partner_id.id,
            "summary": " · ".join(filter(None, [self.type_id.name, self.content])),
            "currency_id": self.currency_id.id,
            "amount": self.amount_total,
        }

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
        missing += ticket_sudo._get_missing_custom_fields()
        if self.currency_id.is_zero(self.amount_total):
            missing.append(self.env._("lines with an amount"))
        return missing

    def _get_missing_custom_fields(self):
        """Names of the required custom fields of the type that are empty."""
        self.ensure_one()
        if not self.type_id.properties_definition:
            return []
        required = self.type_id._get_required_custom_fields()
        values = dict(self.properties) if required else {}
        return [
            label for label, kind, key in required if self._is_property_empty(kind, values.get(key))
        ]

    @api.model
    def _is_property_empty(self, kind, value):
        """Whether a value leaves a custom field empty; a zero, which Odoo gives as False, not."""
        if kind in ("integer", "float"):
            return value is None
        return kind != "boolean" and not value

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

    # === CHANGES AFTER APPROVAL === #

    def _is_approval_watched(self):
        return self.state in ("approved", "issued") and not self.red_of_id

    def _approval_on_change_submitted(self):
        self._check_over_issue()

    def _approval_on_change_approved(self):
        self._check_over_issue()
