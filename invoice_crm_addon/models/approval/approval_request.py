from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import NO_ACCESS

from ..base.proof import proven
from ..base.public_methods import Id, Ids, Text
from ..base.words import KeptRows, KeptText

MANAGER = "invoice_crm_addon.group_ticket_manager"


class InvoiceApprovalRequest(models.Model):
    """One round of approval of one document.

    State       Meaning                           Next
    =====================================================================================
    pending     a step waits for its approvers    approved, rejected, withdrawn
    approved    every step agreed                 –
    rejected    an approver refused, with reason  – (a new round is a new request)
    withdrawn   the requester took it back        – (a new round is a new request)
    =====================================================================================

    Action      Who
    =====================================================================================
    Approve     an approver of the step whose turn it is, once
    Reject      the same, with a reason
    Return      the same, to an approved step before, with a reason
    Transfer    the same, to somebody who is asked instead
    Add         the same: somebody is asked before, or after, this step
    Remind      the requester, the document's owner, a ticket manager; once an hour
    Withdraw    the requester, the document's owner, a ticket manager; a further change of the
                document takes the place of one that waits, whoever makes it
    Verify      who may read it
    =====================================================================================

    While it runs                         What happens
    =====================================================================================
    an approver is archived, loses the    others of the step go on; where they were the only
    company or becomes an auditor         one, the flow's fallback approver is asked
    an approver leaves the group          nothing: the people were copied at the start
    an approver is absent                 the delegate decides for them, while it runs
    the requester is archived             it goes on; a manager can withdraw it
    the flow is changed or archived       it goes on, on the version that it started with
    the flow is deleted                   refused: its requests name it
    the document is deleted, archived     refused: withdraw the request first, then archive
    its company or a watched field        refused: withdraw the request first
    changes
    anything else of it changes           allowed, and triggers nothing
    =====================================================================================

    Whoever decides can name the steps that they saw: ``step_ids``. The decision is for no other.

    ``waiting_user_ids`` says whose turn it is. It has one writer, ``_update_turn``, and the
    activities follow it.
    """

    _name = "invoice.approval.request"
    _inherit = [
        "invoice.approval.history.mixin",
        "invoice.action.mixin",
        "invoice.approval.reader.mixin",
    ]
    _description = "Approval Request"
    _order = "id desc"

    name = fields.Char(string="Document", required=True, index="trigram")
    res_model = fields.Char(string="Document Model", required=True)
    res_id = fields.Many2oneReference(
        string="Document ID", model_field="res_model", required=True, index=True
    )
    document_type = fields.Char(compute="_compute_document_type")
    partner_id = fields.Many2one("res.partner", string="Customer", index="btree_not_null")
    summary = KeptText(index="trigram")
    amount = fields.Monetary()
    currency_id = fields.Many2one("res.currency")
    cycle = fields.Integer(string="Round", default=1, required=True)
    changes = KeptRows(
        string="Changed Values", help="Old and new values of the watched fields, as they are shown."
    )
    # Whole account numbers among them: nobody but the server needs them.
    old_values = fields.Json(groups=NO_ACCESS, help="What a rejection restores.")
    is_change = fields.Boolean(
        string="Change", help="The document was approved before; a watched field changed."
    )
    changes_html = fields.Html(string="Changes", compute="_compute_changes_html", sanitize=False)

    # copies of the flow
    flow_id = fields.Many2one(
        "invoice.approval.flow", string="Flow Definition", index=True, ondelete="restrict"
    )
    flow_name = fields.Char(string="Flow", required=True)
    flow_version = fields.Integer(string="Version")
    trigger_fields = fields.Json(string="Watched Fields")
    own_step = fields.Char()
    fallback_user_id = fields.Many2one("res.users", string="Fallback Approver")

    # people
    company_id = fields.Many2one("res.company", required=True, index=True)
    requester_id = fields.Many2one("res.users", required=True, index=True, ondelete="restrict")
    author_ids = fields.Many2many(
        "res.users",
        "invoice_approval_request_author_rel",
        string="Changed Before By",
        ondelete="restrict",
        context={"active_test": False},
        help="People whose change waited when the requester changed more.",
    )
    owner_id = fields.Many2one("res.users", string="In Charge", index="btree_not_null")
    department_id = fields.Many2one("hr.department", index="btree_not_null")
    waiting_user_ids = fields.Many2many(
        "res.users",
        "invoice_approval_request_waiting_rel",
        string="Waiting For",
        ondelete="restrict",
        context={"active_test": False},
    )
    approver_ids = fields.Many2many(
        "res.users",
        "invoice_approval_request_approver_rel",
        string="Asked So Far",
        context={"active_test": False},
        help="Approvers whose step was reached: they may read the document.",
    )

    # progress
    state = fields.Selection(
        selection=[
            ("pending", "Waiting for approval"),
            ("approved", "Approved"),
            ("rejected", "Rejected"),
            ("withdrawn", "Withdrawn"),
        ],
        default="pending",
        required=True,
    )
    step_ids = fields.One2many("invoice.approval.step", "request_id", string="Steps")
    decision_ids = fields.One2many("invoice.approval.decision", "request_id", string="Decisions")
    reason = fields.Text(compute="_compute_reason")
    step_name = fields.Char(
        string="Stage", help="The step whose turn it is, or with which the request ended."
    )
    date_deadline = fields.Datetime(string="Deadline", help="Of the step whose turn it is.")
    reminded_on = fields.Datetime()
    date_decided = fields.Datetime(string="Decided On", index=True)
    last_seal = fields.Char(string="Seal")
    current_step_id = fields.Many2one(
        "invoice.approval.step",
        compute="_compute_current_step_id",
        compute_sudo=True,
        help="Screens give it back with a decision: it is meant for the step that they show.",
    )
    absent_names = fields.Char(
        string="For",
        compute="_compute_absent_names",
        help="People for whom you decide, since they are absent.",
    )
    can_decide = fields.Boolean(compute="_compute_rights")
    can_return = fields.Boolean(compute="_compute_rights")
    can_remind = fields.Boolean(compute="_compute_can_remind")
    can_withdraw = fields.Boolean(compute="_compute_rights")

    _document_idx = models.Index("(res_model, res_id)")
    _rejected_idx = models.Index("(id) WHERE state = 'rejected'")
    _change_idx = models.Index("(id) WHERE is_change IS TRUE")
    _created_idx = models.Index("(create_date)")
    _deadline_idx = models.Index("(date_deadline) WHERE state = 'pending'")
    _pending_uniq = models.UniqueIndex(
        "(res_model, res_id) WHERE state = 'pending'",
        "This document is waiting for approval already.",
    )

    # === COMPUTE METHODS === #

    @api.depends("res_model")
    @api.depends_context("lang")
    def _compute_document_type(self):
        for model, requests in self.grouped("res_model").items():
            requests.document_type = model and self.env[model]._get_approval_title()

    @api.depends("decision_ids")
    @api.depends_context("lang")
    def _compute_reason(self):
        for request in self:
            request.reason = request.decision_ids[-1:].comment

    @api.depends("state", "waiting_user_ids")
    @api.depends_context("lang", "uid")
    def _compute_changes_html(self):
        for request in self:
            request.changes_html = request.changes and self.env["ir.qweb"]._render(
                "invoice_crm_addon.approval_changes", {"rows": request._get_change_rows_to_verify()}
            )

    @api.depends("step_ids.state")
    def _compute_current_step_id(self):
        for request in self:
            request.current_step_id = request._get_current_step()

    @api.depends("waiting_user_ids", "step_ids.approver_ids")
    @api.depends_context("uid")
    def _compute_absent_names(self):
        self.absent_names = False
        user = self.env.user
        mine = self.sudo().filtered(lambda r: user in r.waiting_user_ids)  # sudo: only names
        mine.step_ids.fetch(["state"])
        steps = mine._get_current_step().filtered(lambda step: user not in step.approver_ids)
        acting = steps._get_acting()
        for step in steps:
            principal = step._get_principal(acting[step], user)
            step.request_id.with_env(self.env).absent_names = principal.name

    @api.depends("state", "waiting_user_ids")
    @api.depends_context("uid")
    def _compute_rights(self):
        self._compute_can("decide", "return", "withdraw")

    @api.depends("state", "reminded_on")
    @api.depends_context("uid")
    def _compute_can_remind(self):
        # Apart from the others, since the list of one's own requests shows it in each row.
        self._compute_can("remind")

    @api.model
    def _get_approval_reader_paths(self):
        return ["approver_ids"]

    # === CRUD METHODS === #

    def _is_final(self):
        return self.state != "pending"

    # === ACTION METHODS === #

    def action_approve(self, comment: Text = None, step_ids: Ids = None):
        """Agree, as the current user, to the step of each request whose turn it is.

        :param str comment: optional remark, kept with the decision
        :raise UserError: if it is not the current user's turn
        """
        self._check_comment(comment)
        self._begin("decide", step_ids)
        proven(self)._do_approve(comment)
        return True

    def action_reject(self, reason: Text, step_ids: Ids = None):
        """Refuse each request. The document goes back to its owner for correction.

        :param str reason: required; the owner reads it
        :raise UserError: if it is not the current user's turn, or the reason is empty
        """
        self._check_reason(reason)
        self._begin("decide", step_ids)
        proven(self)._do_close("rejected", "reject", reason)
        return True

    def action_return(self, reason: Text, step_id: Id, step_ids: Ids = None):
        """Send the request back to a step that agreed before; its people are asked again.

        :param str reason: required; the approvers of that step read it
        :param int step_id: an approved step of the request
        :raise UserError: if it is not the current user's turn, or the step is not one before
        """
        self._check_reason(reason)
        if len(self) != 1:
            raise UserError(self.env._("Return requests one by one: each has steps of its own."))
        self._begin("return", step_ids)
        if not (target := proven(self)._get_returnable_steps().filtered(lambda s: s.id == step_id)):
            raise UserError(self.env._("Choose a step that was approved before this one."))
        proven(self)._do_return(target, reason)
        return True

    def action_transfer(self, user_id: Id, reason: Text = None, step_ids: Ids = None):
        """Hand the current user's part of the step to somebody else (转交).

        :param int user_id: who is asked instead
        :param str reason: optional, kept with the history
        :raise UserError: if it is not the current user's turn, or the other cannot decide
        """
        self._check_comment(reason)
        self._begin("decide", step_ids)
        proven(self)._do_transfer(self._get_askable_user(user_id), reason)
        return True

    def action_add_approver(
        self, user_id: Id, position: str = "before", reason: Text = None, step_ids: Ids = None
    ):
        """Ask somebody else as well, before or after the step whose turn it is (加签).

        :param int user_id: who is asked
        :param str position: ``before`` this step, which waits meanwhile, or ``after`` it
        :param str reason: optional, kept with the history
        :raise UserError: if it is not the current user's turn, or the other cannot decide
        """
        if position not in ("before", "after"):
            raise UserError(self.env._("Choose whether the person is asked before or after you."))
        self._check_comment(reason)
        self._begin("decide", step_ids)
        proven(self)._do_add_approver(self._get_askable_user(user_id), position, reason)
        return True

    def action_withdraw(self, reason: Text = None):
        """Take each request back before it is decided.

        :param str reason: optional, kept with the history
        :raise UserError: if the current user is neither requester, owner nor manager
        """
        self._check_comment(reason)
        self._begin("withdraw")
        proven(self)._do_close("withdrawn", "withdraw", reason)
        return True

    def action_remind(self):
        """Remind the people whose turn it is.

        :raise UserError: if the current user is none of those who wait, or did so just now
        """
        self._begin("remind")
        proven(self)._do_remind()
        return self._notify_user(self.env._("Those whose turn it is were reminded."))

    def action_view_document(self):
        """Open the document that the request is about."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": self.res_model,
            "res_id": self.res_id,
            "views": [(False, "form")],
        }

    # === WINDOW ACTIONS === #

    def action_open_approve(self):
        """Open the dialog that asks for a comment, and shows what is approved."""
        return self._open_wizard("approve")

    def action_open_reject(self):
        """Open the dialog that asks for the reason of the rejection."""
        return self._open_wizard("reject")

    def action_open_return(self):
        """Open the dialog that asks to which step the request goes back, and why."""
        return self._open_wizard("return")

    def action_open_transfer(self):
        """Open the dialog that asks who decides instead."""
        return self._open_wizard("transfer")

    def action_open_add_approver(self):
        """Open the dialog that asks who decides as well."""
        return self._open_wizard("add")

    def action_open_withdraw(self):
        """Open the dialog that asks for the reason of the withdrawal."""
        return self._open_wizard("withdraw")

    def _open_wizard(self, action):
        self.check_access("read")
        return self.env["invoice.approval.decision.wizard"]._open(self, action)

    def _notify_user(self, message, kind="info", sticky=False):
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "message": message,
                "type": kind,
                "sticky": sticky,
                "next": {"type": "ir.actions.act_window_close"},
            },
        }

    # === BUSINESS METHODS - REASONS === #

    def _get_cannot_decide_reason(self):
        if self.state != "pending":
            return self.env._(
                "%(name)s is decided already (%(state)s).",
                name=self.name,
                state=self._get_state_label(),
            )
        waiting_sudo = self.sudo().waiting_user_ids  # sudo: names of colleagues
        if self.env.user not in waiting_sudo:
            return self.env._(
                "It is not your turn to decide on %(name)s. It waits for: %(people)s.",
                name=self.name,
                people=", ".join(waiting_sudo.mapped("name")),
            )
        return self._get_auditor_reason()

    def _get_cannot_return_reason(self):
        if reason := self._get_cannot_decide_reason():
            return reason
        if not self.sudo()._get_returnable_steps():  # sudo: only whether there are any
            return self.env._("No step was approved before this one. Reject the request instead.")
        return False

    def _get_cannot_withdraw_reason(self):
        if self.state != "pending":
            return self.env._(
                "%(name)s is decided already (%(state)s) and cannot be withdrawn.",
                name=self.name,
                state=self._get_state_label(),
            )
        return self._get_not_in_charge_reason()

    def _get_cannot_remind_reason(self):
        if self.state != "pending":
            return self.env._("%s is decided already.", self.name)
        if reason := self._get_not_in_charge_reason():
            return reason
        if self.reminded_on and (fields.Datetime.now() - self.reminded_on).total_seconds() < 3600:
            return self.env._("They were reminded less than an hour ago.")
        return False

    def _get_not_in_charge_reason(self):
        if reason := self._get_auditor_reason():
            return reason
        if self.env.user in self.requester_id | self.owner_id or self.env.user.has_group(MANAGER):
            return False
        return self.env._("Only the requester, the person in charge or a manager can do that.")

    def _get_auditor_reason(self):
        """Auditors write nothing, whatever they are in charge of or were asked before."""
        if self.env.user._is_ticket_auditor():
            return self.env._("Auditors read approvals. They take no part in them.")
        return False

    def _get_state_label(self):
        return dict(self._fields["state"]._description_selection(self.env))[self.state]

    def _check_reason(self, reason):
        self._check_comment(reason)
        if not (reason or "").strip():
            raise UserError(self.env._("Give a reason, so that the requester knows what to mend."))

    def _check_comment(self, comment):
        is_text = isinstance(comment, str) and "\0" not in comment
        if comment is not None and comment is not False and not is_text:
            raise UserError(self.env._("Write the remark as text, or leave it empty."))

    def _get_askable_user(self, user_id):
        """The user, in superuser mode, if all these requests can be handed to them.

        :raise UserError: if there is no such user, or they cannot decide on a request
        """
        is_id = isinstance(user_id, int) and 0 < user_id < 2**31
        requests_sudo = self.sudo()  # sudo: why a colleague cannot be asked, no more
        user_sudo = requests_sudo.env["res.users"]._find_with_partner(is_id and user_id)
        if not user_sudo:
            raise UserError(self.env._("Choose the person to ask."))
        for request_sudo in requests_sudo:
            excluded = request_sudo._get_excluded_users()
            reason = user_sudo._get_cannot_be_asked_reason(request_sudo.company_id, excluded)
            if reason or user_sudo in request_sudo._get_people_of_step():
                raise UserError(
                    self.env._(
                        "%(user)s cannot be asked about %(document)s: %(reason)s.",
                        user=user_sudo.name,
                        document=request_sudo.name,
                        reason=reason or self.env._("is asked already"),
                    )
                )
        return user_sudo
