from odoo.exceptions import UserError, ValidationError
from odoo.fields import Command
from odoo.tests import tagged

from ..common import TicketCommon


class ApprovalCommon(TicketCommon):
    """Requests of ``sales``, and looking at what became of them."""

    @classmethod
    def _create_flow(cls, model, stages, **values):
        """A flow that comes before those of the same test, too."""
        return super()._create_flow(
            model, stages, **{"sequence": -next(cls.numbers) - 100, **values}
        )

    def _start(self, *stages, document=None, **flow_values):
        """Submit a ticket, or the document, to a new flow with the stages."""
        document = document or self._create_ticket()
        self._create_flow(document._name, stages, **flow_values)
        self.env.flush_all()
        self.env.invalidate_all()  # The stages are read in the order shown.
        self._submit(document)
        return document.approval_request_id

    def _decide(self, request, *users):
        for user in users:
            request.with_user(user).action_approve()

    def _get_document(self, request):
        return self.env[request.res_model].browse(request.res_id)

    def assertSteps(self, request, *expected):
        """Compare state and approvers of each step, in order."""
        self.assertEqual(
            [(step.state, step.approver_ids) for step in request.step_ids], [*expected]
        )

    def assertWaitsFor(self, request, users):
        """The request waits for exactly these people, and they alone have an activity."""
        self.assertEqual(request.state, "pending")
        self.assertEqual(request.waiting_user_ids, users)
        self.assertEqual(self._get_activities(request).user_id, users)

    def assertRefused(self, request, *users):
        """None of the users can decide, and each is told about which document."""
        for user in users:
            for decide in ("action_approve", "action_reject"):
                arguments = ["No"] if decide == "action_reject" else []
                with self.subTest(user=user.login, decide=decide):
                    with self.assertRaisesRegex(UserError, request.name), self.cr.savepoint():
                        getattr(request.sudo(False).with_user(user), decide)(*arguments)

    def assertHistory(self, request, *expected):
        """Compare what was done by whom, after the submission."""
        self.assertEqual(
            [(row.decision, row.user_id) for row in request.decision_ids[1:]], [*expected]
        )

    def assertNothingAltered(self, requests):
        """The seals of the requests hold."""
        notice = requests.action_verify()["params"]
        self.assertEqual(notice["type"], "success", notice["message"])

    def _get_activities(self, request):
        return self.env["mail.activity"].search(
            [("res_model", "=", request.res_model), ("res_id", "=", request.res_id)]
        )


