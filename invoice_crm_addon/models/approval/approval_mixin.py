from odoo import api, fields, models, tools
from odoo.exceptions import UserError
from odoo.fields import Domain

from ..base.proof import is_proven, proven
from ..base.public_methods import Ids, Text
from ..base.readable_mixin import ReadableRows
from ..base.tools import keep_rows_in_cache


class InvoiceApprovalMixin(models.AbstractModel):
    """A document that people approve.

    A model that inherits this mixin can be chosen in an approval flow. It calls
    ``_submit_for_approval`` from its own submit action, and says in the ``_approval_on_*``
    hooks what a result means for its state. The hooks get batches and run in superuser mode.

    Hook                                What the model says in it
    =====================================================================================
    ``_get_cannot_submit_reason``       what a document lacks before it can be submitted
    ``_get_unsubmittable_reason``       why it is nothing to submit now, whatever it holds
    ``_approval_on_…``                  what a result means for its state
    ``_get_approval_summary``           what approvers read of it at a glance
    ``_get_approval_owner``, ``…_department``, ``…_customer_owner``
                                        people in charge of it
    ``_get_approval_trial_domain``      which documents the trial of a flow may propose
    ``_get_approval_trigger_fields``, ``…_plain_fields``, ``…_row_fields``, ``…_row_extras``
                                        fields that a flow can watch, those from which nothing
                                        follows, and rows among them
    =====================================================================================

    What is approved and changes is approved again. The flow names the fields. A change of one
    of them on an approved document is written at once and opens a request that holds old and
    new values. Approval keeps the new values, rejection and withdrawal restore the old ones
    exactly. A further change takes the place of the one that waits; a change back to the old
    values withdraws it. All that one call writes, rows included, is one request.

    What the server writes in superuser mode, such as a value that it restores, is no change of
    this kind, and neither is a computed value.
    """

    _name = "invoice.approval.mixin"
    _inherit = ["invoice.guard.mixin", "invoice.action.mixin"]
    _description = "Document to Approve"

    approval_request_ids = ReadableRows(
        "invoice.approval.request",
        "res_id",
        string="Approvals",
        domain=lambda self: [("res_model", "=", self._name)],
        copy=False,
    )
    # What is read of an approval, is read through the right to its request: many more people may
    # read a document such as a customer. Superuser mode reads all.
    approval_request_id = fields.Many2one(
        "invoice.approval.request", string="Latest Approval", compute="_compute_approval"
    )
    approval_state = fields.Selection(
        selection=[
            ("pending", "Waiting for approval"),
            ("approved", "Approved"),
            ("rejected", "Rejected"),
            ("withdrawn", "Withdrawn"),
        ],
        compute="_compute_approval",
    )
    approval_waiting_user_ids = fields.Many2many(
        "res.users", string="Waiting For", compute="_compute_approval_waiting_user_ids"
    )
    approval_step_id = fields.Many2one(
        "invoice.approval.step", string="Step Shown", compute="_compute_approval_step_id"
    )
    approval_reason = fields.Text(string="Reason Given", compute="_compute_approval_reason")
    approval_change_waits = fields.Boolean(
        string="Change Waits for Approval", compute="_compute_approval"
    )
    approval_changes_html = fields.Html(
        string="Changes", compute="_compute_approval_changes_html", sanitize=False
    )
    approval_timeline = fields.Json(compute="_compute_approval_timeline")
    can_submit = fields.Boolean(
        compute="_compute_can_submit",
        help="It is to be submitted now. What it still lacks is said to whoever does it.",
    )
    can_decide_approval = fields.Boolean(compute="_compute_approval_rights")
    can_return_approval = fields.Boolean(compute="_compute_approval_rights")
    can_remind_approval = fields.Boolean(compute="_compute_approval_rights")
    can_withdraw_approval = fields.Boolean(compute="_compute_approval_rights")
    approval_open_fields = fields.Json(
        string="Approved Again When Changed",
        compute="_compute_approval_open_fields",
        help="Watched fields of the approved document, with their labels.",
    )

    # === COMPUTE METHODS === #

    @api.depends("approval_request_ids.state")
    @api.depends_context("uid", "allowed_company_ids")
    def _compute_approval(self):
        for document, requests in self._get_readable_requests().items():
            request = requests[:1].with_prefetch(requests._prefetch_ids)
            document.approval_request_id = request
            document.approval_state = request.state
            document.approval_change_waits = request.is_change and request.state == "pending"

    @api.depends("approval_request_id", "approval_request_ids.waiting_user_ids")
    @api.depends_context("uid", "allowed_company_ids")
    def _compute_approval_waiting_user_ids(self):
        # Apart from the others: what is locked, and what can be billed, asks for these alone.
        for document in self:
            # sudo: the request is one that the user may read
            request_sudo = document.approval_request_id.sudo()
            document.approval_waiting_user_ids = request_sudo.waiting_user_ids

    @api.depends("approval_request_ids.state", "approval_request_ids.step_ids.state")
    @api.depends_context("uid", "allowed_company_ids")
    def _compute_approval_step_id(self):
        for document, requests in self._get_readable_requests().items():
            document.approval_step_id = (
                requests[:1].with_prefetch(requests._prefetch_ids).current_step_id
            )

    @api.depends("approval_request_ids.state")
    @api.depends_context("uid", "allowed_company_ids", "lang")
    def _compute_approval_reason(self):
        for document, requests in self._get_readable_requests().items():
            document.approval_reason = requests[:1].with_prefetch(requests._prefetch_ids).reason

    @api.depends("approval_request_ids.state")
    @api.depends_context("uid", "allowed_company_ids", "lang")
    def _compute_approval_changes_html(self):
        for document, requests in self._get_readable_requests().items():
            request = requests[:1].with_prefetch(requests._prefetch_ids)
            waits = request.is_change and request.state == "pending"
            document.approval_changes_html = waits and request.changes_html

    @api.depends("approval_request_ids.state", "approval_request_ids.waiting_user_ids")
    @api.depends_context("uid", "allowed_company_ids", "lang")
    def _compute_approval_timeline(self):
        for document, requests in self._get_readable_requests().items():
            document.approval_timeline = requests._get_timeline()

    @api.depends(lambda self: self._get_lock_dependencies())
    @api.depends_context("uid")
    def _compute_can_submit(self):
        for document in self:
            document.can_submit = not document._get_unsubmittable_reason()

    @api.depends("approval_request_ids.state", "approval_request_ids.waiting_user_ids")
    @api.depends_context("uid", "allowed_company_ids")
    def _compute_approval_rights(self):
        for document in self:
            request = document.approval_request_id
            for action in ("decide", "return", "remind", "withdraw"):
                document[f"can_{action}_approval"] = request and not request._get_cannot_reason(
                    action
                )

    @api.depends("approval_request_ids.state")
    @api.depends_context("lang")
    def _compute_approval_open_fields(self):
        open_fields = self._origin._get_open_watched_fields()
        for document in self:
            fnames = open_fields.get(document._origin, ())
            document.approval_open_fields = self._get_watched_labels(fnames)

    # === CRUD METHODS === #

    def write(self, vals):
        if is_proven(self.env):
            return super().write(vals)
        with self._watch_changes(vals):
            return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_approved(self):
        if kept := self.sudo().filtered("approval_request_id"):  # sudo: it is kept, read or not
            raise UserError(
                self.env._(
                    "%s was submitted for approval, and the approvals must be kept. Archive it "
                    "instead.",
                    ", ".join(kept.mapped("display_name")),
                )
            )

    # === ACTION METHODS === #

    def action_approve(self, comment: Text = None, step_ids: Ids = None):
        """Approve, as the current user, the step of each document that waits for them.

        :param str comment: optional remark, kept with the decision
        :param list[int] step_ids: the steps that the user saw, see the request
        """
        return self._get_running_requests().action_approve(comment, step_ids)

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

    # === HOOKS - SUBMISSION === #

    def _get_cannot_submit_reason(self):
        """Why the current user cannot submit this record. To be extended by the model."""
        self.ensure_one()
        return self._get_unsubmittable_reason()

    def _get_unsubmittable_reason(self):
        """Why the record is nothing to submit now, whatever it holds: no button offers it then."""
        if self._get_latest_request().state == "pending":
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
        """User in charge of the document, who may read its approvals.

        :rtype: res.users
        """
        self.ensure_one()
        return self.env["res.users"]

    def _get_approval_department(self):
        """Department whose members with department rights may read the approvals.

        :rtype: hr.department
        """
        self.ensure_one()
        return self.env["hr.department"]

    def _get_approval_customer_owner(self):
        """Salesperson of the document's customer.

        :rtype: res.users
        """
        self.ensure_one()
        partner = self.env["res.partner"].browse(self._get_approval_summary().get("partner_id"))
        return partner.sudo().commercial_partner_id.user_id  # sudo: only who is asked

    @api.model
    @tools.ormcache("self._name", "self.env.lang")
    def _get_approval_title(self):
        """What is approved, as approvers call it."""
        return self.env["ir.model"]._get(self._name).name

    @api.model
    def _is_approval_log_open(self):
        """Whether all who read the document may read who decided, and with which words."""
        return True

    def _get_approval_summary(self):
        """What approvers read of the document at a glance, as it is when it is submitted.

        :return: values of ``partner_id``, ``summary``, ``amount`` and ``currency_id``
        :rtype: dict
        """
        self.ensure_one()
        return {}

    @api.model
    def _get_approval_trial_domain(self):
        """Documents among which the trial of a flow may choose an example.

        :rtype: Domain
        """
        return Domain.TRUE

    def _get_own_company(self):
        """Company that the document belongs to; none if it belongs to all of them."""
        self.ensure_one()
        return self.company_id if "company_id" in self._fields else self.env["res.company"]

    def _get_approval_company(self):
        """Company whose flow and people decide; of a document of all companies, the current."""
        return self._get_own_company() or self.env.company

    # === HOOKS - CHANGES === #

    @api.model
    def _get_approval_trigger_fields(self):
        """Names of the fields that a flow can watch, in the order in which they are offered.

        :rtype: list[str]
        """
        return []

    @api.model
    def _get_approval_plain_fields(self):
        """Names of those among them from which nothing follows, such as a note.

        The hooks of changes are not called for a change of nothing else.

        :rtype: set[str]
        """
        return set()

    @api.model
    def _get_approval_row_fields(self):
        """For one2many fields among them, the names of what counts of a row.

        :rtype: dict[str, list[str]]
        """
        return {}

    @api.model
    def _get_approval_row_extras(self):
        """Names of what is no change of a row, but needed to restore it.

        :rtype: list[str]
        """
        return ["sequence"]

    def _is_approval_watched(self):
        """Whether a change of a watched field of this document has to be approved again."""
        self.ensure_one()
        return self._get_latest_request().state == "approved" or self._is_change_waiting()

    @api.model
    def _get_touched_fields(self, fnames):
        """Watched fields that a write of ``fnames`` can change.

        :rtype: set[str]
        """
        return set(self._get_approval_trigger_fields()) & set(fnames)

    def _approval_on_change_submitted(self):
        """A change of the approved documents waits for approval."""

    def _approval_on_change_approved(self):
        """The change of the approved documents stays."""

    def _approval_on_change_rejected(self):
        """The old values of the documents are back, since an approver refused the new ones."""

    def _approval_on_change_withdrawn(self):
        """The old values of the documents are back, since the change was taken back."""

    # === LOCKED FIELDS === #

    @api.model
    def _get_lock_dependencies(self):
        return [*super()._get_lock_dependencies(), "approval_request_ids.state"]

    @api.model
    def _get_lockable_fields(self):
        watched = self._get_approval_trigger_fields()
        return super()._get_lockable_fields() | {"company_id", "active", *watched}

    def _get_locked_fields(self):
        """What somebody decides on is locked; what is approved again when it changes is open."""
        locked = super()._get_locked_fields()
        open_fields = self._get_open_watched_fields()
        for document, locks in locked.items():
            for fname in open_fields.get(document, ()):
                locks.pop(fname, None)
            locks.update(document._get_waiting_locks())
        return locked

    def _get_waiting_locks(self):
        """What is locked since somebody is about to decide on the document.

        :rtype: dict[str, str]
        """
        self.ensure_one()
        request_sudo = self._get_latest_request()
        if request_sudo.state != "pending":
            return {}
        # A further change of an approved document takes the place of the one that waits.
        watched = () if request_sudo.is_change else request_sudo.trigger_fields or ()
        reason = self.env._("It waits for approval. Withdraw the request first.")
        return dict.fromkeys({"company_id", "active", *watched} & self._fields.keys(), reason)

    def _is_change_waiting(self):
        """Whether a change of the approved document waits for approval."""
        request_sudo = self._get_latest_request()
        return request_sudo.is_change and request_sudo.state == "pending"

    def _get_change_waiting_reason(self):
        """Why an action has to wait, or False."""
        if self._is_change_waiting():
            return self.env._("A change waits for approval. It must be decided first.")
        return False

    # === SUBMIT === #

    def _submit_for_approval(self):
        """Start an approval request for each record, or approve it if no flow applies.

        :raise UserError: if a record cannot be submitted, or a step has nobody to decide
        """
        # Nothing to claim: its new state is written to the row of each.
        self._check_can("submit")
        documents_sudo = proven(self).with_context(mail_notrack=True)
        documents_sudo._approval_on_submitted()
        plans = self.env["invoice.approval.flow"]._plan(documents_sudo, self.env.user)
        self.env["invoice.approval.request"]._start(plans)
        if said := {p.document.id: text for p in plans if (text := p.free_reason or p.note)}:
            documents_sudo.browse(said)._message_log_batch(bodies=said)
        if free := [plan.document.id for plan in plans if plan.free_reason]:
            documents_sudo.browse(free)._approval_on_approved()

    def _get_latest_request(self):
        """The latest request, in superuser mode: what it locks is locked for everybody."""
        return self.sudo().approval_request_id  # sudo: callers say its state, not what it holds

    def _get_readable_requests(self):
        """Requests of each document that the current user may read, latest first.

        :return: requests in superuser mode, by document
        :rtype: dict
        """
        if self.env.su:
            return {d: d.approval_request_ids.sorted("id", reverse=True) for d in self}
        # Not from the one2many, whose cache may hold what superuser mode read.
        requests = self.env["invoice.approval.request"]
        if requests.has_access("read"):
            domain = [("res_model", "=", self._name), ("res_id", "in", self._origin.ids)]
            requests = requests.search(domain, order="id desc")
        requests_sudo = requests.sudo()  # sudo: found with the rights of the user
        found, none = requests_sudo.grouped("res_id"), requests_sudo.browse()
        return {document: found.get(document._origin.id, none) for document in self}

    def _get_running_requests(self):
        """Latest approval request of each record, under the current user's rights.

        :raise UserError: if a record has none
        """
        domain = [("res_model", "=", self._name), ("res_id", "in", self.ids)]
        requests_sudo = self.env["invoice.approval.request"].sudo()  # sudo: only their ids
        found_sudo = requests_sudo.search_fetch(domain)
        keep_rows_in_cache(self, "approval_request_ids", found_sudo.grouped("res_id"))
        latest = {r.res_id: r.id for r in reversed(found_sudo)}
        if missing := self.filtered(lambda document: document.id not in latest):
            missing.check_access("read")
            names = ", ".join(missing.mapped("display_name"))
            raise UserError(self.env._("No approval is running for %s.", names))
        # Whether the user may read them, the requests check themselves.
        return self.env["invoice.approval.request"].browse(latest[id_] for id_ in self.ids)
