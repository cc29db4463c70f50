from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    ticket_mail_template_id = fields.Many2one(
        related="company_id.ticket_mail_template_id", readonly=False
    )
