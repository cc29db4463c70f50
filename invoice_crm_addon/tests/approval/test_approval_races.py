from functools import partial

from odoo import SUPERUSER_ID, api
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import TransactionCase, new_test_user, tagged

from ...models.base.proof import proven
from ..threads import retry_soon, run_at_once

NAME = "Decided At Once"
LOGIN = "at_once_"
PEOPLE = "abcdefgh"


class RaceCommon(TransactionCase):
    """Documents that people decide on at the same instant, in real transactions.

    The data are committed once for all rounds, so nothing that the test's own transaction holds
    may be in the way; it reads through cursors of its own.
    """

    # Scenario: rounds, and for each stage its rule, minimum and people.
    SCENARIOS = {}
    # Those of the scenarios whose documents nobody submitted yet.
    DRAFTS = ()

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.addClassCleanup(cls._clean_up)
        cls._clean_up()
        with cls.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {"tracking_disable": True})
            users = [new_test_user(env, LOGIN + x, name=x, tz="UTC") for x in PEOPLE]
            cls.user_ids = {user.name: user.id for user in users}
            cls.document_ids = {
                scenario: cls._create_scenario(env, scenario, *values)
                for scenario, values in cls.SCENARIOS.items()
            }

    @classmethod
    def _create_scenario(cls, env, scenario, rounds, stages):
        partner = env["res.partner"].create({"name": f"{NAME}: {scenario}"})
        contracts = env["invoice.contract"].create(
            [
                {"name": scenario, "partner_id": partner.id, "amount_total": 100.0}
                for _round in range(rounds)
            ]
        )
        flow_values = {
            "name": f"{NAME}: {scenario}",
            "sequence": -1000,
            "company_id": env.company.id,
            "res_model": "invoice.contract",
            "stage_ids": [
                Command.create(
                    {
                        "name": f"Stage {number}",
                        "sequence": number,
                        "rule": rule,
                        "minimum": minimum,
                        "user_ids": [Command.set([cls.user_ids[name] for name in people])],
                    }
                )
                for number, (rule, minimum, people) in enumerate(stages)
            ],
        }
        if scenario == "submit":
            # A flow of its own for each document: nothing ran on its version yet.
            for contract in contracts:
                condition = f"[('id', '=', {contract.id})]"
                env["invoice.approval.flow"].create(dict(flow_values, condition=condition))
            return contracts.ids
        condition = f"[('partner_id', '=', {partner.id})]"
        env["invoice.approval.flow"].create(dict(flow_values, condition=condition))
        if scenario not in cls.DRAFTS:
            contracts.action_submit()
        return contracts.ids

    @classmethod
    def _clean_up(cls):
        with cls.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            partners = env["res.partner"].search([("name", "like", f"{NAME}:")])
            contracts = env["invoice.contract"].search([("partner_id", "in", partners.ids)])
            requests = contracts.approval_request_ids
            notices = env["invoice.approval.notice"].search([("request_id", "in", requests.ids)])
            for records in (requests.decision_ids, requests.step_ids, notices, requests):
                cr.execute(f"DELETE FROM {records._table} WHERE id = ANY(%s)", [records.ids])
            env.invalidate_all()
            proven(contracts).state = "draft"
            contracts.unlink()
            partners.unlink()
            env["invoice.approval.flow"].search([("name", "like", f"{NAME}%")]).unlink()
            env["res.users"].search([("login", "like", LOGIN)]).unlink()

    # === HELPERS === #

    def _at_once(self, *functions):
        """Outcomes of functions that start at the same instant."""
        with retry_soon():
            return run_at_once(self.registry, SUPERUSER_ID, functions)

    def _call(self, method, document_id, person, *arguments):
        """A function that calls a method of the document's request as this person.

        :param str person: name of an approver, or of nobody for the requester
        """

        def call(env):
            contract = env["invoice.contract"].browse(document_id)
            request = contract.approval_request_id
            if person:
                request = request.with_user(self.user_ids[person]).sudo(False)
            return getattr(request, method)(*arguments)

        return call

    def _approve(self, document_id, person):
        return self._call("action_approve", document_id, person)

    def _read(self, scenario, check):
        """Call ``check`` with each document of a scenario, as it is in the database now."""
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            contracts = env["invoice.contract"].browse(self.document_ids[scenario])
            for contract in contracts:
                check(contract, contract.approval_request_id)
                self.assertConsistent(contract)

    def assertConsistent(self, contract):
        """Document, request, steps, people, activities and seals say the same."""
        request = contract.approval_request_id
        states = {"pending": "pending", "approved": "active"}
        self.assertEqual(contract.state, states.get(request.state, "draft"))
        notice = request.action_verify()["params"]
        self.assertEqual(notice["type"], "success", notice["message"])
        self.assertEqual(bool(request.waiting_user_ids), request.state == "pending")
        activities = request.env["mail.activity"].search(
            [("res_model", "=", contract._name), ("res_id", "=", contract.id)]
        )
        self.assertEqual(activities.user_id, request.waiting_user_ids)
        self.assertEqual(len(activities), len(request.waiting_user_ids))
        pending = request.step_ids.filtered(lambda step: step.state == "pending")
        self.assertEqual(len(pending), 1 if request.state == "pending" else 0)
        for step in request.step_ids:
            people = self._get_approvals(step)
            self.assertEqual(len(people), len(set(people)), "Each person counts once.")

    def _get_approvals(self, records):
        """Names of those who agreed, in order."""
        rows = records.decision_ids.filtered(lambda row: row.decision == "approve")
        return [row.user_id.name for row in rows]

    def assertOneWins(self, outcomes, message, winners=1):
        """So many calls go through, and each other one is answered with a clear sentence."""
        self.assertEqual(outcomes.count(True), winners, outcomes)
        for outcome in outcomes:
            if outcome is not True:
                self.assertIsInstance(outcome, UserError, outcomes)
                self.assertRegex(str(outcome), message)


