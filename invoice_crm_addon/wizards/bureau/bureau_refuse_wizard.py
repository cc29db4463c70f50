from odoo import fields, models


class InvoiceBureauRefuseWizard(models.TransientModel):
    """Asks what the tax bureau said when it refused tickets."""

    _name = "invoice.bureau.refuse.wizard"
    _inherit = ["invoice.readable.mixin"]
    _description = "Refused by the Tax Bureau"

    item_ids = fields.Many2many("invoice.bureau.batch.item", string="Tickets", required=True)
    reason = fields.Char(required=True)

    def action_confirm(self):
        """Record it; the tickets wait to be mended.

        :raise UserError: see ``action_refuse`` of the item
        """
        self.ensure_one()
        return self.item_ids.action_refuse(self.reason)
