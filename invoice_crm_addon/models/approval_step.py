from odoo import api, fields, models
from odoo.fields import Command


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
        "res.users",
        "invoice_approval_step_user_rel",
        string="Approvers",
        context={"active_test": False},
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

    @api.model
    def _replace_absent_approvers(self, users):
        """Ask others on the steps that are still to be decided, since these users left.

        Where they were the only ones, the fallback of the flow decides. History stays as it is.

        :param res.users users: people who cannot decide any more
        """
        steps_sudo = self.sudo().search(
            [
                ("state", "in", ("pending", "waiting")),
                ("approver_ids", "in", users.ids),
                ("request_id.state", "=", "pending"),
            ]
        )
        requests_sudo = steps_sudo.request_id
        requests_sudo._collide_with_concurrent_writers()
        for step in steps_sudo:
            request = step.request_id
            present = step.approver_ids - users
            present = present or request.flow_id._get_fallback_approvers(
                request.company_id, request.requester_id
            )
            if not present:
                continue  # A manager can still withdraw the request.
            step.approver_ids = [Command.set(present.ids)]
            if step.state == "pending" and not step._get_undecided_users():
                step.state = "approved"  # Everybody else has agreed.
        requests_sudo._update_turn()
