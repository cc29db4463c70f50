from unittest.mock import patch

from odoo import SUPERUSER_ID, api
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import Form, TransactionCase, tagged, users

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
