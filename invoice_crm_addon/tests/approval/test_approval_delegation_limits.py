from datetime import timedelta
from unittest.mock import patch

from freezegun import freeze_time
from psycopg2 import IntegrityError

from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import tagged
from odoo.tools import mute_logger

from .test_approval_delegation import DelegationCommon


@tagged("post_install", "-at_install")
class TestDelegationLimits(DelegationCommon):
    """A delegation asks nobody who could not have been asked."""

    def test_requester_does_not_decide_as_a_delegate(self):
        """A submits, and stands in for B: A must not decide on their own request."""
        self._delegate(self.approver, self.sales)
        request = self._start(self.approver)
        self.assertWaitsFor(request, self.approver)
        self.assertRefused(request, self.sales)

    def test_requester_does_not_become_the_delegate_later(self):
        request = self._start(self.approver)
        self._delegate(self.approver, self.sales)
        self.assertWaitsFor(request, self.approver)
        self.assertRefused(request, self.sales)

    def test_chain_goes_on_past_the_requester(self):
        self._delegate(self.approver, self.sales)
        self._delegate(self.sales, self.deputy)
        request = self._start(self.approver)
        self.assertWaitsFor(request, self.deputy)
        self.assertRefused(request, self.sales)

    def test_requester_decides_as_a_delegate_where_the_own_step_is_allowed(self):
        self._delegate(self.approver, self.sales)
        request = self._start(self.approver, own_step="allowed")
        self.assertWaitsFor(request, self.sales)
        self._decide(request, self.sales)
        self.assertDecided(request, self.sales, self.approver)

    def test_own_step_that_is_skipped_does_not_come_back_by_delegation(self):
        self._delegate(self.approver, self.sales)
        request = self._start(self.approver, own_step="skipped")
        self.assertWaitsFor(request, self.approver)
        self.assertRefused(request, self.sales)

    def test_fallback_does_not_pass_to_the_requester(self):
        request = self._start(self.sales)
        self.assertWaitsFor(request, self.manager)
        self._delegate(self.manager, self.sales)
        self.assertWaitsFor(request, self.manager)

    def test_transferred_step_does_not_pass_to_the_requester(self):
        self._delegate(self.deputy, self.sales)
        request = self._start(self.approver)
        request.with_user(self.approver).action_transfer(self.deputy.id)
        self.assertWaitsFor(request, self.deputy)
        self.assertRefused(request, self.sales)

    def test_step_is_not_handed_to_its_delegate(self):
        """B hands their part to D, who decides, or decided, for A: it would count for both."""
        self._delegate(self.approver, self.deputy)
        request = self._start(self._all(self.approver | self.lead))
        for _time in ("is asked for another", "agreed for another"):
            with self.subTest(_time), self.assertRaisesRegex(UserError, self.deputy.name):
                with self.cr.savepoint():
                    request.with_user(self.lead).action_transfer(self.deputy.id)
            if self.deputy in request.waiting_user_ids:
                self._decide(request, self.deputy)
        self.assertWaitsFor(request, self.lead)
        self.assertHistory(request, ("approve", self.deputy))

    def test_delegates_who_cannot_decide(self):
        for label, delegate in (
            ("an auditor", self.auditor),
            ("somebody of another company", self.finance_other),
        ):
            with self.subTest(label):
                delegation = self._delegate(self.approver, delegate)
                request = self._start(self.approver)
                self.assertWaitsFor(request, self.approver)
                self._decide(request, self.approver)
                self.assertEqual(request.state, "approved")
                delegation.unlink()

    def test_delegate_who_can_no_longer_decide_gives_the_step_back(self):
        auditors = self.env.ref("invoice_crm_addon.group_ticket_auditor")

        def leave(user):
            user.active = False

        def audit(user):
            user.group_ids |= auditors

        def move(user):
            user.write(
                {
                    "company_ids": [Command.set(self.company_other.ids)],
                    "company_id": self.company_other.id,
                }
            )

        for number, change in enumerate((leave, audit, move)):
            with self.subTest(change.__name__):
                delegate = self._create_user(f"delegate_{number}", ["base.group_user"])
                delegation = self._delegate(self.approver, delegate)
                request = self._start(self.approver)
                self.assertWaitsFor(request, delegate)
                change(delegate)
                self.assertWaitsFor(request, self.approver)
                delegation.unlink()

    def test_archived_and_external_people_cannot_be_chosen(self):
        gone = self._create_user("gone", ["base.group_user"])
        gone.active = False
        for user, delegate in (
            (self.approver, gone),
            (self.approver, self.portal),
            (self.portal, self.deputy),
        ):
            with self.subTest(user=user.name, delegate=delegate.name):
                with self.assertRaises(ValidationError), self.cr.savepoint():
                    self._delegate(user, delegate)

    def test_nobody_stands_in_for_themselves(self):
        with (
            self.assertRaises(IntegrityError),
            mute_logger("odoo.sql_db"),
            self.cr.savepoint(),
        ):
            self._delegate(self.approver, self.approver)

    def test_overlap_is_refused(self):
        flows = self._create_flow("invoice.ticket", [self.approver])
        flows |= self._create_flow("invoice.contract", [self.approver])
        first = self._delegate(self.approver, self.deputy, "2090-01-10", "2090-01-20")
        first.flow_ids = flows[0]
        overlapping = (
            ("2090-01-01", "2090-01-10", flows.browse()),
            ("2090-01-20", "2090-01-31", flows[0]),
            ("2090-01-12", "2090-01-13", flows),
            ("2090-01-01", "2090-01-31", flows.browse()),
        )
        for date_from, date_to, chosen in overlapping:
            values = {"flow_ids": [Command.set(chosen.ids)]}
            with self.subTest(date_from=date_from, flows=chosen.ids):
                with self.assertRaises(ValidationError), self.cr.savepoint():
                    self._delegate(self.approver, self.lead, date_from, date_to, **values)
        allowed = (
            (self.approver, "2090-01-01", "2090-01-09", flows.browse()),
            (self.approver, "2090-01-21", "2090-01-31", flows.browse()),
            (self.approver, "2090-01-10", "2090-01-20", flows[1]),
            (self.lead, "2090-01-10", "2090-01-20", flows.browse()),
        )
        for user, date_from, date_to, chosen in allowed:
            values = {"flow_ids": [Command.set(chosen.ids)]}
            self._delegate(user, self.deputy, date_from, date_to, **values)
        first.active = False
        values = {"flow_ids": [Command.set(flows[0].ids)]}
        self._delegate(self.approver, self.lead, "2090-01-10", "2090-01-20", **values)
        with self.assertRaises(ValidationError), self.cr.savepoint():
            first.active = True

    def test_end_before_the_start_is_refused(self):
        with (
            self.assertRaises(IntegrityError),
            mute_logger("odoo.sql_db"),
            self.cr.savepoint(),
        ):
            self._delegate(self.approver, self.deputy, "2090-01-10", "2090-01-09")

    # === RIGHTS === #

    def test_own_absence_only(self):
        Delegation = self.env["invoice.approval.delegation"].with_user(self.outsider)
        values = {"date_from": "2090-01-10", "date_to": "2090-01-20"}
        mine = Delegation.create({**values, "delegate_id": self.deputy.id})
        self.assertEqual(mine.user_id, self.outsider)
        with self.assertRaises(AccessError), self.cr.savepoint():
            Delegation.create(
                {**values, "user_id": self.approver.id, "delegate_id": self.outsider.id}
            )

    def test_own_absence_does_not_become_that_of_an_approver(self):
        """Otherwise anybody could make themselves the delegate of any approver."""
        request = self._start(self.approver)
        mine = self._delegate(self.outsider, self.deputy)
        with self.assertRaises(AccessError), self.cr.savepoint():
            mine.with_user(self.outsider).write(
                {"user_id": self.approver.id, "delegate_id": self.outsider.id}
            )
        self.assertWaitsFor(request, self.approver)

    def test_absence_of_others_is_not_touched(self):
        theirs = self._delegate(self.approver, self.deputy)
        for user in (self.outsider, self.deputy, self.finance, self.auditor, self.finance_other):
            for change in (
                lambda delegation: delegation.write({"delegate_id": self.outsider.id}),
                lambda delegation: delegation.write({"date_to": "2099-01-01"}),
                lambda delegation: delegation.action_archive(),
                lambda delegation: delegation.unlink(),
            ):
                with self.subTest(user=user.login), self.assertRaises(AccessError):
                    with self.cr.savepoint():
                        change(theirs.with_user(user))
        for user, sees in ((self.deputy, True), (self.auditor, True), (self.outsider, False)):
            self.assertEqual(bool(theirs.with_user(user).search([("id", "=", theirs.id)])), sees)
        theirs.with_user(self.manager).delegate_id = self.lead
        theirs.with_user(self.approver).unlink()
        self.assertFalse(theirs.exists())

    def test_manager_manages_the_absences_of_the_own_company(self):
        strange = self._delegate(self.finance_other, self.env.ref("base.user_admin"))
        self.assertFalse(strange.with_user(self.manager).search([("id", "=", strange.id)]))
        with self.assertRaises(AccessError), self.cr.savepoint():
            strange.with_user(self.manager).write({"delegate_id": self.manager.id})

    def test_auditor_is_not_represented(self):
        with self.assertRaisesRegex(AccessError, "Auditors"), self.cr.savepoint():
            self.env["invoice.approval.delegation"].with_user(self.auditor).create(
                {"delegate_id": self.deputy.id, "date_from": "2090-01-10", "date_to": "2090-01-20"}
            )


