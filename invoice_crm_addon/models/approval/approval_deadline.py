from datetime import timedelta

from pytz import utc

from odoo import api, fields, models
from odoo.exceptions import ValidationError


class InvoiceApprovalFlow(models.Model):
    """Working hours of a flow: until when something is to be decided, and whether people work now.

    Only what has a deadline asks.
    """

    _inherit = "invoice.approval.flow"

    # === CONSTRAINT METHODS === #

    @api.constrains("deadline_hours", "calendar_id", "company_id", "stage_ids")
    def _check_deadlines(self):
        for flow in self:
            flow._check_working_hours()
            flow.stage_ids._check_escalation_deadline()

    def _check_working_hours(self):
        """:raise ValidationError: if the deadlines of the flow count hours that nobody works"""
        self.ensure_one()
        hours = max([self.deadline_hours, *self.stage_ids.mapped("deadline_hours")])
        calendar = self.calendar_id
        if hours and calendar and not calendar.plan_hours(hours, fields.Datetime.now()):
            raise ValidationError(
                self.env._(
                    "Nobody works in the working hours %(calendar)s, so a deadline of %(flow)s "
                    "would never pass. Choose other working hours, or none for those of the "
                    "company.",
                    calendar=calendar.name,
                    flow=self.name,
                )
            )

    # === BUSINESS METHODS === #

    def _plan_deadline(self, company, hours, begin=None):
        """End of some working hours of the company's documents.

        :param float hours: working hours; 0 for no deadline
        :param datetime begin: UTC; default: now
        :return: UTC, or False
        """
        if not hours:
            return False
        begin = begin or fields.Datetime.now()
        calendar = self._get_calendar(company)
        deadline = calendar and calendar.plan_hours(
            hours, begin, compute_leaves=True, domain=self._get_leave_domain(company)
        )
        # Where no working hours are kept, every hour counts.
        return (deadline or begin + timedelta(hours=hours)).replace(microsecond=0)

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

    def _get_calendar(self, company):
        """Working hours that count for deadlines of the company's documents.

        :rtype: resource.calendar
        """
        return self.calendar_id or company.resource_calendar_id

    @api.model
    def _get_leave_domain(self, company):
        """Holidays that count: one without a calendar would count in every company otherwise."""
        return [("time_type", "=", "leave"), ("company_id", "in", [False, company.id])]
