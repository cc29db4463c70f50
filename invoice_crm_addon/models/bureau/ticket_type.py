from odoo import fields, models

from ...sheets.bureau_columns import SPECIALS


class InvoiceTicketType(models.Model):
    """What tickets of a type say to the tax bureau beside what all say."""

    _inherit = "invoice.ticket.type"

    special_business = fields.Selection(
        selection=[
            ("construction", "Building Services"),
            ("freight", "Transport of Goods"),
            ("estate_sale", "Sale of Real Estate"),
            ("estate_lease", "Lease of Real Estate"),
            ("passenger", "Transport of Passengers"),
        ],
        help="A fapiao of such a business says more, which its tickets ask for.",
    )

    def _get_special_name(self):
        """What the tax bureau calls the special business, or an empty text."""
        return SPECIALS.get(self.special_business, "")


class InvoiceTicketTypeField(models.Model):
    _inherit = "invoice.ticket.type.field"

    is_on_fapiao = fields.Boolean(
        string="On the Fapiao", help="The tax bureau prints it on the fapiao (附加要素)."
    )