@tagged("post_install", "-at_install")
class TestApprovalStages(ApprovalCommon):
    """Order of the stages, and whose decision makes a stage complete."""

    def test_stages_come_in_the_order_shown(self):
        request = self._start(
            {"name": "Last", "sequence": 30, "user_ids": [Command.set(self.manager.ids)]},
            {"name": "First", "sequence": 10, "user_ids": [Command.set(self.approver.ids)]},
            {"name": "Second", "sequence": 20, "user_ids": [Command.set(self.lead.ids)]},
        )
        self.assertEqual(request.step_ids.mapped("name"), ["First", "Second", "Last"])
        for user, step in zip(
            (self.approver, self.lead, self.manager), request.step_ids, strict=True
        ):
            self.assertEqual(step.state, "pending")
            self.assertWaitsFor(request, user)
            self._decide(request, user)
            self.assertEqual(step.state, "approved")
        self.assertEqual(request.state, "approved")
        self.assertEqual(self._get_document(request).state, "approved")
        self.assertFalse(self._get_activities(request))

    def test_stages_of_the_same_rank_come_in_the_order_made(self):
        request = self._start(
            *(
                {"name": name, "sequence": 10, "user_ids": [Command.set(self.approver.ids)]}
                for name in "CAB"
            )
        )
        self.assertEqual(request.step_ids.mapped("name"), ["C", "A", "B"])

    def test_any_of_them_is_enough(self):
        request = self._start(self.approver | self.lead | self.manager)
        self.assertWaitsFor(request, self.approver | self.lead | self.manager)
        self._decide(request, self.lead)
        self.assertEqual(request.state, "approved")
        self.assertFalse(self._get_activities(request))

    def test_all_of_them_must_agree(self):
        people = self.approver | self.lead | self.manager
        request = self._start({"rule": "all", "user_ids": [Command.set(people.ids)]})
        for user in (self.lead, self.approver, self.manager):
            self.assertWaitsFor(request, people)
            self._decide(request, user)
            people -= user
        self.assertEqual(request.state, "approved")

    def test_each_person_counts_once(self):
        people = self.approver | self.lead
        request = self._start({"rule": "all", "user_ids": [Command.set(people.ids)]})
        self._decide(request, self.approver)
        self.assertRefused(request, self.approver)
        self.assertWaitsFor(request, self.lead)
        approvals = request.decision_ids.filtered(lambda d: d.decision == "approve")
        self.assertEqual(approvals.user_id, self.approver)
        self.assertEqual(len(approvals), 1)

    def test_person_of_two_stages_decides_on_each(self):
        request = self._start(self.approver, self.approver)
        self._decide(request, self.approver)
        self.assertSteps(request, ("approved", self.approver), ("pending", self.approver))
        self._decide(request, self.approver)
        self.assertEqual(request.state, "approved")

    def test_one_refusal_ends_it(self):
        people = self.approver | self.lead
        request = self._start({"rule": "all", "user_ids": [Command.set(people.ids)]}, self.manager)
        self._decide(request, self.approver)
        request.with_user(self.lead).action_reject("Too much")
        self.assertSteps(request, ("rejected", people), ("cancelled", self.manager))
        self.assertEqual(request.state, "rejected")
        self.assertFalse(request.waiting_user_ids)
        self.assertFalse(self._get_activities(request))

    def test_only_those_whose_turn_it_is_decide(self):
        request = self._start(self.approver, self.lead)
        self.assertRefused(request, self.lead, self.finance, self.manager, self.sales)
        self._decide(request, self.approver)
        self.assertRefused(request, self.approver, self.finance, self.manager, self.sales)

    def test_who_decided_is_told_so_the_second_time(self):
        request = self._start(self.approver | self.lead)
        self._decide(request, self.approver)
        self.assertRefused(request, self.approver, self.lead)
        self.assertEqual(request.decision_ids.mapped("decision"), ["submit", "approve"])

    def test_running_request_is_not_started_again(self):
        request = self._start(self.approver)
        with self.assertRaises(UserError):
            self._submit(self._get_document(request))

    def test_group_asks_its_members(self):
        group = self.env["res.groups"].create(
            {"name": "Deciders", "user_ids": [Command.set((self.approver | self.lead).ids)]}
        )
        request = self._start({"approver_type": "group", "group_id": group.id})
        self.assertWaitsFor(request, self.approver | self.lead)

    def test_group_asks_members_of_groups_that_imply_it(self):
        group = self.env["res.groups"].create({"name": "Deciders"})
        self.env["res.groups"].create(
            {
                "name": "Chiefs",
                "implied_ids": [Command.set(group.ids)],
                "user_ids": [Command.set(self.approver.ids)],
            }
        )
        request = self._start({"approver_type": "group", "group_id": group.id})
        self.assertWaitsFor(request, self.approver)


