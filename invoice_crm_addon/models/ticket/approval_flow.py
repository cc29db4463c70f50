from odoo import fields, models


class InvoiceApprovalFlow(models.Model):
    """Flows are for tickets unless somebody says otherwise."""

    _inherit = "invoice.approval.flow"

    res_model = fields.Selection(default="invoice.ticket")
