from datetime import date

from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import Form, tagged

from .test_approval_flow_settings import FlowCommon


@tagged("post_install", "-at_install")
class TestFlowTrial(FlowCommon):
    """The trial says what a submission would do, and does nothing."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.ticket = cls._create_ticket()
        cls.vip = cls.env.ref("invoice_crm_addon.customer_level_vip")

    def _try(self, flow=None, **values):
        flow = flow or self.flow
        wizard = self.env["invoice.approval.try.wizard"].with_user(self.manager)
        return wizard.create({"flow_id": flow.id, "res_id": self.ticket.id, **values})

    def assertSays(self, wizard, *texts):
        html = " ".join(str(wizard.result_html).split())
        for text in texts:
            self.assertIn(text, html)

    def test_says_what_a_submission_does(self):
        self.flow.write({"deadline_hours": 8})
        wizard = self._try()
        self.assertEqual(wizard.requester_id, self.sales)
        self.assertSays(wizard, "The flow would apply", "Lead", "Approver")
        plan = wizard._prepare_result()
        self._submit(self.ticket)
        request = self.ticket.approval_request_id
        self.assertEqual(request.flow_id, self.flow)
        self.assertEqual(
            [set(stage["people"]) for stage in plan["stages"]],
            [set(step.approver_ids.mapped("name")) for step in request.step_ids],
        )
        self.assertIn("(8 h from now)", plan["stages"][0]["deadline"])
        self.assertIn("after its turn", plan["stages"][1]["deadline"])

    def test_writes_nothing(self):
        counted = (
            "invoice.approval.request",
            "mail.activity",
            "mail.message",
            "mail.notification",
            "invoice.approval.flow.version",
        )
        self.env.flush_all()
        before = [self.env[model].search_count([]) for model in counted]
        self._try().read(["result_html"])
        self.env.flush_all()
        self.assertEqual([self.env[model].search_count([]) for model in counted], before)
        self.assertEqual(self.ticket.state, "draft")

    def test_runs_before_the_flow_is_switched_on(self):
        self.flow.active = False
        self._create_flow("invoice.ticket", [self.finance], name="Later", sequence=-40)
        wizard = self._try()
        self.assertSays(wizard, "The flow would apply", "The flow is archived")
        self._submit(self.ticket)
        self.assertEqual(self.ticket.approval_request_id.flow_name, "Later")

    def test_other_flow_that_comes_first(self):
        self._create_flow("invoice.ticket", [self.finance], name="Before", sequence=-60)
        self.assertSays(self._try(), "would not apply", "The flow “Before” comes first")

    def test_archived_flow_comes_not_first(self):
        before = self._create_flow("invoice.ticket", [self.finance], name="Before", sequence=-60)
        before.active = False
        self.assertSays(self._try(), "The flow would apply")

    def test_condition_part_by_part(self):
        self.flow.condition = "[('amount_total', '>', 5000), ('user_id', '=', uid)]"
        wizard = self._try()
        self.assertSays(wizard, "would not apply", "If it applied:")
        self.assertEqual(
            wizard._prepare_result()["checks"][1:],
            [(False, "Total > 5,000"), (True, "In Charge = the requester")],
        )
        wizard.requester_id = self.lead
        self.assertFalse(wizard._prepare_result()["checks"][2][0])

    def test_other_company(self):
        self.manager.company_ids |= self.company_other
        self.ticket = self._create_ticket(company_id=self.company_other.id, user_id=self.manager.id)
        wizard = self._try().with_context(
            allowed_company_ids=(self.company | self.company_other).ids
        )
        self.assertSays(wizard, "would not apply", "Other Company, and the flow is for")

    def test_flow_without_stages(self):
        self.flow.stage_ids.unlink()
        self.assertSays(self._try(), "would not apply", "has no stages")

    def test_stage_that_is_skipped(self):
        self.stage.condition = "[('amount_total', '>', 5000)]"
        self.assertSays(self._try(), "The condition of the stage does not fit")

    def test_why_others_are_not_asked(self):
        self.stage.user_ids |= self.auditor | self.sales | self.finance_other
        self.approver.active = False
        self.assertSays(
            self._try(),
            "is an auditor",
            "submits the document",
            "does not work for Ticket Test Company",
            "is archived",
        )

    def test_fallback(self):
        self.stage.user_ids = self.sales
        wizard = self._try()
        self.assertSays(wizard, "The fallback is asked")
        self.assertEqual(wizard._prepare_result()["stages"][0]["people"], ["Manager"])

    def test_too_few_people_for_the_rule(self):
        self.stage.write({"user_ids": [Command.set((self.lead | self.sales).ids)]})
        self.stage.write({"rule": "count", "minimum": 2})
        self.assertSays(self._try(), "2 people are to agree, but 1 can be asked")

    def test_delegation(self):
        self.env["invoice.approval.delegation"].create(
            {
                "user_id": self.lead.id,
                "delegate_id": self.finance.id,
                "date_from": date(2020, 1, 1),
                "date_to": date(2099, 1, 1),
            }
        )
        people = self._try()._prepare_result()["stages"][0]["people"]
        self.assertIn("Finance for Lead", people)

    def test_fast_lane(self):
        self.customer.customer_level_id = self.vip
        self.flow.fast_lane_ids = [Command.create({"level_id": self.vip.id, "amount": 5000})]
        self.assertSays(self._try(), "The flow would apply", "Fast lane of the flow Tickets")
        self.flow.fast_lane_ids.amount = 100
        self.assertSays(self._try(), "These people would be asked")

    def test_own_step_that_is_skipped(self):
        self.flow.own_step = "skipped"
        self.stage.user_ids |= self.sales
        self.assertSays(self._try(), "The requester is one of the approvers")

    def test_default_is_the_latest_document_that_fits(self):
        self._create_ticket()
        self.flow.condition = f"[('id', '<=', {self.ticket.id}), ('user_id', '!=', False)]"
        wizard = self.env["invoice.approval.try.wizard"].with_user(self.manager)
        self.assertEqual(wizard.create({"flow_id": self.flow.id}).res_id, self.ticket.id)
        with Form(wizard.with_context(**self.flow.action_try()["context"])) as form:
            self.assertEqual(form.requester_id, self.sales)
            self.assertIn("The flow would apply", form.result_html)

    def test_default_customer_is_no_contact_of_one(self):
        flow = self._create_flow("res.partner", [self.approver])
        customer = self.env["res.partner"].create(
            {"name": "Latest", "is_company": True, "invoice_title": "Latest"}
        )
        self.env["res.partner"].create({"name": "Contact", "parent_id": customer.id})
        wizard = self.env["invoice.approval.try.wizard"].with_user(self.manager)
        self.assertEqual(wizard.create({"flow_id": flow.id}).res_id, customer.id)

    def test_documents_of_other_companies_stay_hidden(self):
        ticket = self._create_ticket(
            company_id=self.company_other.id, user_id=self.finance_other.id
        )
        flow = self._create_flow("invoice.ticket", [self.finance_other], company_id=False)
        wizard = self.env["invoice.approval.try.wizard"].with_user(self.manager)
        with self.assertRaises(AccessError):
            wizard.create(
                {"flow_id": flow.id, "res_id": ticket.id, "requester_id": self.sales.id}
            ).read(["result_html"])
        self.assertNotEqual(wizard.create({"flow_id": flow.id}).res_id, ticket.id)

    def test_flows_of_other_companies_stay_hidden(self):
        flow = self._create_flow(
            "invoice.ticket", [self.finance_other], company_id=self.company_other.id
        )
        wizard = self.env["invoice.approval.try.wizard"].with_user(self.manager)
        with self.assertRaises(AccessError):
            wizard.create({"flow_id": flow.id, "res_id": self.ticket.id}).read(["result_html"])

    def test_broken_flow_says_so(self):
        broken = self._create_flow("invoice.ticket", [self.finance], name="Broken", sequence=-60)
        self.env.cr.execute(
            "UPDATE invoice_approval_flow SET condition = '[(''gone'', ''='', 1)]' WHERE id = %s",
            [broken.id],
        )
        self.env.invalidate_all()
        self.assertSays(self._try(), "The condition of Broken does not work any more")
        wizard = self.env["invoice.approval.try.wizard"].with_user(self.manager)
        wizard = wizard.create({"flow_id": broken.id})
        self.assertTrue(wizard.res_id)
        self.assertSays(wizard, "The condition of Broken does not work any more")

    def test_action_opens_the_trial(self):
        action = self.flow.action_try()
        self.assertEqual(action["context"], {"default_flow_id": self.flow.id})
        with self.assertRaises(AccessError):
            self.env[action["res_model"]].with_user(self.finance).create({"flow_id": self.flow.id})
