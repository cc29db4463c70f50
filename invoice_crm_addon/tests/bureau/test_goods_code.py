import base64
import io

import openpyxl

from odoo.exceptions import AccessError, ValidationError
from odoo.fields import Command
from odoo.tests import Form, tagged

from ..common import TicketCommon

SOFTWARE = "1060201010000000000"
SERVICE = "3040201030000000000"


@tagged("post_install", "-at_install")
class TestGoodsCode(TicketCommon):
    """The list of a company, its products and categories, and the lines that take it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        Goods = cls.env["invoice.goods.code"].with_company(cls.company)
        cls.software, cls.service, cls.exempt = Goods.create(
            [
                {
                    "name": "Software",
                    "code": SOFTWARE,
                    "short_name": "软件",
                    "rates": "13%",
                    "company_id": cls.company.id,
                },
                {
                    "name": "Maintenance",
                    "code": SERVICE,
                    "short_name": "信息技术服务",
                    "rates": "6%, 3%",
                    "company_id": cls.company.id,
                },
                {
                    "name": "Books",
                    "code": "1060105020000000000",
                    "policy": "免税",
                    "company_id": cls.company.id,
                },
            ]
        )
        Category = cls.env["product.category"].with_company(cls.company)
        cls.category = Category.create({"name": "Goods", "goods_code_id": cls.software.id})
        cls.below = Category.create({"name": "Below", "parent_id": cls.category.id})
        cls.plain = Category.create({"name": "Plain"})
        Product = cls.env["product.product"].with_company(cls.company)
        cls.inherited, cls.own, cls.uncoded = Product.create(
            [
                {"name": "Inherited", "categ_id": cls.below.id},
                {"name": "Own", "categ_id": cls.below.id, "goods_code_id": cls.service.id},
                {"name": "Uncoded", "categ_id": cls.plain.id},
            ]
        )

    def _line_of(self, product, **values):
        lines = [Command.create({"product_id": product.id, "price_unit": 100.0, **values})]
        return self._create_ticket(line_ids=lines).line_ids

    def test_line_takes_the_code_of_its_product(self):
        for product, code in (
            (self.inherited, SOFTWARE),
            (self.own, SERVICE),
            (self.uncoded, False),
        ):
            with self.subTest(product=product.name):
                self.assertEqual(self._line_of(product).tax_code, code)

    def test_product_without_category(self):
        product = self.env["product.product"].create({"name": "Loose", "categ_id": False})
        template = product.product_tmpl_id.with_company(self.company)
        self.assertFalse(template.goods_code_used_id)
        self.assertFalse(self._line_of(product).tax_code)
        found = template.search([("goods_code_used_id", "=", False)])
        self.assertIn(template, found)

    def test_what_is_typed_stays(self):
        self.assertEqual(self._line_of(self.own, tax_code=SOFTWARE).tax_code, SOFTWARE)
        line = self._line_of(self.own)
        line.tax_code = SOFTWARE
        line.price_unit = 5.0
        self.assertEqual(line.tax_code, SOFTWARE)
        line.product_id = self.uncoded
        self.assertFalse(line.tax_code, "another product's code")

    def test_form_shows_it_at_once(self):
        with Form(self.env["invoice.ticket"].with_user(self.sales)) as form:
            form.partner_id = self.customer
            with form.line_ids.new() as line:
                line.product_id = self.own
                self.assertEqual(line.tax_code, SERVICE)
                self.assertEqual(line.goods_short_name, "信息技术服务")

    def test_other_company_has_codes_of_its_own(self):
        lines = [Command.create({"product_id": self.own.id, "price_unit": 1.0})]
        ticket = self._create_ticket(company_id=self.company_other.id, line_ids=lines)
        self.assertFalse(ticket.line_ids.tax_code)

    def test_unusual_rate_warns(self):
        line = self._line_of(self.own, tax_id=self.tax_13.id)
        self.assertIn("13%", line.ticket_id.goods_hint)
        line.tax_id = self.tax_6
        self.assertFalse(line.ticket_id.goods_hint)
        line.tax_id, line.tax_policy = self.tax_13, "简易征收"
        self.assertFalse(line.ticket_id.goods_hint)

    def test_policy_comes_with_the_code(self):
        self.uncoded.with_company(self.company).goods_code_id = self.exempt
        self.assertEqual(self._line_of(self.uncoded).tax_policy, "免税")

    def test_products_without_code_are_found(self):
        Product = self.env["product.template"].with_company(self.company)
        found = Product.search([("goods_code_used_id", "=", False)])
        products = (self.inherited | self.own | self.uncoded).product_tmpl_id
        self.assertEqual(found & products, self.uncoded.product_tmpl_id)
        found = Product.search([("goods_code_used_id", "=", self.software.id)])
        self.assertEqual(found & products, self.inherited.product_tmpl_id)
        found = Product.search([("goods_code_used_id", "!=", False)])
        self.assertEqual(found & products, (self.inherited | self.own).product_tmpl_id)
        self.own.with_company(self.company_other).invalidate_recordset()
        other = Product.with_company(self.company_other)
        self.assertLessEqual(products, other.search([("goods_code_used_id", "=", False)]))

    def test_codes_have_19_digits_and_rates_are_rates(self):
        for values in ({"code": "123"}, {"code": "１" * 19}, {"rates": "a lot"}):
            with self.subTest(values=values), self.assertRaises(ValidationError):
                self.software.write(values)

    def test_finance_gives_codes_without_right_to_products(self):
        Wizard = self.env["invoice.goods.code.wizard"].with_user(self.finance)
        values = {
            "product_ids": [Command.set(self.uncoded.product_tmpl_id.ids)],
            "goods_code_id": self.service.id,
        }
        Wizard.create(values).action_confirm()
        product = self.uncoded.with_company(self.company)
        self.assertEqual(product.goods_code_id, self.service)
        product.goods_code_id = False
        Wizard.create({**values, "target": "category"}).action_confirm()
        self.assertFalse(product.goods_code_id)
        self.assertEqual(product.goods_code_used_id, self.service)
        with self.assertRaises(AccessError):
            self.env["invoice.goods.code.wizard"].with_user(self.sales).create(values)

    # === IMPORT === #

    def _import(self, rows, user=None):
        book = openpyxl.Workbook()
        for row in rows:
            book.active.append(row)
        file = io.BytesIO()
        book.save(file)
        Wizard = self.env["invoice.goods.code.import.wizard"].with_user(user or self.finance)
        return Wizard.create({"content": base64.b64encode(file.getvalue()), "filename": "a.xlsx"})

    def _rows(self):
        return [
            ["项目信息导出"],
            ["项目名称", "商品和服务税收分类编码", "商品和服务分类简称", "税率/征收率"],
            ["Licence", SOFTWARE, "软件", "13%"],
            ["Advice", "3040602000000000000", "咨询服务", "0.06"],
            ["Broken", "30406", "", "6%"],
        ]

    def test_import_is_looked_at_and_then_taken_once(self):
        wizard = self._import(self._rows())
        counts = (wizard.new_count, wizard.changed_count, wizard.same_count, wizard.fault_count)
        self.assertEqual(counts, (1, 1, 0, 1))
        self.assertIn("30406", wizard.faults)
        self.assertEqual(self.software.name, "Software", "only looked at")
        wizard.action_confirm()
        self.assertEqual(self.software.name, "Licence")
        advice = self.env["invoice.goods.code"].search(
            [("code", "=", "3040602000000000000"), ("company_id", "=", self.company.id)]
        )
        self.assertEqual(advice.rates, "6%")
        again = self._import(self._rows())
        self.assertEqual((again.new_count, again.changed_count, again.same_count), (0, 0, 2))

    def test_other_files_are_sentences(self):
        self.assertIn("项目名称", self._import([["a", "b"]]).problem)
        Wizard = self.env["invoice.goods.code.import.wizard"].with_user(self.finance)
        for content in (b"PK\x03\x04 broken", b"\xd0\xcf\x11\xe0", b"x,y\n1,2"):
            wizard = Wizard.create({"content": base64.b64encode(content)})
            self.assertTrue(wizard.problem)

    def test_sales_import_nothing(self):
        with self.assertRaises(AccessError):
            self._import(self._rows(), self.sales)
