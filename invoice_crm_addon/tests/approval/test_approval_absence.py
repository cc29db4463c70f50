from functools import partial

from psycopg2 import IntegrityError

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import tagged
from odoo.tools import mute_logger

from ...models.base.proof import proven
from .test_approval import ApprovalCommon

AUDITOR = "invoice_crm_addon.group_ticket_auditor"


class AbsenceCommon(ApprovalCommon):
    """What happens to people, documents and flows while a request runs."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.deputy = cls._create_user("deputy", ["base.group_user"])
        cls.auditors = cls.env.ref(AUDITOR)

    def _move(self, user):
        """Let somebody work for the other company only."""
        user.write(
            {
                "company_ids": [Command.set(self.company_other.ids)],
                "company_id": self.company_other.id,
            }
        )


@tagged("post_install", "-at_install")
class TestApproverLeaves(AbsenceCommon):
    """Approvers who can no longer decide are replaced, whatever way it came about."""

    def _leave_as_archived(self, user):
        user.action_archive()

    def _leave_the_company(self, user):
        self._move(user)

    def _leave_by_the_form_of_the_company(self, user):
        user.company_id = self.company_other
        self.company.user_ids = [Command.unlink(user.id)]

    def _become_an_auditor(self, user):
        user.group_ids = [Command.link(self.auditors.id)]

    def _become_an_auditor_by_the_form_of_the_group(self, user):
        self.auditors.user_ids = [Command.link(user.id)]

    def _become_an_auditor_by_another_group(self, user):
        group = self.env["res.groups"].create({"name": "Revision", "user_ids": user.ids})
        group.implied_ids = [Command.link(self.auditors.id)]

    WAYS = (
        _leave_as_archived,
        _leave_the_company,
        _leave_by_the_form_of_the_company,
        _become_an_auditor,
        _become_an_auditor_by_the_form_of_the_group,
        _become_an_auditor_by_another_group,
    )

    def _get_leavers(self):
        """A new user for each way to leave, and the function with which they do."""
        for way in self.WAYS:
            user = self._create_user(f"leaver_{next(self.numbers)}", ["base.group_user"])
            user.company_ids |= self.company_other
            yield way.__name__, user, partial(way, self, user)

    def test_only_approver_leaves(self):
        for way, user, leave in self._get_leavers():
            with self.subTest(way):
                request = self._start(user, self.lead)
                leave()
                self.assertWaitsFor(request, self.manager)
                row = request.decision_ids[-1]
                self.assertEqual(row.decision, "replace")
                self.assertIn(user.name, row.comment)
                self.assertIn(self.manager.name, row.comment)
                with self.assertRaises(UserError), self.cr.savepoint():
                    request.sudo(False).with_user(user).action_approve()
                self._decide(request, self.manager, self.lead)
                self.assertEqual(request.state, "approved")
                self.assertNothingAltered(request)

    def test_one_of_several_leaves(self):
        for rule in ("any", "all"):
            for way, user, leave in self._get_leavers():
                with self.subTest(way, rule=rule):
                    people = user | self.approver
                    request = self._start({"rule": rule, "user_ids": [Command.set(people.ids)]})
                    leave()
                    self.assertWaitsFor(request, self.approver)
                    self._decide(request, self.approver)
                    self.assertEqual(request.state, "approved")

    def test_later_step_is_asked_of_others_in_its_time(self):
        for way, user, leave in self._get_leavers():
            with self.subTest(way):
                request = self._start(self.lead, user)
                leave()
                self.assertWaitsFor(request, self.lead)
                self._decide(request, self.lead)
                self.assertWaitsFor(request, self.manager)

    def test_who_leaves_the_group_stays_asked(self):
        """The people of a group were copied when the request started."""
        group = self.env["res.groups"].create(
            {"name": "Deciders", "user_ids": [Command.set(self.approver.ids)]}
        )
        request = self._start({"approver_type": "group", "group_id": group.id})
        group.user_ids = self.lead
        self.assertWaitsFor(request, self.approver)
        self._decide(request, self.approver)
        self.assertEqual(request.state, "approved")

    def test_who_agreed_before_leaving_still_counts(self):
        people = self.deputy | self.approver | self.lead
        stage = {"rule": "count", "minimum": 2, "user_ids": [Command.set(people.ids)]}
        request = self._start(stage)
        self._decide(request, self.deputy)
        self.deputy.active = False
        self.assertHistory(request, ("approve", self.deputy))
        self.assertWaitsFor(request, self.approver | self.lead)
        self._decide(request, self.lead)
        self.assertEqual(request.state, "approved")

    def test_person_who_took_over_leaves(self):
        for method in ("action_transfer", "action_add_approver"):
            with self.subTest(method):
                self.deputy.active = True
                request = self._start(self.approver)
                getattr(request.with_user(self.approver), method)(self.deputy.id)
                self.assertWaitsFor(request, self.deputy)
                self.deputy.active = False
                self.assertWaitsFor(request, self.manager)

    def test_fallback_who_left_is_passed_over(self):
        managers = self.env.ref("invoice_crm_addon.group_ticket_manager").all_user_ids
        request = self._start(self.approver, fallback_user_id=self.deputy.id)
        self.deputy.active = False
        self.approver.active = False
        self.assertIn(self.manager, request.waiting_user_ids)
        self.assertLessEqual(request.waiting_user_ids, managers)
        self._decide(request, self.manager)
        self.assertEqual(request.state, "approved")

    def test_fallback_who_leaves_while_asked_is_replaced(self):
        request = self._start(self.approver, fallback_user_id=self.deputy.id)
        self.approver.active = False
        self.assertWaitsFor(request, self.deputy)
        self.deputy.active = False
        self.assertIn(self.manager, request.waiting_user_ids)

    def test_nobody_left_is_never_approved(self):
        group = self.env.ref("invoice_crm_addon.group_ticket_manager")
        others = (group.all_user_ids & self.company.user_ids) - self.manager
        others.group_ids -= group
        request = self._start(self.approver)
        # Nobody replaces the manager, and nobody else can stand in for the approver.
        self._move(self.manager)
        self.approver.active = False
        self.assertEqual(request.state, "pending")
        self.manager.write({"company_ids": [Command.link(self.company.id)]})
        request.with_user(self.manager).action_withdraw("Nobody is left")
        self.assertEqual(request.state, "withdrawn")

    def test_who_comes_back_is_not_asked_again(self):
        request = self._start(self.approver)
        self.approver.active = False
        self.approver.active = True
        self.assertWaitsFor(request, self.manager)

    def test_user_of_a_request_is_not_deleted(self):
        """Deleting one would leave a step without people, and a history without names."""
        request = self._start(self.lead, self.deputy)
        for _time in ("while it waits", "afterwards"):
            with (
                self.subTest(_time),
                mute_logger("odoo.sql_db"),
                self.assertRaises(IntegrityError),
                self.cr.savepoint(),
            ):
                self.deputy.unlink()
            self.assertEqual(request.step_ids.sorted()[1].approver_ids, self.deputy)
            if request.state == "pending":
                self._decide(request, self.lead, self.deputy)

    def test_many_requests_of_somebody_who_leaves(self):
        self._create_flow("invoice.ticket", [self.approver])
        tickets = self.env["invoice.ticket"].create(
            [self._prepare_ticket_values() for _index in range(10)]
        )
        tickets.with_user(self.sales).action_submit()
        self.approver.active = False
        for request in tickets.approval_request_id:
            self.assertWaitsFor(request, self.manager)


@tagged("post_install", "-at_install")
class TestRequesterLeaves(AbsenceCommon):
    def test_request_goes_on_without_its_requester(self):
        request = self._start(self.approver, self.lead)
        self._decide(request, self.approver)
        self.sales.active = False
        self.assertWaitsFor(request, self.lead)
        self._decide(request, self.lead)
        self.assertEqual(self._get_document(request).state, "approved")

    def test_manager_withdraws_what_nobody_else_can(self):
        request = self._start(self.approver)
        self.sales.active = False
        self.assertTrue(request.with_user(self.manager).can_withdraw)
        request.with_user(self.manager).action_withdraw("The requester left")
        self.assertEqual(self._get_document(request).state, "draft")

    def test_requester_who_left_is_still_not_asked(self):
        self.sales.active = False
        self.sales.active = True
        request = self._start(self.sales | self.approver)
        self.sales.active = False
        self.approver.active = False
        self.sales.active = True
        self.assertWaitsFor(request, self.manager)


@tagged("post_install", "-at_install")
class TestDocumentWhilePending(AbsenceCommon):
    """A document that people decide on stays what and where it is."""

    def _create_documents(self):
        return self._create_ticket(), self._create_contract()

    def test_document_is_not_deleted(self):
        for document in self._create_documents():
            request = self._start(self.approver, document=document)
            for records in (document.with_user(self.sales), document.sudo()):
                with self.subTest(document._name, su=records.env.su):
                    with self.assertRaises(UserError), self.cr.savepoint():
                        records.unlink()
            self.assertWaitsFor(request, self.approver)

    def test_document_is_not_archived_before_the_request_is_withdrawn(self):
        for document in (self._create_ticket(), self.customer):
            self._create_flow(document._name, [self.approver])
            document_as_sales = document.with_user(self.sales)
            if document == self.customer:
                document_as_sales.action_submit_billing()
            else:
                document_as_sales.action_submit()
            request = document.approval_request_id
            with self.subTest(document._name):
                with self.assertRaises(UserError), self.cr.savepoint():
                    document_as_sales.action_archive()
                with self.assertRaises(UserError), self.cr.savepoint():
                    document_as_sales.write({"active": False})
                self.assertWaitsFor(request, self.approver)
                request.with_user(self.sales).action_withdraw()
                document_as_sales.action_archive()
                self.assertFalse(document.active)

    def test_document_does_not_change_its_company(self):
        self.finance.company_ids |= self.company_other
        for document in self._create_documents():
            request = self._start(self.approver, document=document)
            with self.subTest(document._name), self.assertRaises(UserError), self.cr.savepoint():
                document.with_user(self.finance).write({"company_id": self.company_other.id})
            self.assertEqual(request.company_id, document.company_id)
            self.assertWaitsFor(request, self.approver)

    def test_other_values_neither_stop_nor_are_stopped(self):
        request = self._start(self.approver)
        ticket = self._get_document(request)
        ticket.with_user(self.sales).write({"note": "Please hurry"})
        ticket.with_user(self.sales).message_post(body="Please hurry")
        self.env["ir.attachment"].with_user(self.sales).create(
            {"name": "x.txt", "raw": b"x", "res_model": ticket._name, "res_id": ticket.id}
        )
        self.assertWaitsFor(request, self.approver)
        self.assertEqual(len(ticket.approval_request_ids), 1)

    def test_document_that_is_gone_stops_nobody(self):
        """Somebody deleted it in the database: the request can still be closed."""
        for decide in ("action_approve", "action_withdraw"):
            with self.subTest(decide):
                request = self._start(self.approver)
                ticket = self._get_document(request)
                self.env.flush_all()
                self.cr.execute("DELETE FROM invoice_ticket WHERE id = %s", [ticket.id])
                self.env.invalidate_all()
                user = self.approver if decide == "action_approve" else self.sales
                getattr(request.with_user(user), decide)()
                self.assertNotEqual(request.state, "pending")

    def test_merged_customer_keeps_the_history(self):
        self._create_flow("res.partner", [self.approver])
        source = self.customer
        target = self.env["res.partner"].create(
            {"name": "Target", "is_company": True, "invoice_title": "Target"}
        )
        requests = self.env["invoice.approval.request"]
        for partner, decide in ((source, "action_reject"), (source, None), (target, None)):
            partner.with_user(self.finance).action_submit_billing()
            if decide:
                getattr(partner.approval_request_id.with_user(self.approver), decide)("No")
            requests |= partner.approval_request_id
        proven(self.env["base.partner.merge.automatic.wizard"]).create(
            {
                "partner_ids": [Command.set((source | target).ids)],
                "dst_partner_id": target.id,
                "state": "selection",
            }
        ).action_merge()
        self.env.invalidate_all()
        self.assertFalse(source.exists())
        self.assertEqual(target.approval_request_ids, requests)
        self.assertEqual(requests.mapped("state"), ["rejected", "withdrawn", "pending"])
        self.assertNothingAltered(requests)
        requests[-1].with_user(self.approver).action_approve()
        self.assertEqual(target.billing_state, "verified")


@tagged("post_install", "-at_install")
class TestFlowWhilePending(AbsenceCommon):
    """A running request goes on as it started, on the version that it names."""

    def test_flow_is_archived(self):
        request = self._start(self.approver, self.lead)
        request.flow_id.action_archive()
        self._decide(request, self.approver, self.lead)
        self.assertEqual(request.state, "approved")
        ticket = self._create_ticket()
        self._submit(ticket)
        self.assertNotEqual(ticket.approval_request_id.flow_id, request.flow_id)

    def test_flow_is_edited(self):
        request = self._start(self.approver, self.lead, name="Old")
        flow = request.flow_id
        version = request.flow_version
        flow.with_user(self.manager).write(
            {
                "name": "New",
                "stage_ids": [
                    Command.delete(flow.stage_ids[0].id),
                    Command.update(flow.stage_ids[1].id, {"user_ids": self.finance.ids}),
                ],
            }
        )
        self.assertGreater(flow.version, version)
        self.assertRecordValues(request, [{"flow_name": "Old", "flow_version": version}])
        self._decide(request, self.approver, self.lead)
        self.assertEqual(request.state, "approved")
        ticket = self._create_ticket()
        self._submit(ticket)
        second = ticket.approval_request_id
        self.assertRecordValues(second, [{"flow_name": "New", "flow_version": flow.version}])
        self.assertWaitsFor(second, self.finance)

    def test_flow_is_not_deleted(self):
        request = self._start(self.approver)
        for flow in (request.flow_id.with_user(self.manager), request.flow_id.sudo()):
            with self.assertRaisesRegex(UserError, "Archive"), self.cr.savepoint():
                flow.unlink()

    def test_own_step_and_fallback_are_those_of_the_start(self):
        request = self._start(self.approver)
        request.flow_id.write({"own_step": "allowed", "fallback_user_id": self.sales.id})
        self.approver.active = False
        self.assertWaitsFor(request, self.manager)

    def test_number_of_a_version_is_not_written_by_hand(self):
        flow = self._start(self.approver).flow_id
        with self.assertRaises(AccessError), self.cr.savepoint():
            flow.with_user(self.manager).write({"version": 7})
        with self.assertRaises(AccessError), self.cr.savepoint():
            flow.version_ids.with_user(self.manager).write({"definition": {}})
        self.assertEqual(flow.version, 1)
