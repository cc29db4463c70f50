from odoo.exceptions import AccessError, ValidationError
from odoo.fields import Command
from odoo.tests import Form, tagged, users

from ...models.ticket.pattern import fill, find_unknown
from ..common import TicketCommon


@tagged("post_install", "-at_install")
class TestTicketTemplate(TicketCommon):
    """Templates fill what nobody typed; order, contract, customer and level propose them."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["invoice.ticket.template"].search([]).active = False
        cls.template = cls._create_template("First", content="Fee for {customer}")
        cls.second = cls._create_template(
            "Second",
            type_id=cls.type_voucher.id,
            content="Rent",
            note="Contract: {contract number}, {month}",
            line_ids=[
                Command.create({"name": "Rent {year}", "price_unit": 500, "tax_id": cls.tax_6.id})
            ],
        )
        cls.level = cls.env["invoice.customer.level"].create({"name": "Template Level"})

    @classmethod
    def _create_template(cls, name, **values):
        return cls.env["invoice.ticket.template"].create({"name": name, **values})

    def _open(self):
        return Form(self.env["invoice.ticket"].with_user(self.sales))

    def test_empty_values_leave_nothing_behind(self):
        for pattern, values, expected in (
            ("合同编号：{contract number}，{month}月服务费", {"month": "11"}, "11月服务费"),
            ("{month}月服务费，合同编号：{合同编号}", {"month": "11"}, "11月服务费"),
            ("Service ({contract number}), {customer}", {"customer": "Li"}, "Service, Li"),
            ("Service fee {contract_number}", {}, "Service fee"),
            ("A - {order} - B", {}, "A - B"),
            ("{customer}、{order}、{month}", {"month": "1"}, "1"),
            ("{customer}{order}", {}, ""),
            ("合同：{contract number}\n备注", {}, "备注"),
            ("Fee （{contract number}）。", {}, "Fee。"),
            ("{ Contract Number }", {"contract_number": "A（1），"}, "A（1），"),
        ):
            with self.subTest(pattern=pattern):
                self.assertEqual(fill(pattern, values), expected)

    def test_unknown_placeholder_is_refused_by_name(self):
        self.assertEqual(find_unknown("{customer} {客户}"), "")
        for fname in ("content", "note"):
            with self.assertRaisesRegex(ValidationError, r"\{colour\}.*contract number"):
                self.template[fname] = "Fee {colour}"
        with self.assertRaisesRegex(ValidationError, r"\{x\}"):
            self._create_template("Third", line_ids=[Command.create({"name": "{x}"})])
        with self.assertRaises(ValidationError):
            self.template.content = "Fee {customer"

    def test_template_fills_what_is_empty(self):
        form = self._open()
        form.partner_id = self.customer
        form.note = "Typed"
        form.template_id = self.second
        self.assertEqual(form.content, "Rent")
        self.assertEqual(form.note, "Typed")
        self.assertEqual(form.type_id, self.type_voucher)
        ticket = form.save()
        self.assertEqual(ticket.line_ids.price_unit, 500)
        self.assertEqual(ticket.line_ids.tax_id, self.tax_6)
        self.assertRegex(ticket.line_ids.name, r"^Rent \d{4}$")

    def test_another_template_replaces_what_the_first_filled(self):
        form = self._open()
        form.partner_id = self.customer
        form.template_id = self.second
        form.template_id = self.template
        self.assertEqual(form.content, f"Fee for {self.customer.name}")
        self.assertFalse(form.note)
        self.assertEqual(len(form.line_ids), 0)

    def test_what_is_typed_stays(self):
        form = self._open()
        form.partner_id = self.customer
        form.type_id = self.type_ordinary
        form.template_id = self.second
        with form.line_ids.edit(0) as line:
            line.price_unit = 501
        form.content = "Typed"
        form.template_id = self.template
        self.assertEqual(form.content, "Typed")
        self.assertEqual(form.type_id, self.type_ordinary)
        self.assertEqual(len(form.line_ids), 1)

    def test_saved_draft_takes_another_template(self):
        form = self._open()
        form.partner_id = self.customer
        form.template_id = self.second
        ticket = form.save()
        with Form(ticket.with_user(self.sales)) as form:
            form.template_id = self.template
        self.assertEqual(ticket.content, f"Fee for {self.customer.name}")
        self.assertFalse(ticket.line_ids)

    def test_contract_chosen_later_fills_its_number(self):
        contract = self._create_contract(number="C-7", state="draft")
        self._approve(contract)
        form = self._open()
        form.partner_id = self.customer
        form.template_id = self.second
        self.assertNotIn("C-7", form.note)
        form.contract_id = contract
        self.assertIn("Contract: C-7,", form.note)

    def test_order_of_proposals(self):
        third = self._create_template("Third")
        self.level.template_id = self.template
        self.customer.customer_level_id = self.level
        form = self._open()
        form.partner_id = self.customer
        self.assertEqual(form.template_id, self.template)
        self.customer.ticket_template_id = self.second
        form = self._open()
        form.partner_id = self.customer
        self.assertEqual(form.template_id, self.second)
        contract = self._create_contract(ticket_template_id=third.id)
        self._approve(contract)
        form.contract_id = contract
        self.assertEqual(form.template_id, third)

    def test_archived_and_foreign_templates_are_not_proposed(self):
        self.level.template_id = self.template
        self.customer.customer_level_id = self.level
        self.customer.ticket_template_id = self.second
        self.second.active = False
        form = self._open()
        form.partner_id = self.customer
        self.assertEqual(form.template_id, self.template)
        self.template.company_id = self.company_other
        form = self._open()
        form.partner_id = self.customer
        self.assertFalse(form.template_id)

    def test_level_proposes_the_type(self):
        self.level.type_id = self.type_voucher
        old = self._create_ticket()
        self.customer.customer_level_id = self.level
        self.assertEqual(old.type_id, self.type_digital_special)
        form = self._open()
        form.partner_id = self.customer
        self.assertEqual(form.type_id, self.type_voucher)
        form = self._open()
        form.type_id = self.type_ordinary
        form.partner_id = self.customer
        self.assertEqual(form.type_id, self.type_ordinary)
        ticket = self.env["invoice.ticket"].create({"partner_id": self.customer.id})
        self.assertEqual(ticket.type_id, self.type_voucher)

    def test_level_fills_a_new_ticket_in_the_form_only(self):
        """Other programs say themselves what a ticket is for: texts and lines are not added."""
        self.level.write({"type_id": self.type_ordinary.id, "template_id": self.second.id})
        self.customer.customer_level_id = self.level
        values = {"partner_id": self.customer.id}
        context = {f"default_{fname}": value for fname, value in values.items()}
        chosen, opened = self._open(), Form(self.env["invoice.ticket"].with_context(**context))
        chosen.partner_id = self.customer
        for form in (chosen, opened):
            self.assertEqual(form.template_id, self.second)
            # What the template says goes before what the level says.
            self.assertEqual(form.type_id, self.type_voucher)
            self.assertEqual(form.content, "Rent")
            self.assertEqual(len(form.line_ids), 1)
        made = self.env["invoice.ticket"].create(values)
        self.assertEqual(made.type_id, self.type_ordinary)
        self.assertFalse(made.template_id or made.content or made.line_ids)

    def test_level_chooses_the_e_mail(self):
        ticket = self._create_ticket()
        self._issue(ticket)
        template = self.env.ref("invoice_crm_addon.mail_template_ticket").copy()
        self.level.mail_template_id = template
        self.customer.customer_level_id = self.level
        action = ticket.with_user(self.sales).action_send()
        self.assertEqual(action["context"]["default_template_id"], template.id)
        with self.assertRaises(ValidationError):
            template.model_id = self.env["ir.model"]._get("res.partner")
            self.level.mail_template_id = template.copy()

    def test_save_as_template(self):
        ticket = self._create_ticket(content="Fee {now}")
        action = ticket.with_user(self.manager).action_save_as_template()
        template = self.env["invoice.ticket.template"].browse(action["res_id"])
        self.assertEqual(template.content, "Fee (now)")
        self.assertEqual(template.line_ids.price_unit, 1130)
        self.assertEqual(template.type_id, ticket.type_id)
        self.assertEqual(template.company_id, self.company)

    @users("ticket_sales", "ticket_finance")
    def test_users_read_templates_and_change_none(self):
        template = self.template.with_env(self.env)
        self.assertTrue(template.placeholder_help)
        with self.assertRaises(AccessError):
            template.content = "Mine"
        with self.assertRaises(AccessError):
            self._create_ticket().with_env(self.env).action_save_as_template()

    def test_fast_lanes_of_a_level(self):
        flow = self._create_flow(
            "invoice.ticket",
            [self.approver],
            fast_lane_ids=[Command.create({"level_id": self.level.id, "amount": 1.0})],
        )
        self.assertEqual(self.level.with_user(self.manager).fast_lane_flow_ids, flow)