@tagged("post_install", "-at_install")
class TestApprovalPeople(ApprovalCommon):
    """Nobody approves their own request, and there is always somebody to decide."""

    def test_requester_is_not_asked(self):
        request = self._start(self.sales | self.approver)
        self.assertSteps(request, ("pending", self.approver))
        self.assertRefused(request, self.sales)

    def test_all_of_them_does_not_wait_for_the_requester(self):
        people = self.sales | self.approver
        request = self._start({"rule": "all", "user_ids": [Command.set(people.ids)]})
        self._decide(request, self.approver)
        self.assertEqual(request.state, "approved")

    def test_requester_alone_falls_back(self):
        request = self._start(self.sales)
        self.assertWaitsFor(request, self.manager)

    def test_own_step_is_skipped(self):
        request = self._start(self.sales | self.approver, self.lead, own_step="skipped")
        self.assertSteps(request, ("skipped", self.approver), ("pending", self.lead))
        self.assertWaitsFor(request, self.lead)
        self.assertEqual(self._get_document(request).state, "pending")

    def test_request_of_which_every_step_is_skipped_goes_to_the_fallback(self):
        request = self._start(self.sales, own_step="skipped")
        self.assertEqual(request.state, "pending")
        self.assertEqual(request.waiting_user_ids, self.manager)

    def test_own_step_is_skipped_for_the_requester_only(self):
        request = self._start(self.lead, own_step="skipped")
        self.assertWaitsFor(request, self.lead)

    def test_own_step_is_allowed(self):
        request = self._start(self.sales | self.approver, own_step="allowed")
        self.assertWaitsFor(request, self.sales | self.approver)
        self._decide(request, self.sales)
        self.assertEqual(request.state, "approved")

    def test_requester_who_is_the_fallback_does_not_decide(self):
        managers = self.env.ref("invoice_crm_addon.group_ticket_manager").all_user_ids
        request = self._start(self.sales, fallback_user_id=self.sales.id)
        self.assertNotIn(self.sales, request.waiting_user_ids)
        self.assertIn(self.manager, request.waiting_user_ids)
        self.assertLessEqual(request.waiting_user_ids, managers)

    def test_stage_without_people_falls_back(self):
        empty = self.env["res.groups"].create({"name": "Nobody"})
        gone = self._create_user("gone", ["base.group_user"])
        stages = {
            "empty group": {"approver_type": "group", "group_id": empty.id},
            "people who left": {"user_ids": [Command.set(gone.ids)]},
            "people of another company": {"user_ids": [Command.set(self.finance_other.ids)]},
            "auditors": {"user_ids": [Command.set(self.auditor.ids)]},
        }
        for label, stage in stages.items():
            with self.subTest(label):
                gone.active = True
                ticket = self._create_ticket()
                self._create_flow("invoice.ticket", [stage])
                gone.active = False
                self._submit(ticket)
                request = ticket.approval_request_id
                self.assertWaitsFor(request, self.manager)
                self._decide(request, self.manager)
                self.assertEqual(request.state, "approved")

    def test_people_who_left_are_not_waited_for(self):
        gone = self._create_user("gone", ["base.group_user"])
        gone.active = False
        people = gone | self.approver | self.finance_other
        request = self._start({"rule": "all", "user_ids": [Command.set(people.ids)]})
        self._decide(request, self.approver)
        self.assertEqual(request.state, "approved")

    def test_fallback_who_left_falls_back_to_the_managers(self):
        gone = self._create_user("gone", ["base.group_user"])
        ticket = self._create_ticket()
        self._create_flow("invoice.ticket", [self.sales], fallback_user_id=gone.id)
        gone.active = False
        self._submit(ticket)
        self.assertIn(self.manager, ticket.approval_request_id.waiting_user_ids)
        self.assertEqual(ticket.state, "pending")

    def test_nobody_at_all_refuses_the_submission(self):
        group = self.env.ref("invoice_crm_addon.group_ticket_manager")
        (group.all_user_ids & self.company.user_ids).group_ids -= group
        ticket = self._create_ticket()
        flow = self._create_flow(
            "invoice.ticket", [self.sales], fallback_user_id=self.sales.id, name="Dead end"
        )
        with self.assertRaisesRegex(UserError, f"{flow.stage_ids.name}.*Dead end"):
            with self.cr.savepoint():
                self._submit(ticket)
        self.assertEqual(ticket.state, "draft")
        self.assertFalse(ticket.approval_request_ids)

    def test_approver_who_leaves_while_it_waits_is_replaced(self):
        request = self._start(self.approver, self.lead)
        self.approver.active = False
        self.assertWaitsFor(request, self.manager)
        self._decide(request, self.manager, self.lead)
        self.assertEqual(request.state, "approved")

    def test_approver_who_leaves_before_their_turn_is_replaced(self):
        request = self._start(self.lead, self.approver)
        self.approver.active = False
        self._decide(request, self.lead)
        self.assertWaitsFor(request, self.manager)

    def test_others_of_the_stage_go_on_when_one_leaves(self):
        people = self.approver | self.lead
        request = self._start({"rule": "all", "user_ids": [Command.set(people.ids)]})
        self._decide(request, self.lead)
        self.approver.active = False
        self.assertNotIn(self.approver, request.waiting_user_ids)
        self.assertEqual(request.state, "approved", "Who is left has agreed.")