@tagged("post_install", "-at_install")
class TestDelegationDates(DelegationCommon):
    """Days begin and end where the absent person is."""

    # For each timezone the first moment of 10 March, and the first one of 12 March.
    DAYS = {
        "Asia/Shanghai": ("2026-03-09 16:00", "2026-03-11 16:00"),
        "UTC": ("2026-03-10 00:00", "2026-03-12 00:00"),
        "America/Los_Angeles": ("2026-03-10 07:00", "2026-03-12 07:00"),
        "Pacific/Kiritimati": ("2026-03-09 10:00", "2026-03-11 10:00"),
        # The working hours of the company are kept in Paris.
        False: ("2026-03-09 23:00", "2026-03-11 23:00"),
    }

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.resource_calendar_id.tz = "Europe/Paris"

    def _at(self, moment, minutes=0):
        return freeze_time(fields.Datetime.to_datetime(f"{moment}:00") + timedelta(minutes=minutes))

    def test_job_hands_over_and_back(self):
        for tz, (begin, end) in self.DAYS.items():
            with self.subTest(tz=tz):
                absent = self._create_user(f"absent_{tz}", ["base.group_user"])
                absent.tz = tz
                with self._at(begin, -60 * 24):
                    request = self._start(absent)
                    delegation = self._delegate(absent, self.deputy, "2026-03-10", "2026-03-11")
                    self.assertEqual(delegation.state, "planned")
                for moment, minutes, state, user in (
                    (begin, -1, "planned", absent),
                    (begin, 1, "running", self.deputy),
                    (end, -1, "running", self.deputy),
                    (end, 1, "ended", absent),
                ):
                    with self._at(moment, minutes):
                        self._run_cron()
                        self.assertEqual(delegation.state, state)
                        self.assertWaitsFor(request, user)
                delegation.unlink()

    def test_new_requests_follow_the_calendar_of_the_absent(self):
        for tz, (begin, end) in self.DAYS.items():
            with self.subTest(tz=tz):
                absent = self._create_user(f"absent_{tz}", ["base.group_user"])
                absent.tz = tz
                delegation = self._delegate(absent, self.deputy, "2026-03-10", "2026-03-11")
                for moment, minutes, user in (
                    (begin, -1, absent),
                    (begin, 1, self.deputy),
                    (end, -1, self.deputy),
                    (end, 1, absent),
                ):
                    with self._at(moment, minutes):
                        self.env.invalidate_all()
                        self.assertWaitsFor(self._start(absent), user)
                delegation.unlink()

    def test_decisions_follow_the_calendar_before_the_job_ran(self):
        begin, end = self.DAYS["UTC"]
        self.approver.tz = "UTC"
        with self._at(begin, -60):
            self._delegate(self.approver, self.deputy, "2026-03-10", "2026-03-11")
            first, second = self._start(self.approver), self._start(self.approver)
        with self._at(begin, 1):
            self.env.invalidate_all()
            self.assertRefused(first, self.approver)
            self._decide(first, self.deputy)
            self.assertDecided(first, self.deputy, self.approver)
            self.assertWaitsFor(second, self.deputy)
        with self._at(end, 1):
            self.env.invalidate_all()
            self.assertRefused(second, self.deputy)
            self._decide(second, self.approver)
            self.assertDecided(second, self.approver, self.env["res.users"])

    def test_ended_early(self):
        with freeze_time("2026-03-10 12:00"):
            self.approver.tz = "UTC"
            delegation = self._delegate(self.approver, self.deputy, "2026-03-08", "2026-03-20")
            request = self._start(self.approver)
            self.assertWaitsFor(request, self.deputy)
            delegation.with_user(self.approver).date_to = "2026-03-09"
            self.assertEqual(delegation.state, "ended")
            self.assertWaitsFor(request, self.approver)

    def test_job_that_did_not_run_for_days_still_gives_back(self):
        with freeze_time("2026-03-10 12:00"):
            self._delegate(self.approver, self.deputy, "2026-03-08", "2026-03-11")
            request = self._start(self.approver)
            self.assertWaitsFor(request, self.deputy)
        with freeze_time("2026-04-20 12:00"):
            self._run_cron()
            self.assertWaitsFor(request, self.approver)

    def test_job_leaves_what_it_applied_alone(self):
        self._delegate(self.approver, self.deputy)
        request = self._start(self.approver)
        self.env.flush_all()
        with patch.object(self.registry["invoice.approval.request"], "_update_turn") as update:
            self._run_cron()
        update.assert_not_called()
        self.assertWaitsFor(request, self.deputy)

    def test_one_bad_delegation_stops_nobody(self):
        with freeze_time("2026-03-09 12:00"):
            bad, good = self._start(self.approver), self._start(self.lead)
            self._delegate(self.approver, self.deputy, "2026-03-10", "2026-03-11")
            self._delegate(self.lead, self.second_deputy, "2026-03-10", "2026-03-11")
        update_turn = self.registry["invoice.approval.request"]._update_turn
        refusal = "This one cannot be handed over."

        def fail(requests):
            if bad in requests:
                raise UserError(refusal)
            return update_turn(requests)

        with (
            freeze_time("2026-03-10 12:00"),
            patch.object(self.registry["invoice.approval.request"], "_update_turn", fail),
        ):
            self._run_cron()
        self.assertWaitsFor(good, self.second_deputy)
        self.assertWaitsFor(bad, self.approver)
        with freeze_time("2026-03-10 13:00"):
            self._run_cron()
        self.assertWaitsFor(bad, self.deputy)
