from odoo import api, fields, models


class TestApprovalDocumentLine(models.Model):
    """A row of a document: what was approved may be changed here as well."""

    _name = "test.approval.document.line"
    _description = "Test Document Line"
    _inherit = ["invoice.approval.row.mixin"]

    _document_field = "document_id"

    document_id = fields.Many2one(
        "test.approval.document", required=True, index=True, ondelete="cascade"
    )
    currency_id = fields.Many2one(related="document_id.currency_id")
    name = fields.Char(required=True)
    quantity = fields.Float(default=1.0)
    price = fields.Monetary()
    amount = fields.Monetary(compute="_compute_amount", store=True)

    # === COMPUTE METHODS === #

    @api.depends("quantity", "price")
    def _compute_amount(self):
        for line in self:
            line.amount = line.quantity * line.price
