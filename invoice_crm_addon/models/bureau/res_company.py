from odoo import fields, models


class ResCompany(models.Model):
    _inherit = "res.company"

    bureau_serial_in_remark = fields.Boolean(
        string="Ticket Number in the Remarks",
        default=True,
        help="The tax bureau gives a fapiao back without our number, unless it stands in the "
        "remarks that are printed on it.",
    )


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    bureau_serial_in_remark = fields.Boolean(
        related="company_id.bureau_serial_in_remark", readonly=False
    )
