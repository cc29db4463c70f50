from urllib.parse import quote

from odoo import fields, models


class InvoiceCarrier(models.Model):
    """A courier company and its tracking page."""

    _name = "invoice.carrier"
    _inherit = ["invoice.readable.mixin"]
    _description = "Carrier"
    _order = "sequence, name, id"

    name = fields.Char(required=True, translate=True)
    code = fields.Char(required=True, help="Code that tracking services use for the carrier.")
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    tracking_url = fields.Char(
        string="Tracking Page",
        help="Web address of the carrier's tracking page. {number} stands for the parcel number.",
    )
    phone = fields.Char(string="Hotline")

    _code_uniq = models.UniqueIndex("(lower(code))", "Another carrier has this code.")

    def _get_tracking_link(self, number):
        """Address of the page that tracks a parcel, or False.

        :param str number: parcel number, as printed by the carrier
        """
        if not self.tracking_url or not number:
            return False
        return self.tracking_url.replace("{number}", quote(number, safe=""))
