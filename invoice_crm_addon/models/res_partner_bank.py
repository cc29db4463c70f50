from odoo import api, models
from odoo.fields import Domain

from .res_partner import FULL_NUMBER_GROUPS

TICKET_GROUPS = (
    "invoice_crm_addon.group_ticket_user,invoice_crm_addon.group_ticket_auditor"
)
BOOKKEEPER_GROUPS = (
    "account.group_account_invoice,account.group_account_readonly,hr.group_hr_user"
)
NUMBER_FIELDS = ("acc_number", "sanitized_acc_number")


class ResPartnerBank(models.Model):
    """Sales and auditors see the last four digits of an account number, finance all of it.

    Only people who work with tickets are restricted: who has no part in them, keeps the books
    or the personnel files reads bank accounts as core Odoo lets them.
    """

    _inherit = "res.partner.bank"

    @api.model
    def _is_account_number_masked(self):
        """Whether the current user must not see whole account numbers."""
        user = self.env.user
        return (
            not self.env.su
            and user.has_groups(TICKET_GROUPS)
            and not user.has_groups(FULL_NUMBER_GROUPS)
            and not user.has_groups(BOOKKEEPER_GROUPS)
        )

    @api.model
    def _mask_account_number(self, number):
        """Last four digits of an account number.

        :param str number: maybe empty
        """
        return number and f"**** {number.replace(' ', '')[-4:]}"

    def _has_field_access(self, field, operation):
        if operation == "read" and field.name in NUMBER_FIELDS:
            if self._is_account_number_masked():
                return False
        return super()._has_field_access(field, operation)

    @api.depends_context("uid")
    def _compute_display_name(self):
        if not self._is_account_number_masked():
            return super()._compute_display_name()
        for account in self:
            account_sudo = account.sudo()
            masked = self._mask_account_number(account_sudo.acc_number)
            bank = account_sudo.bank_id.name
            account.display_name = f"{masked} - {bank}" if bank else masked

    @api.model
    def _search_display_name(self, operator, value):
        if self._is_account_number_masked():
            return Domain("bank_id.name", operator, value)
        return super()._search_display_name(operator, value)

    def write(self, vals):
        """A billing account that changes is a change of the billing data."""
        if not vals.keys() & {"acc_number", "sanitized_acc_number", "bank_id"}:
            return super().write(vals)
        customers_sudo = (
            self.env["res.partner"]
            .sudo()
            .with_context(active_test=False)
            .search([("invoice_bank_account_id", "in", self.ids)])
        )
        before = {customer: customer._get_billing_columns() for customer in customers_sudo}
        result = super().write(vals)
        changed_sudo = customers_sudo.filtered(lambda c: c._get_billing_columns() != before[c])
        pending_sudo = changed_sudo.filtered(lambda c: c.billing_state == "pending")
        if pending_sudo and not self.env.su:
            pending_sudo[0]._raise_billing_pending()
        changed_sudo._billing_changed()
        return result

    def _compute_acc_type(self):
        # It tells the kind of account, not its number.
        return super(ResPartnerBank, self.sudo())._compute_acc_type()
