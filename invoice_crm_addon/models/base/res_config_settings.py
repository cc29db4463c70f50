from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    ticket_over_issue = fields.Selection(
        related="company_id.ticket_over_issue", readonly=False, required=True
    )
    ticket_quota_policy = fields.Selection(
        related="company_id.ticket_quota_policy", readonly=False, required=True
    )
    ticket_tax_included = fields.Boolean(related="company_id.ticket_tax_included", readonly=False)
    ticket_payment_term_id = fields.Many2one(
        related="company_id.ticket_payment_term_id", readonly=False
    )
    billing_auto_review = fields.Selection(
        related="company_id.billing_auto_review", readonly=False, required=True
    )
    billing_confirm_months = fields.Integer(
        related="company_id.billing_confirm_months", readonly=False
    )
