from odoo import fields, models
from odoo.fields import Command


class AccountPayment(models.Model):
    _inherit = "account.payment"

    ticket_user_id = fields.Many2one(
        related="invoice_contract_id.user_id", string="In Charge of the Contract"
    )
    ticket_department_id = fields.Many2one(
        related="invoice_contract_id.department_id", string="Department of the Contract"
    )

    def action_create_ticket(self):
        """Open a new ticket for what of the collection is not ticketed yet.

        :raise UserError: if it is no collection that came in, or nothing of it is left
        """
        self.ensure_one()
        self._check_can("create_ticket")
        return self.env["invoice.ticket"]._open_new(self._prepare_ticket_context())

    def _get_cannot_create_ticket_reason(self):
        if reason := self._get_cannot_be_ticketed_reason():
            return reason
        if self.currency_id.compare_amounts(self.amount_to_ticket, 0.0) <= 0:
            return self.env._("%s is ticketed already: nothing of it is left.", self.display_name)
        return False

    def _prepare_ticket_context(self):
        """Defaults of a ticket: the customer, and one line of what is left, tax included."""
        owner = self.env["invoice.ticket"]._get_owner(
            self.invoice_contract_id.user_id or self.partner_id.user_id, self.company_id
        )
        left = self.amount_to_ticket
        content = self.memo or self.invoice_contract_id.name or self.name
        return {
            "default_partner_id": self.partner_id.commercial_partner_id.id,
            "default_company_id": self.company_id.id,
            "default_currency_id": self.currency_id.id,
            "default_contract_id": self.invoice_contract_id.id,
            "default_content": content,
            "default_user_id": owner.id,
            "default_tax_included": True,
            "default_line_ids": [Command.create({"name": content, "price_unit": left})],
            "default_allocation_ids": [Command.create({"payment_id": self.id, "amount": left})],
        }
