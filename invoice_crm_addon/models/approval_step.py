from odoo import fields, models


class InvoiceApprovalStep(models.Model):
    """A stage as it was when the request started: name, rule and people are copies."""

    _name = "invoice.approval.step"
    _inherit = ["invoice.approval.history.mixin"]
    _description = "Approval Step"
    _order = "request_id, sequence, id"

    request_id = fields.Many2one(
        "invoice.approval.request", required=True, index=True, ondelete="restrict"
    )
    company_id = fields.Many2one(related="request_id.company_id", store=True, index=True)
    sequence = fields.Integer()
    name = fields.Char(required=True)
    rule = fields.Selection(
        selection=[("any", "Any of them"), ("all", "All of them")], required=True
    )
    approver_ids = fields.Many2many(
        "res.users", "invoice_approval_step_user_rel", string="Approvers"
    )
    state = fields.Selection(
        selection=[
            ("waiting", "Later"),
            ("pending", "To decide"),
            ("approved", "Approved"),
            ("rejected", "Rejected"),
            ("skipped", "Skipped"),
            ("cancelled", "Cancelled"),
        ],
        default="waiting",
        required=True,
    )
    decision_ids = fields.One2many("invoice.approval.decision", "step_id", string="Decisions")

    def _get_undecided_users(self):
        """Approvers of the step who have not agreed yet.

        :rtype: res.users
        """
        self.ensure_one()
        return self.approver_ids - self.decision_ids.user_id
