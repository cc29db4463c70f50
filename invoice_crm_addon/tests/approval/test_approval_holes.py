from contextlib import suppress

from odoo import SUPERUSER_ID, api
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.service.model import call_kw, retrying
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..threads import retry_soon
from .test_approval import ApprovalCommon
from .test_approval_races import RaceCommon


@tagged("post_install", "-at_install")
class TestApprovalHoles(ApprovalCommon):
    """Holes that were measured in another engine, tried on ours through RPC."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._create_flow("invoice.ticket", [cls.approver, cls.lead])
        cls.ticket = cls._create_ticket()
        cls._submit(cls.ticket)
        cls.request = cls.ticket.approval_request_id
        cls.env.flush_all()

    def _call(self, user, records, method, *arguments):
        """As a remote caller does."""
        self.env.invalidate_all()
        return call_kw(records.with_user(user), method, [records.ids, *arguments], {})

    def assertStillWaits(self):
        self.env.invalidate_all()
        self.assertEqual((self.ticket.state, self.request.state), ("pending", "pending"))
        self.assertWaitsFor(self.request, self.approver)
        self.assertNothingAltered(self.request)

    def test_m1_plain_user_writes_that_it_is_approved(self):
        step, decision = self.request.step_ids[0], self.request.decision_ids[0]
        attempts = (
            (step, {"state": "approved", "approver_ids": [Command.set(self.outsider.ids)]}),
            (self.request, {"state": "approved"}),
            (self.request, {"waiting_user_ids": [Command.set(self.outsider.ids)]}),
            (decision, {"decision": "approve", "user_id": self.approver.id}),
            (self.ticket, {"state": "approved"}),
        )
        for user in (self.outsider, self.sales, self.approver, self.manager, self.finance):
            for record, values in attempts:
                with self.subTest(user=user.login, model=record._name, values=values):
                    with self.assertRaises(UserError), self.cr.savepoint():
                        self._call(user, record, "write", values)
        self.assertStillWaits()
        with self.assertRaises(UserError), self.cr.savepoint():
            self._call(self.finance, self.ticket, "action_issue")

    def test_m2_plain_user_deletes_the_reviews_and_edits_the_document(self):
        for user in (self.outsider, self.sales, self.approver, self.manager):
            for records in (self.request.step_ids, self.request.decision_ids, self.request):
                with self.subTest(user=user.login, model=records._name):
                    with self.assertRaises(UserError), self.cr.savepoint():
                        self._call(user, records, "unlink")
        lines = [Command.update(self.ticket.line_ids.id, {"price_unit": 9999.0})]
        with self.assertRaises(UserError), self.cr.savepoint():
            self._call(self.sales, self.ticket, "write", {"line_ids": lines})
        self.assertStillWaits()
        self.assertEqual(self.ticket.amount_total, 1130.0)

    def test_m3_document_is_created_as_approved(self):
        states = {
            "invoice.ticket": ("pending", "approved", "issued"),
            "invoice.contract": ("pending", "active", "closed"),
        }
        values = {
            "invoice.ticket": self._prepare_ticket_values(),
            "invoice.contract": {"name": "New", "partner_id": self.customer.id},
        }
        for model, forged in states.items():
            for user in (self.sales, self.finance, self.manager):
                for state in forged:
                    with self.subTest(model=model, user=user.login, state=state):
                        with self.assertRaises(AccessError), self.cr.savepoint():
                            call_kw(
                                self.env[model].with_user(user),
                                "create",
                                [[{**values[model], "user_id": user.id, "state": state}]],
                                {},
                            )
        for model, forged in (
            ("invoice.approval.request", {"state": "approved", "res_id": self.ticket.id}),
            ("invoice.approval.step", {"request_id": self.request.id, "state": "approved"}),
            ("invoice.approval.decision", {"request_id": self.request.id, "decision": "approve"}),
        ):
            for user in (self.outsider, self.sales, self.approver, self.manager):
                with self.subTest(model=model, user=user.login):
                    with self.assertRaises(AccessError), self.cr.savepoint():
                        call_kw(self.env[model].with_user(user), "create", [[forged]], {})
        self.assertStillWaits()

    def test_m4_requester_of_the_group_approves_the_own_request(self):
        group = self.env["res.groups"].create(
            {"name": "Deciders", "user_ids": [Command.set((self.sales | self.approver).ids)]}
        )
        flow = self.env["invoice.approval.flow"].create(
            {
                "name": "As it is by default",
                "sequence": -9999,
                "company_id": self.company.id,
                "stage_ids": [
                    Command.create({"name": "Any", "approver_type": "group", "group_id": group.id})
                ],
            }
        )
        ticket = self._create_ticket()
        self._submit(ticket)
        request = ticket.approval_request_id
        self.assertEqual(request.flow_id, flow)
        for records in (ticket, request):
            with self.assertRaises(UserError), self.cr.savepoint():
                self._call(self.sales, records, "action_approve")
        self.assertWaitsFor(request, self.approver)

    def test_m5_status_fields_are_written(self):
        forged = (
            {"approval_state": "approved"},
            {"approval_request_id": False},
            {"approval_request_ids": [Command.clear()]},
            {"approval_request_ids": [Command.delete(self.request.id)]},
            {"approval_request_ids": [Command.update(self.request.id, {"state": "approved"})]},
            {"approval_waiting_user_ids": [Command.set(self.sales.ids)]},
        )
        for user in (self.sales, self.lead, self.finance, self.manager):
            for values in forged:
                with self.subTest(user=user.login, values=values):
                    with suppress(UserError), self.cr.savepoint():
                        self._call(user, self.ticket, "write", values)
                    self.assertStillWaits()
                    self.assertEqual(self.ticket.approval_request_ids, self.request)

    def test_m5_portal_user_tries_each_step(self):
        for user in (self.portal, self.public):
            for records, method, arguments in (
                (self.ticket, "read", [["name"]]),
                (self.ticket, "action_submit", []),
                (self.ticket, "action_approve", []),
                (self.request, "read", [["name"]]),
                (self.request, "action_approve", []),
                (self.request, "action_reject", ["No"]),
                (self.request, "action_return", ["No", self.request.step_ids[0].id]),
                (self.request, "action_transfer", [user.id]),
                (self.request, "action_add_approver", [user.id]),
                (self.request, "action_withdraw", []),
                (self.request, "action_remind", []),
                (self.request, "action_verify", []),
                (self.request.step_ids, "write", [{"state": "approved"}]),
            ):
                with self.subTest(user=user.login, method=method):
                    with self.assertRaises(AccessError), self.cr.savepoint():
                        self._call(user, records, method, *arguments)
        self.assertStillWaits()


@tagged("post_install", "-at_install")
class TestApprovalSnapshots(RaceCommon):
    """Decisions on what is out of date, and a crowd that decides on the same document."""

    SCENARIOS = {
        "draft": (2, [("any", 1, "a")]),
        "old": (2, [("any", 1, "ab")]),
        "crowd": (5, [("any", 1, "abcdefgh")]),
    }
    DRAFTS = ("draft",)

    def _from_an_older_snapshot(self, late, early):
        """Run ``late`` in a transaction that began before ``early`` was committed.

        :return: what ``late`` returns, or the error that it ends with
        """
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            cr.execute("SELECT 1")
            with self.registry.cursor() as other:
                early(api.Environment(other, SUPERUSER_ID, {}))
            try:
                with retry_soon():
                    return retrying(lambda: late(env), env)
            except UserError as error:
                cr.rollback()
                return error

    def _submit(self, document_id):
        return lambda env: env["invoice.contract"].browse(document_id).action_submit()

    def _edit(self, document_id, amount):
        def edit(env):
            contract = env["invoice.contract"].browse(document_id)
            user = env.ref("base.user_admin")
            contract.user_id = user
            contract.with_user(user).sudo(False).amount_total = amount

        return edit

    def test_m6_request_and_edit_from_older_snapshots(self):
        edited, submitted = self.document_ids["draft"]
        self._from_an_older_snapshot(self._submit(edited), self._edit(edited, 999.0))
        outcome = self._from_an_older_snapshot(
            self._edit(submitted, 999.0), self._submit(submitted)
        )
        self.assertIsInstance(outcome, UserError)
        amounts = []

        def check(contract, request):
            self.assertEqual(request.state, "pending")
            self.assertEqual(request.amount, contract.amount_total)
            amounts.append(request.amount)

        self._read("draft", check)
        self.assertEqual(amounts, [999.0, 100.0])

    def test_m6_decision_from_an_older_snapshot(self):
        for document_id, late in zip(
            self.document_ids["old"], ("action_approve", "action_reject"), strict=True
        ):
            arguments = ["No"] if late == "action_reject" else []
            outcome = self._from_an_older_snapshot(
                self._call(late, document_id, "b", *arguments), self._approve(document_id, "a")
            )
            self.assertIsInstance(outcome, UserError)
            self.assertRegex(str(outcome), "decided already")

        def check(_contract, request):
            self.assertEqual(self._get_approvals(request), ["a"])

        self._read("old", check)

    @mute_logger("odoo.sql_db")
    def test_m7_eight_approvers_at_once(self):
        for document_id in self.document_ids["crowd"]:
            outcomes = self._at_once(*(self._approve(document_id, x) for x in "abcdefgh"))
            self.assertOneWins(outcomes, "decided already")

        def check(_contract, request):
            self.assertEqual(request.state, "approved")
            self.assertEqual(len(self._get_approvals(request)), 1)

        self._read("crowd", check)
