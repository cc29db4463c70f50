from odoo import api, fields, models
from odoo.exceptions import UserError


class InvoiceApprovalMixin(models.AbstractModel):
    """A document that people approve.

    A model that inherits this mixin can be chosen in an approval flow. It calls
    ``_submit_for_approval`` from its own submit action, and says in the ``_approval_on_*``
    hooks what a result means for its state. The hooks get batches and run in superuser mode.
    """

    _name = "invoice.approval.mixin"
    _inherit = ["invoice.guard.mixin", "invoice.action.mixin"]
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
    approval_step_id = fields.Integer(
        string="Step Shown", compute="_compute_approval_step_id", compute_sudo=True
    )
    approval_reason = fields.Text(
        string="Reason Given", compute="_compute_approval_reason", compute_sudo=True
    )
    approval_change_waits = fields.Boolean(
        string="Change Waits for Approval", compute="_compute_approval", compute_sudo=True
    )
    approval_changes_html = fields.Html(
        string="Changes", compute="_compute_approval_changes_html", sanitize=False
    )
    approval_timeline = fields.Json(compute="_compute_approval_timeline", compute_sudo=True)
    can_submit_approval = fields.Boolean(compute="_compute_approval_rights")
    can_decide_approval = fields.Boolean(compute="_compute_approval_rights")
    can_return_approval = fields.Boolean(compute="_compute_approval_rights")
    can_remind_approval = fields.Boolean(compute="_compute_approval_rights")
    can_withdraw_approval = fields.Boolean(compute="_compute_approval_rights")

    # === COMPUTE METHODS === #

    @api.depends("approval_request_ids.state", "approval_request_ids.waiting_user_ids")
    def _compute_approval(self):
        for document in self:
            request = document._get_latest_request()
            document.approval_request_id = request
            document.approval_state = request.state
            document.approval_waiting_user_ids = request.waiting_user_ids
            document.approval_change_waits = request.is_change and request.state == "pending"

    @api.depends("approval_request_ids.state", "approval_request_ids.step_ids.state")
    def _compute_approval_step_id(self):
        for document in self:
            document.approval_step_id = document._get_latest_request().current_step_id

    @api.depends("approval_request_ids.state")
    def _compute_approval_reason(self):
        for document in self:
            document.approval_reason = document._get_latest_request().reason

    @api.depends("approval_request_ids.state")
    def _compute_approval_changes_html(self):
        for document in self:
            waits = document.approval_change_waits
            request_sudo = document.sudo().approval_request_id
            document.approval_changes_html = (
                waits and request_sudo.with_env(self.env(su=True)).changes_html
            )

    @api.depends("approval_request_ids.state", "approval_request_ids.waiting_user_ids")
    @api.depends_context("uid", "lang")
    def _compute_approval_timeline(self):
        for document in self:
            requests = document.approval_request_ids.sorted("id", reverse=True)
            document.approval_timeline = requests._get_timeline()

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
            for action in ("decide", "return", "remind", "withdraw"):
                document[f"can_{action}_approval"] = request and not request._get_cannot_reason(
                    action
                )

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

    def action_open_approve(self):
        """Open the dialog that asks for a comment."""
        return self._get_running_requests().action_open_approve()

    def action_open_return(self):
        """Open the dialog that asks to which step the requests go back."""
        return self._get_running_requests().action_open_return()

    def action_open_transfer(self):
        """Open the dialog that asks who decides instead."""
        return self._get_running_requests().action_open_transfer()

    def action_open_add_approver(self):
        """Open the dialog that asks who decides as well."""
        return self._get_running_requests().action_open_add_approver()

    def action_remind_approvers(self):
        """Remind the people whose turn it is."""
        return self._get_running_requests().action_remind()

    # === CRUD METHODS === #

    @api.ondelete(at_uninstall=False)
    def _unlink_except_approved(self):
        if kept := self.sudo().filtered("approval_request_id"):
            raise UserError(
                self.env._(
                    "%s was submitted for approval, and the approvals must be kept. Archive it "
                    "instead.",
                    ", ".join(kept.mapped("display_name")),
                )
            )

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

    def _get_approval_contract_owner(self):
        """User in charge of the document's contract.

        :rtype: res.users
        """
        self.ensure_one()
        if "contract_id" in self._fields:
            return self.contract_id.user_id
        return self.env["res.users"]

    def _get_approval_customer_owner(self):
        """Salesperson of the document's customer.

        :rtype: res.users
        """
        self.ensure_one()
        partner = self.env["res.partner"].browse(self._get_approval_summary().get("partner_id"))
        return partner.sudo().commercial_partner_id.user_id

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

    def _get_own_company(self):
        """Company that the document belongs to; none if it belongs to all of them."""
        self.ensure_one()
        return self.company_id if "company_id" in self._fields else self.env["res.company"]

    def _get_approval_company(self):
        """Company whose flow and people decide; of a document of all companies, the current."""
        return self._get_own_company() or self.env.company

    # === BUSINESS METHODS === #

    def _submit_for_approval(self):
        """Start an approval request for each record, or approve it if no flow applies.

        :raise UserError: if a record cannot be submitted, or a step has nobody to decide
        """
        self._check_can("submit")
        documents_sudo = self.sudo().with_context(mail_notrack=True)
        documents_sudo._approval_on_submitted()
        plans = self.env["invoice.approval.flow"]._plan(documents_sudo, self.env.user)
        self.env["invoice.approval.request"]._start(plans)
        if free := {plan.document.id: plan.free_reason for plan in plans if plan.free_reason}:
            free_sudo = documents_sudo.browse(free)
            free_sudo._message_log_batch(bodies=free)
            free_sudo._approval_on_approved()

    def _get_latest_request(self):
        """The request of the last round, or none; in superuser mode."""
        self.ensure_one()
        requests = self.approval_request_ids.sorted("id")
        # A slice forgets what else is read: a list would ask for each of its documents.
        return requests[-1:].with_prefetch(requests._prefetch_ids)

    def _get_running_requests(self):
        """Latest approval request of each record, under the current user's rights.

        :raise UserError: if a record has none
        """
        requests_sudo = (
            self.env["invoice.approval.request"]
            .sudo()
            .search_fetch([("res_model", "=", self._name), ("res_id", "in", self.ids)], order="id")
        )
        latest = {request.res_id: request.id for request in requests_sudo}
        if missing := self.filtered(lambda document: document.id not in latest):
            missing.check_access("read")
            raise UserError(
                self.env._(
                    "No approval is running for %s.", ", ".join(missing.mapped("display_name"))
                )
            )
        # Whether the user may read them, the requests check themselves.
        return self.env["invoice.approval.request"].browse(latest[id_] for id_ in self.ids)
