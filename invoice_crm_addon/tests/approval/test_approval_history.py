from unittest.mock import patch

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import tagged, users

from .test_approval import ApprovalCommon


@tagged("post_install", "-at_install")
class TestApprovalSnapshot(ApprovalCommon):
    """A request copies what it needs: what changes later changes no request."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.group = cls.env["res.groups"].create(
            {"name": "Deciders", "user_ids": [Command.set(cls.approver.ids)]}
        )
        cls.flow = cls._create_flow(
            "invoice.ticket",
            [
                {"name": "First", "approver_type": "group", "group_id": cls.group.id},
                {"name": "Second", "user_ids": [Command.set(cls.lead.ids)], "rule": "all"},
            ],
            name="Old flow",
        )
        cls.ticket = cls._create_ticket()
        cls._submit(cls.ticket)
        cls.request = cls.ticket.approval_request_id

    def _change_everything(self):
        self.group.user_ids = self.outsider
        self.group.name = "Others"
        self.flow.write(
            {"name": "New flow", "own_step": "allowed", "fallback_user_id": self.outsider.id}
        )
        first, second = self.flow.stage_ids
        first.write({"name": "Changed", "rule": "all", "sequence": 90})
        second.write({"name": "Changed", "user_ids": [Command.set(self.manager.ids)]})
        self.flow.stage_ids = [Command.create({"name": "Third", "user_ids": self.manager.ids})]
        self.env.flush_all()
        self.env.invalidate_all()

    def _snapshot(self):
        self.env.invalidate_all()
        request = self.request
        return {
            "request": request.read(["flow_name", "state", "cycle", "requester_id"]),
            "steps": request.step_ids.read(["sequence", "name", "rule", "approver_ids", "state"]),
            "decisions": request.decision_ids.read(),
        }

    def test_running_request_goes_on_as_it_started(self):
        before = self._snapshot()
        self._change_everything()
        self.assertEqual(self._snapshot(), before)
        self.assertRefused(self.request, self.manager)
        with self.assertRaises(AccessError):
            self.request.sudo(False).with_user(self.outsider).action_approve()
        self._decide(self.request, self.approver, self.lead)
        self.assertEqual(self.request.state, "approved")

    def test_running_request_outlives_its_flow(self):
        with self.assertRaisesRegex(UserError, "Archive it"), self.cr.savepoint():
            self.flow.unlink()
        self.flow.active = False
        self._decide(self.request, self.approver, self.lead)
        self.assertRecordValues(
            self.request, [{"state": "approved", "flow_name": "Old flow", "flow_id": self.flow.id}]
        )

    def test_past_request_stays_as_it_was(self):
        self._decide(self.request, self.approver, self.lead)
        before = self._snapshot()
        self._change_everything()
        self.approver.active = False
        self.assertEqual(self._snapshot(), before)
        self.flow.active = False
        self.flow.stage_ids.unlink()
        self.group.unlink()
        self.assertEqual(self._snapshot(), before)

    def test_reset_and_next_round_leave_the_past_alone(self):
        self._decide(self.request, self.approver, self.lead)
        before = self._snapshot()
        self.ticket.with_user(self.sales).action_reset()
        self._submit(self.ticket)
        second = self.ticket.approval_request_id
        self.assertEqual((second.cycle, second.state), (2, "pending"))
        second.with_user(self.approver).action_reject("No")
        self.assertEqual(self._snapshot(), before)

    def test_voiding_keeps_the_approvals(self):
        ticket = self._create_ticket(type_id=self.type_ordinary.id)
        self._issue(ticket)
        self.request = ticket.approval_request_id
        before = self._snapshot()
        ticket.with_user(self.finance).action_void("Wrong")
        self.assertEqual(self._snapshot(), before)


@tagged("post_install", "-at_install")
class TestApprovalRounds(ApprovalCommon):
    """Reject, withdraw, resubmit, delete."""

    def test_rejection_opens_the_document_and_shows_its_reason(self):
        request = self._start(self.approver)
        ticket = self._get_document(request)
        request.with_user(self.approver).action_reject("Wrong title")
        self.assertRecordValues(
            ticket.with_user(self.sales),
            [{"state": "draft", "approval_state": "rejected", "approval_reason": "Wrong title"}],
        )
        self.assertTrue(any("Wrong title" in body for body in ticket.message_ids.mapped("body")))
        ticket.with_user(self.sales).content = "Corrected"

    def test_rejection_needs_a_reason(self):
        request = self._start(self.approver)
        for reason in ("", "  ", None, False):
            with self.subTest(reason), self.assertRaises(UserError), self.cr.savepoint():
                request.with_user(self.approver).action_reject(reason)
        self.assertEqual(request.state, "pending")

    def test_second_round_is_a_new_request(self):
        first = self._start(self.approver)
        ticket = self._get_document(first)
        first.with_user(self.approver).action_reject("Wrong title")
        decisions = first.decision_ids.read()
        self._submit(ticket)
        second = ticket.approval_request_id
        self.assertNotEqual(first, second)
        self._decide(second, self.approver)
        self.assertRecordValues(
            first | second, [{"cycle": 1, "state": "rejected"}, {"cycle": 2, "state": "approved"}]
        )
        self.assertEqual(ticket.approval_request_ids, first | second)
        self.env.invalidate_all()
        self.assertEqual(first.decision_ids.read(), decisions)

    def test_requester_owner_and_manager_withdraw(self):
        for user in (self.lead, self.sales, self.manager):
            with self.subTest(user.login):
                ticket = self._create_ticket()
                self._create_flow("invoice.ticket", [self.approver])
                ticket.with_user(self.lead).action_submit()
                request = ticket.approval_request_id
                self.assertEqual(request.requester_id, self.lead)
                self.assertTrue(request.with_user(user).can_withdraw)
                request.with_user(user).action_withdraw("Mistake")
                self.assertEqual((request.state, ticket.state), ("withdrawn", "draft"))
                self.assertFalse(self._get_activities(request))
                self.assertRefused(request, self.approver)

    def test_nobody_else_withdraws(self):
        request = self._start(self.approver)
        for user in (self.approver, self.lead, self.finance):
            with self.subTest(user.login):
                self.assertFalse(request.with_user(user).can_withdraw)
                with self.assertRaises(UserError), self.cr.savepoint():
                    request.with_user(user).action_withdraw("No")
        for user in (self.colleague, self.outsider):
            with self.subTest(user.login), self.assertRaises(AccessError):
                request.with_user(user).action_withdraw("No")
        self.assertEqual(request.state, "pending")

    def test_decided_request_is_not_withdrawn(self):
        request = self._start(self.approver)
        self._decide(request, self.approver)
        with self.assertRaisesRegex(UserError, request.name):
            request.with_user(self.sales).action_withdraw("Too late")

    def test_submitted_document_is_not_deleted(self):
        for create in (self._create_ticket, self._create_contract):
            with self.subTest(create.__name__):
                request = self._start(self.approver, document=create())
                document = self._get_document(request)
                with self.assertRaises(UserError), self.cr.savepoint():
                    document.with_user(self.sales).unlink()
                request.with_user(self.approver).action_reject("No")
                self.assertEqual(document.state, "draft")
                with self.assertRaises(UserError), self.cr.savepoint():
                    document.with_user(self.sales).unlink()
                with self.assertRaises(UserError), self.cr.savepoint():
                    document.unlink()  # not even in superuser mode

    @users("ticket_sales", "ticket_lead", "ticket_finance")
    def test_draft_that_was_never_submitted_is_deleted(self):
        for document in (self._create_ticket(), self._create_contract()):
            document.with_env(self.env).unlink()
            self.assertFalse(document.exists())


@tagged("post_install", "-at_install")
class TestApprovalPeopleAreTold(ApprovalCommon):
    """Activities and one message for those whose turn it is, one message for the requester."""

    def _get_notices(self, user=None):
        """Messages in the inbox or mail of the requester."""
        with patch.object(self.registry["ir.cron"], "_commit_progress"):
            self.env["invoice.approval.notice"]._cron_send()
        partner = (user or self.sales).partner_id
        return self.env["mail.message"].search([("notified_partner_ids", "in", partner.ids)])

    def test_activities_follow_the_turn(self):
        request = self._start(self.approver | self.lead, self.manager)
        self.assertWaitsFor(request, self.approver | self.lead)
        self._decide(request, self.lead)
        self.assertWaitsFor(request, self.manager)
        request.with_user(self.manager).action_reject("No")
        self.assertFalse(self._get_activities(request))
        self._submit(self._get_document(request))
        second = self._get_document(request).approval_request_id
        self.assertWaitsFor(second, self.approver | self.lead)
        second.with_user(self.sales).action_withdraw()
        self.assertFalse(self._get_activities(second))

    def test_other_activities_of_the_document_stay(self):
        ticket = self._create_ticket()
        call = ticket.activity_schedule("mail.mail_activity_data_call", user_id=self.approver.id)
        request = self._start(self.approver, document=ticket)
        self._decide(request, self.approver)
        self.assertEqual(self._get_activities(request), call)

    def test_requester_is_told_the_result_once(self):
        for decide in ("action_approve", "action_reject"):
            with self.subTest(decide):
                request = self._start(self.lead, self.approver)
                before = self._get_notices()
                self._decide(request, self.lead)
                self.assertEqual(self._get_notices(), before, "It is not decided yet.")
                arguments = ["Wrong title"] if decide == "action_reject" else []
                getattr(request.with_user(self.approver), decide)(*arguments)
                notice = self._get_notices() - before
                self.assertEqual(len(notice), 1)
                self.assertEqual(notice.author_id, self.approver.partner_id)
                self.assertIn(request.name, notice.body)
                self.assertIn("".join(arguments), notice.body)

    def test_approvers_are_told_once_and_strangers_never(self):
        request = self._start(self.approver, self.lead)
        self.assertIn(request.name, self._get_notices(self.approver).body)
        self.assertFalse(self._get_notices(self.lead), "It is not their turn yet.")
        self._decide(request, self.approver)
        self.assertIn(request.name, self._get_notices(self.lead).body)
        self._decide(request, self.lead)
        for user, count in ((self.approver, 1), (self.lead, 1), (self.manager, 0)):
            self.assertEqual(len(self._get_notices(user)), count, user.name)
        self.assertFalse(self._get_notices(self.outsider))

    def test_approver_who_was_faster_than_the_message_gets_none(self):
        request = self._start(self.approver | self.lead)
        self._decide(request, self.lead)
        self.assertFalse(self._get_notices(self.approver))

    def test_requester_who_withdraws_gets_no_message(self):
        request = self._start(self.approver)
        request.with_user(self.sales).action_withdraw("Mistake")
        self.assertFalse(self._get_notices())

    def test_many_documents_are_decided_at_once_with_one_message(self):
        self._create_flow("invoice.ticket", [self.approver | self.lead])
        tickets = self.env["invoice.ticket"].create(
            [self._prepare_ticket_values() for _index in range(20)]
        )
        colleagues = self._create_ticket(user_id=self.colleague.id)
        tickets.with_user(self.sales).action_submit()
        self._submit(colleagues)
        tickets |= colleagues
        self.assertEqual(set(tickets.mapped("state")), {"pending"})
        tickets.with_user(self.approver).action_approve("Fine")
        self.assertEqual(set(tickets.mapped("state")), {"approved"})
        requests = tickets.approval_request_id
        self.assertEqual(len(requests), 21)
        approvals = requests.decision_ids.filtered(lambda d: d.decision == "approve")
        self.assertEqual(approvals.mapped("comment"), ["Fine"] * 21)
        self.assertEqual(len(self._get_notices()), 1)
        self.assertEqual(len(self._get_notices(self.colleague)), 1)
        for ticket in tickets - colleagues:
            self.assertIn(ticket.name, self._get_notices().body)

    def test_batch_with_a_strange_document_is_refused_as_a_whole(self):
        mine = self._start(self.approver)
        others = self._start(self.lead)
        tickets = self._get_document(mine) | self._get_document(others)
        with self.assertRaises(UserError), self.cr.savepoint():
            tickets.sudo(False).with_user(self.approver).action_approve()
        self.assertEqual(mine.state, "pending")

    def test_dialog_rejects_many_documents(self):
        tickets = self._create_ticket() | self._create_ticket()
        self._create_flow("invoice.ticket", [self.approver])
        self._submit(tickets)
        action = tickets.with_user(self.approver).action_open_reject()
        wizard = self.env[action["res_model"]].with_user(self.approver)
        wizard.with_context(**action["context"]).create({"comment": "No"}).action_confirm()
        self.assertEqual(tickets.mapped("approval_reason"), ["No", "No"])


@tagged("post_install", "-at_install")
class TestApprovalDefaults(ApprovalCommon):
    """Nobody's own defaults are values of the history, whoever calls the engine."""

    def _set_defaults(self, user):
        """Have a default for each field of the history that can have one."""
        defaults = self.env["ir.default"].with_user(user)
        for model, state in (
            ("invoice.approval.request", "approved"),
            ("invoice.approval.step", "approved"),
        ):
            defaults.set(model, "state", state, user_id=True)
        defaults.set("invoice.approval.request", "is_change", False, user_id=True)
        defaults.set("invoice.approval.decision", "decision", "approve", user_id=True)

    def test_a_change_is_not_approved_from_birth(self):
        ticket = self._create_ticket(content="Old")
        request = self._start(self.approver, document=ticket, trigger_fields=["content"])
        self._decide(request, self.approver)
        self._set_defaults(self.sales)
        ticket.with_user(self.sales).content = "New"
        self.assertTrue(ticket.approval_change_waits)
        self.assertEqual(ticket.approval_request_id.step_ids.mapped("state"), ["pending"])
        self.assertWaitsFor(ticket.approval_request_id, self.approver)

    def test_a_submission_waits(self):
        self._set_defaults(self.sales)
        request = self._start(self.approver, self.lead)
        self.assertEqual(request.step_ids.mapped("state"), ["pending", "waiting"])
        self.assertWaitsFor(request, self.approver)

    def test_history_takes_the_defaults_of_its_fields_alone(self):
        for model in self.env.registry.descendants(["invoice.approval.history.mixin"], "_inherit"):
            Model = self.env[model]
            for fname, field in Model._fields.items():
                if field.type in ("char", "text") and field.store and not field.compute:
                    self.env["ir.default"].set(model, fname, "Forged")
            given = Model.sudo().default_get(list(Model._fields))
            self.assertNotIn("Forged", given.values(), model)
