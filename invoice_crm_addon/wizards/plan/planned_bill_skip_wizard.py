from odoo import fields, models


class InvoicePlannedBillSkipWizard(models.TransientModel):
    """Asks why planned bills are not made."""

    _name = "invoice.planned.bill.skip.wizard"
    _inherit = ["invoice.readable.mixin"]
    _description = "Skip Planned Bills"

    bill_ids = fields.Many2many("invoice.planned.bill", string="Planned Bills", required=True)
    reason = fields.Char(required=True)

    def action_confirm(self):
        """Skip them.

        :raise UserError: see ``action_skip`` of the planned bill
        """
        self.ensure_one()
        return self.bill_ids.action_skip(self.reason)
