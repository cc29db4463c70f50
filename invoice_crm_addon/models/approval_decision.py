from odoo import fields, models


class InvoiceApprovalDecision(models.Model):
    """What somebody decided, when and why. Written once, never changed, never deleted."""

    _name = "invoice.approval.decision"
    _inherit = ["invoice.approval.history.mixin"]
    _description = "Approval Decision"
    _order = "id"

    request_id = fields.Many2one(
        "invoice.approval.request", required=True, index=True, ondelete="restrict"
    )
    company_id = fields.Many2one(related="request_id.company_id", store=True, index=True)
    step_id = fields.Many2one("invoice.approval.step", index=True, ondelete="restrict")
    user_id = fields.Many2one("res.users", string="By", required=True, ondelete="restrict")
    decision = fields.Selection(
        selection=[
            ("submit", "Submitted"),
            ("approve", "Approved"),
            ("reject", "Rejected"),
            ("withdraw", "Withdrawn"),
        ],
        required=True,
    )
    comment = fields.Text()
    date = fields.Datetime(string="On", default=fields.Datetime.now, required=True)
