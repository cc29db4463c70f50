from odoo import fields, models


class ResCompany(models.Model):
    _inherit = "res.company"

    bureau_serial_in_remark = fields.Boolean(
        string="Ticket Number in the Remarks",
        default=True,
        help="The tax bureau gives a fapiao back without our number, unless it stands in the "
        "remarks that are printed on it.",
    )
    bureau_shows_seller = fields.Boolean(
        string="Our Address and Bank on Fapiao",
        help="Fapiao that are issued from a workbook show address and phone of the company, and "
        "its bank account: that of its billing data, else its first one.",
    )


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    bureau_serial_in_remark = fields.Boolean(
        related="company_id.bureau_serial_in_remark", readonly=False
    )
    bureau_shows_seller = fields.Boolean(related="company_id.bureau_shows_seller", readonly=False)
