from datetime import datetime
from unittest.mock import patch

from freezegun import freeze_time
from pytz import timezone, utc

from odoo.fields import Command
from odoo.tests import tagged
from odoo.tools import mute_logger

from ...models.base.proof import proven
from .test_approval_notice import NoticeCommon

SHANGHAI = timezone("Asia/Shanghai")


def shanghai(text):
    """A moment in Shanghai, as Odoo keeps it.

    :param str text: such as ``2026-03-06 17:30``
    :return: UTC
    """
    moment = SHANGHAI.localize(datetime.strptime(text, "%Y-%m-%d %H:%M"))
    return moment.astimezone(utc).replace(tzinfo=None)


class DeadlineCommon(NoticeCommon):
    """A week in Shanghai from Monday 2 to Sunday 8 March 2026, 9–12 and 13–18 o'clock."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.calendar = cls._create_calendar("Shanghai", (9, 12), (13, 18))
        cls.company.resource_calendar_id = cls.calendar
        (cls.people | cls.auditor).tz = "Asia/Shanghai"
        # Late requests of a demo database would be followed up, too.
        cls.env.cr.execute(
            "UPDATE invoice_approval_request SET date_deadline = NULL WHERE state = 'pending'"
        )

    @classmethod
    def _create_calendar(cls, name, *hours, company=None):
        return cls.env["resource.calendar"].create(
            {
                "name": name,
                "tz": "Asia/Shanghai",
                "company_id": (company or cls.company).id,
                "attendance_ids": [
                    Command.clear(),
                    *(
                        Command.create(
                            {
                                "name": f"{name} {day}",
                                "dayofweek": str(day),
                                "hour_from": start,
                                "hour_to": end,
                                "day_period": "morning" if start < 12 else "afternoon",
                            }
                        )
                        for day in range(5)
                        for start, end in hours
                    ),
                ],
            }
        )

    @classmethod
    def _create_holiday(cls, day, calendar=None, company=None):
        """A public holiday, of all working hours of the company unless some are given."""
        Leave = cls.env["resource.calendar.leaves"].with_company(company or cls.company)
        holiday = Leave.create(
            {
                "name": "Holiday",
                "calendar_id": calendar and calendar.id,
                "date_from": shanghai(f"{day} 00:00"),
                "date_to": shanghai(f"{day} 23:59"),
            }
        )
        holiday.flush_recordset()  # The company is computed in this environment.
        return holiday

    def _start_at(self, moment, *stages, **flow_values):
        """Submit a ticket at a moment in Shanghai, and forget the messages about it."""
        with freeze_time(shanghai(moment)):
            request = self._start(*stages, **flow_values)
            self._run_cron("notices")
        return request

    def _follow_up(self, moment):
        """Run the job at a moment in Shanghai."""
        with freeze_time(shanghai(moment)):
            self._run_cron("deadlines")
        self.env.invalidate_all()

    def assertToldAt(self, moment, *expected):
        """Run the job, then see who is told."""
        self._follow_up(moment)
        with freeze_time(shanghai(moment)):
            self.assertTold(*expected)


@tagged("post_install", "-at_install")
class TestApprovalDeadline(DeadlineCommon):
    """When a step is to be decided."""

    def assertDeadline(self, start, hours, expected, **flow_values):
        request = self._start_at(start, self.approver, deadline_hours=hours, **flow_values)
        self.assertEqual(request.date_deadline, expected and shanghai(expected))
        self.assertEqual(request.step_ids.date_deadline, request.date_deadline)
        return request

    def test_working_hours(self):
        for start, hours, expected in (
            ("2026-03-02 09:00", 2, "2026-03-02 11:00"),
            ("2026-03-02 11:00", 2, "2026-03-02 14:00"),  # over lunch
            ("2026-03-02 12:30", 1, "2026-03-02 14:00"),  # starts at lunch
            ("2026-03-02 17:30", 1, "2026-03-03 09:30"),
            ("2026-03-02 22:00", 8, "2026-03-03 18:00"),
            ("2026-03-06 17:30", 8, "2026-03-09 17:30"),  # over the weekend
            ("2026-03-07 10:00", 3, "2026-03-09 12:00"),
            ("2026-03-02 09:00", 0.5, "2026-03-02 09:30"),
            ("2026-03-02 09:00", 0, False),
        ):
            with self.subTest(start=start, hours=hours):
                self.assertDeadline(start, hours, expected)

    def test_public_holiday(self):
        for calendar in (self.calendar, False):
            with self.subTest(calendar):
                holiday = self._create_holiday("2026-03-09", calendar)
                self.assertDeadline("2026-03-06 17:30", 8, "2026-03-10 17:30")
                holiday.unlink()

    def test_holiday_of_another_company_does_not_count(self):
        self._create_holiday("2026-03-09", company=self.company_other)
        self.assertDeadline("2026-03-06 17:30", 8, "2026-03-09 17:30")

    def test_hours_of_the_flow_come_before_those_of_the_company(self):
        night = self._create_calendar("Night", (20, 24))
        self.assertDeadline("2026-03-02 09:00", 5, "2026-03-03 21:00", calendar_id=night.id)

    def test_hours_of_the_stage_come_before_those_of_the_flow(self):
        stage = {"user_ids": [Command.set(self.approver.ids)], "deadline_hours": 1}
        request = self._start_at("2026-03-02 09:00", stage, self.lead, deadline_hours=4)
        self.assertEqual(request.date_deadline, shanghai("2026-03-02 10:00"))
        with freeze_time(shanghai("2026-03-02 09:30")):
            self._decide(request, self.approver)
        self.assertEqual(request.date_deadline, shanghai("2026-03-02 14:30"))

    def test_company_without_working_hours(self):
        self.company.resource_calendar_id = False
        self.assertDeadline("2026-03-06 17:30", 8, "2026-03-07 01:30")

    def test_working_hours_that_nobody_works(self):
        self.calendar.attendance_ids.unlink()
        self.assertDeadline("2026-03-06 17:30", 8, "2026-03-07 01:30")

    def test_each_turn_has_its_own_deadline(self):
        request = self._start_at("2026-03-02 09:00", self.approver, self.lead, deadline_hours=2)
        first, second = request.step_ids
        self.assertFalse(second.date_deadline)
        with freeze_time(shanghai("2026-03-02 10:00")):
            self._decide(request, self.approver)
        self.assertEqual(second.date_deadline, shanghai("2026-03-02 12:00"))
        with freeze_time(shanghai("2026-03-02 11:00")):
            request.with_user(self.lead).action_return("Again", first.id)
        self.assertEqual(request.date_deadline, shanghai("2026-03-02 14:00"))
        with freeze_time(shanghai("2026-03-02 13:30")):
            request.with_user(self.sales).action_withdraw()
        self.assertFalse(request.date_deadline)


@tagged("post_install", "-at_install")
class TestApprovalReminder(DeadlineCommon):
    """Those who are late are reminded, in working hours, once a day."""

    def test_reminders_of_a_week(self):
        people = self.approver | self.lead
        request = self._start_at(
            "2026-03-05 10:00",
            {"user_ids": [Command.set(people.ids)], "rule": "all"},
            self.manager,
            deadline_hours=2,
        )
        self.assertToldAt("2026-03-05 11:59")
        self.assertToldAt("2026-03-05 12:30")  # lunch
        self.assertToldAt("2026-03-05 13:00", (self.approver, "Rem"), (self.lead, "Rem"))
        self.assertToldAt("2026-03-05 14:00")
        self.assertToldAt("2026-03-05 23:00")
        with freeze_time(shanghai("2026-03-06 08:00")):
            self._decide(request, self.lead)
        self.assertToldAt("2026-03-06 03:00")
        self.assertToldAt("2026-03-06 09:00", (self.approver, "Reminder"))
        self.assertToldAt("2026-03-07 10:00")  # Saturday
        self.assertToldAt("2026-03-08 10:00")
        self._create_holiday("2026-03-09", self.calendar)
        self.assertToldAt("2026-03-09 10:00")
        self.assertToldAt("2026-03-10 17:59", (self.approver, "Reminder"))
        self.assertToldAt("2026-03-11 09:00", (self.approver, "Reminder"))
        self.assertEqual(request.waiting_user_ids, self.approver)

    def test_message_says_that_it_is_late(self):
        request = self._start_at("2026-03-05 10:00", self.approver, deadline_hours=2)
        self._follow_up("2026-03-05 15:00")
        message = self._collect()
        self.assertIn(request.name, message.body)
        self.assertIn("Deadline", message.body)
        self.assertEqual(message.author_id, self.env.ref("base.user_root").partner_id)

    def test_reminder_of_the_requester_counts(self):
        request = self._start_at("2026-03-05 10:00", self.approver, deadline_hours=2)
        with freeze_time(shanghai("2026-03-05 11:00")):
            request.with_user(self.sales).action_remind()
            self.assertTold((self.approver, "Reminder"))
        # Before the deadline: the job reminds all the same.
        self.assertToldAt("2026-03-05 13:00", (self.approver, "Reminder"))
        with freeze_time(shanghai("2026-03-06 08:30")):
            request.with_user(self.sales).action_remind()
            self.assertTold((self.approver, "Reminder"))
        self.assertToldAt("2026-03-06 09:00")

    def test_step_without_deadline(self):
        self._start_at("2026-03-02 10:00", self.approver)
        self.assertToldAt("2026-03-20 10:00")

    def test_request_that_was_decided(self):
        request = self._start_at("2026-03-05 10:00", self.approver, self.lead, deadline_hours=2)
        with freeze_time(shanghai("2026-03-05 14:00")):
            self._decide(request, self.approver)
            self.assertTold((self.lead, "Please approve"))
        self.assertToldAt("2026-03-05 15:00")
        with freeze_time(shanghai("2026-03-05 15:30")):
            request.with_user(self.lead).action_reject("No")
            self.assertTold((self.sales, "Rejected"))
        self.assertToldAt("2026-03-06 10:00")

    def test_decided_between_search_and_turn(self):
        """Whoever decides while the job runs is not told."""
        first = self._start_at("2026-03-05 10:00", self.approver, deadline_hours=2)
        second = self._start_at("2026-03-05 10:00", self.lead, deadline_hours=2)
        Request = self.registry["invoice.approval.request"]
        origin = Request._follow_up

        def follow_up(request):
            if request == first:
                second.with_user(self.lead).action_approve()
            return origin(request)

        with patch.object(Request, "_follow_up", follow_up):
            self._follow_up("2026-03-05 14:00")
        self.assertEqual(second.state, "approved")
        self.assertTold((self.approver, "Reminder"), (self.sales, "Approved"))

    def test_two_jobs_remind_once(self):
        request = self._start_at("2026-03-05 10:00", self.approver, deadline_hours=2)
        with freeze_time(shanghai("2026-03-05 14:00")):
            for _job in range(2):
                proven(request)._try_to_follow_up()
            self.assertTold((self.approver, "Reminder"))
        self.assertToldAt("2026-03-05 14:01")

    def test_bad_request_stops_no_other(self):
        bad = self._start_at("2026-03-05 10:00", self.approver, deadline_hours=1)
        self._start_at("2026-03-05 10:00", self.lead, deadline_hours=2)
        Request = self.registry["invoice.approval.request"]
        origin = Request._do_remind

        def remind(request):
            origin(request)
            if request == bad:
                raise ValueError("Broken")

        logger = "odoo.addons.invoice_crm_addon.models.approval.approval_engine"
        with patch.object(Request, "_do_remind", remind), mute_logger(logger):
            self.assertToldAt("2026-03-05 14:00", (self.lead, "Reminder"))
        self.assertFalse(bad.reminded_on)
        self.assertToldAt("2026-03-05 15:00", (self.approver, "Reminder"))

    def test_many_late_requests_are_one_message(self):
        self._create_flow("invoice.ticket", [self.approver], deadline_hours=2)
        tickets = self.env["invoice.ticket"].create(
            [self._prepare_ticket_values() for _index in range(5)]
        )
        with freeze_time(shanghai("2026-03-05 10:00")):
            tickets.with_user(self.sales).action_submit()
            self._collect()
        self.assertToldAt("2026-03-05 14:00", (self.approver, "Reminder"))

    def test_hours_of_the_flow(self):
        night = self._create_calendar("Night", (20, 23))
        self._start_at("2026-03-05 10:00", self.approver, deadline_hours=1, calendar_id=night.id)
        self.assertToldAt("2026-03-06 10:00")
        self.assertToldAt("2026-03-06 20:00", (self.approver, "Reminder"))

    def test_company_without_working_hours(self):
        self.company.resource_calendar_id = False
        self._start_at("2026-03-06 17:30", self.approver, deadline_hours=8)
        self.assertToldAt("2026-03-07 01:00")
        self.assertToldAt("2026-03-07 02:00", (self.approver, "Reminder"))
        self.assertToldAt("2026-03-07 03:00")

    def test_delegate_is_reminded(self):
        self._start_at("2026-03-05 10:00", self.approver, deadline_hours=2)
        with freeze_time(shanghai("2026-03-05 11:00")):
            self.env["invoice.approval.delegation"].create(
                {
                    "user_id": self.approver.id,
                    "delegate_id": self.outsider.id,
                    "date_from": "2026-03-05",
                    "date_to": "2026-03-05",
                }
            )
            self.assertTold((self.outsider, "Please approve"))
        self.assertToldAt("2026-03-05 14:00", (self.outsider, "Reminder"))
