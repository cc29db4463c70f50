from contextlib import suppress
from datetime import date
from unittest.mock import patch

from freezegun import freeze_time
from psycopg2 import IntegrityError

from odoo import SUPERUSER_ID, api
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import Form, TransactionCase, tagged, users
from odoo.tools import mute_logger

from ..common import GROUP, TicketCommon
from ..threads import retry_soon, run_at_once


class FlowCommon(TicketCommon):
    """A flow of tickets with two stages, looked at by the administrator."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.group = cls.env["res.groups"].create(
            {"name": "Deciders", "user_ids": [Command.set(cls.approver.ids)]}
        )
        cls.flow = cls._create_flow(
            "invoice.ticket",
            [
                {"name": "Lead", "user_ids": [Command.set((cls.lead | cls.approver).ids)]},
                {"name": "Group", "approver_type": "group", "group_id": cls.group.id},
            ],
            name="Tickets",
            sequence=-50,
        ).with_user(cls.manager)
        cls.stage = cls.flow.stage_ids[0]

    def _use(self):
        """Let a request start on the flow."""
        ticket = self._create_ticket()
        self._submit(ticket)
        self.assertEqual(ticket.approval_request_id.flow_id, self.flow)
        return ticket.approval_request_id

    def assertRefused(self, pattern, record, **values):
        """Writing the values is refused with a sentence, and nothing is left half-written."""
        with self.assertRaisesRegex(ValidationError, pattern) as caught, self.cr.savepoint():
            record.write(values)
        message = caught.exception.args[0]
        self.assertRegex(message, r"\.$")
        self.assertNotRegex(message, r"Error|Traceback|psycopg|line \d")


@tagged("post_install", "-at_install")
class TestFlowVersions(FlowCommon):
    """What changes on a flow in use makes a version; what does not, makes none."""

    def assertVersions(self, *numbers):
        self.env.invalidate_all()
        self.assertEqual(self.flow.version_ids.mapped("number"), [*numbers])
        self.assertEqual(self.flow.version, numbers[0])

    def _translate_group(self):
        """Where English is not active, a name that is written in Chinese is the English one too."""
        self.env["res.lang"]._activate_lang("en_US")
        self.env["res.lang"]._activate_lang("zh_CN")
        self.group.with_context(lang="zh_CN").name = "审批组"

    def test_flow_that_nobody_used_stays_on_its_version(self):
        self.assertVersions(1)
        self.flow.name = "Other"
        self.assertVersions(1)
        self.assertEqual(self.flow.version_ids.definition["name"], "Other")
        self.assertEqual(self.flow.version_ids.user_id, self.manager)

    def test_one_save_of_the_form_makes_one_version(self):
        request = self._use()
        level = self.env.ref("invoice_crm_addon.customer_level_vip")
        with Form(self.flow) as form:
            form.name = "Other"
            form.deadline_hours = 8
            form.stage_ids.remove(1)
            with form.stage_ids.new() as stage:
                stage.name = "Third"
                stage.approver_type = "manager"
            with form.fast_lane_ids.new() as lane:
                lane.level_id = level
                lane.amount = 5000
        self.assertVersions(2, 1)
        new, old = self.flow.version_ids
        self.assertEqual([s["name"] for s in new.definition["stages"]], ["Lead", "Third"])
        self.assertEqual([s["name"] for s in old.definition["stages"]], ["Lead", "Group"])
        self.assertEqual(new.definition["fast_lanes"][0]["amount"], 5000)
        self.assertEqual((request.flow_version, old.request_count, new.request_count), (1, 1, 0))
        self.assertEqual(new.user_id, self.manager)

    def test_save_that_changes_nothing_makes_none(self):
        self._translate_group()
        self._use()
        definition, people = self.stage._get_definition(), self.stage.user_ids
        for lang in ("en_US", "zh_CN"):
            flow = self.flow.with_context(lang=lang)
            flow.write({"name": flow.name, "trigger_fields": flow.trigger_fields})
            flow.stage_ids[1].group_id = self.group
            with Form(flow):
                pass
            # The same once more, as a new row.
            stage = {"name": "Lead", "sequence": 1, "user_ids": [Command.set(people.ids)]}
            flow.write({"stage_ids": [Command.delete(flow.stage_ids[0].id), Command.create(stage)]})
            self.env.invalidate_all()
            self.assertVersions(1)
        self.assertEqual(self.flow.stage_ids[0]._get_definition(), definition)

    def test_order_of_flows_and_archiving_are_no_part_of_it(self):
        self._use()
        self.flow.sequence = 5
        self.flow.active = False
        self.flow.active = True
        self.assertVersions(1)

    def test_change_through_the_stage_counts(self):
        self._use()
        with Form(self.stage) as form:
            form.rule = "all"
        self.assertVersions(2, 1)

    def test_order_of_the_stages_counts(self):
        self._use()
        first, second = self.flow.stage_ids
        self.flow.stage_ids = [
            Command.update(first.id, {"sequence": 2}),
            Command.update(second.id, {"sequence": 1}),
        ]
        self.assertVersions(2, 1)
        names = [stage["name"] for stage in self.flow.version_ids[0].definition["stages"]]
        self.assertEqual(names, ["Group", "Lead"])

    def test_stage_that_goes_counts(self):
        self._use()
        self.stage.unlink()
        self.assertVersions(2, 1)

    def test_order_of_the_ticked_fields_is_no_change(self):
        self.flow.trigger_fields = ["partner_id", "content"]
        self._use()
        self.flow.trigger_fields = ["content", "partner_id"]
        self.assertVersions(1)

    def test_new_names_of_people_and_groups_are_no_change(self):
        self._use()
        self.lead.name = "Renamed"
        self.group.name = "Renamed too"
        self.lead.active = False
        self.flow.name = "Tickets"
        self.assertVersions(1)
        html = self.flow.version_ids.definition_html
        self.assertIn("Lead", html, "The version says what it said.")
        self.assertNotIn("Renamed", html)

    def test_used_version_is_final(self):
        self._use()
        version = self.flow.version_ids
        for record in (version, version.sudo()):
            with self.assertRaises(AccessError), self.cr.savepoint():
                record.write({"definition": {}})
            with self.assertRaises(AccessError), self.cr.savepoint():
                record.unlink()

    def test_change_back_is_a_version_too(self):
        self._use()
        self.flow.name = "Other"
        self._use()
        self.flow.name = "Tickets"
        self.assertVersions(3, 2, 1)

    def test_copy_starts_again(self):
        self._use()
        self.flow.name = "Other"
        self.flow.fast_lane_ids = [
            Command.create(
                {
                    "level_id": self.env.ref("invoice_crm_addon.customer_level_vip").id,
                    "amount": 10,
                }
            )
        ]
        copy = self.flow.copy()
        self.assertRecordValues(copy, [{"name": "Other (copy)", "version": 1, "request_count": 0}])
        self.assertEqual(copy.version_ids.mapped("number"), [1])
        self.assertEqual(copy.stage_ids.mapped("name"), ["Lead", "Group"])
        self.assertEqual(copy.fast_lane_ids.amount, 10)
        self.assertVersions(2, 1)

    def test_version_speaks_the_language_of_its_reader(self):
        self.flow.write(
            {
                "condition": "[('amount_total', '>=', 1000), ('user_id', '=', uid)]",
                "trigger_fields": ["partner_id"],
            }
        )
        html = self.flow.version_ids.definition_html
        for words in (
            "Total ≥ 1,000",
            "In Charge = the requester",
            "Lead, Approver",
            "Deciders",
            "Customer",
            "Somebody else must decide",
        ):
            self.assertIn(words, html)
        self._translate_group()
        html = self.flow.with_context(lang="zh_CN").version_ids.definition_html
        self.assertIn("审批组", html)
        self.assertIn("须由他人审批", html)

    def test_requests_of_a_version(self):
        request = self._use()
        self.flow.name = "Other"
        self._use()
        version = self.flow.version_ids.filtered(lambda v: v.number == 1)
        action = version.action_view_requests()
        self.assertEqual(self.env[action["res_model"]].search(action["domain"]), request)


@tagged("post_install", "-at_install")
class TestFlowVersionsAtOnce(TransactionCase):
    """Two administrators save at the same instant, in real transactions."""

    NAME = "Changed At Once"

    def setUp(self):
        super().setUp()
        self.addCleanup(self._clean_up)
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            stages = [
                {"name": name, "user_ids": [Command.set(env.ref("base.user_admin").ids)]}
                for name in "ab"
            ]
            flow = env["invoice.approval.flow"].create(
                {"name": self.NAME, "stage_ids": [Command.create(stage) for stage in stages]}
            )
            self.flow_id, self.stage_ids = flow.id, flow.stage_ids.ids

    def _clean_up(self):
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            env["invoice.approval.flow"].search([("name", "=", self.NAME)]).unlink()

    def _rename_at_once(self):
        """Give each stage another name, each in a transaction of its own."""

        def rename(stage_id):
            return lambda env: (
                env["invoice.approval.stage"].browse(stage_id).write({"name": f"New {stage_id}"})
            )

        with retry_soon():
            return run_at_once(
                self.registry, SUPERUSER_ID, [rename(stage_id) for stage_id in self.stage_ids]
            )

    def assertLastVersion(self, number):
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            version = env["invoice.approval.flow"].browse(self.flow_id).version_ids[0]
            names = [stage["name"] for stage in version.definition["stages"]]
            self.assertEqual(names, [f"New {stage_id}" for stage_id in self.stage_ids])
            self.assertEqual(version.number, number)

    def test_both_changes_are_in_the_version(self):
        self.assertEqual(self._rename_at_once(), [True, True])
        self.assertLastVersion(1)

    def test_both_changes_are_in_the_version_after_a_used_one(self):
        flows = type(self.env["invoice.approval.flow"])
        with patch.object(flows, "_is_version_used", lambda flow, number: True):
            self.assertEqual(self._rename_at_once(), [True, True])
        self.assertLastVersion(3)


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


@tagged("post_install", "-at_install")
class TestCustomerLevels(TicketCommon):
    """Levels are shaped by managers, and read by everybody who needs them."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.level = cls.env["invoice.customer.level"].create({"name": "Gold"})
        cls.customer.customer_level_id = cls.level

    def test_count_opens_the_customers(self):
        self.env["res.partner"].create({"name": "Contact", "parent_id": self.customer.id})
        level = self.level.with_user(self.manager)
        self.assertEqual(level.partner_count, 1)
        action = level.action_view_customers()
        self.assertEqual(self.env[action["res_model"]].search(action["domain"]), self.customer)

    def test_names_are_unique_in_the_language_of_the_editor(self):
        Level = self.env["invoice.customer.level"].with_user(self.manager)
        for name in ("Gold", " gold "):
            with self.assertRaisesRegex(ValidationError, "already"), self.cr.savepoint():
                Level.create({"name": name})
        self.level.active = False
        with self.assertRaisesRegex(ValidationError, "archived"), self.cr.savepoint():
            Level.create({"name": "Gold"})
        self.assertEqual(self.level.copy().name, "Gold (copy)")

    def test_level_in_use_stays(self):
        with self.assertRaisesRegex(UserError, "Archive it"), self.cr.savepoint():
            self.level.unlink()
        self.customer.customer_level_id = False
        flow = self._create_flow("invoice.ticket", [self.approver])
        flow.fast_lane_ids = [Command.create({"level_id": self.level.id, "amount": 1})]
        with self.assertRaisesRegex(UserError, flow.name), self.cr.savepoint():
            self.level.unlink()
        flow.fast_lane_ids.unlink()
        self.level.unlink()

    def test_levels_of_the_module(self):
        self.assertTrue(self.env.ref("invoice_crm_addon.customer_level_ordinary").name)
        self.assertTrue(self.env.ref("invoice_crm_addon.customer_level_vip").name)

    @users("ticket_sales", "ticket_finance", "ticket_auditor")
    def test_others_read_levels_only(self):
        level = self.level.with_env(self.env)
        self.assertEqual(level.name, "Gold")
        with self.assertRaises(AccessError):
            level.name = "Mine"

    def test_settings_lead_to_flows_and_levels(self):
        self.env.user.group_ids |= self.env.ref(GROUP("manager"))
        arch = self.env["res.config.settings"].get_view(view_type="form")["arch"]
        for xmlid in ("invoice_approval_flow_action", "invoice_customer_level_action"):
            action = self.env.ref(f"invoice_crm_addon.{xmlid}")
            self.assertIn(f'name="{action.id}"', arch)
