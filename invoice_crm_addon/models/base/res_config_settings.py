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
