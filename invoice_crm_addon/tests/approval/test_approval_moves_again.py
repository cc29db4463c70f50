from collections import Counter
from random import Random

from freezegun import freeze_time

from odoo import fields
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import tagged

from .test_approval_moves import MovesCommon


@tagged("post_install", "-at_install")
class TestApprovalRemind(MovesCommon):
    """Who submitted it asks for an answer."""

    def _get_reminders(self, request):
        notices = self.env["invoice.approval.notice"].search(
            [("request_id", "=", request.id), ("kind", "=", "remind")]
        )
        return notices.user_id

    def test_those_whose_turn_it_is_are_reminded(self):
        request = self._start(self.approver | self.lead, self.finance)
        request.with_user(self.sales).action_remind()
        self.assertEqual(self._get_reminders(request), self.approver | self.lead)
        self.assertHistory(request)

    def test_once_an_hour(self):
        request = self._start(self.approver)
        request_as_sales = request.with_user(self.sales)
        with freeze_time("2026-03-09 02:00"):
            request_as_sales.action_remind()
            self.assertFalse(request_as_sales.can_remind)
        with freeze_time("2026-03-09 02:59"):
            self.assertRefusedToDo(request, self.sales, "action_remind", message="hour")
        with freeze_time("2026-03-09 03:00"):
            self.env.invalidate_all()
            self.assertTrue(request_as_sales.can_remind)
            request_as_sales.action_remind()

    def test_owner_and_manager_remind_and_nobody_else(self):
        for user in (self.sales, self.manager):
            ticket = self._create_ticket()
            self._create_flow("invoice.ticket", [self.approver])
            ticket.with_user(self.lead).action_submit()
            ticket.with_user(user).action_remind_approvers()
            self.assertEqual(self._get_reminders(ticket.approval_request_id), self.approver)
        request = self._start(self.approver)
        for user in (self.approver, self.finance, self.lead, self.auditor):
            self.assertRefusedToDo(request, user, "action_remind")

    def test_decided_request_reminds_nobody(self):
        request = self._start(self.approver)
        self._decide(request, self.approver)
        self.assertRefusedToDo(request, self.sales, "action_remind", message="decided")


@tagged("post_install", "-at_install")
class TestApprovalAgain(MovesCommon):
    """Withdraw, resubmit, and what people write meanwhile."""

    def test_withdrawn_in_the_middle_and_submitted_again(self):
        request = self._start(self.approver, self.lead)
        ticket = self._get_document(request)
        self._decide(request, self.approver)
        request.with_user(self.sales).action_withdraw("Wrong amount")
        self.assertEqual(
            self._get_states(request), [("Stage 1", "approved"), ("Stage 2", "cancelled")]
        )
        self.assertEqual(request.decision_ids[-1].comment, "Wrong amount")
        self._submit(ticket)
        second = ticket.approval_request_id
        self.assertEqual((second.cycle, second.state), (2, "pending"))
        self.assertWaitsFor(second, self.approver)
        self.assertEqual(request.state, "withdrawn")
        self.assertRefused(request, self.lead)
        self.assertNothingAltered(request | second)

    def test_reason_of_a_withdrawal_is_optional(self):
        for reason in (None, False, "", " "):
            request = self._start(self.approver)
            request.with_user(self.sales).action_withdraw(reason)
            self.assertEqual(request.state, "withdrawn")
            self.assertFalse(request.decision_ids[-1].comment)

    def test_words_are_kept_without_blanks_around_them(self):
        request = self._start(self.approver, self.lead)
        request.with_user(self.approver).action_approve("  Fine,\n but late ")
        self.assertEqual(request.decision_ids[-1].comment, "Fine,\n but late")
        request.with_user(self.lead).action_reject(" <b>No</b> ")
        self.assertEqual(self._get_document(request).approval_reason, "<b>No</b>")
        bodies = self._get_document(request).message_ids.mapped("body")
        self.assertFalse([body for body in bodies if "<b>No</b>" in body], "It is text.")

    def test_hours_waited_count_from_the_turn(self):
        with freeze_time("2026-03-09 02:00"):
            request = self._start(self.approver, self.lead)
        with freeze_time("2026-03-09 05:30"):
            self._decide(request, self.approver)
        with freeze_time("2026-03-09 06:00"):
            self._decide(request, self.lead)
        self.assertEqual(request.decision_ids.mapped("hours_waited"), [0.0, 3.5, 0.5])

    def test_one_reason_rejects_many(self):
        self._create_flow("invoice.ticket", [self.approver])
        tickets = self._create_ticket() | self._create_ticket() | self._create_ticket()
        self._submit(tickets)
        tickets.approval_request_id.with_user(self.approver).action_reject("Out of budget")
        self.assertEqual(tickets.mapped("approval_reason"), ["Out of budget"] * 3)
        self.assertEqual(set(tickets.mapped("state")), {"draft"})
        self.assertNothingAltered(tickets.approval_request_id)

    def test_context_of_the_caller_brings_nothing_archived_back(self):
        """A list of archived records calls its buttons with ``active_test``."""
        self.env["invoice.approval.delegation"].create(
            {
                "user_id": self.manager.id,
                "delegate_id": self.outsider.id,
                "date_from": "2020-01-01",
                "date_to": "2090-01-01",
                "active": False,
            }
        )
        request = self._start(self.approver, self.manager)
        request_as_approver = request.with_user(self.approver).with_context(active_test=False)
        request_as_approver.action_add_approver(self.manager.id)
        self._decide(request, self.manager)
        request_as_approver.action_approve()
        self.assertWaitsFor(request, self.manager)

    def test_dialog_does_each_move(self):
        moves = {
            "approve": ({}, "pending", self.manager),
            "reject": ({}, "rejected", self.env["res.users"]),
            "return": ({}, "pending", self.approver),
            "transfer": ({"user_id": self.deputy.id}, "pending", self.deputy),
            "add": ({"user_id": self.deputy.id}, "pending", self.deputy),
        }
        for action, (values, state, waiting) in moves.items():
            with self.subTest(action):
                request = self._start(self.approver, self.lead, self.manager)
                self._decide(request, self.approver)
                name = f"action_open_{'add_approver' if action == 'add' else action}"
                window = getattr(self._get_document(request).with_user(self.lead), name)()
                dialog = self.env[window["res_model"]].with_user(self.lead)
                dialog = dialog.with_context(**window["context"]).create(
                    {"comment": "Words", **values}
                )
                dialog.action_confirm()
                self.assertEqual(request.state, state)
                self.assertEqual(request.waiting_user_ids, waiting)
                self.assertEqual(request.decision_ids[-1].comment, "Words")

    def test_dialog_names_what_it_leaves_out(self):
        mine, others = self._start(self.approver), self._start(self.approver)
        window = (mine | others).with_user(self.approver).action_open_approve()
        dialog = self.env[window["res_model"]].with_user(self.approver)
        dialog = dialog.with_context(**window["context"]).create({})
        self._decide(others, self.approver)
        self.env.invalidate_all()
        self.assertEqual(dialog.request_count, 1)
        self.assertIn(others.name, dialog.blocked)
        dialog.action_confirm()
        self.assertEqual(mine.state, "approved")
        self.assertHistory(others, ("approve", self.approver))


