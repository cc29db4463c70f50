from odoo.exceptions import ValidationError
from odoo.tests import Form, tagged, users

from ..common import TicketCommon

NUMBER = "91310115MA1K4LFD7T"


@tagged("post_install", "-at_install")
class TestCustomerSearch(TicketCommon):
    """A customer is found by its tax number or name, however they are typed."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        Partner = cls.env["res.partner"].with_context(tracking_disable=True)
        cls.trading, cls.science, cls.moved, cls.longer = Partner.create(
            [
                {"name": "示例甲乙贸易有限公司", "vat": NUMBER, "is_company": True},
                {"name": "示例甲乙科技有限公司", "is_company": True},
                {"name": "丙丁戊己（深圳）有限公司", "is_company": True},
                {"name": "北京示例甲乙贸易有限公司", "is_company": True},
            ]
        )

    def _search(self, typed, limit=8):
        Partner = self.env["res.partner"].with_user(self.sales)
        Partner = Partner.with_context(invoice_customer_search=True)
        found = Partner.name_search(typed, [("parent_id", "=", False)], limit=limit)
        return Partner.browse([id_ for id_, _name in found])

    def test_number_in_any_spelling(self):
        for typed in (
            NUMBER,
            "９１３１０１１５－ma1k 4lfd7t",
            "9131 0115",
            "91310115-MA1K",
            "91310115ma",
        ):
            with self.subTest(typed=typed):
                self.assertEqual(self._search(typed)[:1], self.trading)
        self.assertNotIn(self.trading, self._search("91310116"))

    def test_name_best_first(self):
        for typed in ("示例甲乙贸易有限公司", "示例甲乙贸易股份有限公司", " 示例甲乙贸易 "):
            with self.subTest(typed=typed):
                found = self._search(typed)
                self.assertEqual(found[:2], self.trading + self.longer)
                self.assertNotIn(self.science, found)

    def test_region_that_moved_and_a_letter_that_is_wrong(self):
        self.assertEqual(self._search("深圳丙丁戊己有限公司")[:1], self.moved)
        self.assertEqual(self._search("丙丁戊己(深圳)有限责任公司")[:1], self.moved)
        self.assertEqual(self._search("示例甲已贸易")[:1], self.trading)

    def test_half_a_name_alone_is_no_find(self):
        self.assertFalse(self._search("示例甲乙化妆品"))

    def test_limit_and_customers_of_others(self):
        self.assertEqual(len(self._search("示例甲乙", limit=2)), 2)
        self.trading.company_id = self.company_other
        self.assertNotIn(self.trading, self._search(NUMBER))

    def test_core_search_goes_on(self):
        self.trading.email = "somebody@sample.example.com"
        self.assertIn(self.trading, self._search("somebody@sample"))
        self.assertTrue(self.env["res.partner"].name_search("示例甲乙"))

    def test_number_behind_the_name_in_the_drop_down(self):
        Partner = self.env["res.partner"].with_context(invoice_customer_search=True)
        [row] = Partner.web_name_search(NUMBER, {"display_name": {}})
        self.assertIn(NUMBER, row["__formatted_display_name"])

    @users("ticket_sales", "ticket_finance")
    def test_new_customer_of_a_number(self):
        Partner = self.env["res.partner"].with_context(
            invoice_customer_search=True,
            default_is_company=True,
            default_name="９１４４０３００-ma5examp1f",
        )
        with Form(Partner) as form:
            self.assertEqual(form.vat, "91440300MA5EXAMP1F")
            self.assertFalse(form.name)
            form.name = "新客户有限公司"
        self.assertEqual(form.record.tax_number_key, "91440300MA5EXAMP1F")
        form.record.sudo().unlink()

    def test_new_customer_of_a_name(self):
        Partner = self.env["res.partner"].with_context(
            invoice_customer_search=True, default_is_company=True, default_name="新客户有限公司"
        )
        customer = Form(Partner).save()
        self.assertRecordValues(
            customer, [{"name": "新客户有限公司", "invoice_title": "新客户有限公司", "vat": False}]
        )

    def test_person_of_an_identity_card(self):
        Partner = self.env["res.partner"].with_context(
            invoice_customer_search=True,
            default_is_company=True,
            default_name="11010519491231002X",
        )
        defaults = Partner.default_get(["name", "vat", "is_company"])
        self.assertEqual(defaults, {"vat": "11010519491231002X", "is_company": False})

    def test_number_does_not_become_a_name(self):
        Partner = self.env["res.partner"].with_context(invoice_customer_search=True)
        with self.assertRaisesRegex(ValidationError, "tax number"):
            Partner.name_create(NUMBER)
        self.assertTrue(Partner.name_create("新客户")[0])

    def test_fields_of_the_screens_ask_for_it(self):
        for model in ("invoice.ticket", "invoice.contract"):
            arch = self.env[model].get_view(view_type="form")["arch"]
            self.assertIn("invoice_customer_search", arch)


@tagged("post_install", "-at_install")
class TestDuplicateWarning(TicketCommon):
    """The form says who is there already, to those who may know."""

    @users("ticket_sales", "ticket_manager")
    def test_while_a_new_customer_is_typed(self):
        with self.assertRaises(ValidationError), Form(self.env["res.partner"]) as form:
            form.name = "Beijing Example Trading Limited"
            self.assertIn("same name", form.duplicate_warning)
            form.name = form.invoice_title = "Another"
            self.assertFalse(form.duplicate_warning)
            form.vat = self.customer.vat.lower()
            self.assertIn("Beijing Example Trading has the same tax number", form.duplicate_warning)
            self.assertFalse(form.same_vat_partner_id, "One warning is enough.")
            form.vat = False
            form.invoice_bank_acc_number = "６２２２０２１００１１１６２４５７０２"
            self.assertIn("same bank account", form.duplicate_warning)
            self.assertNotIn("5702", form.duplicate_warning)
            form.vat = self.customer.vat

    def test_none_of_oneself_and_ones_contacts(self):
        contact = self.env["res.partner"].create({"name": "Ann", "parent_id": self.customer.id})
        self.assertFalse(self.customer.with_user(self.sales).duplicate_warning)
        self.assertFalse(contact.with_user(self.sales).duplicate_warning)
        self.assertFalse(Form(self.customer.with_user(self.sales)).duplicate_warning)

    def test_archived_twin_is_said_to_be_so(self):
        self.customer.active = False
        twin = self.env["res.partner"].create({"name": "Beijing Example Trading Co., Ltd."})
        self.assertIn("archived", twin.with_user(self.sales).duplicate_warning)

    def test_twin_that_one_may_not_see(self):
        self.env["res.partner"].create(
            {
                "name": "Beijing Hidden",
                "vat": NUMBER,
                "company_id": self.company_other.id,
                "user_id": self.colleague.id,
            }
        )
        form = Form(self.env["res.partner"].with_user(self.sales))
        form.vat = NUMBER
        self.assertIn("Ask Colleague", form.duplicate_warning)
        self.assertNotIn("Beijing", form.duplicate_warning)
        form.name = "Second"
        with self.assertRaisesRegex(ValidationError, "Ask Colleague") as refusal:
            form.save()
        self.assertNotIn("Beijing", str(refusal.exception))
