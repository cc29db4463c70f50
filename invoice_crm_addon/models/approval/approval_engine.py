from functools import partial
from weakref import WeakKeyDictionary

from odoo import api, fields, models
from odoo.exceptions import ConcurrencyError, UserError
from odoo.fields import Command

from ..base.action_mixin import rewrite_rows

# The steps that were in turn when a call was first tried, by cursor: all that a cursor or an
# environment keeps is cleared before Odoo runs the call again.
_MEANT_STEPS = WeakKeyDictionary()


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
        self._claim_versions({plan.flow for plan in plans})
        changes = changes or {}
        requests_sudo = self.sudo().create(
            [
                self._prepare_request_values(plan, acting, changes.get(plan.document))
                for plan, acting in self._get_first_acting(plans)
            ]
        )
        requests_sudo._sync_activities(is_new=True)
        requests_sudo._queue_notices("turn", {r: r.waiting_user_ids for r in requests_sudo})
        requests_sudo._log_submission()
        return requests_sudo

    @api.model
    def _claim_versions(self, flows):
        """Make the first request on a version and whoever edits it collide.

        An editor writes to the current version as long as nothing ran on it. The later of the
        two is run again, and sees the other.
        """
        Version = self.env["invoice.approval.flow.version"].sudo()
        unused = []
        for flow in flows:
            try:
                Version._check_used(flow.id, flow.version)
            except LookupError:
                unused.append(flow)
        for flow in unused:
            version = Version.search([("flow_id", "=", flow.id)], limit=1)
            rewrite_rows(version)
            if version.number != flow.version or not version._says(flow._get_definition()):
                # What is kept in memory is older than what this transaction sees.
                self.env.registry.clear_cache()
                raise ConcurrencyError(self.env._("The flow %s was just changed.", flow.name))

    @api.model
    def _get_first_acting(self, plans):
        """Each plan with those who are asked first: who acts, by approver."""
        Delegation = self.env["invoice.approval.delegation"]
        cache = {}
        for plan in plans:
            approvers = plan._get_first_stage().approvers
            company = plan.document._get_approval_company()
            # Plans of a batch mostly ask the same people.
            key = (approvers, plan.flow, company)
            if key not in cache:
                cache[key] = Delegation._get_acting(approvers, plan.flow, company, plan.excluded)
            yield plan, cache[key]

    @api.model
    def _prepare_request_values(self, plan, acting, change):
        """Values of a request: copies of all that must not change later.

        :param dict acting: who decides first, by approver
        :param dict change: old and new values, if the document was approved before
        """
        document, flow, first = plan.document, plan.flow, plan._get_first_stage()
        company = document._get_approval_company()
        people = self.env["res.users"].union(*acting.values())
        deadline = self._compute_deadline(flow, company, first.stage._get_deadline_hours())
        values = {
            "name": document.display_name,
            "res_model": document._name,
            "res_id": document.id,
            "cycle": max(document.approval_request_ids.mapped("cycle"), default=0) + 1,
            "is_change": bool(change),
            **(change or {}),
            "flow_id": flow.id,
            "flow_name": flow.name,
            "flow_version": flow.version,
            "trigger_fields": flow.trigger_fields or [],
            "own_step": flow.own_step,
            "fallback_user_id": flow.fallback_user_id.id,
            "company_id": company.id,
            "requester_id": self.env.uid,
            **document._get_approval_summary(),
            "owner_id": document._get_approval_owner().id,
            "department_id": document._get_approval_department().id,
            "step_name": first.stage.name,
            "date_deadline": deadline,
            "waiting_user_ids": [Command.set(people.ids)],
            "approver_ids": [Command.set((people | first.approvers).ids)],
            "step_ids": [
                Command.create(self._prepare_step_values(stage, sequence, stage is first, deadline))
                for sequence, stage in enumerate(plan.stages, start=1)
            ],
        }
        return {**values, **self._prepare_submission(values)}

    @api.model
    def _prepare_submission(self, values):
        """The first row of the history, sealed together with the request."""
        Decision = self.env["invoice.approval.decision"]
        decision = {"user_id": self.env.uid, "decision": "submit", "date": fields.Datetime.now()}
        seal = Decision._compute_seal(decision, self._compute_first_seal(values))
        return {"last_seal": seal, "decision_ids": [Command.create({**decision, "seal": seal})]}

    @api.model
    def _prepare_step_values(self, plan, sequence, is_first, deadline):
        """Values of a step; the first one is begun, with its deadline."""
        stage = plan.stage
        note = self.env._("Nobody of the stage can decide.") if plan.is_fallback else False
        return {
            "sequence": sequence,
            "number": sequence,
            "name": stage.name,
            "rule": stage.rule,
            "minimum": stage.minimum,
            "approver_ids": [Command.set(plan.approvers.ids)],
            "state": "skipped" if plan.skip_reason else "pending" if is_first else "waiting",
            "note": plan.skip_reason or note,
            "deadline_hours": stage._get_deadline_hours(),
            "date_reached": is_first and fields.Datetime.now(),
            "date_deadline": is_first and deadline,
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
        """Check that the current user may do it, on the state that this transaction sees.

        Whatever follows writes the row of the request: of two who decide at the same instant,
        PostgreSQL lets one pass and Odoo runs the other again.
        """
        is_decision = action in ("decide", "return")
        if is_decision:
            # May be what lets the user read the request at all.
            self.env["invoice.approval.delegation"]._apply_due()
        self._check_can(action)
        if is_decision:
            self._check_not_overtaken()

    def _check_not_overtaken(self):
        """Whoever decides means the step that they saw, or that was in turn when they clicked.

        Screens name what they show in the context. If somebody was faster, or the same person
        in another window, this call is run again. In neither case may it decide on the next
        step, which nobody looked at.
        """
        cr = self.env.cr
        meant = _MEANT_STEPS.setdefault(cr, {})
        shown = self.env.context.get("invoice_approval_step_ids")
        for request_sudo in self.sudo():
            step_id = request_sudo._get_current_step().id
            is_shown = shown is None or step_id in shown
            if meant.pop(request_sudo.id, step_id) != step_id or not is_shown:
                raise UserError(
                    self.env._(
                        "%s was decided on in another window meanwhile, and waits at another "
                        "stage now. Look at it again before you decide.",
                        request_sudo.name,
                    )
                )
            cr.postrollback.add(partial(meant.setdefault, request_sudo.id, step_id))
        cr.postcommit.add(meant.clear)

    def _do_approve(self, comment):
        steps = self._get_current_step()
        acting = steps._get_acting()
        self._log("approve", steps, comment, acting)
        steps.filtered(
            lambda step: step.rule == "any" or step._is_agreed(step._filter_open(acting[step]))
        )._close("approved")
        self._update_turn()

    def _do_close(self, state, decision, comment, restore=True):
        """End the requests before their steps are through.

        :param str state: ``rejected`` or ``withdrawn``
        :param bool restore: whether a change is taken back
        """
        steps = self._get_current_step()
        self._log(decision, steps, comment, steps._get_acting() if state == "rejected" else {})
        if state == "rejected":
            steps._close("rejected")
        self._finish(state, comment, restore)

    def _do_return(self, target, reason):
        """Ask the steps from ``target`` to the current one again, as copies."""
        current = self._get_current_step()
        self._log("return", current, reason, current._get_acting())
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
        self._log("transfer", steps, reason, acting, target=user)
        for step in steps:
            handed = [principal for principal, by in acting[step].items() if by == self.env.user]
            if step._get_escalated() == self.env.user:
                step.escalated_user_id = user
            if handed:
                step.approver_ids = [
                    *(Command.unlink(principal.id) for principal in handed),
                    Command.link(user.id),
                ]
        self._update_turn()

    def _do_add_approver(self, user, position, reason):
        steps = self._get_current_step()
        self._log("add", steps, reason, steps._get_acting(), target=user)
        for step in steps:
            values = {
                "name": user.name,
                "number": max(step.request_id.step_ids.mapped("number")) + 1,
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
            .search(
                [
                    ("state", "=", "pending"),
                    "|",
                    ("approver_ids", "in", users.ids),
                    ("escalated_user_id", "in", users.ids),
                ]
            )
        )
        requests_sudo = steps_sudo.request_id
        requests_sudo._collide_with_concurrent_writers()
        requests_sudo._update_turn()

    def _update_turn(self):
        """Say whose turn it is; requests without a step left are approved."""
        steps = self._get_turns()
        begun = steps._begin_turn()
        acting = steps._get_acting()
        # Who is left in these steps has agreed: the others left, or delegated to them.
        agreed = steps.filtered(lambda step: step._is_agreed(acting[step]))
        waiting = steps - agreed
        if waiting:
            waiting.request_id._set_turns(waiting, acting, begun)
        if done := self - steps.request_id:
            done._finish("approved")
        if agreed:
            agreed._close("approved")
            agreed.request_id._update_turn()

    def _get_turns(self):
        """First open step of each request that has one."""
        open_steps = self.step_ids.filtered(lambda step: step.state in ("pending", "waiting"))
        turns = {}
        for step in open_steps.sorted():
            turns.setdefault(step.request_id, step.id)
        ids = set(turns.values())
        return open_steps.filtered(lambda step: step.id in ids).with_prefetch(self.step_ids.ids)

    def _set_turns(self, steps, acting, begun):
        """Write who is asked, and tell those who were not asked before.

        :param steps: the steps whose turn it is, one of each request
        :param dict acting: for each step its open approvers and who acts for each
        :param begun: those of the steps that were not in turn before
        """
        Users = self.env["res.users"]
        people = {s: Users.union(*acting[s].values()) | s._get_escalated() for s in steps}
        news = {
            step.request_id: people[step]
            if step in begun
            else people[step] - step.request_id.waiting_user_ids
            for step in steps
        }
        for step in steps:
            step.request_id.write({"step_name": step.name, "date_deadline": step.date_deadline})
        # Requests of a batch mostly wait for the same people: one write for all of them.
        for (waiting, readers), group in steps.grouped(
            lambda step: (people[step], people[step] | step.approver_ids)
        ).items():
            group.request_id._set_people(waiting, readers)
        self._sync_activities()
        self._queue_turn_notices(news)

    def _set_people(self, waiting, readers):
        """:param waiting: whose turn it is; ``readers`` were asked, themselves or by others"""
        if any(request.waiting_user_ids != waiting for request in self):
            self.write({"waiting_user_ids": [Command.set(waiting.ids)]})
        new = readers.filtered(lambda user: any(user not in r.approver_ids for r in self))
        if new:
            self.write({"approver_ids": [Command.link(user.id) for user in new]})

    # === END === #

    def _finish(self, state, comment=None, restore=True):
        """Close the requests and tell documents and requesters.

        :param bool restore: whether a change that is not approved is taken back
        """
        open_steps = self.step_ids.filtered(lambda step: step.state in ("pending", "waiting"))
        open_steps._close("cancelled")
        asked = {request: request.waiting_user_ids for request in self}
        for request in self:
            request.last_seal = request._seal_result(request.last_seal, state)
        self.write(
            {
                "state": state,
                "waiting_user_ids": [Command.clear()],
                "date_deadline": False,
                "date_decided": fields.Datetime.now(),
            }
        )
        # A new round may start in this transaction: the index on pending ones must see the end.
        self.flush_recordset()
        self._sync_activities()
        self._queue_result_notices(state, asked)
        for (model, is_change), requests in self.grouped(
            lambda request: (request.res_model, request.is_change)
        ).items():
            documents = self.env[model].browse(requests.mapped("res_id"))
            if is_change and restore and state != "approved":
                for request in requests:
                    documents.browse(request.res_id)._restore_values(request.old_values)
            hook = f"_approval_on_change_{state}" if is_change else f"_approval_on_{state}"
            # The log below says what happened: nothing is left for core to track.
            getattr(documents.with_context(mail_notrack=True), hook)()
            documents._message_log_batch(
                bodies={r.res_id: r._get_result_text(state, comment) for r in requests},
                author_id=self.env.user.partner_id.id,
            )
