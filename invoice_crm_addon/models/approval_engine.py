from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command


class InvoiceApprovalRequest(models.Model):
    """How a request starts, moves from step to step and ends. All in superuser mode.

    Every move writes the row of its request, so two people who decide at the same instant
    collide: the second one is run again, and sees what the first one decided.
    """

    _inherit = "invoice.approval.request"

    # === START === #

    @api.model
    def _start(self, plans, changes=None):
        """Start a request for each plan that has stages.

        :param plans: list of ``Plan``, of documents of one model
        :param dict changes: by document, values of ``changes`` and ``old_values``
        :return: the new requests, in superuser mode
        """
        plans = [plan for plan in plans if not plan.free_reason]
        if not plans:
            return self.sudo()
        self._check_somebody_decides(plans)
        cycles = self._get_last_cycles([plan.document for plan in plans])
        changes = changes or {}
        requests_sudo = self.sudo().create(
            [
                {
                    **self._prepare_request_values(plan),
                    "cycle": cycles.get(plan.document.id, 0) + 1,
                    "is_change": plan.document in changes,
                    **changes.get(plan.document, {}),
                }
                for plan in plans
            ]
        )
        requests_sudo._log("submit")
        requests_sudo._update_turn()
        requests_sudo._log_submission()
        return requests_sudo

    @api.model
    def _get_last_cycles(self, documents):
        """Number of the last round of each document, by id."""
        groups = self.sudo()._read_group(
            [
                ("res_model", "=", documents[0]._name),
                ("res_id", "in", [document.id for document in documents]),
            ],
            ["res_id"],
            ["cycle:max"],
        )
        return dict(groups)

    @api.model
    def _prepare_request_values(self, plan):
        """Values of a request: copies of all that must not change later."""
        document, flow = plan.document, plan.flow
        return {
            "name": document.display_name,
            "res_model": document._name,
            "res_id": document.id,
            "flow_id": flow.id,
            "flow_name": flow.name,
            "flow_version": flow.version,
            "trigger_fields": flow.trigger_fields or [],
            "own_step": flow.own_step,
            "fallback_user_id": flow.fallback_user_id.id,
            "company_id": document._get_approval_company().id,
            "requester_id": self.env.uid,
            **document._get_approval_summary(),
            "owner_id": document._get_approval_owner().id,
            "department_id": document._get_approval_department().id,
            "step_ids": [
                Command.create(self._prepare_step_values(stage, sequence))
                for sequence, stage in enumerate(plan.stages, start=1)
            ],
        }

    @api.model
    def _prepare_step_values(self, plan, sequence):
        stage = plan.stage
        note = self.env._("Nobody of the stage can decide.") if plan.is_fallback else False
        return {
            "sequence": sequence,
            "number": sequence,
            "name": stage.name,
            "rule": stage.rule,
            "minimum": stage.minimum,
            "approver_ids": [Command.set(plan.approvers.ids)],
            "state": "skipped" if plan.skip_reason else "waiting",
            "note": plan.skip_reason or note,
            "deadline_hours": stage.deadline_hours or stage.flow_id.deadline_hours,
            "escalation_type": stage.escalation_type,
            "escalation_user_id": stage.escalation_user_id.id,
        }

    @api.model
    def _check_somebody_decides(self, plans):
        """:raise UserError: if nobody is left to ask, not even a fallback"""
        for plan in plans:
            for stage in plan.stages:
                if not stage.approvers and not stage.skip_reason:
                    raise UserError(
                        self.env._(
                            "Nobody can decide on the stage %(stage)s of the flow %(flow)s. Ask "
                            "an administrator to choose another fallback approver for the flow.",
                            stage=stage.stage.name,
                            flow=plan.flow.name,
                        )
                    )

    # === DECIDE === #

    def _begin(self, action):
        """Make sure that this transaction alone decides, on what it sees, and that it may."""
        self.check_access("read")
        self._collide_with_concurrent_writers()
        self._check_can(action)

    def _do_approve(self, comment):
        steps = self._get_current_step()
        acting = steps._get_acting()
        self._log(
            "approve",
            steps,
            comment,
            for_users={step: step._get_principal(acting[step], self.env.user) for step in steps},
        )
        steps.filtered(lambda step: step._is_agreed(step._filter_open(acting[step])))._close(
            "approved"
        )
        self._update_turn()

    def _do_close(self, state, decision, comment, restore=True):
        """End the requests before their steps are through.

        :param str state: ``rejected`` or ``withdrawn``
        :param bool restore: whether a change is taken back
        """
        steps = self._get_current_step()
        self._log(decision, steps, comment)
        if state == "rejected":
            steps._close("rejected")
        self._finish(state, comment, restore)

    def _do_return(self, target, reason):
        """Ask the steps from ``target`` to the current one again, as copies."""
        current = self._get_current_step()
        self._log("return", current, reason)
        repeated = self.step_ids.filtered(
            lambda step: (
                target.sequence <= step.sequence <= current.sequence and step.state != "skipped"
            )
        )._keep_latest()
        current._close("returned")
        self._insert_steps(current, [step._prepare_repetition() for step in repeated])
        self._update_turn()

    def _do_transfer(self, user, reason):
        steps = self._get_current_step()
        acting = steps._get_acting()
        self._log("transfer", steps, reason, target=user)
        for step in steps:
            handed = [principal for principal, by in acting[step].items() if by == self.env.user]
            step.approver_ids = [
                *(Command.unlink(principal.id) for principal in handed),
                Command.link(user.id),
            ]
            if step.escalated_user_id == self.env.user:
                step.escalated_user_id = user
        self._update_turn()

    def _do_add_approver(self, user, position, reason):
        steps = self._get_current_step()
        self._log("add", steps, reason, target=user)
        for step in steps:
            values = {
                "name": user.name,
                "rule": "any",
                "minimum": 1,
                "approver_ids": [Command.set(user.ids)],
                "deadline_hours": step.deadline_hours,
                "note": self.env._("Added by %s", self.env.user.name),
            }
            step.request_id._insert_steps(step, [values], before=position == "before")
            if position == "before":
                step.write({"state": "waiting", "date_reached": False, "date_deadline": False})
        self._update_turn()

    def _insert_steps(self, step, values_list, before=False):
        """Put steps right after, or before, another one; what comes later moves on."""
        self.ensure_one()
        first = step.sequence if before else step.sequence + 1
        for later in self.step_ids.filtered(
            lambda other: other.sequence >= first and other.state in ("waiting", "pending")
        ):
            later.sequence += len(values_list)
        self.env["invoice.approval.step"].create(
            [
                {**values, "request_id": self.id, "sequence": first + index}
                for index, values in enumerate(values_list)
            ]
        )
        self.invalidate_recordset(["step_ids"])

    # === TURN === #

    @api.model
    def _refresh_turn(self, users):
        """Ask again who acts for these people, since their delegations changed."""
        if not users:
            return
        steps_sudo = (
            self.env["invoice.approval.step"]
            .sudo()
            .search([("state", "=", "pending"), ("approver_ids", "in", users.ids)])
        )
        requests_sudo = steps_sudo.request_id
        requests_sudo._collide_with_concurrent_writers()
        requests_sudo._update_turn()

    def _update_turn(self):
        """Say whose turn it is; requests without a step left are approved."""
        turns = self._get_turns()
        steps = self.env["invoice.approval.step"].union(*turns.values())
        steps._begin_turn()
        acting = steps._get_acting()
        # Who is left in these steps has agreed: the others left, or delegated to them.
        agreed = steps.filtered(lambda step: step._is_agreed(acting[step]))
        waiting = steps - agreed
        if waiting:
            waiting.request_id._set_turns(waiting, acting)
        if done := self - steps.request_id:
            done._finish("approved")
        if agreed:
            agreed._close("approved")
            agreed.request_id._update_turn()

    def _get_turns(self):
        """First open step of each request that has one.

        :rtype: dict
        """
        turns = {}
        for request in self:
            steps = request.step_ids.filtered(lambda step: step.state in ("pending", "waiting"))
            if steps:
                turns[request] = steps.sorted()[0]
        return turns

    def _set_turns(self, steps, acting):
        """Write who is asked, and tell those who were not asked before.

        :param steps: the steps whose turn it is, one of each request
        :param dict acting: for each step its open approvers and who acts for each
        """
        Users = self.env["res.users"]
        people = {s: Users.union(*acting[s].values()) | s.escalated_user_id for s in steps}
        news = {}
        for step in steps:
            request = step.request_id
            known = request.waiting_user_ids if request.step_id == step else Users
            news[request] = people[step] - known
        # Requests of a batch mostly wait for the same people: one write for all of them.
        for (waiting, readers), group in steps.grouped(
            lambda step: (people[step], people[step] | step.approver_ids)
        ).items():
            requests = group.request_id
            if any(request.waiting_user_ids != waiting for request in requests):
                requests.write({"waiting_user_ids": [Command.set(waiting.ids)]})
            if unseen := readers.filtered(
                lambda user, requests=requests: any(user not in r.approver_ids for r in requests)
            ):
                requests.write({"approver_ids": [Command.link(user.id) for user in unseen]})
        for step in steps:
            step.request_id.write({"step_id": step.id, "date_deadline": step.date_deadline})
        self._sync_activities()
        self._queue_notices("turn", news)

    def _plan_deadline(self, hours, start):
        """Moment until which a step is to be decided.

        :param float hours: working hours; 0 for no deadline
        :param datetime start: UTC
        :return: UTC, or False
        """
        self.ensure_one()
        calendar = self._get_calendar()
        return bool(hours and calendar) and calendar.plan_hours(hours, start, compute_leaves=True)

    def _get_calendar(self):
        """Working hours that count for the request's deadlines."""
        self.ensure_one()
        return self.flow_id.calendar_id or self.company_id.resource_calendar_id

    # === END === #

    def _finish(self, state, comment=None, restore=True):
        """Close the requests and tell documents and requesters.

        :param bool restore: whether a change that is not approved is taken back
        """
        open_steps = self.step_ids.filtered(lambda step: step.state in ("pending", "waiting"))
        open_steps._close("cancelled")
        self.write(
            {
                "state": state,
                "waiting_user_ids": [Command.clear()],
                "date_deadline": False,
                "date_decided": fields.Datetime.now(),
            }
        )
        self._sync_activities()
        self._queue_result_notices(state)
        for (model, is_change), requests in self.grouped(
            lambda request: (request.res_model, request.is_change)
        ).items():
            documents = self.env[model].browse(requests.mapped("res_id")).exists()
            requests = requests.filtered(lambda r, ids=documents.ids: r.res_id in ids)
            if is_change and restore and state != "approved":
                for request in requests:
                    documents.browse(request.res_id)._restore_values(request.old_values)
            hook = f"_approval_on_change_{state}" if is_change else f"_approval_on_{state}"
            getattr(documents, hook)()
            documents._message_log_batch(
                bodies={r.res_id: r._get_result_text(state, comment) for r in requests},
                author_id=self.env.user.partner_id.id,
            )

    # === HISTORY === #

    def _log(self, decision, steps=None, comment=None, for_users=None, target=None):
        """Write a row of the history of each request.

        :param str decision: what the current user does
        :param steps: the step of each request that it is about, if any
        :param str comment: remark or reason
        :param dict for_users: by step, who delegated the decision
        :param res.users target: to whom the step was handed
        """
        step_by_request = {step.request_id: step for step in steps or ()}
        self.env["invoice.approval.decision"].create(
            [
                {
                    "request_id": request.id,
                    "user_id": self.env.uid,
                    "target_user_id": target.id if target else False,
                    "decision": decision,
                    "comment": (comment or "").strip(),
                    **self._prepare_log_step(step_by_request.get(request), for_users or {}),
                }
                for request in self
            ]
        )

    @api.model
    def _prepare_log_step(self, step, for_users):
        if not step:
            return {}
        waited = fields.Datetime.now() - (step.date_reached or fields.Datetime.now())
        principal = for_users.get(step)
        return {
            "step_id": step.id,
            "for_user_id": principal.id if principal else False,
            "hours_waited": waited.total_seconds() / 3600,
        }

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

    def _get_change_rows(self):
        """Rows of the table of changes, with labels in the reader's language."""
        self.ensure_one()
        Document = self.env[self.res_model]
        return [
            {**row, "label": Document._get_change_label(row["field"])} for row in self.changes or []
        ]
