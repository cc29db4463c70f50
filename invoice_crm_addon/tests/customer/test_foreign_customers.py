from odoo.exceptions import ValidationError
from odoo.fields import Command
from odoo.tests import Form, tagged, users

from .import_common import ImportCommon

GERMAN, HONGKONG, TAIWAN = "DE 129 273 398", "74829105", "04595257"


@tagged("post_install", "-at_install")
class TestForeignCustomers(ImportCommon):
    """Customers abroad, in Hong Kong, Macau and Taiwan have tax numbers of another kind."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.german = cls._create_abroad("Muster GmbH", "de", GERMAN)
        cls.hongkong = cls._create_abroad("示例（香港）有限公司", "hk", HONGKONG)

    @classmethod
    def _create_abroad(cls, name, code, number):
        return cls.env["res.partner"].create(
            {
                "name": name,
                "is_company": True,
                "customer_rank": 1,
                "country_id": cls.env.ref(f"base.{code}").id,
                "vat": number,
            }
        )

    def _find_typed(self, typed):
        partners = self.env["res.partner"].with_user(self.sales)
        found = partners.with_context(invoice_customer_search=True).name_search(typed)
        return [id_ for id_, _name in found]

    def test_numbers_stay_as_they_are(self):
        self.assertEqual(self.german.vat, GERMAN)
        self.assertFalse(self.german.tax_number_key)
        self.assertFalse(self.german.billing_warnings)
        for code in ("hk", "mo", "tw"):
            self._create_abroad(f"Company of {code}", code, "12-345")
        with self.assertRaisesRegex(ValidationError, "choose its country"):
            self.env["res.partner"].create({"name": "Nowhere", "vat": "12-345"})

    def test_found_by_number_however_typed(self):
        for typed in (GERMAN, "DE129273398", "de-129273398", "DE129", "129 273"):
            with self.subTest(typed=typed):
                self.assertIn(self.german.id, self._find_typed(typed))
        self.assertEqual(self._find_typed(HONGKONG)[:1], self.hongkong.ids)

    def test_completeness_asks_for_no_more_than_there_is(self):
        self.hongkong.invoice_title = self.hongkong.name
        self.assertNotIn("CNAPS", self.hongkong.billing_missing or "")
        self.assertEqual(
            self.env["res.partner"].search(
                [("id", "=", self.hongkong.id), ("billing_completeness", "<", 100)]
            ),
            self.hongkong,
        )

    def test_duplicates(self):
        twin = self._create_abroad("Muster Deutschland", "de", "DE129273398")
        rows = self.env["invoice.customer.duplicate"].with_user(self.sales).search([])
        kinds = {row.kind for row in rows if row.partner_id == twin}
        self.assertEqual(kinds, {"number"})

    def test_one_number_in_two_countries_is_two_customers(self):
        self._create_abroad("Taiwan Company", "tw", HONGKONG)
        rows = self.env["invoice.customer.duplicate"].with_user(self.sales).search([])
        self.assertNotIn(self.hongkong, rows.filtered(lambda r: r.kind == "number").partner_id)

    # === IMPORT === #

    def test_import_with_country(self):
        run = self._import(
            [
                ["客户名称", "税号", "国家/地区", "电子邮箱"],
                ["Example Inc.", "12-3456789", "美国", "a@example.com"],
                ["澳门示例", "80001234", "mo", "b@example.com"],
                ["Wrong", "12-3456789", "中国", "c@example.com"],
                ["Atlantis", "1", "Atlantis", "d@example.com"],
                ["Nowhere", "12-3456789", "", "e@example.com"],
            ],
            self.manager,
        )
        self.assertOutcomes(run, ["new", "new", "error", "error", "error"])
        created = run.row_ids.sorted("number").partner_id
        self.assertEqual(created.mapped("country_id.code"), ["US", "MO"])
        self.assertEqual(created.mapped("vat"), ["12-3456789", "80001234"])
        messages = run.row_ids.sorted("number").mapped("message")
        self.assertIn("Atlantis", messages[3])
        self.assertIn("enter its country", messages[4])

    def test_import_changes_who_lives_abroad(self):
        run = self._import(
            [["客户名称", "税号", "电子邮箱"], [self.german.name, GERMAN, "new@example.com"]],
            self.manager,
        )
        self.assertOutcomes(run, ["update"])
        self.assertRecordValues(self.german, [{"email": "new@example.com", "vat": GERMAN}])
        run.action_undo()
        self.assertFalse(self.german.email)

    # === PASTE === #

    @users("ticket_sales")
    def test_paste_of_somebody_abroad(self):
        wizard = Form(self.env["invoice.billing.paste.wizard"])
        wizard.text = "Name: Beispiel AG\nVAT ID: DE 811 907 980"
        self.assertEqual(wizard.country_id.code, "DE")
        self.assertFalse(wizard.warnings)
        customer_id = wizard.save().action_apply()["res_id"]
        customer = self.env["res.partner"].browse(customer_id)
        self.assertEqual(customer.country_id.code, "DE")
        self.assertEqual(customer.vat, "DE811907980")

    @users("ticket_sales")
    def test_paste_for_taiwan(self):
        wizard = Form(self.env["invoice.billing.paste.wizard"])
        wizard.text = f"名称：台灣示例股份有限公司\n税号：{TAIWAN}"
        self.assertIn("15, 17, 18", wizard.warnings)
        wizard.country_id = self.env.ref("base.tw")
        self.assertFalse(wizard.warnings)
        customer_id = wizard.save().action_apply()["res_id"]
        self.assertEqual(self.env["res.partner"].browse(customer_id).vat, TAIWAN)

    @users("ticket_sales")
    def test_paste_finds_who_is_there(self):
        wizard = Form(self.env["invoice.billing.paste.wizard"])
        wizard.text = "Name: Muster GmbH\nVAT ID: DE129273398"
        self.assertEqual(wizard.save().action_apply()["res_id"], self.german.id)

    # === TICKETS === #

    def test_ticket_takes_the_number(self):
        ticket = self._create_ticket(
            partner_id=self.german.id, type_id=self.type_receipt.id, line_ids=[Command.clear()]
        )
        self.assertEqual(ticket.buyer_vat, GERMAN)