@tagged("post_install", "-at_install")
class TestApprovalWalk(MovesCommon):
    """Whatever people try in whatever order, documents, requests and activities agree.

    The walk is random, but the same each time.
    """

    SEED = 20260309
    MOVES = 300

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.second_deputy = cls._create_user("second_deputy", ["base.group_user"])
        cls.leavers = [cls.deputy, cls.second_deputy, cls.outsider]
        cls.people = [cls.sales, cls.colleague, cls.lead, cls.finance, cls.manager, cls.approver]
        cls.people += [*cls.leavers, cls.auditor, cls.finance_other]
        three = cls.approver | cls.deputy | cls.second_deputy
        cls._create_flow(
            "invoice.ticket",
            [
                cls.lead | cls.approver,
                {"rule": "count", "minimum": 2, "user_ids": [Command.set(three.ids)]},
                cls.finance | cls.outsider,
            ],
            own_step="skipped",
        )
        everybody = {"rule": "all", "user_ids": [Command.set((three | cls.sales).ids)]}
        cls._create_flow("invoice.contract", [everybody, cls.lead, cls.approver])
        cls.documents = [cls._create_ticket() for _index in range(6)]
        cls.documents += [cls._create_contract() for _index in range(4)]
        for document in cls.documents:
            cls._submit(document)
        cls.env.flush_all()

    def test_random_walk(self):
        self.random = Random(self.SEED)
        done, refused = Counter(), Counter()
        for _move in range(self.MOVES):
            document, name, move = self._choose()
            try:
                with self.cr.savepoint():
                    move()
            except UserError:
                refused[name] += 1
            else:
                done[name] += 1
            self.env.flush_all()
            self.env.invalidate_all()
            touches_all = name in ("delegate", "leave")
            for touched in self.documents if touches_all else [document]:
                self._check(touched)
        for document in self.documents:
            self._check(document)
        requests = self._get_requests()
        self.assertNothingAltered(requests)
        # The walk went somewhere, and was stopped where it had to be.
        self.assertGreater(sum(done.values()), self.MOVES / 4, done)
        self.assertGreater(sum(refused.values()), self.MOVES / 10, refused)
        wanted = {"approve", "reject", "return", "transfer", "add", "replace", "withdraw"}
        self.assertLessEqual(wanted, set(requests.decision_ids.mapped("decision")))
        self.assertLessEqual({"approved", "rejected", "withdrawn"}, set(requests.mapped("state")))

    def _get_requests(self):
        requests = self.env["invoice.approval.request"]
        return requests.union(*(document.approval_request_ids for document in self.documents))

    # === MOVES === #

    def _choose(self):
        """A move, mostly one that could be allowed, on a document by somebody."""
        choose = self.random.choice
        document = choose(self.documents)
        request = document.approval_request_id
        user, other = choose(self.people), choose(self.people)
        if request.waiting_user_ids and self.random.random() < 0.7:
            user = choose(list(request.waiting_user_ids))
        as_user = request.sudo(False).with_user(user)
        as_owner = document.with_user(document.user_id)
        steps = request._get_returnable_steps() or request.step_ids
        step_id, position = choose(steps.ids), choose(["before", "after"])
        forged, leaver = choose(list(request.step_ids) + [request]), choose(self.leavers)
        moves = {
            "approve": (30, lambda: as_user.action_approve("Fine")),
            "reject": (4, lambda: as_user.action_reject("No")),
            "return": (8, lambda: as_user.action_return("Again", step_id)),
            "transfer": (8, lambda: as_user.action_transfer(other.id)),
            "add": (8, lambda: as_user.action_add_approver(other.id, position)),
            "withdraw": (3, lambda: request.with_user(document.user_id).action_withdraw()),
            "remind": (3, lambda: as_user.action_remind()),
            "submit": (15, lambda: as_owner.action_submit()),
            "reset": (4, lambda: as_owner.action_reset()),
            "delegate": (8, lambda: self._toggle_absence(user, other)),
            "leave": (6, lambda: leaver.write({"active": not leaver.active})),
            "forge": (6, lambda: self._forge(forged, user)),
        }
        name = self.random.choices(list(moves), [weight for weight, _move in moves.values()])[0]
        return document, name, moves[name][1]

    def _toggle_absence(self, user, delegate):
        Delegation = self.env["invoice.approval.delegation"].sudo()
        if absences := Delegation.search([("user_id", "=", user.id)]):
            absences.unlink()
        elif user != delegate:
            today = fields.Date.today()
            Delegation.create(
                {
                    "user_id": user.id,
                    "delegate_id": delegate.id,
                    "date_from": fields.Date.subtract(today, days=2),
                    "date_to": fields.Date.add(today, days=2),
                }
            )

    def _forge(self, record, user):
        record.with_user(user).write({"state": "approved"})
        self.fail(f"{user.name} wrote {record}")

    # === WHAT ALWAYS HOLDS === #

    def _check(self, document):
        requests = document.approval_request_ids.sorted("id")
        self.assertEqual(requests.mapped("cycle"), list(range(1, len(requests) + 1)))
        last = requests[-1]
        for request in requests:
            self.assertTrue(request == last or request.state != "pending")
            self._check_request(request)
        states = {"pending": {"pending"}, "approved": {"approved", "active", "draft", "cancelled"}}
        self.assertIn(document.state, states.get(last.state, {"draft", "cancelled"}))
        asked = self._get_activities(last).mapped("user_id.id")
        self.assertEqual(sorted(asked), sorted(last.waiting_user_ids.ids))

    def _check_request(self, request):
        is_pending = request.state == "pending"
        self.assertEqual(bool(request.waiting_user_ids), is_pending)
        self.assertEqual(bool(request.date_decided), not is_pending)
        states = Counter(request.step_ids.mapped("state"))
        self.assertEqual(states["pending"], int(is_pending))
        self.assertTrue(is_pending or not states["waiting"], "An open step is left.")
        self.assertLessEqual(request.waiting_user_ids, request.approver_ids)
        excluded = request._get_excluded_users()
        for user in request.waiting_user_ids:
            self.assertFalse(user._get_cannot_be_asked_reason(request.company_id, excluded))
        sequences = request.step_ids.mapped("sequence")
        self.assertEqual(len(sequences), len(set(sequences)))
        for step in request.step_ids:
            self._check_step(step, excluded)

    def _check_step(self, step, excluded):
        approvals = step.decision_ids.filtered(lambda row: row.decision == "approve")
        self.assertEqual(len(approvals), len(approvals.user_id), "Each person counts once.")
        self.assertFalse(excluded & approvals.user_id, "The requester decided.")
        if step.state == "skipped":
            self.assertFalse(step.decision_ids)
        else:
            self.assertTrue(step.approver_ids, "Nobody is asked.")
            self.assertEqual(bool(step.date_done), step._is_final())
        if step.state == "approved" and not approvals:
            rows = step.request_id.decision_ids.mapped("decision")
            self.assertIn("replace", rows, "Approved by nobody.")
