from lxml import etree

from odoo.tests import tagged

from .import_common import ImportCommon, make_excel, make_number


@tagged("post_install", "-at_install")
class TestRoundTrip(ImportCommon):
    """What the customer list exports is imported again, and changes nothing."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["res.lang"]._activate_lang("zh_CN")
        (cls.sales | cls.finance | cls.manager).group_ids += cls.env.ref("base.group_allow_export")
        level = cls.env["invoice.customer.level"].create({"name": "Round Trip"})
        tag = cls.env["res.partner.category"].create({"name": "Round Trip"})
        company = {"is_company": True, "customer_rank": 1}
        cls.customers = cls.env["res.partner"].create(
            [
                {
                    **company,
                    "name": "往返示例有限公司",
                    "vat": make_number(991),
                    "invoice_title": "往返示例有限公司",
                    "invoice_address": "北京市海淀区示例路1号",
                    "invoice_phone": "010-60000001",
                    "invoice_bank_name": "示例银行",
                    "invoice_bank_acc_number": "0200000000000000991",
                    "email": "a@example.com",
                    "phone": "13000000001",
                    "street": "海淀区示例路1号",
                    "city": "北京",
                    "country_id": cls.env.ref("base.cn").id,
                    "user_id": cls.sales.id,
                    "customer_level_id": level.id,
                    "category_id": tag.ids,
                },
                {
                    **company,
                    "name": "Muster GmbH",
                    "vat": "DE 129 273 398",
                    "country_id": cls.env.ref("base.de").id,
                },
                {
                    **company,
                    "name": "示例（香港）有限公司",
                    "vat": "74829105",
                    "country_id": cls.env.ref("base.hk").id,
                },
                {**company, "name": "无税号示例厂", "phone": "0755-12345678"},
                {"name": "李示例", "is_company": False, "customer_rank": 1},
            ]
        )
        contact = cls.env["res.partner"].create(
            {"name": "王示例", "parent_id": cls.customers[0].id, "phone": "13000000002"}
        )
        cls.customers[0].invoice_contact_id = contact

    def _export(self, user, lang, extra=()):
        """The file that the web client exports of the list, all optional columns shown."""
        customers = self.customers.with_user(user).with_context(lang=lang)
        view = self.env.ref("invoice_crm_addon.res_partner_view_list_customers")
        arch = etree.fromstring(customers.get_view(view.id, "list")["arch"])
        shown = [
            node.get("name")
            for node in arch.xpath("/list/field")
            if node.get("column_invisible") not in ("1", "True")
        ]
        described = customers.fields_get()
        names = [
            name
            for name in dict.fromkeys([*shown, *extra])
            if name in described
            and described[name].get("exportable", True)
            and described[name]["type"] not in ("binary", "one2many", "json", "properties")
        ]
        rows = customers.export_data(names)["datas"]
        texts = [
            ["" if value is False or value is None else str(value) for value in row] for row in rows
        ]
        return make_excel([[described[name]["string"] for name in names], *texts])

    def _assert_unchanged(self, user, lang, extra=()):
        before = self.customers.export_data(["name", "vat", "phone", "street", "invoice_phone"])
        content = self._export(user, lang, extra)
        run = self._start(content, user)
        rows = run.row_ids.sorted("number")
        self.assertEqual(
            rows.mapped("outcome"), ["unchanged"] * len(self.customers), rows.mapped("message")
        )
        after = self.customers.export_data(["name", "vat", "phone", "street", "invoice_phone"])
        self.assertEqual(before, after)

    def test_list_in_chinese(self):
        self._assert_unchanged(self.manager, "zh_CN")

    def test_list_in_english(self):
        self._assert_unchanged(self.manager, "en_US")

    def test_with_accounts_by_who_sees_them(self):
        self._assert_unchanged(self.finance, "zh_CN", ["invoice_bank_acc_number"])

    def test_with_masked_accounts(self):
        self.customers.user_id = self.sales
        self._assert_unchanged(self.sales, "zh_CN", ["invoice_bank_acc_number"])
