from odoo import fields, models


class AccountPayment(models.Model):
    _inherit = "account.payment"

    ticket_user_id = fields.Many2one(
        related="invoice_contract_id.user_id", string="In Charge of the Contract"
    )
    ticket_department_id = fields.Many2one(
        related="invoice_contract_id.department_id", string="Department of the Contract"
    )
