from odoo import fields
from odoo.exceptions import ValidationError
from odoo.tests import tagged

from ...fapiao import uscc_check_digit
from .import_common import ImportCommon, make_number

BODY = "91440300MA5FBQC54"
NUMBER = BODY + uscc_check_digit(BODY)
MISTYPED = NUMBER.replace("0", "O")


@tagged("post_install", "-at_install")
class TestTaxNumberSpellings(ImportCommon):
    """Numbers that people and spreadsheets spoil: repaired where that is sure, else refused."""

    def _create(self, **values):
        values = {"name": "Misspelt", "is_company": True, **values}
        return self.env["res.partner"].with_user(self.sales).create(values)

    def test_letters_that_no_credit_code_has_are_digits(self):
        customer = self._create(vat=MISTYPED)
        self.assertEqual(customer.vat, NUMBER)
        with self.assertRaisesRegex(ValidationError, NUMBER):
            self._create(vat=NUMBER)
        customer.vat = False
        customer.vat = NUMBER.lower().replace("0", "o")
        self.assertEqual((customer.vat, customer.tax_number_key), (NUMBER, NUMBER))

    def test_number_with_a_wrong_letter_for_certain_stays_as_typed(self):
        other = MISTYPED[:-1] + ("1" if NUMBER[-1] != "1" else "2")
        self.assertEqual(self._create(vat=other).vat, other)

    def test_start_of_a_mistyped_number_finds_the_customer(self):
        customer = self._create(vat=NUMBER)
        finder = self.env["res.partner"].with_user(self.sales)
        finder = finder.with_context(invoice_customer_search=True)
        for typed in (MISTYPED, MISTYPED[:11], NUMBER[:9]):
            self.assertIn(customer.id, dict(finder.name_search(typed)), typed)

    def test_mistyped_number_of_a_file_is_the_same_customer(self):
        run = self._start([["客户名称", "税号"], ["甲公司", NUMBER], ["乙公司", MISTYPED]])
        self.assertOutcomes(run, ["new", "duplicate"])

    def test_credit_code_is_chinese_in_whatever_company_it_was_entered(self):
        abroad = self.env["res.company"].create(
            {"name": "Abroad", "country_id": self.env.ref("base.us").id}
        )
        typed = f" {NUMBER.lower()}"
        partners = self.env["res.partner"].with_company(abroad)
        customer = partners.create({"name": "Entered Abroad", "is_company": True, "vat": typed})
        self.assertEqual((customer.vat, customer.tax_number_key), (NUMBER, NUMBER))
        with self.assertRaises(ValidationError):
            self._create(vat=NUMBER)

    def test_spreadsheet_number_is_refused_in_each_column(self):
        headings = [
            "客户名称", "税号", "发票抬头", "开票地址", "开票电话", "地址电话", "开户行",
            "银行账号", "开户行及账号", "联行号", "电子邮箱", "联系人", "手机", "通讯地址",
        ]  # fmt: skip
        rows = []
        for position in range(len(headings)):
            row = [f"甲公司{position}"] + [""] * (len(headings) - 1)
            joined = headings[position] in ("地址电话", "开户行及账号")
            row[position] = "深圳市 1.38E+10" if joined else "9.14403E+17"
            rows.append(row)
        run = self._start([headings, *rows])
        self.assertOutcomes(run, ["error"] * len(headings))
        for row in run.row_ids:
            self.assertIn("E+1", str(row.message))

    def test_one_word_for_the_tax_number(self):
        self.assertEqual(self.company.country_code, "CN")
        abroad = self.env["res.company"].create(
            {"name": "Abroad", "country_id": self.env.ref("base.us").id}
        )
        for name in ("res.partner", "res.users"):
            with self.subTest(name):
                # Whoever looks at a label has a language.
                records = self.env[name].with_context(lang="en_US").with_company(self.company)
                label = records.fields_get(["vat"], ["string"])["vat"]["string"]
                self.assertEqual(label, "Tax Number")
                records = records.with_company(abroad)
                label = records.fields_get(["vat"], ["string"])["vat"]["string"]
                self.assertEqual(label, "Tax ID")

    def test_label_of_whoever_defines_the_number_again(self):
        field = type(self.env["res.partner"])._fields["vat"]
        self.assertIs(type(field), fields.Char, "base_vat makes it one, before ours or after")

    def test_fields_of_every_model(self):
        env = self.env(context={**self.env.context, "lang": "en_US"})
        for name, model in env.items():
            if not model._abstract:
                with self.subTest(name):
                    model.fields_get()

    def test_spreadsheet_number_in_a_remark_is_a_remark(self):
        run = self._start([["客户名称", "备注"], ["甲公司", "1.2E+5"]])
        self.assertOutcomes(run, ["new"])

    def test_spreadsheet_number_is_no_phone(self):
        with self.assertRaisesRegex(ValidationError, "E\\+10"):
            self._create(invoice_phone="1.38E+10")
        customer = self._create(invoice_title="9.14403E+17")
        self.assertIn("number", customer.billing_warnings)
        with self.assertRaisesRegex(ValidationError, "E\\+10"):
            customer.invoice_phone = "1.38E+10"

    # === NUMBERS OF OLDER RULES === #

    def _set_back(self, partner, vat, key):
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE res_partner SET vat = %s, tax_number_key = %s WHERE id = %s",
            [vat, key, partner.id],
        )
        self.env.invalidate_all()

    def test_migration_owns_what_older_rules_did_not_know(self):
        other, clash = make_number(771), make_number(772)
        repaired, unknown, owner, late, same = (self._create() for _index in range(5))
        self._set_back(repaired, MISTYPED, MISTYPED)
        self._set_back(unknown, other, None)
        self._set_back(owner, clash, clash)
        self._set_back(late, clash, None)
        self._set_back(same, "123456789012345", "123456789012345")
        for batch_size in (1, 1000):
            self.env["res.partner"]._claim_credit_codes(batch_size)
            keys = [p.tax_number_key for p in (repaired, unknown, owner, late, same)]
            self.assertEqual(keys, [NUMBER, other, clash, False, "123456789012345"])
        self.assertEqual(self.env["res.partner"]._find_by_tax_number(NUMBER), repaired)
        with self.assertRaises(ValidationError):
            self._create(vat=NUMBER)

    def test_two_spellings_of_one_number_are_left_to_the_duplicates(self):
        older, younger = self._create(), self._create()
        self._set_back(older, MISTYPED, MISTYPED)
        self._set_back(younger, NUMBER.replace("0", "O", 1), NUMBER.replace("0", "O", 1))
        self.env["res.partner"]._claim_credit_codes()
        self.assertEqual((older.tax_number_key, younger.tax_number_key), (NUMBER, False))
        younger.country_id = self.env.ref("base.cn")
        self.assertFalse(younger.tax_number_key)

    def test_a_write_claims_what_nobody_owns(self):
        customer = self._create()
        self._set_back(customer, NUMBER, None)
        customer.is_company = True
        self.assertEqual(customer.tax_number_key, NUMBER)

    def test_partner_without_a_country_among_others(self):
        abroad = self._create(country_id=self.env.ref("base.us").id)
        nowhere = self._create(country_id=False)
        (abroad | nowhere).with_context(no_vat_validation=True).write({"vat": MISTYPED})
        self.assertEqual(nowhere.vat, NUMBER)

    def test_warning_while_a_mistyped_number_is_typed(self):
        customer = self._create(vat=NUMBER, name="Known")
        typed = self.env["res.partner"].new({"name": "Typed", "vat": MISTYPED})
        self.assertIn("Known", typed.duplicate_warning or "")
        self._set_back(customer, MISTYPED, NUMBER)
        typed = self.env["res.partner"].new({"name": "Typed", "vat": NUMBER})
        self.assertIn("Known", typed.duplicate_warning or "")

    def test_ticket_with_a_mistyped_number_does_not_differ(self):
        self.customer.vat = NUMBER
        ticket = self.env["invoice.ticket"].new({"partner_id": self.customer.id})
        ticket.buyer_vat = MISTYPED
        self.assertFalse(ticket.buyer_differences)
        ticket.buyer_vat = MISTYPED[:-1]
        self.assertTrue(ticket.buyer_differences)
