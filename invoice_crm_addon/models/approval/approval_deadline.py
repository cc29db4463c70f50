import logging
from datetime import timedelta

from psycopg2 import OperationalError
from pytz import utc

from odoo import api, fields, models

_logger = logging.getLogger(__name__)


class InvoiceApprovalRequest(models.Model):
    """What happens when a deadline has passed.

    An hourly job looks at the late requests, in the working hours that count for them:

    1. Those whose turn it is are reminded once, then once on each further working day.
    2. A step that escalates is handed, once, to the person that the stage names or to the
       manager of those who are late. They decide it alone; the others are still asked. If they
       cannot decide – left, the requester, an auditor, of another company, asked already – or
       if there is no manager, the fallback approver is asked; without one it stays at reminders.
    """

    _inherit = "invoice.approval.request"

    # === PLAN === #

    def _plan_deadline(self, hours):
        """Moment until which a step that begins now is to be decided, see below."""
        self.ensure_one()
        return self._compute_deadline(self.flow_id, self.company_id, hours)

    @api.model
    def _compute_deadline(self, flow, company, hours, begin=None):
        """End of some working hours.

        :param float hours: working hours; 0 for no deadline
        :param datetime begin: UTC; default: now
        :return: UTC, or False
        """
        if not hours:
            return False
        begin = begin or fields.Datetime.now()
        calendar = flow._get_calendar(company)
        deadline = calendar and calendar.plan_hours(
            hours, begin, compute_leaves=True, domain=flow._get_leave_domain(company)
        )
        # Where no working hours are kept, every hour counts.
        return (deadline or begin + timedelta(hours=hours)).replace(microsecond=0)

    def _get_calendar(self):
        """Working hours that count for the request's deadlines."""
        self.ensure_one()
        return self.flow_id._get_calendar(self.company_id)

    # === CRON === #

    @api.model
    def _cron_follow_up(self):
        """Remind those who are late, and hand late steps on."""
        late = self.search(
            [("state", "=", "pending"), ("date_deadline", "<=", fields.Datetime.now())],
            order="date_deadline, id",
        )
        due = late._filter_in_working_hours().filtered(lambda request: request._is_follow_up_due())
        self.env["ir.cron"]._commit_progress(remaining=len(due))
        for request in due:
            request._try_to_follow_up()
            if not self.env["ir.cron"]._commit_progress(1):
                break

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
                    request._follow_up()
        except OperationalError:
            _logger.info("The late approval request %s moves on at this moment", self.id)
        except Exception:
            _logger.warning("The late approval request %s is left out", self.id, exc_info=True)

    # === FOLLOW UP === #

    def _is_follow_up_due(self):
        """Whether somebody is to be told now that the request is late."""
        self.ensure_one()
        return self._is_late() and (self._is_reminder_due() or bool(self._get_escalating_step()))

    def _is_reminder_due(self):
        """Whether nobody was reminded since the deadline, or today."""
        last = self.reminded_on
        if not last or last < self.date_deadline:
            return True
        now = fields.Datetime.now()
        return self._get_working_day(last) < self._get_working_day(now)

    def _get_working_day(self, moment):
        """Day of a moment (UTC) where the working hours are kept."""
        tz = self._get_calendar().tz or "UTC"
        return fields.Datetime.context_timestamp(self.with_context(tz=tz), moment).date()

    def _follow_up(self):
        """Remind and escalate."""
        self.ensure_one()
        if self._is_reminder_due():
            self._do_remind()
        if step := self._get_escalating_step():
            step._escalate()

    def _get_escalating_step(self):
        """The step whose turn it is, if it escalates and has not done so yet."""
        return self._get_current_step().filtered(
            lambda step: step.escalation_type in ("manager", "user") and not step.escalated_user_id
        )


class InvoiceApprovalStep(models.Model):
    _inherit = "invoice.approval.step"

    def _escalate(self):
        """Hand the late step to somebody who decides it alone, if there is anybody."""
        self.ensure_one()
        user, is_fallback = self._find_escalation_user()
        if not user:
            return
        self.escalated_user_id = user
        request = self.request_id.with_context(lang=self.request_id.requester_id.lang)
        comment = request.env._("The deadline has passed.")
        if is_fallback:
            comment = request.env._(
                "The deadline has passed, and nobody of the escalation can decide."
            )
        request._log("escalate", self, comment, target=user)
        request._update_turn()

    def _find_escalation_user(self):
        """Who decides the late step instead.

        :return: the person, maybe none, and whether it is a fallback approver
        :rtype: tuple[res.users, bool]
        """
        request = self.request_id
        company, excluded = request.company_id, request._get_excluded_users()
        asked = request.waiting_user_ids
        # Who agreed already has had their say.
        excluded |= asked | self._get_agreed_users()
        users = self._get_escalation_candidates(asked)._filter_approvers(company, excluded)[:1]
        is_fallback = not users
        if is_fallback:
            users = (request._get_fallback_approvers() - excluded)[:1]
        return users, is_fallback

    def _get_escalation_candidates(self, late):
        """The people that the stage names for this case, whether they can decide or not.

        :param res.users late: those whose turn it is
        """
        if self.escalation_type == "user":
            return self.escalation_user_id
        company = self.request_id.company_id
        return late.browse().union(*(user._get_manager(company) for user in late))


class InvoiceApprovalFlow(models.Model):
    _inherit = "invoice.approval.flow"

    def _is_working_time(self, company):
        """Whether this moment belongs to the working hours that count for deadlines.

        Without any, people are taken to work all the time.
        """
        calendar = self._get_calendar(company)
        if not calendar:
            return True
        now = utc.localize(fields.Datetime.now())
        intervals = calendar._work_intervals_batch(
            now, now + timedelta(minutes=1), domain=self._get_leave_domain(company)
        )
        return bool(intervals[False])

    @api.model
    def _get_leave_domain(self, company):
        """Holidays that count: one without a calendar would count in every company otherwise."""
        return [("time_type", "=", "leave"), ("company_id", "in", [False, company.id])]
