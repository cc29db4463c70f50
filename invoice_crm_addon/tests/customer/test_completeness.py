from lxml import etree

from odoo.exceptions import ValidationError
from odoo.tests import Form, tagged, users

from ...models.base.proof import proven
from ..common import TicketCommon


@tagged("post_install", "-at_install")
class TestCompleteness(TicketCommon):
    """How complete billing data are, as the database searches, sorts and groups it."""

    def _search(self, *domain):
        return self.env["res.partner"].search([("id", "in", self.customers.ids), *domain])

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.empty = cls.env["res.partner"].create({"name": "空白测试公司", "is_company": True})
        cls.customers = cls.customer | cls.empty

    def test_it_is_searched_sorted_and_grouped(self):
        self.assertEqual(self._search(("billing_completeness", "<", 100)), self.empty)
        ordered = self.env["res.partner"].search(
            [("id", "in", self.customers.ids)], order="billing_completeness desc"
        )
        self.assertEqual(ordered, self.customer | self.empty)
        groups = self.env["res.partner"]._read_group(
            [("id", "in", self.customers.ids)], ["billing_completeness"], ["__count"]
        )
        self.assertEqual(groups, [(0, 1), (100, 1)])

    def test_each_field_counts_from_wherever_it_is_written(self):
        account = self.bank_account
        for change, undo in (
            (lambda: self.customer.write({"vat": False}), {"vat": "91110108MA00TEST2K"}),
            (lambda: account.write({"bank_id": False}), {"invoice_bank_name": self.bank.name}),
        ):
            with self.subTest(undo=undo):
                change()
                self.assertEqual(self.customer.billing_completeness, 83)
                self.assertIn(self.customer, self._search(("billing_completeness", "<", 100)))
                self.customer.write(undo)
                self.assertEqual(self.customer.billing_completeness, 100)
        account.unlink()
        self.assertEqual(self.customer.billing_completeness, 83, "the bank stays")

    def test_an_individual_needs_neither_tax_number_nor_bank(self):
        person = self.env["res.partner"].create(
            {"name": "张三", "invoice_title": "张三", "invoice_address": "某路 1 号"}
        )
        self.assertEqual(person.billing_completeness, 67)
        person.invoice_phone = "13800000000"
        self.assertEqual(person.billing_completeness, 100)
        person.is_company = True
        self.assertEqual(person.billing_completeness, 50)

    def test_contacts_are_as_complete_as_their_company(self):
        contact = self.env["res.partner"].create({"name": "王", "parent_id": self.customer.id})
        self.assertEqual(contact.billing_completeness, 100)
        self.customer.invoice_phone = False
        self.assertEqual(contact.billing_completeness, 83)

    @users("ticket_sales")
    def test_the_title_is_proposed_from_the_name(self):
        for is_company in (True, False):
            with self.subTest(is_company=is_company):
                form = Form(self.env["res.partner"].with_context(default_is_company=is_company))
                form.name = "新客户"
                self.assertEqual(form.invoice_title, "新客户")

    # === BANK WITHOUT ACCOUNT === #

    @users("ticket_sales")
    def test_a_bank_is_kept_before_its_account_is_known(self):
        partner = self.env["res.partner"].browse(self.empty.id)
        with Form(partner) as form:
            form.invoice_bank_name = "测试银行北京支行"
        with Form(partner) as form:
            form.invoice_phone = "010-12345678"
        self.env.invalidate_all()
        self.assertEqual(partner.invoice_bank_name, "测试银行北京支行")
        with Form(partner) as form:
            form.invoice_bank_acc_number = "1100220033004400"
        account = partner.sudo().invoice_bank_account_id
        self.assertEqual(account.bank_id.name, "测试银行北京支行")
        partner.invoice_bank_acc_number = False
        self.env.invalidate_all()
        self.assertEqual(partner.invoice_bank_name, "测试银行北京支行")
        partner.invoice_bank_name = False
        self.assertFalse(partner.invoice_bank_id)

    def test_an_imported_bank_is_kept_without_account(self):
        result = self.env["res.partner"].load(["name", "invoice_bank_name"], [["甲", "乙银行"]])
        self.assertEqual(
            self.env["res.partner"].browse(result["ids"]).invoice_bank_id.name, "乙银行"
        )

    def test_the_bank_of_an_account_and_of_its_customer_are_one(self):
        other = self.env["res.bank"].create({"name": "另一银行"})
        self.customer.invoice_bank_id = other
        self.assertEqual(self.bank_account.bank_id, other)
        self.bank_account.bank_id = self.bank
        self.assertEqual(self.customer.invoice_bank_id, self.bank)

    def test_a_bank_alone_is_billing_data(self):
        """It is reviewed, locked, printed and inherited as an account is."""
        proven(self.empty).billing_state = "verified"
        self.empty.invoice_bank_name = "测试银行"
        self.assertEqual(self.empty.billing_state, "unverified")
        contact = self.env["res.partner"].create({"name": "王", "parent_id": self.empty.id})
        self.assertEqual(contact.invoice_bank_id, self.empty.invoice_bank_id)
        self.assertEqual(self._create_ticket(partner_id=self.empty.id).buyer_bank_name, "测试银行")

    def test_a_rejected_change_brings_the_bank_back(self):
        self._create_flow(
            "res.partner", [self.approver], trigger_fields=["invoice_bank_account_id"]
        )
        self.empty.write({"invoice_bank_name": "原银行", "invoice_phone": "010-12345678"})
        self.empty.invoice_title = self.empty.name
        self.empty.with_user(self.sales).action_submit_billing()
        self.empty.approval_request_ids.with_user(self.approver).action_approve()
        for change in ({"invoice_bank_name": False}, {"invoice_bank_acc_number": "11002200330044"}):
            with self.subTest(change):
                self.empty.with_user(self.sales).write(change)
                request = self.empty.approval_request_ids.filtered(lambda r: r.state == "pending")
                request.with_user(self.approver).action_reject("No")
                self.assertEqual(self.empty.invoice_bank_name, "原银行")
                self.assertFalse(self.empty.invoice_bank_account_id)

    # === CONTACT === #

    def test_the_billing_contact_gets_the_tickets_and_belongs_to_the_customer(self):
        contact = self.env["res.partner"].create(
            {"name": "财务王女士", "email": "wang@example.com", "parent_id": self.customer.id}
        )
        self.customer.with_user(self.sales).invoice_contact_id = contact
        ticket = self._create_ticket()
        self._issue(ticket)
        action = ticket.with_user(self.finance).action_send()
        composer = Form(
            self.env["mail.compose.message"]
            .with_user(self.finance)
            .with_context(**action["context"])
        )
        self.assertIn(contact, composer.partner_ids[:])
        self.assertNotIn(self.customer, composer.partner_ids[:])
        contact.parent_id = self.empty
        self.assertFalse(self.customer.invoice_contact_id)
        with self.assertRaisesRegex(ValidationError, "does not work for"):
            self.customer.invoice_contact_id = contact

    # === LIST OF CUSTOMERS === #

    def test_the_list_shows_customers_and_nobody_else(self):
        Partner = self.env["res.partner"]
        vendor = Partner.create({"name": "供应商", "supplier_rank": 1})
        both = Partner.create({"name": "双方", "supplier_rank": 1, "customer_rank": 1})
        ticketed = Partner.create({"name": "开过票", "supplier_rank": 1})
        self._create_ticket(partner_id=ticketed.id)
        employee = self.env["hr.employee"].create({"name": "员工"}).work_contact_id
        portal = self.env["res.users"].create(
            {
                "name": "客户用户",
                "login": "portal.customer",
                "group_ids": [(6, 0, self.env.ref("base.group_portal").ids)],
            }
        )
        shown = self.customer | self.empty | both | ticketed | portal.partner_id
        hidden = vendor | employee | self.env.company.partner_id | self.sales.partner_id
        former = self._create_user("former", ["base.group_user"])
        former.active = False
        hidden |= former.partner_id
        hidden |= Partner.create({"name": "联系人", "parent_id": self.customer.id})
        Model = Partner.with_user(self.sales)
        found = Model.search(
            [("id", "in", (shown | hidden).ids), ("is_billing_customer", "=", True)]
        )
        self.assertEqual(set(found.ids), set(shown.ids))
        self.assertTrue(Model.browse(both.id).is_billing_customer)
        self.assertFalse(Model.browse(vendor.id).is_billing_customer)

    def test_the_tax_number_has_one_name(self):
        """Wherever it stands, in a Chinese company."""
        for view_type in ("form", "list"):
            views = self.env["res.partner"].with_company(self.company).get_view(view_type=view_type)
            arch = etree.fromstring(views["arch"])
            names = {node.get("string") for node in arch.xpath("//field[@name='vat']")}
            self.assertLessEqual(names, {"Tax Number"})
        self.assertEqual(self.customer.with_company(self.company).vat_label, "Tax Number")
