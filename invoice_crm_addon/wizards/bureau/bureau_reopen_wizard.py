from odoo import fields, models


class InvoiceBureauReopenWizard(models.TransientModel):
    """Asks why a closed month is opened again: the next auditor will."""

    _name = "invoice.bureau.reopen.wizard"
    _inherit = ["invoice.readable.mixin"]
    _description = "Open a Month Again"

    month_id = fields.Many2one("invoice.bureau.month", required=True)
    reason = fields.Char(required=True)

    def action_confirm(self):
        """Open it.

        :raise UserError: see ``action_reopen`` of the month
        """
        self.ensure_one()
        return self.month_id.action_reopen(self.reason)
