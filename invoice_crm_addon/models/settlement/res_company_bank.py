from odoo import fields, models


class ResCompany(models.Model):
    _inherit = "res.company"

    bank_match_auto = fields.Boolean(
        string="Match Certain Bank Lines at Once",
        help="What a customer surely paid is booked when the statement is imported, without a "
        "click. Everything can be taken back.",
    )


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    bank_match_auto = fields.Boolean(related="company_id.bank_match_auto", readonly=False)
