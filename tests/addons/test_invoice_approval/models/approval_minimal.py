from odoo import fields, models


class TestApprovalMinimal(models.Model):
    """The least that a model needs: no state, company, person in charge, customer or hook."""

    _name = "test.approval.minimal"
    _description = "Test Minimal Document to Approve"
    _inherit = ["mail.thread", "mail.activity.mixin", "invoice.approval.mixin"]

    name = fields.Char()
