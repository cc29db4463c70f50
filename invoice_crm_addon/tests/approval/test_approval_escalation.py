from freezegun import freeze_time

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import tagged

from ...models.base.proof import proven
from .test_approval_deadline import DeadlineCommon, shanghai


@tagged("post_install", "-at_install")
class TestApprovalEscalation(DeadlineCommon):
    """A late step is handed to somebody who decides it alone."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.boss = cls._create_user("boss", ["base.group_user"])
        cls.chief = cls._create_user("chief", ["base.group_user"])
        people = cls.boss | cls.chief
        people.write({"notification_type": "inbox", "lang": "en_US", "tz": "Asia/Shanghai"})
        cls.employee = cls._create_employee(cls.approver, cls._create_employee(cls.boss))

    @classmethod
    def _create_employee(cls, user, manager=None):
        return cls.env["hr.employee"].create(
            {
                "name": user.name,
                "user_id": user.id,
                "company_id": cls.company.id,
                "parent_id": manager.id if manager else False,
            }
        )

    def _start_late(self, users=None, **stage_values):
        """A request whose step has a deadline on Thursday at noon, and escalates."""
        users = users or self.approver
        stage = {
            "user_ids": [Command.set(users.ids)],
            "deadline_hours": 2,
            "escalation_type": "manager",
            **stage_values,
        }
        return self._start_at("2026-03-05 10:00", stage, self.lead)

    def _start_late_to(self, user, **stage_values):
        return self._start_late(escalation_type="user", escalation_user_id=user.id, **stage_values)

    def assertEscalated(self, request, user, is_fallback=False):
        """The job hands the step to the user, once, and says so."""
        asked = request.waiting_user_ids
        reminded = [(late, "Reminder") for late in asked]
        self.assertToldAt("2026-03-05 14:00", *reminded, (user, "Late, please decide"))
        self.assertWaitsFor(request, asked | user)
        self.assertEqual(request.step_ids[0].escalated_user_id, user)
        row = request.decision_ids[-1:]
        self.assertRecordValues(
            row,
            [
                {
                    "decision": "escalate",
                    "user_id": self.env.ref("base.user_root").id,
                    "target_user_id": user.id,
                    "step_id": request.step_ids[0].id,
                }
            ],
        )
        self.assertEqual("nobody of the escalation" in row.comment, is_fallback)
        self.assertToldAt("2026-03-05 15:00")
        self.assertFalse(request._get_seal_problems())

    def assertOnlyReminded(self, request):
        asked = request.waiting_user_ids
        self.assertToldAt("2026-03-05 14:00", *((user, "Reminder") for user in asked))
        self.assertWaitsFor(request, asked)
        self.assertNotIn("escalate", request.decision_ids.mapped("decision"))
        self.assertToldAt("2026-03-05 15:00")

    def test_nothing_before_the_deadline_and_outside_working_hours(self):
        request = self._start_late()
        self.assertToldAt("2026-03-05 11:59")
        self.assertToldAt("2026-03-05 23:00")
        self.assertWaitsFor(request, self.approver)

    def test_manager_of_those_who_are_late(self):
        self.assertEscalated(self._start_late(), self.boss)

    def test_person_of_the_stage(self):
        self.assertEscalated(self._start_late_to(self.chief), self.chief)

    def test_escalated_person_decides_alone(self):
        people = self.approver | self.outsider
        request = self._start_late(people, rule="all")
        self._follow_up("2026-03-05 14:00")
        self.assertWaitsFor(request, people | self.boss)
        with freeze_time(shanghai("2026-03-05 15:00")):
            self._decide(request, self.boss)
        self.assertEqual(request.step_ids[0].state, "approved")
        self.assertWaitsFor(request, self.lead)
        self.assertRefused(request, self.approver, self.outsider, self.boss)

    def test_others_can_still_decide(self):
        request = self._start_late()
        self._follow_up("2026-03-05 14:00")
        with freeze_time(shanghai("2026-03-05 15:00")):
            self._decide(request, self.approver)
        self.assertEqual(request.step_ids[0].state, "approved")
        self.assertWaitsFor(request, self.lead)
        self.assertRefused(request, self.boss)

    def test_escalated_person_rejects_and_may_read(self):
        request = self._start_late()
        ticket = self._get_document(request).sudo(False).with_user(self.boss)
        with self.assertRaises(AccessError):
            ticket.read(["name"])
        self._follow_up("2026-03-05 14:00")
        self.env.registry.clear_cache()
        self.assertTrue(ticket.read(["name"]))
        request.with_user(self.boss).action_reject("Too late")
        self.assertEqual(request.state, "rejected")
        self.assertFalse(self._get_activities(request))

    def test_all_are_reminded_on_further_days(self):
        request = self._start_late()
        self._follow_up("2026-03-05 14:00")
        self._collect()
        self.assertToldAt("2026-03-06 10:00", (self.approver, "Reminder"), (self.boss, "Reminder"))
        self.assertEqual(request.decision_ids.mapped("decision"), ["submit", "escalate"])

    def test_next_stage_starts_afresh(self):
        request = self._start_late()
        self._follow_up("2026-03-05 14:00")
        self._collect()
        with freeze_time(shanghai("2026-03-05 15:00")):
            self._decide(request, self.boss)
            self.assertTold((self.lead, "Please approve"))
        self.assertFalse(request.date_deadline)
        self.assertToldAt("2026-03-12 10:00")

    def test_no_manager_asks_the_fallback(self):
        self.employee.parent_id = False
        self.assertEscalated(self._start_late(), self.manager, is_fallback=True)

    def test_manager_without_user_asks_the_fallback(self):
        self.employee.parent_id.user_id = False
        self.assertEscalated(self._start_late(), self.manager, is_fallback=True)

    def test_person_who_cannot_decide_asks_the_fallback(self):
        for reason in ("archived", "company", "auditor", "requester", "asked"):
            with self.subTest(reason), self.cr.savepoint() as savepoint:
                request = self._start_late_to(self.chief)
                if reason == "archived":
                    self.chief.active = False
                elif reason == "company":
                    other = self.company_other
                    self.chief.write(
                        {"company_id": other.id, "company_ids": [Command.set(other.ids)]}
                    )
                elif reason == "auditor":
                    self.chief.group_ids |= self.auditor.group_ids
                else:
                    proven(request).step_ids[0].escalation_user_id = {
                        "requester": self.sales,
                        "asked": self.approver,
                    }[reason]
                self.assertEscalated(request, self.manager, is_fallback=True)
                savepoint.rollback()
            self.env.invalidate_all()

    def test_nobody_left_means_reminders_only(self):
        request = self._start_late_to(self.sales)
        proven(request).fallback_user_id = self.approver
        self.assertOnlyReminded(request)

    def test_who_agreed_already_is_no_escalation(self):
        request = self._start_late(
            self.approver | self.chief,
            rule="all",
            escalation_type="user",
            escalation_user_id=self.chief.id,
        )
        with freeze_time(shanghai("2026-03-05 11:00")):
            self._decide(request, self.chief)
        self.assertEscalated(request, self.manager, is_fallback=True)
        self.assertEqual(request.step_ids[0].state, "pending")

    def test_absent_person_is_stood_in_for(self):
        self.env["invoice.approval.delegation"].create(
            {
                "user_id": self.boss.id,
                "delegate_id": self.chief.id,
                "date_from": "2026-03-01",
                "date_to": "2026-03-31",
            }
        )
        request = self._start_late()
        self._follow_up("2026-03-05 14:00")
        self.assertWaitsFor(request, self.approver | self.chief)
        self.assertEqual(request.step_ids[0].escalated_user_id, self.boss)
        with freeze_time(shanghai("2026-03-05 15:00")):
            self._decide(request, self.chief)
        self.assertRecordValues(
            request.decision_ids[-1],
            [{"user_id": self.chief.id, "for_user_id": self.boss.id, "decision": "approve"}],
        )
        self.assertEqual(request.step_ids[0].state, "approved")

    def test_absence_that_begins_or_ends_after_the_escalation(self):
        request = self._start_late()
        self._follow_up("2026-03-05 14:00")
        self.assertWaitsFor(request, self.approver | self.boss)
        with freeze_time(shanghai("2026-03-05 15:00")):
            delegation = self.env["invoice.approval.delegation"].create(
                {
                    "user_id": self.boss.id,
                    "delegate_id": self.chief.id,
                    "date_from": "2026-03-05",
                    "date_to": "2026-03-31",
                }
            )
            self.assertWaitsFor(request, self.approver | self.chief)
            delegation.unlink()
            self.assertWaitsFor(request, self.approver | self.boss)

    def test_transfer_of_an_escalated_step_adds_nobody_to_it(self):
        people = self.approver | self.manager
        request = self._start_late(people, rule="all")
        self._follow_up("2026-03-05 14:00")
        with freeze_time(shanghai("2026-03-05 15:00")):
            request.with_user(self.boss).action_transfer(self.chief.id)
            self.assertWaitsFor(request, people | self.chief)
            self._decide(request, self.approver, self.manager)
        self.assertEqual(request.step_ids[0].state, "approved")

    def test_manager_of_another_company(self):
        """The job runs as root, whose active company is not that of the document."""
        boss = self.boss.with_context(allowed_company_ids=self.company_other.ids)
        approver = self.approver.with_env(boss.env)
        self.assertEqual(approver._get_manager(self.company), self.boss)

    def test_person_who_leaves_gives_the_step_back(self):
        request = self._start_late()
        self._follow_up("2026-03-05 14:00")
        self._collect()
        self.boss.active = False
        self.assertWaitsFor(request, self.approver)
        self.assertToldAt("2026-03-05 15:00", (self.manager, "Late, please decide"))
        self.assertWaitsFor(request, self.approver | self.manager)

    def test_returned_step_may_escalate_again(self):
        request = self._start_late()
        self._follow_up("2026-03-05 14:00")
        with freeze_time(shanghai("2026-03-05 15:00")):
            self._decide(request, self.boss)
            request.with_user(self.lead).action_return("Again", request.step_ids[0].id)
            self._collect()
        self.assertWaitsFor(request, self.approver)
        self.assertToldAt(
            "2026-03-06 10:00", (self.approver, "Reminder"), (self.boss, "Late, please decide")
        )

    def test_deadline_without_escalation(self):
        self.assertOnlyReminded(self._start_late(escalation_type="none"))


@tagged("post_install", "-at_install")
class TestApprovalActivities(DeadlineCommon):
    """Exactly those whose turn it is have an activity, until they have decided."""

    def assertActivities(self, request, *expected):
        """:param expected: pairs of a user and a day"""
        activities = self._get_activities(request)
        self.assertEqual(
            sorted((a.user_id.login, str(a.date_deadline)) for a in activities),
            sorted((user.login, day) for user, day in expected),
        )

    def test_day_of_the_deadline_where_the_user_is(self):
        self.lead.tz = "America/Los_Angeles"
        request = self._start_at("2026-03-05 10:00", self.approver | self.lead, deadline_hours=8)
        self.assertEqual(request.date_deadline, shanghai("2026-03-06 10:00"))
        self.assertActivities(request, (self.approver, "2026-03-06"), (self.lead, "2026-03-05"))

    def test_without_timezone_that_of_the_working_hours(self):
        self.approver.tz = False
        request = self._start_at("2026-03-06 01:00", self.approver)
        self.assertActivities(request, (self.approver, "2026-03-06"))

    def test_without_deadline_the_day_of_the_turn(self):
        request = self._start_at("2026-03-05 10:00", self.approver, self.lead)
        self.assertActivities(request, (self.approver, "2026-03-05"))
        with freeze_time(shanghai("2026-03-10 10:00")):
            self._decide(request, self.approver)
        self.assertActivities(request, (self.lead, "2026-03-10"))

    def test_same_person_in_two_stages_has_one(self):
        stages = [
            {"user_ids": [Command.set(users.ids)], "deadline_hours": hours}
            for users, hours in ((self.approver | self.lead, 1), (self.approver, 16))
        ]
        request = self._start_at("2026-03-05 10:00", *stages)
        self.assertActivities(request, (self.approver, "2026-03-05"), (self.lead, "2026-03-05"))
        with freeze_time(shanghai("2026-03-05 10:30")):
            self._decide(request, self.approver)
        self.assertActivities(request, (self.approver, "2026-03-09"))

    def test_nobody_makes_it_go_away_by_hand(self):
        request = self._start(self.approver)
        [ticket] = self.env["invoice.ticket"].browse(request.res_id)
        for user in (self.sales, self.approver, self.manager):
            activity = self._get_activities(request).with_user(user)
            for remove in (
                activity.unlink,
                activity.action_done,
                activity.action_archive,
                lambda activity=activity: activity.write({"user_id": self.sales.id}),
                lambda activity=activity: activity.write({"date_deadline": "2090-01-01"}),
                lambda user=user: ticket.with_user(user).activity_unlink(
                    ["invoice_crm_addon.mail_activity_type_approval"]
                ),
            ):
                with self.subTest(user=user.login), self.cr.savepoint():
                    with self.assertRaisesRegex(UserError, "waits for approval|not allowed"):
                        remove()
        self.assertWaitsFor(request, self.approver)
        todo = ticket.with_user(self.sales).activity_schedule("mail.mail_activity_data_todo")
        todo.action_done()

    def test_delegate_reads_for_whom_they_decide(self):
        own, other = self._start(self.lead), self._start(self.approver)
        self.env["invoice.approval.delegation"].create(
            {"user_id": self.approver.id, "delegate_id": self.lead.id, "date_to": "2090-01-01"}
        )
        requests = (own | other).with_user(self.lead)
        self.assertEqual(requests.mapped("absent_names"), [False, self.approver.name])
        self.assertFalse(other.with_user(self.manager).absent_names)

    def test_cleared_by_every_move(self):
        moves = {
            "approve": lambda r: r.with_user(self.approver).action_approve(),
            "reject": lambda r: r.with_user(self.approver).action_reject("No"),
            "withdraw": lambda r: r.with_user(self.sales).action_withdraw(),
            "transfer": lambda r: r.with_user(self.approver).action_transfer(self.outsider.id),
            "add": lambda r: r.with_user(self.approver).action_add_approver(self.outsider.id),
            "archive": lambda r: setattr(self.approver, "active", False),
        }
        waiting = {
            "approve": self.manager,
            "transfer": self.outsider,
            "add": self.outsider,
            "archive": self.manager,
        }
        for name, move in moves.items():
            with self.subTest(name), self.cr.savepoint() as savepoint:
                request = self._start(self.approver, self.manager)
                self.assertWaitsFor(request, self.approver)
                move(request)
                users = self._get_activities(request).user_id
                self.assertEqual(users, waiting.get(name, users.browse()))
                savepoint.rollback()
            self.env.invalidate_all()

    def test_return_asks_the_earlier_people(self):
        request = self._start(self.approver, self.lead)
        self._decide(request, self.approver)
        self.assertWaitsFor(request, self.lead)
        request.with_user(self.lead).action_return("Again", request.step_ids[0].id)
        self.assertWaitsFor(request, self.approver)

    def test_delegation_takes_it_and_gives_it_back(self):
        request = self._start_at("2026-03-05 10:00", self.approver)
        with freeze_time(shanghai("2026-03-05 11:00")):
            self.env["invoice.approval.delegation"].create(
                {
                    "user_id": self.approver.id,
                    "delegate_id": self.lead.id,
                    "date_from": "2026-03-06",
                    "date_to": "2026-03-06",
                }
            )
        self.assertWaitsFor(request, self.approver)
        for moment, user in (("2026-03-06 00:30", self.lead), ("2026-03-07 00:30", self.approver)):
            with freeze_time(shanghai(moment)):
                self._run_cron("delegations")
                self.env.invalidate_all()
                self.assertWaitsFor(request, user)
                self.assertTold((user, "Please approve"))

    def test_activities_of_people_stay(self):
        ticket = self._create_ticket()
        activity_type = "invoice_crm_addon.mail_activity_type_approval"
        mine = ticket.activity_schedule(
            activity_type, user_id=self.outsider.id, summary="Call them", automated=False
        )
        request = self._start(self.approver, document=ticket)
        self._decide(request, self.approver)
        self.assertEqual(self._get_activities(request), mine)
        self.assertEqual(mine.user_id, self.outsider)

    def test_summary_in_the_language_of_the_person(self):
        self.approver.lang = "zh_CN"
        self.env["res.lang"]._activate_lang("zh_CN")
        request = self._start(self.approver | self.lead)
        for activity in self._get_activities(request):
            expected = activity.with_context(lang=activity.user_id.lang).env._("Approve or reject")
            self.assertEqual(activity.summary, expected)
