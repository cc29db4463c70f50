from odoo import api, fields, models
from odoo.exceptions import UserError


class InvoiceApprovalMixin(models.AbstractModel):
    """A document that people approve.

    A model that inherits this mixin can be chosen in an approval flow. It calls
    ``_submit_for_approval`` from its own submit action, and says in the ``_approval_on_*``
    hooks what a result means for its state. The hooks get batches and run in superuser mode.
    """

    _name = "invoice.approval.mixin"
    _inherit = ["invoice.document.mixin"]
    _description = "Document to Approve"

    approval_request_ids = fields.One2many(
        "invoice.approval.request",
        "res_id",
        string="Approvals",
        domain=lambda self: [("res_model", "=", self._name)],
        copy=False,
    )
    approval_request_id = fields.Many2one(
        "invoice.approval.request",
        string="Latest Approval",
        compute="_compute_approval",
        compute_sudo=True,
    )
    approval_state = fields.Selection(
        selection=[
            ("pending", "Waiting for approval"),
            ("approved", "Approved"),
            ("rejected", "Rejected"),
            ("withdrawn", "Withdrawn"),
        ],
        compute="_compute_approval",
        compute_sudo=True,
    )
    approval_waiting_user_ids = fields.Many2many(
        "res.users", string="Waiting For", compute="_compute_approval", compute_sudo=True
    )
    approval_reason = fields.Text(
        string="Reason Given", compute="_compute_approval", compute_sudo=True
    )
    can_submit_approval = fields.Boolean(compute="_compute_approval_rights")
    can_decide_approval = fields.Boolean(compute="_compute_approval_rights")
    can_withdraw_approval = fields.Boolean(compute="_compute_approval_rights")

    # === COMPUTE METHODS === #

    @api.depends("approval_request_ids.state", "approval_request_ids.waiting_user_ids")
    def _compute_approval(self):
        requests = self.env["invoice.approval.request"].search(
            [("res_model", "=", self._name), ("res_id", "in", self.ids)], order="id"
        )
        latest = {request.res_id: request for request in requests}
        for document in self:
            request = latest.get(document._origin.id, requests.browse())
            document.approval_request_id = request
            document.approval_state = request.state
            document.approval_waiting_user_ids = request.waiting_user_ids
            document.approval_reason = request.reason

    @api.depends(
        lambda self: (
            "approval_request_ids.state",
            "approval_request_ids.waiting_user_ids",
            *({"state", "billing_state"} & self._fields.keys()),
        )
    )
    @api.depends_context("uid")
    def _compute_approval_rights(self):
        for document in self:
            request = document.approval_request_id
            document.can_submit_approval = not document._get_cannot_submit_reason()
            document.can_decide_approval = request and not request._get_cannot_decide_reason()
            document.can_withdraw_approval = request and not request._get_cannot_withdraw_reason()

    # === ACTION METHODS === #

    def action_approve(self, comment=None):
        """Approve, as the current user, the step of each document that waits for them.

        :param str comment: optional remark, kept with the decision
        """
        return self._get_running_requests().action_approve(comment)

    def action_open_reject(self):
        """Open the dialog that asks why the documents are rejected."""
        return self._get_running_requests().action_open_reject()

    def action_open_withdraw(self):
        """Open the dialog that asks why the requests are withdrawn."""
        return self._get_running_requests().action_open_withdraw()

    # === HOOKS === #

    def _get_cannot_submit_reason(self):
        """Why the current user cannot submit this record. To be extended by the model."""
        if self.approval_state == "pending":
            return self.env._("It is waiting for approval already.")
        return False

    def _approval_on_submitted(self):
        """The documents wait for approval from now on."""

    def _approval_on_approved(self):
        """The last step agreed, or no flow applies."""

    def _approval_on_rejected(self):
        """An approver refused: the documents are open for correction again."""

    def _approval_on_withdrawn(self):
        """The requester took the request back: the documents are open for correction again."""

    def _get_approval_owner(self):
        """User in charge of the document, who may read its approvals."""
        self.ensure_one()
        return self.user_id if "user_id" in self._fields else self.env["res.users"]

    def _get_approval_department(self):
        """Department whose members with department rights may read the approvals."""
        self.ensure_one()
        if "department_id" in self._fields:
            return self.department_id
        return self.env["hr.department"]

    @api.model
    def _get_approval_title(self):
        """What is approved, as approvers call it."""
        return self.env["ir.model"]._get(self._name).name

    def _get_approval_summary(self):
        """What approvers read of the document at a glance, as it is when it is submitted.

        :return: values of ``partner_id``, ``summary``, ``amount`` and ``currency_id``
        :rtype: dict
        """
        self.ensure_one()
        return {}

    def _get_approval_company(self):
        """Company whose flows apply."""
        self.ensure_one()
        return self.company_id or self.env.company

    # === BUSINESS METHODS === #

    def _submit_for_approval(self):
        """Start an approval request for each record, or approve it if no flow applies.

        :raise UserError: if a record cannot be submitted, or a step has nobody to decide
        """
        self.check_access("read")
        self._collide_with_concurrent_writers()
        self._check_can("submit")
        documents_sudo = self.sudo()
        documents_sudo._approval_on_submitted()
        requests_sudo = self.env["invoice.approval.request"]._start(documents_sudo)
        unmatched_ids = set(self.ids) - set(requests_sudo.mapped("res_id"))
        if free_sudo := documents_sudo.browse(unmatched_ids):
            free_sudo._message_log_batch(
                bodies={
                    document.id: self.env._("No approval flow applies: approved at once.")
                    for document in free_sudo
                }
            )
            free_sudo._approval_on_approved()

    def _get_running_requests(self):
        """Latest approval request of each record, under the current user's rights.

        :raise UserError: if a record has none
        """
        self.check_access("read")
        if missing := self.filtered(lambda document: not document.approval_request_id):
            raise UserError(
                self.env._(
                    "No approval is running for %s.", ", ".join(missing.mapped("display_name"))
                )
            )
        return self.approval_request_id.with_env(self.env)
