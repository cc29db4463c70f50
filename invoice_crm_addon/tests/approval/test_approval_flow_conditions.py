from contextlib import suppress

from freezegun import freeze_time
from psycopg2 import IntegrityError

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import Form, tagged, users
from odoo.tools import mute_logger

from .test_approval_flow_settings import FlowCommon


@tagged("post_install", "-at_install")
class TestFlowConditions(FlowCommon):
    """What a condition may say, and how it reads."""

    def _fits(self, condition, ticket, requester=None):
        self.flow.condition = condition
        requester = requester or self.sales
        return bool(self.flow.sudo()._match(ticket.sudo(), requester)[ticket])

    def test_requester_dates_and_fields(self):
        ticket = self._create_ticket(date_due="2026-03-10")
        cases = (
            ("[('user_id', '=', uid)]", True),
            ("[('user_id', '!=', uid)]", False),
            ("[('date_due', '>', 'today')]", True),
            ("[('date_due', '<', 'today +1d')]", False),
            ("[('date_due', '>', context_today().strftime('%Y-%m-%d'))]", True),
            ("[('date_due', '=', context_today() + relativedelta(days=9))]", True),
            ("[('create_date', '<', datetime.datetime.now())]", True),
            ("['|', ('amount_total', '>', 10 ** 1), ('id', '=', 0)]", None),
            ("['&', '!', ('amount_total', '<', -5.5), ('partner_id.is_company', '=', True)]", True),
            ("[('line_ids', 'any', [('name', '=', 'Consulting')])]", True),
        )
        with freeze_time("2026-03-01 12:00:00"):
            for condition, expected in cases:
                with self.subTest(condition):
                    if expected is None:
                        self.assertRefused("cannot be read", self.flow, condition=condition)
                    else:
                        self.assertEqual(self._fits(condition, ticket), expected)

    def test_requester_is_who_submits(self):
        ticket = self._create_ticket()
        condition = "[('user_id', '=', uid)]"
        self.assertTrue(self._fits(condition, ticket, self.sales))
        self.assertFalse(self._fits(condition, ticket, self.lead))

    def test_broken_conditions_are_refused(self):
        for condition in (
            "[('amount_total', '>=', ",
            "'amount_total'",
            "True",
            "[(1, 2)]",
            "['&', ('id', '>', 0)]",
            "[('amount_total', 'bigger', 5)]",
            "nonsense",
            "[" * 200,
        ):
            with self.subTest(condition):
                self.assertRefused("cannot be read", self.flow, condition=condition)
                self.assertRefused("cannot be read", self.stage, condition=condition)

    def test_fields_that_the_documents_lack_are_named(self):
        self.assertRefused(
            "colour", self.flow, condition="[('colour', '=', 1), ('partner_id.colour', '=', 2)]"
        )
        contract_flow = self._create_flow("invoice.contract", [self.approver])
        self.assertRefused(
            "do not have: buyer_name",
            contract_flow.stage_ids,
            condition="[('buyer_name', '=', 'A')]",
        )

    def test_values_that_do_not_suit_are_refused(self):
        self.assertRefused("does not work", self.flow, condition="[('amount_total', '>', 'many')]")
        self.assertRefused("does not work", self.flow, condition="[('date_due', '>', 'soon')]")
        self.assertRefused("does not work", self.flow, condition="[('id', '>', 'many')]")
        with suppress(ValidationError):
            self.flow.condition = "[('id', '>', 'many')]"
        self.env.cr.execute("SELECT 1")  # The transaction goes on.

    def test_rule_without_a_value_is_refused(self):
        self.assertRefused("no value yet", self.flow, condition="[('user_id', 'in', [])]")

    def test_nothing_but_expressions(self):
        for condition in (
            "[('id', '=', __import__('os').getpid())]",
            "[('id', '=', uid.__class__)]",
            "[('id', '=', context_today.__globals__)]",
            "[('id', 'in', [x for x in (1, 2)])]",
            "[('id', '=', (lambda: 1)())]",
            "[('name', '=', 'a' * 9999999)]",
            "[('name', '=', f'{uid}')]",
            "[('id', '=', datetime.sys)]",
            "[('id', '=', max(1, 2))]",
            "[('id', '=', env.user.id)]",
            "[('id', '=', self.id)]",
        ):
            with self.subTest(condition):
                self.assertRefused("cannot be read", self.flow, condition=condition)

    def test_nobody_asks_about_what_they_may_not_read(self):
        self.patch(self.env["res.users"]._fields["login"], "groups", "base.group_system")
        self.assertRefused("may not read", self.flow, condition="[('user_id.login', 'like', 'a')]")
        self.flow.condition = "[('user_id.name', 'like', 'a')]"

    def test_condition_that_broke_later_is_said_to_who_submits(self):
        self.env.cr.execute(
            "UPDATE invoice_approval_flow SET condition = %s WHERE id = %s",
            ["[('field_of_a_removed_module', '=', 1)]", self.flow.id],
        )
        self.env.invalidate_all()
        self.env.registry.clear_cache()
        ticket = self._create_ticket()
        with self.assertRaisesRegex(UserError, "The condition of Tickets does not work any more"):
            self._submit(ticket)

    def test_words(self):
        customer = self.customer.id
        cases = {
            "[]": [],
            "[('amount_total', '>=', 10000)]": ["Total ≥ 10,000"],
            "[('amount_total', '<', 10.5)]": ["Total < 10.50"],
            "[('state', '=', 'draft'), ('contract_id', '=', False)]": [
                "State = Draft",
                "Contract is not set",
            ],
            "['|', ('contract_id', '!=', False), '!', ('tax_included', '=', True)]": [
                "(Contract is set or not (Prices Include Tax = Yes))"
            ],
            f"[('partner_id', 'in', [{customer}])]": ["Customer is one of Beijing Example Trading"],
            "[('partner_id.customer_level_id.name', 'ilike', 'VIP')]": [
                "Customer › Customer Level › Name contains VIP"
            ],
            "['&', ('user_id', '=', uid), ('date_due', '>=', 'today -7d')]": [
                "In Charge = the requester",
                "Due Date ≥ 7 days ago",
            ],
            "[('line_ids', 'any', [('quantity', '>', 1), ('name', '=', 'A')])]": [
                "Lines matches (Quantity > 1 and Goods or Service = A)"
            ],
            "[('partner_id', '=', 999999999)]": ["Customer = #999999999"],
        }
        for condition, expected in cases.items():
            with self.subTest(condition):
                words = self.flow._describe_condition("invoice.ticket", condition)
                self.assertEqual(words, expected)
        self.assertEqual(self.flow._describe_condition("invoice.ticket", "broken ("), ["broken ("])

    def test_words_keep_records_of_others(self):
        partner = self.env["res.partner"].create(
            {"name": "Secret Customer", "company_id": self.company_other.id}
        )
        condition = f"[('partner_id', '=', {partner.id})]"
        words = self.flow._describe_condition("invoice.ticket", condition)
        self.assertEqual(words, [f"Customer = #{partner.id}"])


