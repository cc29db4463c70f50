from odoo import api, fields, models


class AccountPayment(models.Model):
    _name = "account.payment"
    _inherit = ["account.payment", "invoice.ticketable.mixin"]

    _allocation_field = "payment_id"

    invoice_contract_id = fields.Many2one(
        "invoice.contract",
        string="Contract",
        index="btree_not_null",
        ondelete="restrict",
        check_company=True,
        domain="[('partner_id', 'parent_of', partner_id)]",
    )

    @api.constrains("invoice_contract_id", "partner_id")
    def _check_invoice_contract(self):
        for payment in self.filtered("invoice_contract_id"):
            payment.invoice_contract_id._check_customer_of(payment)

    def _get_ticketable_limit(self):
        return abs(self.amount)
