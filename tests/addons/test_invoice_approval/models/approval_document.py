from odoo import api, fields, models


class TestApprovalDocument(models.Model):
    """A document with every kind of field that an approval may look at.

    State    Meaning                Next
    =====================================================================================
    draft    being written          pending, done (no flow)
    pending  waits for approval     done, draft (rejected, withdrawn)
    done     approved               –
    =====================================================================================
    """

    _name = "test.approval.document"
    _description = "Test Document to Approve"
    _inherit = ["mail.thread", "mail.activity.mixin", "invoice.approval.mixin"]

    _guarded_fields = ("state",)

    name = fields.Char(required=True)
    active = fields.Boolean(default=True)
    state = fields.Selection(
        selection=[("draft", "Draft"), ("pending", "Pending"), ("done", "Done")],
        default="draft",
        required=True,
    )
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company
    )
    user_id = fields.Many2one("res.users", default=lambda self: self.env.user)
    partner_id = fields.Many2one("res.partner")
    currency_id = fields.Many2one(
        "res.currency", required=True, default=lambda self: self.env.company.currency_id
    )
    amount = fields.Monetary()
    date = fields.Date()
    note = fields.Text()
    is_urgent = fields.Boolean()
    kind = fields.Selection(selection=[("a", "Kind A"), ("b", "Kind B")])
    reviewer_id = fields.Many2one("res.users")
    reviewer_ids = fields.Many2many("res.users", string="Other Reviewers")
    line_ids = fields.One2many("test.approval.document.line", "document_id")

    # === APPROVAL === #

    def _get_approval_owner(self):
        return self.user_id

    @api.model
    def _get_approval_trigger_fields(self):
        return [
            "name",
            "partner_id",
            "amount",
            "date",
            "note",
            "is_urgent",
            "kind",
            "reviewer_id",
            "reviewer_ids",
            "line_ids",
        ]

    @api.model
    def _get_approval_row_fields(self):
        return {"line_ids": ["name", "quantity", "price"]}

    def _approval_on_submitted(self):
        self.state = "pending"

    def _approval_on_approved(self):
        self.state = "done"

    def _approval_on_rejected(self):
        self.state = "draft"

    def _approval_on_withdrawn(self):
        self.state = "draft"
