from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command


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
    Withdraw    the requester, the document's owner, a ticket manager
    =====================================================================================

    ``waiting_user_ids`` says whose turn it is. It has one writer, ``_update_turn``, and the
    activities follow it.
    """

    _name = "invoice.approval.request"
    _inherit = ["invoice.approval.history.mixin", "invoice.document.mixin"]
    _description = "Approval Request"
    _order = "id desc"

    _guarded_fields = ("state", "cycle")

    name = fields.Char(string="Document", required=True)
    res_model = fields.Char(string="Document Model", required=True)
    res_id = fields.Many2oneReference(
        string="Document ID", model_field="res_model", required=True, index=True
    )
    document_type = fields.Char(compute="_compute_document_type")
    partner_id = fields.Many2one("res.partner", string="Customer", index="btree_not_null")
    summary = fields.Char()
    amount = fields.Monetary()
    currency_id = fields.Many2one("res.currency")
    cycle = fields.Integer(string="Round", default=1, required=True)
    flow_id = fields.Many2one(
        "invoice.approval.flow", string="Flow Definition", index=True, ondelete="set null"
    )
    flow_name = fields.Char(string="Flow", required=True)
    company_id = fields.Many2one("res.company", required=True, index=True)
    requester_id = fields.Many2one("res.users", required=True, index=True, ondelete="restrict")
    owner_id = fields.Many2one("res.users", string="In Charge", index="btree_not_null")
    department_id = fields.Many2one("hr.department", index="btree_not_null")
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
    waiting_user_ids = fields.Many2many(
        "res.users", "invoice_approval_request_waiting_rel", string="Waiting For"
    )
    approver_ids = fields.Many2many(
        "res.users",
        "invoice_approval_request_approver_rel",
        string="Asked So Far",
        help="Approvers whose step was reached: they may read the document.",
    )
    reason = fields.Text(compute="_compute_reason")
    date_decided = fields.Datetime(string="Decided On")
    can_decide = fields.Boolean(compute="_compute_rights")
    can_withdraw = fields.Boolean(compute="_compute_rights")

    _document_idx = models.Index("(res_model, res_id)")
    _pending_uniq = models.UniqueIndex(
        "(res_model, res_id) WHERE state = 'pending'",
        "This document is waiting for approval already.",
    )

    # === COMPUTE METHODS === #

    def _compute_document_type(self):
        for request in self:
            request.document_type = self.env[request.res_model]._get_approval_title()

    @api.depends("decision_ids")
    def _compute_reason(self):
        for request in self:
            request.reason = request.decision_ids[-1:].comment

    @api.depends("state", "waiting_user_ids")
    @api.depends_context("uid")
    def _compute_rights(self):
        for request in self:
            request.can_decide = not request._get_cannot_decide_reason()
            request.can_withdraw = not request._get_cannot_withdraw_reason()

    # === ACTION METHODS === #

    def action_approve(self, comment=None):
        """Agree, as the current user, to the step of each request whose turn it is.

        :param str comment: optional remark, kept with the decision
        :raise UserError: if it is not the current user's turn
        """
        self._begin("decide")
        self.sudo()._do_approve(comment)
        return True

    def action_reject(self, reason):
        """Refuse each request. The document goes back to its owner for correction.

        :param str reason: required; the owner reads it
        :raise UserError: if it is not the current user's turn, or the reason is empty
        """
        self._check_reason(reason)
        self._begin("decide")
        self.sudo()._do_close("rejected", "reject", reason)
        return True

    def action_withdraw(self, reason=None):
        """Take each request back before it is decided.

        :param str reason: optional, kept with the history
        :raise UserError: if the current user is neither requester, owner nor manager
        """
        self._begin("withdraw")
        self.sudo()._do_close("withdrawn", "withdraw", reason)
        return True

    def action_open_reject(self):
        """Open the dialog that asks for the reason of the rejection."""
        return self._open_reason_wizard(self.env._("Reject"), "reject")

    def action_open_withdraw(self):
        """Open the dialog that asks for the reason of the withdrawal."""
        return self._open_reason_wizard(self.env._("Withdraw"), "withdraw")

    def action_view_document(self):
        """Open the document that the request is about."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": self.res_model,
            "res_id": self.res_id,
            "views": [(False, "form")],
        }

    # === BUSINESS METHODS - REASONS === #

    def _get_cannot_decide_reason(self):
        if self.state != "pending":
            return self.env._(
                "%(name)s is decided already (%(state)s).",
                name=self.name,
                state=self._get_state_label(),
            )
        if self.env.user not in self.waiting_user_ids:
            return self.env._(
                "It is not your turn to decide on %(name)s. It waits for: %(people)s.",
                name=self.name,
                people=", ".join(self.waiting_user_ids.mapped("name")),
            )
        return self._get_auditor_reason()

    def _get_cannot_withdraw_reason(self):
        if self.state != "pending":
            return self.env._(
                "%(name)s is decided already (%(state)s) and cannot be withdrawn.",
                name=self.name,
                state=self._get_state_label(),
            )
        if reason := self._get_auditor_reason():
            return reason
        user = self.env.user
        if user in self.requester_id | self.owner_id:
            return False
        if user.has_group("invoice_crm_addon.group_ticket_manager"):
            return False
        return self.env._("Only the requester, the person in charge or a manager can withdraw it.")

    def _get_auditor_reason(self):
        """Auditors write nothing, whatever they are in charge of or were asked before."""
        if self.env.user.has_groups(
            "invoice_crm_addon.group_ticket_auditor,!invoice_crm_addon.group_ticket_user"
        ):
            return self.env._("Auditors read approvals. They take no part in them.")
        return False

    def _get_state_label(self):
        return dict(self._fields["state"]._description_selection(self.env))[self.state]

    # === BUSINESS METHODS - START === #

    @api.model
    def _start(self, documents_sudo):
        """Start a request for each document to which a flow applies.

        :param documents_sudo: records of one approvable model
        :return: the new requests, in superuser mode
        """
        flows = self.env["invoice.approval.flow"]._match(documents_sudo)
        cycles = dict(
            self.sudo()._read_group(
                [("res_model", "=", documents_sudo._name), ("res_id", "in", documents_sudo.ids)],
                ["res_id"],
                ["cycle:max"],
            )
        )
        requests_sudo = self.sudo().create(
            [
                self._prepare_request_values(document, flow, cycles.get(document.id, 0) + 1)
                for document, flow in flows.items()
                if flow
            ]
        )
        requests_sudo._update_turn()
        requests_sudo._log_submission()
        return requests_sudo

    @api.model
    def _prepare_request_values(self, document, flow, cycle):
        """Values of a request: copies of all that must not change later."""
        company = document._get_approval_company()
        steps = [self._prepare_step_values(stage, company) for stage in flow.stage_ids]
        if all(step["state"] == "skipped" for step in steps):
            # The requester is in every stage: somebody else must agree all the same.
            fallback = flow._get_fallback_approvers(company, self.env.user)
            steps[-1] |= {"approver_ids": [Command.set(fallback.ids)], "state": "waiting"}
            self._check_somebody_decides(fallback, flow.stage_ids[-1:])
        return {
            "name": document.display_name,
            "res_model": document._name,
            "res_id": document.id,
            "cycle": cycle,
            "flow_id": flow.id,
            "flow_name": flow.name,
            "company_id": company.id,
            "requester_id": self.env.uid,
            **document._get_approval_summary(),
            "owner_id": document._get_approval_owner().id,
            "department_id": document._get_approval_department().id,
            "step_ids": [Command.create(step) for step in steps],
            "decision_ids": [Command.create({"user_id": self.env.uid, "decision": "submit"})],
        }

    @api.model
    def _prepare_step_values(self, stage, company):
        approvers, is_skipped = stage._resolve(company, self.env.user)
        if not is_skipped:
            self._check_somebody_decides(approvers, stage)
        return {
            "sequence": stage.sequence,
            "name": stage.name,
            "rule": stage.rule,
            "approver_ids": [Command.set(approvers.ids)],
            "state": "skipped" if is_skipped else "waiting",
        }

    @api.model
    def _check_somebody_decides(self, approvers, stage):
        """:raise UserError: if nobody is left to ask, not even a fallback"""
        if not approvers:
            raise UserError(
                self.env._(
                    "Nobody can decide on the stage %(stage)s of the flow %(flow)s. Ask an "
                    "administrator to choose another fallback approver for the flow.",
                    stage=stage.name,
                    flow=stage.flow_id.name,
                )
            )

    # === BUSINESS METHODS - DECIDE === #

    def _begin(self, action):
        """Make sure that this transaction alone decides, on what it sees, and that it may."""
        self.check_access("read")
        self._collide_with_concurrent_writers()
        self._check_can(action)

    def _check_reason(self, reason):
        if not (reason or "").strip():
            raise UserError(self.env._("Give a reason, so that the requester knows what to mend."))

    def _do_approve(self, comment):
        for step in self._log_decisions("approve", comment):
            if step.rule == "any" or not step._get_undecided_users():
                step.state = "approved"
        self._update_turn()

    def _do_close(self, state, decision, comment):
        steps = self._log_decisions(decision, comment)
        steps.state = "rejected" if state == "rejected" else "cancelled"
        self.step_ids.filtered(lambda step: step.state == "waiting").state = "cancelled"
        self._finish(state, comment)

    def _log_decisions(self, decision, comment):
        """Record what the current user decided on the steps whose turn it is.

        :return: these steps
        """
        steps = self.step_ids.filtered(lambda step: step.state == "pending")
        self.env["invoice.approval.decision"].create(
            [
                {
                    "request_id": step.request_id.id,
                    "step_id": step.id,
                    "user_id": self.env.uid,
                    "decision": decision,
                    "comment": (comment or "").strip(),
                }
                for step in steps
            ]
        )
        return steps

    def _update_turn(self):
        """Say whose turn it is; requests without a step left are approved."""
        done = self.browse()
        for request in self:
            step = request.step_ids.filtered(lambda s: s.state in ("pending", "waiting"))[:1]
            if not step:
                done |= request
                continue
            step.state = "pending"
            undecided = step._get_undecided_users()
            request.write(
                {
                    "waiting_user_ids": [Command.set(undecided.ids)],
                    "approver_ids": [Command.link(user.id) for user in undecided],
                }
            )
        if done:
            done._finish("approved")
        (self - done)._sync_activities()

    def _finish(self, state, comment=None):
        """Close the requests and tell documents and requesters."""
        self.write(
            {
                "state": state,
                "waiting_user_ids": [Command.clear()],
                "date_decided": fields.Datetime.now(),
            }
        )
        self._sync_activities()
        for model, requests in self.grouped("res_model").items():
            documents = self.env[model].browse(requests.mapped("res_id")).exists()
            getattr(documents, f"_approval_on_{state}")()
        self._notify_result(state, comment)

    # === BUSINESS METHODS - PEOPLE === #

    def _sync_activities(self):
        """Give an activity to everybody whose turn it is, take it from everybody else."""
        activity_type = self.env.ref("invoice_crm_addon.mail_activity_type_approval")
        Activity = self.env["mail.activity"].with_context(mail_activity_quick_update=True)
        for model, requests in self.grouped("res_model").items():
            wanted = {
                (request.res_id, user) for request in requests for user in request.waiting_user_ids
            }
            existing = Activity.search(
                [
                    ("res_model", "=", model),
                    ("res_id", "in", requests.mapped("res_id")),
                    ("activity_type_id", "=", activity_type.id),
                ]
            )
            existing.filtered(
                lambda activity, wanted=wanted: (activity.res_id, activity.user_id) not in wanted
            ).unlink()
            present = {(activity.res_id, activity.user_id) for activity in existing.exists()}
            Activity.create(
                [
                    {
                        "activity_type_id": activity_type.id,
                        "automated": True,
                        "summary": activity_type.summary,
                        "res_model_id": self.env["ir.model"]._get_id(model),
                        "res_id": res_id,
                        "user_id": user.id,
                    }
                    for res_id, user in sorted(wanted - present, key=lambda w: (w[0], w[1].id))
                ]
            )

    def _notify_result(self, state, comment):
        """Log the result on each document, and tell each requester once.

        :param str state: new state of all the requests
        :param str comment: reason of a rejection or withdrawal
        """
        for model, requests in self.grouped("res_model").items():
            documents = self.env[model].browse(requests.mapped("res_id")).exists()
            bodies = {
                request.res_id: request._get_result_text(state, comment)
                for request in requests
                if request.res_id in documents.ids
            }
            documents._message_log_batch(bodies=bodies, author_id=self.env.user.partner_id.id)
        for requester, requests in self.grouped("requester_id").items():
            if requester != self.env.user and state != "withdrawn":
                requests._notify_requester(requester, state, comment)

    def _notify_requester(self, requester, state, comment):
        """One notification for all that was decided at once."""
        document = self.env[self[0].res_model].browse(self[0].res_id)
        thread = document if len(self) == 1 else self.env["mail.thread"]
        thread.message_notify(
            subject=", ".join(self.mapped("name")),
            body=Markup("<br/>").join(
                f"{request.name}: {request._get_result_text(state, comment)}" for request in self
            ),
            partner_ids=requester.partner_id.ids,
            author_id=self.env.user.partner_id.id,
        )

    def _get_result_text(self, state, comment):
        """Sentence about what became of the request."""
        if state == "approved":
            return self.env._("%(flow)s: approved.", flow=self.flow_name)
        if state == "withdrawn":
            return self.env._("%(flow)s: withdrawn.", flow=self.flow_name)
        return self.env._(
            "%(flow)s: rejected by %(user)s. Reason: %(reason)s",
            flow=self.flow_name,
            user=self.env.user.name,
            reason=comment,
        )

    def _log_submission(self):
        """Say on each document which flow applies and who is asked first."""
        for model, requests in self.grouped("res_model").items():
            self.env[model].browse(requests.mapped("res_id"))._message_log_batch(
                bodies={
                    request.res_id: self.env._(
                        "Submitted for approval: %(flow)s. Waiting for: %(people)s",
                        flow=request.flow_name,
                        people=", ".join(request.waiting_user_ids.mapped("name")),
                    )
                    for request in requests.filtered(lambda r: r.state == "pending")
                }
            )

    def _open_reason_wizard(self, title, action):
        return {
            "type": "ir.actions.act_window",
            "name": title,
            "res_model": "invoice.approval.reason.wizard",
            "view_mode": "form",
            "target": "new",
            "context": {"default_request_ids": self.ids, "default_action": action},
        }
