from lxml import etree
from psycopg2 import IntegrityError

from odoo.exceptions import UserError, ValidationError
from odoo.fields import Command
from odoo.modules.migration import load_script
from odoo.tests import Form, tagged
from odoo.tools import file_path, mute_logger

from ..common import TicketCommon

DIGITAL = "26112000000012345678"
CODE_10, CODE_12, NUMBER = "1100201130", "011002000511", "12345678"


@tagged("post_install", "-at_install")
class TestTicketType(TicketCommon):
    """What a ticket type demands of its tickets."""

    @classmethod
    def _create_type(cls, **values):
        return cls.env["invoice.ticket.type"].create(
            {"name": "Type", "code": f"T{next(cls.numbers)}", **values}
        )

    # === NUMBERS === #

    def test_number_fits_the_shape_of_the_type(self):
        digital, coded = ("", DIGITAL), (CODE_10, NUMBER)
        good = {
            "digital": [digital],
            "coded": [coded, (CODE_12, NUMBER)],
            "both": [digital, coded, (CODE_12, NUMBER)],
            False: [digital, coded, ("", "A-1"), ("X", "1")],
        }
        bad = {
            "digital": [coded, ("", DIGITAL[1:]), ("", DIGITAL + "0"), ("", "2" * 19 + "X")],
            "coded": [digital, ("", NUMBER), (CODE_10, NUMBER[1:]), (CODE_10 + "0", NUMBER)],
            "both": [("", NUMBER), (CODE_10, DIGITAL), (CODE_10, "")],
            False: [],
        }
        for shape in good:
            ticket_type = self._create_type(
                is_fapiao=bool(shape), number_shape=shape, void_policy="red"
            )
            for expected, pairs in ((True, good[shape]), (False, bad[shape])):
                for code, number in pairs:
                    with self.subTest(shape=shape, code=code, number=number):
                        values = {"fapiao_code": code, "fapiao_number": number}
                        savepoint = self.cr.savepoint()
                        try:
                            ticket = self._create_ticket(type_id=ticket_type.id)
                            ticket.with_user(self.finance).write(values)
                            done = True
                        except ValidationError:
                            done = False
                        savepoint.close(rollback=True)
                        self.assertEqual(done, expected)

    def test_type_that_changes_checks_the_number_again(self):
        ticket = self._create_ticket(type_id=self.type_digital_ordinary.id)
        ticket.fapiao_number = DIGITAL
        ticket.type_id = self.type_digital_special
        with self.assertRaises(ValidationError):
            ticket.type_id = self.type_ordinary

    def test_new_fapiao_type_takes_digital_numbers(self):
        ticket_type = self._create_type(is_fapiao=True, void_policy="red")
        self.assertEqual(ticket_type.number_shape, "digital")
        ticket_type.is_fapiao = False
        self.assertFalse(ticket_type.number_shape)

    # === CANCELLATION === #

    def test_digital_type_is_never_voidable(self):
        with self.assertRaises(ValidationError):
            self._create_type(is_fapiao=True, number_shape="digital", void_policy="void")
        for ticket_type in self.type_digital_special | self.type_digital_ordinary:
            with self.assertRaises(ValidationError), self.cr.savepoint():
                ticket_type.void_policy = "void"

    def test_digital_number_of_a_mixed_type_is_never_voided(self):
        mixed = self._create_type(is_fapiao=True, number_shape="both", void_policy="void")
        digital, coded = (self._create_ticket(type_id=mixed.id) for _index in range(2))
        self._issue(coded)
        self._approve(digital)
        digital.with_user(self.finance).write({"fapiao_code": False, "fapiao_number": DIGITAL})
        digital.with_user(self.finance).action_issue()
        coded.with_user(self.finance).action_void("Wrong title")
        self.assertEqual(coded.state, "voided")
        self.assertFalse(digital.with_user(self.finance).can_void)
        with self.assertRaises(UserError):
            digital.with_user(self.finance).action_void("Wrong title")

    def test_type_that_says_red_letter_is_not_voided(self):
        red_only = self._create_type(is_fapiao=True, number_shape="coded", void_policy="red")
        ticket = self._create_ticket(type_id=red_only.id)
        self._issue(ticket)
        with self.assertRaises(UserError), self.cr.savepoint():
            ticket.with_user(self.finance).action_void("Wrong title")
        ticket.with_user(self.finance).action_red("Wrong title")
        self.assertEqual(ticket.red_ids.amount_total, -1130.0)

    # === USE === #

    def test_type_in_use_is_archived_not_deleted(self):
        ticket_type = self._create_type()
        ticket = self._create_ticket(type_id=ticket_type.id)
        as_manager = ticket_type.with_user(self.manager)
        for active in (True, False):
            ticket.active = active
            with self.assertRaises(UserError), self.cr.savepoint():
                as_manager.unlink()
        ticket.active = True
        as_manager.active = False
        self.assertEqual(ticket.type_id, ticket_type)
        self.assertNotIn(
            ticket_type.id, [i for i, _name in self.env["invoice.ticket.type"].name_search("Type")]
        )
        ticket.unlink()
        as_manager.unlink()
        self.assertFalse(ticket_type.exists())

    def test_shipped_types(self):
        self.assertRecordValues(
            self.type_digital_special
            | self.type_digital_ordinary
            | self.type_special
            | self.type_ordinary
            | self.type_receipt
            | self.type_voucher,
            [
                {"is_fapiao": fapiao, "number_shape": shape, "void_policy": policy}
                for fapiao, shape, policy in (
                    (True, "digital", "red"),
                    (True, "digital", "red"),
                    (True, "coded", "void"),
                    (True, "coded", "void"),
                    (False, False, "void"),
                    (False, False, "void"),
                )
            ],
        )

    @mute_logger("odoo.sql_db")
    def test_short_code_is_unique_among_active_types(self):
        first = self._create_type(code="Abc")
        with self.assertRaises(IntegrityError), self.cr.savepoint():
            self._create_type(code="aBC")
        self._create_type(code="ABC", company_id=self.company.id)
        first.active = False
        self.env.flush_all()
        self._create_type(code="abc")
        self.assertNotEqual(first.copy().code, first.code)

    def test_short_code_is_said_in_each_language(self):
        """A copy made in one language has a code of its own in the others too."""
        for lang in ("en_US", "zh_CN"):
            self.env["res.lang"]._activate_lang(lang)
        first = self._create_type(code="Long", name="Long one")
        self.env.flush_all()
        chinese = first.with_context(lang="zh_CN")
        chinese.write({"code": "长"})
        self.assertEqual(first.with_context(lang="en_US").code, "Long")
        copy = chinese.copy()
        self.env.flush_all()
        self.assertEqual(copy.with_context(lang="zh_CN").code, "长-2")
        self.assertNotEqual(copy.with_context(lang="en_US").code, "Long")

    def test_short_code_is_unique_in_each_language(self):
        """Shipped ones read 专票 in Chinese, and Special in English."""
        for lang in ("en_US", "zh_CN"):
            self.env["res.lang"]._activate_lang(lang)
        first = self._create_type(code="Long")
        first.with_context(lang="zh_CN").code = "长"
        other = self._create_type(code="Other")
        for make in (
            lambda: self._create_type(code="长"),
            lambda: other.with_context(lang="zh_CN").write({"code": "长"}),
        ):
            with self.assertRaisesRegex(ValidationError, "short code|简码"), self.cr.savepoint():
                make()

    def test_short_codes_of_english_users_are_english(self):
        path = file_path("invoice_crm_addon/data/ticket/invoice_ticket_type_data.xml")
        codes = etree.parse(path).xpath("//field[@name='code']/text()")
        self.assertTrue(codes)
        self.assertTrue("".join(codes).isascii(), codes)

    def test_codes_of_before_translations_become_english_and_chinese(self):
        path = file_path("invoice_crm_addon/migrations/19.0.12.0.0/post-type_code.py")
        script = load_script(path, "post-type_code")
        own, kept = self.type_digital_special, self.type_digital_ordinary
        own.with_context(lang="en_US").code = "数专"
        kept.with_context(lang="en_US").code = "ours"
        self.env.flush_all()
        script.migrate(self.cr, "19.0.11.0.0")
        self.env.invalidate_all()
        self.assertEqual(own.with_context(lang="en_US").code, "e-Special")
        self.cr.execute("SELECT code->>'zh_CN' FROM invoice_ticket_type WHERE id = %s", own.ids)
        self.assertEqual(self.cr.fetchone()[0], "数专")
        self.assertEqual(kept.with_context(lang="en_US").code, "ours")

    def test_type_of_another_company_is_not_used(self):
        other = self._create_type(company_id=self.company_other.id)
        with self.assertRaises(UserError):
            self._create_ticket(type_id=other.id)

    # === TAX === #

    def test_default_tax_belongs_to_the_company(self):
        ticket_type = self._create_type()
        ticket_type.with_company(self.company).default_tax_id = self.tax_6
        ticket_type.with_company(self.company_other).default_tax_id = self.tax_other
        for company, tax in ((self.company, self.tax_6), (self.company_other, self.tax_other)):
            ticket = self._create_ticket(
                type_id=ticket_type.id,
                company_id=company.id,
                line_ids=[Command.create({"name": "Part", "price_unit": 106.0})],
            )
            self.assertEqual(ticket.line_ids.tax_id, tax)

    def test_default_tax_fills_new_lines_of_the_form(self):
        ticket_type = self._create_type()
        ticket_type.with_company(self.company).default_tax_id = self.tax_6
        form = Form(self.env["invoice.ticket"].with_user(self.sales))
        form.partner_id = self.customer
        form.type_id = ticket_type
        with form.line_ids.new() as line:
            line.name = "Part"
            line.price_unit = 106.0
        self.assertEqual(form.save().amount_tax, 6.0)

    # === CUSTOM FIELDS === #

    def _create_type_with_custom_fields(self):
        ticket_type = self._create_type(
            custom_field_ids=[
                Command.create({"name": "Project", "kind": "char"}),
                Command.create({"name": "Region", "kind": "selection", "options": "North, South"}),
            ]
        )
        project, region = (field._get_key() for field in ticket_type.custom_field_ids)
        return ticket_type, project, region

    def test_custom_fields_are_searched_and_grouped(self):
        ticket_type, project, region = self._create_type_with_custom_fields()
        apollo, gemini, neither = (
            self._create_ticket(type_id=ticket_type.id, properties=properties)
            for properties in (
                {project: "Apollo", region: "North"},
                {project: "Gemini", region: "South"},
                {},
            )
        )
        Ticket = self.env["invoice.ticket"].with_user(self.sales)
        domain = [("type_id", "=", ticket_type.id)]
        for condition, expected in (
            ((f"properties.{project}", "=", "Apollo"), apollo),
            ((f"properties.{project}", "ilike", "MIN"), gemini),
            ((f"properties.{region}", "in", ["North", "South"]), apollo | gemini),
            ((f"properties.{region}", "=", False), neither),
        ):
            with self.subTest(condition):
                self.assertEqual(Ticket.search([*domain, condition]), expected)
        groups = Ticket._read_group(domain, [f"properties.{region}"], ["amount_total:sum"])
        self.assertEqual(dict(groups), {"North": 1130.0, "South": 1130.0, False: 1130.0})

    def test_custom_fields_of_the_type_are_those_of_the_ticket(self):
        ticket_type, project, _region = self._create_type_with_custom_fields()
        ticket = self._create_ticket(type_id=ticket_type.id, properties={project: "Apollo"})
        shown = ticket.read(["properties"])[0]["properties"]
        self.assertEqual(
            [(row["string"], row.get("value", False)) for row in shown],
            [("Project", "Apollo"), ("Region", False)],
        )
        self.assertEqual(dict(ticket.copy().properties)[project], "Apollo")
        self.assertFalse(self._create_ticket().properties)

    def test_required_custom_field_is_filled_before_submitting(self):
        ticket_type, project, _region = self._create_type_with_custom_fields()
        ticket_type.custom_field_ids[0].is_required = True
        ticket = self._create_ticket(type_id=ticket_type.id)
        with self.assertRaisesRegex(UserError, "Project"), self.cr.savepoint():
            self._submit(ticket)
        ticket.properties = {project: "Apollo"}
        self._submit(ticket)
        self.assertEqual(ticket.state, "approved")

    # === DEMANDS === #

    def test_contract_is_required(self):
        ticket_type = self._create_type(contract_required=True)
        ticket = self._create_ticket(type_id=ticket_type.id)
        with self.assertRaises(UserError), self.cr.savepoint():
            self._submit(ticket)
        contract = self._create_contract()
        self._approve(contract)
        ticket.contract_id = contract
        self._submit(ticket)
        self.assertEqual(ticket.state, "approved")

    def test_billing_data_demanded(self):
        six = (
            "buyer_name",
            "buyer_vat",
            "buyer_address",
            "buyer_phone",
            "buyer_bank_name",
            "buyer_bank_account",
        )
        demands = {"none": six[:0], "title": six[:1], "title_vat": six[:2], "all": six}
        labels = {fname: self.env["invoice.ticket"]._fields[fname] for fname in six}
        for requirement, demanded in demands.items():
            ticket_type = self._create_type(billing_requirement=requirement)
            for fname in six:
                with self.subTest(requirement=requirement, missing=fname):
                    ticket = self._create_ticket(type_id=ticket_type.id)
                    ticket[fname] = False
                    if fname in demanded:
                        label = labels[fname]._description_string(ticket.with_user(self.sales).env)
                        with self.assertRaisesRegex(UserError, label), self.cr.savepoint():
                            self._submit(ticket)
                    else:
                        self._submit(ticket)
                        self.assertEqual(ticket.state, "approved")

    def test_customer_is_demanded_always(self):
        ticket_type = self._create_type(billing_requirement="none")
        ticket = self._create_ticket(type_id=ticket_type.id, partner_id=False)
        with self.assertRaises(UserError):
            self._submit(ticket)