@tagged("post_install", "-at_install")
class TestFlowChecks(FlowCommon):
    """What makes no sense is refused when it is saved, with a sentence."""

    def test_stage_needs_people(self):
        self.assertRefused("Name at least one person", self.stage, user_ids=[Command.clear()])
        self.assertRefused("Choose the group", self.stage, approver_type="group", group_id=False)
        self.assertRefused("Choose the field", self.stage, approver_type="field")

    def test_field_of_other_documents(self):
        self.assertRefused(
            "another kind of document",
            self.stage,
            approver_type="field",
            user_field="invoice.contract.user_id",
        )
        self.stage.write({"approver_type": "field", "user_field": "invoice.ticket.user_id"})

    def test_only_fields_of_the_documents_are_offered(self):
        self.assertIn("invoice.ticket.user_id", self.stage.user_field_options)
        self.assertFalse([o for o in self.stage.user_field_options if "contract.user" in o])

    def test_working_hours_of_a_flow_are_not_deleted(self):
        calendar = self.env["resource.calendar"].create({"name": "Test hours"})
        self.flow.write({"calendar_id": calendar.id, "deadline_hours": 4})
        with self.assertRaises(IntegrityError), mute_logger("odoo.sql_db"), self.cr.savepoint():
            calendar.unlink()

    def test_flow_stays_in_the_companies_of_its_manager(self):
        manager = self.flow.with_user(self.manager)
        self.assertFalse(self.manager.company_ids & self.company_other)
        with self.assertRaises(AccessError), self.cr.savepoint():
            manager.company_id = self.company_other

    def test_minimum_larger_than_the_people(self):
        self.assertRefused("asks 2 people", self.stage, rule="count", minimum=3)
        self.stage.write({"rule": "count", "minimum": 2})
        self.assertRefused("asks 1 people", self.stage, user_ids=[Command.set(self.lead.ids)])

    def test_escalation_needs_a_deadline(self):
        self.assertRefused("has no deadline", self.stage, escalation_type="manager")
        self.flow.deadline_hours = 8
        self.stage.escalation_type = "manager"
        self.assertRefused("has no deadline", self.flow, deadline_hours=0)
        self.stage.deadline_hours = 4
        self.flow.deadline_hours = 0

    def test_escalation_needs_the_person(self):
        self.assertRefused("Name the person", self.stage, deadline_hours=4, escalation_type="user")

    def test_deadline_needs_hours_that_somebody_works(self):
        calendar = self.env["resource.calendar"].create(
            {"name": "Nobody", "attendance_ids": [Command.clear()], "company_id": self.company.id}
        )
        calendar.attendance_ids.unlink()
        self.flow.calendar_id = calendar
        self.assertRefused("Nobody works", self.flow, deadline_hours=8)
        self.assertRefused("Nobody works", self.stage, deadline_hours=8)
        self.flow.calendar_id = self.company.resource_calendar_id
        self.flow.deadline_hours = 8

    def test_documents_stay_once_requests_ran(self):
        self.flow.with_context(active_test=False).res_model = "invoice.contract"
        self.flow.res_model = "invoice.ticket"
        self._use()
        with self.assertRaisesRegex(UserError, "stays with its documents"), self.cr.savepoint():
            self.flow.res_model = "invoice.contract"
        self.flow.res_model = "invoice.ticket"

    def test_other_documents_start_afresh(self):
        self.flow.write({"condition": "[('name', '=', 'A')]", "trigger_fields": ["content"]})
        self.stage.write({"condition": "[('content', '=', 'A')]"})
        with Form(self.flow) as form:
            form.res_model = "invoice.contract"
            self.assertEqual(form.condition, "[]")
            self.assertFalse(form.trigger_fields)
            self.assertIn("amount_total", [option["name"] for option in form.trigger_options])
        self.assertEqual(self.stage.condition, "[]")

    def test_ticked_fields_are_those_offered(self):
        self.assertRefused("Tick them", self.flow, trigger_fields=["create_date"])
        self.assertRefused("Tick them", self.flow, trigger_fields={"content": True})
        options = {option["name"]: option["label"] for option in self.flow.trigger_options}
        self.assertEqual(options["partner_id"], "Customer")

    def test_summary_of_a_stage(self):
        self.stage.write({"rule": "count", "minimum": 2})
        self.flow.deadline_hours = 8
        self.stage.write({"escalation_type": "user", "escalation_user_id": self.finance.id})
        self.assertEqual(
            self.flow.stage_ids.mapped("summary"),
            [
                "People: Lead, Approver · at least 2 · 8 h · late: Finance",
                "Group: Deciders · any · 8 h",
            ],
        )
        self.assertEqual(self.stage.condition_summary, "All documents")

    @users("ticket_auditor", "ticket_finance", "ticket_outsider")
    def test_nobody_but_the_manager_shapes_flows(self):
        flow = self.flow.with_env(self.env)
        for write in (
            lambda: flow.write({"name": "Mine"}),
            lambda: flow.stage_ids.write({"rule": "all"}),
            lambda: flow.copy(),
            lambda: self.env["invoice.approval.try.wizard"].create({"flow_id": flow.id}),
        ):
            with self.assertRaises(AccessError), self.cr.savepoint():
                write()

    @users("ticket_auditor")
    def test_auditor_reads_versions(self):
        version = self.flow.with_env(self.env).version_ids
        self.assertIn("Deciders", version.definition_html)
