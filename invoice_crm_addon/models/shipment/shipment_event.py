from odoo import fields, models

SHIPMENT_STATES = [
    ("draft", "Not Picked Up"),
    ("picked_up", "Picked Up"),
    ("in_transit", "In Transit"),
    ("out_for_delivery", "Out for Delivery"),
    ("delivered", "Delivered"),
    ("problem", "Problem"),
    ("returned", "Returned"),
    ("unknown", "Unknown"),
]


class InvoiceShipmentEvent(models.Model):
    """What happened to a parcel, where and when. The latest event gives the parcel's state."""

    _name = "invoice.shipment.event"
    _inherit = ["invoice.row.mixin"]
    _description = "Shipment Event"
    _order = "date desc, id desc"

    _document_field = "shipment_id"

    shipment_id = fields.Many2one("invoice.shipment", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="shipment_id.company_id", store=True, precompute=True)
    date = fields.Datetime(string="When", default=fields.Datetime.now, required=True)
    state = fields.Selection(selection=SHIPMENT_STATES, default="in_transit", required=True)
    location = fields.Char(string="Where")
    description = fields.Char()
    signed_by = fields.Char(help="Who received the parcel.")

    def action_save(self):
        """Close the dialog; the event is saved with it."""
        return {"type": "ir.actions.act_window_close"}
