from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import Form, tagged

from .test_approval import ApprovalCommon


class DelegationCommon(ApprovalCommon):
    """``approver`` is absent, and ``deputy`` decides instead."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.deputy, cls.second_deputy = (
            cls._create_user(name, ["base.group_user"]) for name in ("deputy", "second_deputy")
        )

    @classmethod
    def _delegate(cls, user, delegate, date_from=None, date_to=None, **values):
        """By default from today on, for a week."""
        today = fields.Date.today()
        return cls.env["invoice.approval.delegation"].create(
            {
                "user_id": user.id,
                "delegate_id": delegate.id,
                "date_from": date_from or today,
                "date_to": date_to or today + timedelta(days=7),
                **values,
            }
        )

    def _run_cron(self):
        self.env.invalidate_all()
        with patch.object(self.registry["ir.cron"], "_commit_progress"):
            self.env["invoice.approval.delegation"]._cron_apply()
        self.env.invalidate_all()

    def _all(self, users):
        return {"rule": "all", "user_ids": [Command.set(users.ids)]}

    def assertDecided(self, request, user, principal):
        """The last decision is that of ``user``, for ``principal``, maybe nobody."""
        self.assertRecordValues(
            request.decision_ids[-1], [{"user_id": user.id, "for_user_id": principal.id}]
        )


@tagged("post_install", "-at_install")
class TestDelegation(DelegationCommon):
    """Who acts for whom."""

    def test_delegate_decides_for_the_absent(self):
        self._delegate(self.approver, self.deputy)
        request = self._start(self.approver, self.lead)
        self.assertWaitsFor(request, self.deputy)
        self.assertRefused(request, self.approver)
        self.assertEqual(request.step_ids[0].approver_ids, self.approver)
        self._decide(request, self.deputy)
        self.assertDecided(request, self.deputy, self.approver)
        self._decide(request, self.lead)
        self.assertDecided(request, self.lead, self.env["res.users"])
        self.assertEqual(request.state, "approved")
        self.assertNothingAltered(request)

    def test_waiting_requests_are_handed_over_and_back(self):
        request = self._start(self.approver)
        delegation = self._delegate(self.approver, self.deputy)
        self.assertWaitsFor(request, self.deputy)
        with self.assertRaises(AccessError):
            self._get_document(request).with_user(self.second_deputy).read(["name"])
        delegation.delegate_id = self.second_deputy
        self.assertWaitsFor(request, self.second_deputy)
        self.assertTrue(self._get_document(request).with_user(self.second_deputy).read(["name"]))
        delegation.unlink()
        self.assertWaitsFor(request, self.approver)
        self._decide(request, self.approver)
        self.assertDecided(request, self.approver, self.env["res.users"])

    def test_everything_that_a_delegate_does_is_for_the_absent(self):
        self._delegate(self.approver, self.deputy)
        moves = {
            "approve": lambda request: request.action_approve(),
            "reject": lambda request: request.action_reject("No"),
            "return": lambda request: request.action_return("No", request.step_ids[0].id),
            "transfer": lambda request: request.action_transfer(self.outsider.id),
            "add": lambda request: request.action_add_approver(self.outsider.id),
        }
        for decision, move in moves.items():
            with self.subTest(decision):
                request = self._start(self.lead, self.approver)
                self._decide(request, self.lead)
                move(request.with_user(self.deputy))
                self.assertEqual(request.decision_ids[-1].decision, decision)
                self.assertDecided(request, self.deputy, self.approver)

    def test_withdrawal_is_nobody_elses(self):
        self._delegate(self.sales, self.deputy)
        request = self._start(self.approver)
        with self.assertRaises(UserError), self.cr.savepoint():
            request.sudo(False).with_user(self.deputy).action_withdraw("No")
        request.with_user(self.sales).action_withdraw("Mistake")
        self.assertDecided(request, self.sales, self.env["res.users"])

    def test_chain(self):
        request = self._start(self.approver)
        self._delegate(self.approver, self.deputy)
        link = self._delegate(self.deputy, self.second_deputy)
        self.assertWaitsFor(request, self.second_deputy)
        link.active = False
        self.assertWaitsFor(request, self.deputy)
        link.active = True
        self._decide(request, self.second_deputy)
        self.assertDecided(request, self.second_deputy, self.approver)

    def test_chain_that_ends_in_the_middle_gives_the_step_back(self):
        self._delegate(self.approver, self.deputy)
        middle = self._delegate(self.deputy, self.second_deputy)
        self._delegate(self.second_deputy, self.lead)
        request = self._start(self.approver)
        self.assertWaitsFor(request, self.lead)
        middle.unlink()
        self.assertWaitsFor(request, self.deputy)

    def test_loop_asks_the_first_one(self):
        request = self._start(self.approver)
        self._delegate(self.approver, self.deputy)
        self._delegate(self.deputy, self.approver)
        self.assertWaitsFor(request, self.approver)
        self._decide(request, self.approver)
        self.assertEqual(request.state, "approved")

    def test_loop_further_on_asks_the_first_one(self):
        self._delegate(self.approver, self.deputy)
        self._delegate(self.deputy, self.second_deputy)
        self._delegate(self.second_deputy, self.deputy)
        request = self._start(self.approver)
        self.assertWaitsFor(request, self.approver)

    def test_delegate_who_is_an_approver_of_the_same_step(self):
        people = self.approver | self.lead
        rules = {
            "any": ({"rule": "any"}, self.lead),
            "all": ({"rule": "all"}, self.lead),
            "count": ({"rule": "count", "minimum": 2}, self.lead),
        }
        self._delegate(self.approver, self.lead)
        for label, (values, waiting) in rules.items():
            with self.subTest(label):
                request = self._start({"user_ids": [Command.set(people.ids)], **values})
                self.assertWaitsFor(request, waiting)
                self._decide(request, self.lead)
                self.assertDecided(request, self.lead, self.env["res.users"])
                self.assertEqual(request.state, "approved", "Who remains has agreed.")

    def test_delegate_of_two_people_of_a_step_decides_once(self):
        people = self.approver | self.lead | self.manager
        self._delegate(self.approver, self.deputy)
        self._delegate(self.lead, self.deputy)
        request = self._start(self._all(people))
        self.assertWaitsFor(request, self.deputy | self.manager)
        self._decide(request, self.deputy)
        self.assertWaitsFor(request, self.manager)
        self.assertRefused(request, self.deputy, self.approver, self.lead)
        self._decide(request, self.manager)
        self.assertEqual(request.state, "approved")
        self.assertEqual(len(request.decision_ids), 3)

    def test_step_on_which_some_agreed_already(self):
        people = self.approver | self.lead | self.manager
        request = self._start(self._all(people))
        self._decide(request, self.lead)
        delegation = self._delegate(self.approver, self.deputy)
        self.assertWaitsFor(request, self.deputy | self.manager)
        self._decide(request, self.deputy)
        delegation.unlink()
        self.assertWaitsFor(request, self.manager)
        self.assertRefused(request, self.approver)  # The deputy decided for them.
        self._decide(request, self.manager)
        self.assertEqual(request.state, "approved")

    def test_delegate_who_agreed_already_is_not_asked_again(self):
        people = self.approver | self.lead | self.manager
        request = self._start(self._all(people))
        self._decide(request, self.lead)
        delegation = self._delegate(self.approver, self.lead)
        self.assertWaitsFor(request, self.manager)
        delegation.unlink()
        self.assertWaitsFor(request, self.approver | self.manager)

    def test_last_open_part_that_goes_to_somebody_who_agreed_ends_the_step(self):
        request = self._start(self._all(self.approver | self.lead), self.manager)
        self._decide(request, self.lead)
        self._delegate(self.approver, self.lead)
        self.assertSteps(
            request, ("approved", self.approver | self.lead), ("pending", self.manager)
        )
        self.assertWaitsFor(request, self.manager)

    def test_chosen_flows_only(self):
        chosen = self._start(self.approver)
        other = self._start(self.approver)
        self._delegate(self.approver, self.deputy, flow_ids=[Command.set(chosen.flow_id.ids)])
        self.assertWaitsFor(chosen, self.deputy)
        self.assertWaitsFor(other, self.approver)

    def test_approver_chooses_flows_by_name_and_reads_no_more_of_them(self):
        request = self._start(self.approver)
        flow = request.flow_id.with_user(self.approver)
        form = Form(self.env["invoice.approval.delegation"].with_user(self.approver))
        form.delegate_id = self.deputy
        # Whatever the hour: the day of somebody without a timezone is that of their company.
        form.date_to = fields.Date.today() + timedelta(days=1)
        form.flow_ids.add(flow)
        form.save()
        self.assertWaitsFor(request, self.deputy)
        for fname in ("condition", "trigger_fields", "stage_ids", "fast_lane_ids", "version_ids"):
            with self.subTest(fname), self.assertRaises(AccessError):
                flow.read([fname])
        with self.assertRaises(AccessError):
            flow.search([("condition", "ilike", "amount")])
        with self.assertRaises(AccessError):
            flow.name = "Mine"

    def test_chain_follows_the_flow(self):
        chosen = self._start(self.approver)
        other = self._start(self.approver)
        self._delegate(self.approver, self.deputy)
        self._delegate(self.deputy, self.second_deputy, flow_ids=[Command.set(chosen.flow_id.ids)])
        self.assertWaitsFor(chosen, self.second_deputy)
        self.assertWaitsFor(other, self.deputy)

    def test_later_steps_find_the_delegation_when_their_turn_comes(self):
        request = self._start(self.lead, self.approver)
        self._delegate(self.approver, self.deputy)
        self.assertWaitsFor(request, self.lead)
        self._decide(request, self.lead)
        self.assertWaitsFor(request, self.deputy)

    def test_archived_delegation_gives_the_step_back(self):
        delegation = self._delegate(self.approver, self.deputy)
        request = self._start(self.approver)
        delegation.action_archive()
        self.assertWaitsFor(request, self.approver)
        self.assertFalse(delegation.is_applied)
        delegation.action_unarchive()
        self.assertWaitsFor(request, self.deputy)

    def test_decided_requests_are_left_alone(self):
        request = self._start(self.approver)
        self._decide(request, self.approver)
        before = request.decision_ids.read() + request.step_ids.read()
        self._delegate(self.approver, self.deputy).unlink()
        self.env.invalidate_all()
        self.assertEqual(request.decision_ids.read() + request.step_ids.read(), before)
        self.assertFalse(request.waiting_user_ids)
