import logging
from weakref import WeakKeyDictionary

from psycopg2 import OperationalError

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command

from ..base.proof import proven
from .approval_history import seal_decision, seal_request, seal_result
from .approval_turn import forget_waiting, read_turns, write_people

_logger = logging.getLogger(__name__)

# By cursor, the steps that were in turn when a call that names none was first tried: by request.
# Odoo runs a call again that collided with another one, on the same cursor and with nothing else
# kept; only this tells a second click of the same person from a new decision.
_TRIED_STEPS = WeakKeyDictionary()


class InvoiceApprovalRequest(models.Model):
    """How a request starts, moves from step to step and ends. All in superuser mode.

    Every move writes the row of its request, so two people who decide at the same instant
    collide: the second one is run again, and sees what the first one decided.

    When a deadline has passed, an hourly job looks at the late requests, in the working hours
    that count for them:

    1. Those whose turn it is are reminded once, then once on each further working day.
    2. A step that escalates is handed, once, to somebody who decides it alone, see the step.
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
            return proven(self)
        for plan in plans:
            plan.check_somebody_decides()
        for flow in {plan.flow for plan in plans}:
            flow._claim_version()
        first = list(self._get_first_people(plans))
        requests_sudo = proven(self).create(
            [
                self._prepare_request_values(plan, readers, (changes or {}).get(plan.document))
                for plan, _waiting, readers in first
            ]
        )
        people = {r: row[1:] for r, row in zip(requests_sudo, first, strict=True)}
        for (waiting, readers), requests in requests_sudo.grouped(people.get).items():
            write_people(requests, waiting, readers)
        requests_sudo._sync_activities(is_new=True)
        requests_sudo._queue_notices("turn", {r: r.waiting_user_ids for r in requests_sudo})
        requests_sudo._log_submission()
        return requests_sudo

    @api.model
    def _get_first_people(self, plans):
        """Each plan with those whose turn it is first, and with all who may read it then."""
        Delegation = self.env["invoice.approval.delegation"]
        cache = {}
        for plan in plans:
            approvers = plan.get_first_stage().approvers
            # Plans of a batch mostly ask the same people.
            key = (approvers, plan.flow, plan.document._get_approval_company(), plan.excluded)
            if key not in cache:
                cache[key] = self.env["res.users"].union(*Delegation._get_acting(*key).values())
            yield plan, cache[key], cache[key] | approvers

    @api.model
    def _prepare_request_values(self, plan, readers, change):
        """Values of a request: copies of all that must not change later.

        :param res.users readers: who may read it from the start
        :param dict change: old and new values, if the document was approved before
        """
        document, flow, first = plan.document, plan.flow, plan.get_first_stage()
        company = document._get_approval_company()
        hours = first.stage._get_deadline_hours()
        deadline = flow._plan_deadline(company, hours) if hours else False
        values = {
            "name": document.display_name,
            "res_model": document._name,
            "res_id": document.id,
            "state": "pending",
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
            # As they are computed, which would write the row once more.
            "approval_audience_id": self.env["invoice.approval.audience"]._get_audience(readers).id,
            "step_ids": [
                Command.create(
                    stage.stage._prepare_step_values(stage, sequence, stage is first, deadline)
                )
                for sequence, stage in enumerate(plan.stages, start=1)
            ],
        }
        # The first row of the history is sealed together with the request.
        decision = {"user_id": self.env.uid, "decision": "submit", "date": fields.Datetime.now()}
        seal = seal_decision(decision, seal_request(values))
        decision_ids = [Command.create({**decision, "seal": seal})]
        return {**values, "last_seal": seal, "decision_ids": decision_ids}

    # === DECIDE === #

    def _begin(self, action, step_ids=None):
        """Check that the current user may do it, on the state that this transaction sees.

        Whatever follows writes the row of the request: of two who decide at the same instant,
        PostgreSQL lets one pass and Odoo runs the other again.

        :param list step_ids: ids of the steps that the decision is meant for, if any are named
        """
        is_decision = action in ("decide", "return")
        read_turns(self.sudo())  # sudo: read at once; rights are checked below
        if is_decision:
            # May be what lets the user read the request at all.
            self.env["invoice.approval.delegation"]._apply_due()
        self._check_can(action)
        if is_decision:
            self.sudo()._check_not_overtaken(step_ids)  # sudo: which step is in turn, no more

    def _check_not_overtaken(self, step_ids):
        """Whoever decides means the step that they saw, or that was in turn when they clicked.

        If somebody was faster, or the same person in another window, the decision must not fall
        on the next step, which nobody looked at.

        :raise UserError: if another step is in turn now
        """
        if step_ids is None:
            # The buttons of a form can give nothing but a context.
            step_ids = self.env.context.get("invoice_approval_step_ids")
        steps = self._get_current_step()
        if step_ids is None:
            step_ids = self._get_first_tried(steps)
        is_list = isinstance(step_ids, (list, tuple, set))
        if strange := steps.filtered(lambda step: not is_list or step.id not in step_ids):
            raise UserError(
                self.env._(
                    "%s was decided on in another window meanwhile, and waits at another stage "
                    "now. Look at it again before you decide.",
                    strange[0].request_id.name,
                )
            )

    @api.model
    def _get_first_tried(self, steps):
        """Ids of the steps in turn when this call was first tried; ``steps`` are in turn now."""
        tried, cr = _TRIED_STEPS.setdefault(self.env.cr, {}), self.env.cr
        now = {step.request_id.id: step.id for step in steps}
        cr.postrollback.add(lambda: tried.update(now | tried))
        cr.postcommit.add(tried.clear)
        return {tried.pop(request_id, step_id) for request_id, step_id in now.items()}

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
            step._hand_over(acting[step], user)
        self._update_turn()

    def _do_add_approver(self, user, position, reason):
        steps = self._get_current_step()
        self._log("add", steps, reason, steps._get_acting(), target=user)
        for step in steps:
            values = step._prepare_addition(user)
            step.request_id._insert_steps(step, [values], before=position == "before")
            if position == "before":
                turn = {"state": "waiting", "date_reached": False, "date_deadline": False}
                step._write_turn(turn)
        self._update_turn()

    def _insert_steps(self, step, values_list, before=False):
        """Put steps right after, or before, another one; what comes later moves on."""
        self.ensure_one()
        first = step.sequence if before else step.sequence + 1
        for later in self.step_ids.filtered(
            lambda other: other.sequence >= first and other.state in ("waiting", "pending")
        ):
            later._write_turn({"sequence": later.sequence + len(values_list)})
        self.env["invoice.approval.step"].create(
            [
                {**values, "request_id": self.id, "sequence": first + index}
                for index, values in enumerate(values_list)
            ]
        )
        self._fields["step_ids"]._update_cache(self, self.step_ids.sorted()._ids)

    # === TURN === #

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
            write_people(group.request_id, waiting, readers)
        self._sync_activities()
        self._queue_turn_notices(news)

    def _get_current_step(self):
        """The steps whose turn it is."""
        steps = self.step_ids
        return steps.filtered(lambda step: step.state == "pending").with_prefetch(steps.ids)

    def _get_returnable_steps(self):
        """Steps that agreed before the one whose turn it is, the latest pass of each."""
        self.ensure_one()
        current = self._get_current_step()
        return self.step_ids.filtered(
            lambda step: step.state == "approved" and step.sequence < current.sequence
        )._keep_latest()

    # === PEOPLE === #

    def _get_excluded_users(self):
        """People who may not decide on the request, unless the flow lets them.

        Its requester, and those whose waiting changes it took over.

        :rtype: res.users
        """
        self.ensure_one()
        if self.own_step == "allowed":
            return self.requester_id.browse()
        return self._get_authors()

    def _get_authors(self):
        """People whose values are to be approved."""
        self.ensure_one()
        return self.requester_id | self.author_ids if self.is_change else self.requester_id

    def _get_fallback_approvers(self):
        """People who decide when nobody else can."""
        self.ensure_one()
        return self.fallback_user_id._get_fallback_approvers(
            self.company_id, self._get_excluded_users()
        )

    def _is_waiting_for_absent(self, users):
        """Whether it is the turn of one of these people who cannot decide."""
        self.ensure_one()
        waiting = self.with_context(active_test=False).waiting_user_ids & users
        return bool(
            waiting - waiting._filter_approvers(self.company_id, self._get_excluded_users())
        )

    def _get_people_of_step(self):
        """Everybody who was asked in the step whose turn it is, themselves or for others."""
        self.ensure_one()
        step = self._get_current_step()
        return step.approver_ids | step._get_agreed_users() | self.waiting_user_ids

    # === END === #

    def _finish(self, state, comment=None, restore=True):
        """Close the requests and tell documents and requesters.

        :param bool restore: whether a change that is not approved is taken back
        """
        open_steps = self.step_ids.filtered(lambda step: step.state in ("pending", "waiting"))
        open_steps._close("cancelled")
        asked = {request: request.waiting_user_ids for request in self}
        nobody_waits = forget_waiting(self)
        for request in self:
            request.last_seal = seal_result(request.last_seal, state)
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
        self._queue_result_notices(state, asked, nobody_waits)
        for (model, is_change), requests in self.grouped(
            lambda request: (request.res_model, request.is_change)
        ).items():
            documents = self.env[model].browse(requests.mapped("res_id"))
            # Before old values are restored: where that deletes a row, core forgets all it knows.
            touched = documents.browse(requests._filter_consequential().mapped("res_id"))
            bodies = {r.res_id: r._get_result_text(state, comment) for r in requests}
            author = self.env.user.partner_id
            if is_change and restore and state != "approved":
                for request in requests:
                    documents.browse(request.res_id)._restore_values(request.old_values)
            hook = f"_approval_on_change_{state}" if is_change else f"_approval_on_{state}"
            if touched:
                # The log below says what happened: nothing is left for core to track.
                getattr(touched.with_context(mail_notrack=True), hook)()
            documents._message_log_batch(bodies=bodies, author_id=author.id)

    def _filter_consequential(self):
        """Requests of one model without changes of fields from which nothing follows."""
        plain = self.env[self[:1].res_model]._get_approval_plain_fields()
        return self.filtered(lambda r: not r.is_change or (r.old_values or {}).keys() - plain)

    # === FOLLOW UP === #

    @api.model
    def _cron_follow_up(self):
        """Remind those who are late, hand late steps on, and delete activities put aside."""
        late = proven(self).search(
            [("state", "=", "pending"), ("date_deadline", "<=", fields.Datetime.now())],
            order="date_deadline, id",
        )
        due = late._filter_in_working_hours().filtered(lambda request: request._is_follow_up_due())
        self.env["ir.cron"]._commit_progress(remaining=len(due))
        for request in due:
            request._try_to_follow_up()
            if not self.env["ir.cron"]._commit_progress(1):
                break
        self._remove_activities()

    def _filter_in_working_hours(self):
        """Requests whose people work at this moment."""
        return self.browse().union(
            *(
                requests
                for (flow, company), requests in self.grouped(
                    lambda request: (request.flow_id, request.company_id)
                ).items()
                if flow._is_working_time(company)
            )
        )

    def _try_to_follow_up(self):
        """Follow one request up; a failure is logged and stops no other one."""
        try:
            with self.env.cr.savepoint():
                # Whoever decides at this moment, or another job, holds the row.
                request = self.try_lock_for_update()
                if request and request._is_follow_up_due():
                    request.with_context(lang=request.company_id.partner_id.lang)._follow_up()
        except OperationalError:
            _logger.info("The late approval request %s moves on at this moment", self.id)
        except Exception:
            _logger.warning("The late approval request %s is left out", self.id, exc_info=True)

    def _is_follow_up_due(self):
        """Whether somebody is to be told now that the request is late."""
        self.ensure_one()
        return self._is_late() and (
            self._is_reminder_due() or self._get_current_step()._is_escalating()
        )

    def _follow_up(self):
        """Remind and escalate."""
        self.ensure_one()
        if self._is_reminder_due():
            self._do_remind()
        if (step := self._get_current_step())._is_escalating():
            step._escalate()
