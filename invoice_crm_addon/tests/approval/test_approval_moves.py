from freezegun import freeze_time

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import tagged

from .test_approval import ApprovalCommon


class MovesCommon(ApprovalCommon):
    """Requests whose steps are moved around."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.deputy = cls._create_user("deputy", ["base.group_user"])

    def _all(self, users, **values):
        """A stage at which all these people must agree."""
        return {"rule": "all", "user_ids": [Command.set(users.ids)], **values}

    def _get_states(self, request):
        return [(step.name, step.state) for step in request.step_ids.sorted()]

    def assertRefusedToDo(self, request, user, method, *arguments, message=""):
        """The user gets a sentence, and nothing changes."""
        before = request.read(["state", "waiting_user_ids", "last_seal"])
        with self.assertRaisesRegex(UserError, message), self.cr.savepoint():
            getattr(request.sudo(False).with_user(user), method)(*arguments)
        self.assertEqual(request.read(["state", "waiting_user_ids", "last_seal"]), before)


@tagged("post_install", "-at_install")
class TestApprovalReturn(MovesCommon):
    """Back to a step that agreed before, whose people are asked again."""

    def _return(self, request, user, index, reason="Look again"):
        request.with_user(user).action_return(reason, request.step_ids.sorted()[index].id)

    def test_return_asks_the_steps_in_between_again(self):
        request = self._start(self.approver, self.lead, self.manager)
        self._decide(request, self.approver, self.lead)
        self._return(request, self.manager, 0)
        self.assertEqual(
            self._get_states(request),
            [
                ("Stage 1", "approved"),
                ("Stage 2", "approved"),
                ("Stage 3", "returned"),
                ("Stage 1", "pending"),
                ("Stage 2", "waiting"),
                ("Stage 3", "waiting"),
            ],
        )
        self.assertWaitsFor(request, self.approver)
        self.assertEqual(self._get_document(request).state, "pending")
        self._decide(request, self.approver, self.lead, self.manager)
        self.assertEqual(request.state, "approved")
        self.assertHistory(
            request,
            ("approve", self.approver),
            ("approve", self.lead),
            ("return", self.manager),
            ("approve", self.approver),
            ("approve", self.lead),
            ("approve", self.manager),
        )
        self.assertNothingAltered(request)

    def test_return_to_the_step_before_leaves_the_first_alone(self):
        request = self._start(self.approver, self.lead, self.manager, self.finance)
        self._decide(request, self.approver, self.lead)
        self._return(request, self.manager, 1)
        self.assertWaitsFor(request, self.lead)
        self._decide(request, self.lead, self.manager, self.finance)
        self.assertEqual(request.state, "approved")
        self.assertEqual(
            request.step_ids.sorted().mapped("number"), [1, 2, 3, 2, 3, 4], "Stage 4 is asked once."
        )

    def test_agreement_before_the_return_does_not_count_again(self):
        both = self.lead | self.manager
        request = self._start(self.approver, self._all(both))
        self._decide(request, self.approver, self.lead)
        self._return(request, self.manager, 0)
        self._decide(request, self.approver)
        self.assertWaitsFor(request, both)
        self._decide(request, self.manager, self.lead)
        self.assertEqual(request.state, "approved")

    def test_return_names_only_steps_that_agreed_before(self):
        request = self._start(self.sales, self.approver, self.lead, own_step="skipped")
        other = self._start(self.lead, self.lead)
        self._decide(other, self.lead)
        skipped, first, second = request.step_ids.sorted()
        self.assertRefusedToDo(
            request, self.approver, "action_return", "No", first.id, message="Reject the request"
        )
        self._decide(request, self.approver)
        for step in (skipped, second, other.step_ids[0], request.step_ids.browse(0)):
            self.assertRefusedToDo(request, self.lead, "action_return", "No", step.id)
        self.assertRefusedToDo(request, self.lead, "action_return", " ", first.id, message="reason")
        self.assertRefusedToDo(request, self.approver, "action_return", "No", first.id)
        request.with_user(self.lead).action_return("Look", first.id)
        self.assertEqual(
            [state for _name, state in self._get_states(request)],
            ["skipped", "approved", "returned", "pending", "waiting"],
            "Who was skipped is not asked now either.",
        )

    def test_each_stage_comes_once_however_often_it_is_returned(self):
        request = self._start(self.approver, self.lead)
        request.with_user(self.approver).action_add_approver(self.deputy.id, "after")
        self._decide(request, self.approver, self.deputy)
        first = request.step_ids.sorted()[0]
        for _index in range(3):
            request.with_user(self.lead).action_return("Again", first.id)
            names = [
                step.name
                for step in request.step_ids.sorted()
                if step.state in ("pending", "waiting")
            ]
            self.assertEqual(names, ["Stage 1", "Deputy", "Stage 2"])
            self._decide(request, self.approver, self.deputy)
            returnable = request._get_returnable_steps()
            self.assertEqual(returnable.mapped("name"), ["Stage 1", "Deputy"])
            first = returnable[0]
        self._decide(request, self.lead)
        self.assertEqual(request.state, "approved")
        self.assertNothingAltered(request)

    def test_approver_who_left_since_is_not_asked_again(self):
        request = self._start(self._all(self.approver | self.deputy), self.deputy, self.lead)
        self._decide(request, self.approver, self.deputy, self.deputy)
        self.deputy.active = False
        self._return(request, self.lead, 0)
        self.assertWaitsFor(request, self.approver)
        self._decide(request, self.approver)
        self.assertWaitsFor(request, self.manager)  # The fallback: nobody else is left.
        self._decide(request, self.manager, self.lead)
        self.assertEqual(request.state, "approved")

    def test_requests_are_returned_one_by_one(self):
        requests = self._start(self.approver, self.lead) | self._start(self.approver, self.lead)
        for request in requests:
            self._decide(request, self.approver)
        with self.assertRaisesRegex(UserError, "one by one"):
            requests.with_user(self.lead).action_return("No", requests.step_ids[0].id)
        with self.assertRaisesRegex(UserError, "one by one"):
            requests.browse().with_user(self.lead).action_return("No", requests.step_ids[0].id)


@tagged("post_install", "-at_install")
class TestApprovalTransfer(MovesCommon):
    """Somebody is asked instead."""

    def test_transfer_hands_the_step_over(self):
        request = self._start(self.approver, self.lead)
        ticket = self._get_document(request)
        with self.assertRaises(AccessError):
            ticket.with_user(self.deputy).read(["name"])
        request.with_user(self.approver).action_transfer(self.deputy.id, "Your customer")
        self.assertWaitsFor(request, self.deputy)
        self.assertRefused(request, self.approver)
        self.assertRecordValues(
            request.decision_ids[-1],
            [
                {
                    "decision": "transfer",
                    "user_id": self.approver.id,
                    "target_user_id": self.deputy.id,
                    "comment": "Your customer",
                    "step_id": request.step_ids[0].id,
                }
            ],
        )
        self.assertTrue(ticket.with_user(self.deputy).read(["name"]), "They must see it.")
        self.assertTrue(ticket.with_user(self.approver).read(["name"]), "They were asked, too.")
        self._decide(request, self.deputy, self.lead)
        self.assertEqual(request.state, "approved")
        self.assertNothingAltered(request)

    def test_transfer_hands_over_ones_own_part_only(self):
        request = self._start(self._all(self.approver | self.lead))
        request.with_user(self.approver).action_transfer(self.deputy.id)
        self.assertWaitsFor(request, self.deputy | self.lead)
        self._decide(request, self.lead)
        self.assertWaitsFor(request, self.deputy)
        self._decide(request, self.deputy)
        self.assertEqual(request.state, "approved")

    def test_transferred_part_counts_once(self):
        people = self.approver | self.lead | self.manager
        stage = {"rule": "count", "minimum": 2, "user_ids": [Command.set(people.ids)]}
        request = self._start(stage)
        self._decide(request, self.lead)
        request.with_user(self.approver).action_transfer(self.deputy.id)
        self.assertEqual(request.state, "pending")
        self.assertWaitsFor(request, self.deputy | self.manager)
        self._decide(request, self.deputy)
        self.assertEqual(request.state, "approved")

    def test_transfer_back(self):
        request = self._start(self.approver)
        request.with_user(self.approver).action_transfer(self.deputy.id)
        request.with_user(self.deputy).action_transfer(self.approver.id)
        self.assertWaitsFor(request, self.approver)
        self._decide(request, self.approver)
        self.assertHistory(
            request,
            ("transfer", self.approver),
            ("transfer", self.deputy),
            ("approve", self.approver),
        )

    def test_people_who_cannot_decide_are_not_asked(self):
        gone = self._create_user("gone", ["base.group_user"])
        gone.active = False
        request = self._start(self._all(self.approver | self.lead | self.manager))
        self._decide(request, self.lead)
        refused = {
            "the requester": self.sales,
            "an auditor": self.auditor,
            "somebody who left": gone,
            "somebody of another company": self.finance_other,
            "a portal user": self.portal,
            "somebody who is asked already": self.manager,
            "somebody who agreed already": self.lead,
            "oneself": self.approver,
        }
        for label, user in refused.items():
            for method in ("action_transfer", "action_add_approver"):
                with self.subTest(label, method=method):
                    self.assertRefusedToDo(
                        request, self.approver, method, user.id, message=user.name
                    )
        self.assertWaitsFor(request, self.approver | self.manager)

    def test_who_agreed_does_not_agree_once_more_for_another(self):
        """B hands their part to A, who agreed: nobody would have decided on it."""
        request = self._start(self._all(self.approver | self.lead))
        request.with_user(self.approver).action_transfer(self.deputy.id)
        self._decide(request, self.deputy)
        self.assertRefusedToDo(request, self.lead, "action_transfer", self.deputy.id)
        self.assertWaitsFor(request, self.lead)

    def test_requester_whose_own_step_is_allowed_can_be_asked(self):
        request = self._start(self.approver, own_step="allowed")
        request.with_user(self.approver).action_transfer(self.sales.id)
        self.assertWaitsFor(request, self.sales)

    def test_only_whose_turn_it_is_transfers(self):
        request = self._start(self.approver, self.lead)
        for user in (self.lead, self.sales, self.manager, self.finance):
            self.assertRefusedToDo(request, user, "action_transfer", self.deputy.id)

    def test_many_requests_are_handed_over_at_once(self):
        self._create_flow("invoice.ticket", [self.approver])
        tickets = self._create_ticket() | self._create_ticket()
        self._submit(tickets)
        tickets.approval_request_id.with_user(self.approver).action_transfer(self.deputy.id)
        for request in tickets.approval_request_id:
            self.assertWaitsFor(request, self.deputy)


@tagged("post_install", "-at_install")
class TestApprovalAdd(MovesCommon):
    """Somebody is asked as well."""

    def test_before_me(self):
        request = self._start(self.approver, self.lead)
        request.with_user(self.approver).action_add_approver(self.deputy.id, "before", "Your view?")
        self.assertEqual(
            self._get_states(request),
            [("Deputy", "pending"), ("Stage 1", "waiting"), ("Stage 2", "waiting")],
        )
        self.assertWaitsFor(request, self.deputy)
        self.assertRefused(request, self.approver)
        self._decide(request, self.deputy)
        self.assertWaitsFor(request, self.approver)
        self._decide(request, self.approver, self.lead)
        self.assertEqual(request.state, "approved")
        self.assertHistory(
            request,
            ("add", self.approver),
            ("approve", self.deputy),
            ("approve", self.approver),
            ("approve", self.lead),
        )
        self.assertNothingAltered(request)

    def test_after_me(self):
        request = self._start(self.approver, self.lead)
        request.with_user(self.approver).action_add_approver(self.deputy.id, "after")
        self.assertWaitsFor(request, self.approver)
        self.assertIn(self.approver.name, request.step_ids.sorted()[1].note)
        for user in (self.approver, self.deputy, self.lead):
            self.assertWaitsFor(request, user)
            self._decide(request, user)
        self.assertEqual(request.state, "approved")

    def test_added_at_the_end_still_decides(self):
        request = self._start(self.approver)
        request.with_user(self.approver).action_add_approver(self.deputy.id, "after")
        self._decide(request, self.approver)
        self.assertEqual(request.state, "pending")
        self._decide(request, self.deputy)
        self.assertEqual(request.state, "approved")

    def test_who_agreed_before_is_not_asked_again(self):
        request = self._start(self._all(self.approver | self.lead))
        self._decide(request, self.lead)
        request.with_user(self.approver).action_add_approver(self.deputy.id, "before")
        self.assertWaitsFor(request, self.deputy)
        self._decide(request, self.deputy)
        self.assertWaitsFor(request, self.approver)
        self._decide(request, self.approver)
        self.assertEqual(request.state, "approved")

    def test_added_people_add_others(self):
        request = self._start(self.approver)
        request.with_user(self.approver).action_add_approver(self.deputy.id, "before")
        request.with_user(self.deputy).action_add_approver(self.lead.id, "before")
        request.with_user(self.lead).action_add_approver(self.manager.id, "after")
        for user in (self.lead, self.manager, self.deputy, self.approver):
            self.assertWaitsFor(request, user)
            self._decide(request, user)
        self.assertEqual(request.state, "approved")

    def test_added_person_refuses(self):
        request = self._start(self.approver, self.lead)
        request.with_user(self.approver).action_add_approver(self.deputy.id, "before")
        request.with_user(self.deputy).action_reject("No")
        self.assertEqual(request.state, "rejected")
        self.assertEqual(
            [state for _name, state in self._get_states(request)],
            ["rejected", "cancelled", "cancelled"],
        )
        self.assertFalse(self._get_activities(request))

    def test_deadline_starts_when_the_turn_comes_back(self):
        with freeze_time("2026-03-09 02:00"):
            request = self._start(self.approver, deadline_hours=4)
            step = request.step_ids
            request.with_user(self.approver).action_add_approver(self.deputy.id, "before")
            self.assertFalse(step.date_reached)
        with freeze_time("2026-03-11 02:00"):
            self._decide(request, self.deputy)
            self.assertEqual(fields.Datetime.to_string(step.date_reached), "2026-03-11 02:00:00")
            self.assertGreater(request.date_deadline, step.date_reached)

    def test_added_person_reads_the_document_from_their_turn_on(self):
        request = self._start(self.approver)
        ticket = self._get_document(request).with_user(self.deputy)
        request.with_user(self.approver).action_add_approver(self.deputy.id, "after")
        with self.assertRaises(AccessError):
            ticket.read(["name"])
        self._decide(request, self.approver)
        self.assertTrue(ticket.read(["name"]))