@tagged("post_install", "-at_install")
class TestApprovalRaces(RaceCommon):
    """Two hundred rounds: one decision advances, and the other gets a clear message."""

    SCENARIOS = {
        "any": (30, [("any", 1, "ab")]),
        "windows": (30, [("all", 1, "ab")]),
        "all": (20, [("all", 1, "ab")]),
        "reject": (20, [("any", 1, "ab")]),
        "withdraw": (30, [("any", 1, "a")]),
        "edit": (20, [("any", 1, "a")]),
        "count": (25, [("count", 2, "abc")]),
        "stages": (25, [("any", 1, "a"), ("any", 1, "a")]),
        "submit": (10, [("any", 1, "a")]),
    }

    def test_two_approvers_of_whom_one_is_enough(self):
        for document_id in self.document_ids["any"]:
            outcomes = self._at_once(
                self._approve(document_id, "a"), self._approve(document_id, "b")
            )
            self.assertOneWins(outcomes, "decided already")

        def check(_contract, request):
            self.assertEqual(request.state, "approved")
            self.assertEqual(len(self._get_approvals(request)), 1)

        self._read("any", check)

    def test_one_approver_in_two_windows(self):
        for document_id in self.document_ids["windows"]:
            outcomes = self._at_once(*[self._approve(document_id, "a")] * 2)
            self.assertOneWins(outcomes, "not your turn")

        def check(_contract, request):
            self.assertEqual(request.waiting_user_ids.mapped("name"), ["b"])
            self.assertEqual(self._get_approvals(request), ["a"])

        self._read("windows", check)

    def test_two_approvers_who_both_must_agree(self):
        for document_id in self.document_ids["all"]:
            outcomes = self._at_once(*(self._approve(document_id, person) for person in "ab"))
            self.assertEqual(outcomes, [True, True])

        def check(_contract, request):
            self.assertEqual(request.state, "approved")
            self.assertEqual(sorted(self._get_approvals(request)), ["a", "b"])

        self._read("all", check)

    def test_approve_against_reject(self):
        for document_id in self.document_ids["reject"]:
            outcomes = self._at_once(
                self._approve(document_id, "a"),
                self._call("action_reject", document_id, "b", "No"),
            )
            self.assertOneWins(outcomes, "decided already")

        def check(_contract, request):
            rows = request.decision_ids.mapped("decision")
            expected = {"approved": "approve", "rejected": "reject"}[request.state]
            self.assertEqual(rows, ["submit", expected])

        self._read("reject", check)

    def test_approve_against_withdraw(self):
        for document_id in self.document_ids["withdraw"]:
            outcomes = self._at_once(
                self._approve(document_id, "a"),
                self._call("action_withdraw", document_id, None, "Mistake"),
            )
            self.assertOneWins(outcomes, "decided already")

        def check(_contract, request):
            rows = request.decision_ids.mapped("decision")
            expected = {"approved": "approve", "withdrawn": "withdraw"}[request.state]
            self.assertEqual(rows, ["submit", expected])

        self._read("withdraw", check)

    def test_approve_against_edit_of_the_flow(self):
        def edit(env, number):
            flow = env["invoice.approval.flow"].search([("name", "=", f"{NAME}: edit")])
            others = [Command.set([self.user_ids["b"]])]
            flow.stage_ids[0].write({"name": f"Edited {number}", "user_ids": others})
            return True

        for number, document_id in enumerate(self.document_ids["edit"]):
            outcomes = self._at_once(self._approve(document_id, "a"), partial(edit, number=number))
            self.assertEqual(outcomes, [True, True])

        def check(_contract, request):
            self.assertEqual(request.state, "approved")
            self.assertEqual((request.flow_version, request.step_ids.name), (1, "Stage 0"))
            version = request.flow_id.version_ids.filtered(lambda version: version.number == 1)
            self.assertEqual(version.definition["stages"][0]["name"], "Stage 0")

        self._read("edit", check)

    def test_two_of_three_at_once(self):
        for document_id in self.document_ids["count"]:
            outcomes = self._at_once(*(self._approve(document_id, person) for person in "abc"))
            self.assertOneWins(outcomes, "decided already", winners=2)

        def check(_contract, request):
            self.assertEqual(request.state, "approved")
            self.assertEqual(len(set(self._get_approvals(request))), 2)

        self._read("count", check)

    def test_second_stage_of_the_same_approver_is_not_decided_by_the_second_click(self):
        for document_id in self.document_ids["stages"]:
            outcomes = self._at_once(*[self._approve(document_id, "a")] * 2)
            self.assertOneWins(outcomes, "another window")

        def check(_contract, request):
            self.assertEqual(request.step_ids.mapped("state"), ["approved", "pending"])
            self.assertEqual(self._get_approvals(request), ["a"])

        self._read("stages", check)

    def test_submit_against_edit_of_the_flow(self):
        """The request runs on the stages that its version names, whoever was first."""

        def submit(env, document_id):
            env["invoice.contract"].browse(document_id).action_submit()
            return True

        def edit(env, document_id):
            flow = env["invoice.approval.flow"].search(
                [("condition", "=", f"[('id', '=', {document_id})]")]
            )
            flow.stage_ids.name = "Edited"
            return True

        for document_id in self.document_ids["submit"]:
            outcomes = self._at_once(
                partial(submit, document_id=document_id), partial(edit, document_id=document_id)
            )
            self.assertEqual(outcomes, [True, True])

        def check(_contract, request):
            version = request.flow_id.version_ids.filtered(
                lambda version: version.number == request.flow_version
            )
            stages = [stage["name"] for stage in version.definition["stages"]]
            self.assertEqual(request.step_ids.mapped("name"), stages)

        self._read("submit", check)