@tagged("post_install", "-at_install")
class TestApprovalFlow(ApprovalCommon):
    """Which flow applies to which document."""

    def test_without_flow_it_is_approved_at_once_and_logged(self):
        ticket, contract = self._create_ticket(), self._create_contract()
        for document, state in ((ticket, "approved"), (contract, "active")):
            messages = document.message_ids
            self._submit(document)
            self.assertEqual(document.state, state)
            self.assertFalse(document.approval_request_id)
            self.assertEqual(len(document.message_ids - messages), 1)

    def test_condition_chooses_the_documents(self):
        flow = self._create_flow(
            "invoice.ticket", [self.approver], condition="[('amount_total', '>', 1130)]"
        )
        small, large = self._create_ticket(), self._create_ticket()
        large.line_ids.price_unit = 1130.01
        self._submit(small | large)
        self.assertEqual((small.state, large.state), ("approved", "pending"))
        self.assertEqual(large.approval_request_id.flow_id, flow)

    def test_condition_knows_the_requester(self):
        self._create_flow("invoice.ticket", [self.approver], condition="[('user_id', '=', uid)]")
        own, colleagues = self._create_ticket(), self._create_ticket(user_id=self.colleague.id)
        (own | colleagues).with_user(self.lead).action_submit()
        self.assertEqual(set((own | colleagues).mapped("state")), {"approved"})
        own = self._create_ticket()
        self._submit(own)
        self.assertEqual(own.state, "pending")

    def test_condition_that_cannot_be_read_is_refused(self):
        flow = self._create_flow("invoice.ticket", [self.approver])
        for condition in (
            "[('nothing', '=', 1)]",
            "[('amount_total', '>',",
            "hello",
            "1",
            "[('name', 'like', env.user.name)]",
            "__import__('os').system('true')",
        ):
            with self.subTest(condition), self.assertRaises(ValidationError), self.cr.savepoint():
                flow.condition = condition

    def test_first_flow_in_order_applies(self):
        first = self._create_flow("invoice.ticket", [self.approver], sequence=-10)
        later = self._create_flow("invoice.ticket", [self.manager], sequence=-5)
        ticket = self._create_ticket()
        self._submit(ticket)
        self.assertEqual(ticket.approval_request_id.flow_id, first)
        first.active = False
        ticket = self._create_ticket()
        self._submit(ticket)
        self.assertEqual(ticket.approval_request_id.flow_id, later)

    def test_flow_without_stages_does_not_apply(self):
        empty = self._create_flow("invoice.ticket", [], sequence=-9999)
        request = self._start(self.approver)
        self.assertNotEqual(request.flow_id, empty)
        self.assertEqual(request.state, "pending")

    def test_flow_of_another_model_or_company_does_not_apply(self):
        self._create_flow("invoice.contract", [self.approver])
        self._create_flow("invoice.ticket", [self.approver], company_id=self.company_other.id)
        ticket = self._create_ticket()
        self._submit(ticket)
        self.assertEqual(ticket.state, "approved")

    def test_flow_of_no_company_applies_in_each(self):
        flow = self._create_flow("invoice.ticket", [self.approver], company_id=False)
        tickets = self._create_ticket() | self._create_ticket(
            company_id=self.company_other.id, user_id=self.finance_other.id
        )
        self.approver.company_ids |= self.company_other
        self._submit(tickets)
        self.assertEqual(tickets.approval_request_id.flow_id, flow)
        self.assertEqual(tickets.approval_request_id.company_id, self.company | self.company_other)

    def test_contract_flow(self):
        request = self._start(self.approver, document=self._create_contract())
        contract = self._get_document(request)
        self.assertEqual((contract._name, contract.state), ("invoice.contract", "pending"))
        self._decide(request, self.approver)
        self.assertEqual(contract.state, "active")

    def test_stage_needs_people_or_a_group(self):
        for stage in ({"user_ids": False}, {"approver_type": "group", "group_id": False}):
            with self.subTest(stage), self.assertRaises(ValidationError), self.cr.savepoint():
                self._create_flow("invoice.ticket", [stage])
