from odoo import fields, models


class AccountPayment(models.Model):
    _inherit = "account.payment"

    invoice_contract_id = fields.Many2one(
        "invoice.contract",
        string="Contract",
        index="btree_not_null",
        ondelete="restrict",
        check_company=True,
        domain="[('partner_id', '=?', partner_id)]",
    )
