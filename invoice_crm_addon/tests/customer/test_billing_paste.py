import base64

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, tagged, users

from ...fapiao import Party, build_billing_qr
from ...models.base.proof import proven
from ..common import TicketCommon

TEXT = """名称：示例（北京）科技有限公司
纳税人识别号：91110108MA00TEST2K
地址、电话：北京市海淀区示例路 1 号 010-62345678
开户行及账号：示例银行北京海淀支行 6222 0210 0111 6245 702"""


@tagged("post_install", "-at_install")
class TestBillingPaste(TicketCommon):
    """Billing data as customers send them, taken over by whoever may write the customer."""

    def _paste(self, partner, text=TEXT):
        form = Form(
            self.env["invoice.billing.paste.wizard"].with_context(default_partner_id=partner.id)
        )
        form.text = text
        return form

    @users("ticket_sales")
    def test_text_is_split_and_taken_over(self):
        partner = self.env["res.partner"].create({"name": "示例", "is_company": True})
        self.customer.vat = False
        form = self._paste(partner)
        self.assertEqual(form.invoice_phone, "010-62345678")
        form.save().action_apply()
        self.assertRecordValues(
            partner.sudo(),
            [
                {
                    "invoice_title": "示例（北京）科技有限公司",
                    "vat": "91110108MA00TEST2K",
                    "invoice_address": "北京市海淀区示例路 1 号",
                    "invoice_phone": "010-62345678",
                    "invoice_bank_name": "示例银行北京海淀支行",
                }
            ],
        )
        account = partner.sudo().invoice_bank_account_id
        self.assertEqual(account.sanitized_acc_number, "6222021001116245702")

    @users("ticket_sales")
    def test_what_is_not_found_stays(self):
        partner = self.customer.with_env(self.env)
        form = self._paste(partner, "电话：010-11112222")
        form.save().action_apply()
        self.assertEqual(partner.invoice_phone, "010-11112222")
        self.assertEqual(partner.vat, "91110108MA00TEST2K")

    @users("ticket_sales")
    def test_unlikely_number_is_seen_before(self):
        form = self._paste(self.customer, "税号：91310115MA1K4LFD70")
        self.assertIn("check digit", form.warnings)
        form = self._paste(self.customer, "税号：91310115MA1K4LFD7T")
        self.assertFalse(form.warnings)

    @users("ticket_sales")
    def test_another_account_is_not_at_the_bank_of_the_one_before(self):
        self._paste(self.customer, "账号：6222021001116240000").save().action_apply()
        account = self.customer.invoice_bank_account_id
        self.assertEqual(account.sanitized_acc_number, "6222021001116240000")
        self.assertFalse(account.bank_id)

    @users("ticket_sales")
    def test_the_same_account_stays_at_its_bank(self):
        account, bank = self.bank_account, self.bank_account.bank_id
        self.assertTrue(bank)
        self._paste(self.customer, "账号：6222 0210 0111 6245 702").save().action_apply()
        self.assertEqual(self.customer.invoice_bank_account_id, account)
        self.assertEqual(account.bank_id, bank)

    @users("ticket_sales")
    def test_bank_without_account_is_kept(self):
        partner = self.env["res.partner"].create({"name": "示例", "is_company": True})
        self._paste(partner, "开户行：示例银行北京海淀支行").save().action_apply()
        self.assertEqual(partner.invoice_bank_name, "示例银行北京海淀支行")

    @users("ticket_sales")
    def test_nobody_learns_the_name_of_a_hidden_customer(self):
        hidden = (
            self.env["res.partner"]
            .sudo()
            .create({"name": "Hidden", "company_id": self.company_other.id})
        )
        with self.assertRaises(AccessError):
            self.env["invoice.billing.paste.wizard"].create({"partner_id": hidden.id})

    @users("ticket_sales")
    def test_nothing_found_says_so(self):
        wizard = self.env["invoice.billing.paste.wizard"].create({"partner_id": self.customer.id})
        with self.assertRaisesRegex(UserError, "Nothing was found"):
            wizard.action_apply()

    @users("ticket_sales")
    def test_what_is_locked_is_locked_here(self):
        self._create_flow("res.partner", [self.manager])
        proven(self.customer)._submit_for_approval()
        form = self._paste(self.customer, "电话：010-11112222")
        with self.assertRaises(UserError):
            form.save().action_apply()

    @users("ticket_sales")
    def test_code_and_web_address(self):
        code = build_billing_qr(Party(name="示例有限公司", tax_id="91310115MA1K4LFD7T"))
        self.assertEqual(self._paste(self.customer, code).vat, "91310115MA1K4LFD7T")
        form = self._paste(self.customer, "https://register.example.com/?key=a")
        self.assertIn("web address", form.problem)
        self.assertFalse(form.invoice_title)

    @users("ticket_sales")
    def test_file_that_is_none_gets_a_sentence(self):
        form = self._paste(self.customer, "")
        form.file = base64.b64encode(b"\x89PNG\r\n")
        self.assertIn("damaged", form.problem)

    @users("ticket_sales")
    def test_account_stays_masked_beside_what_was_read(self):
        form = self._paste(self.customer, "账号：6222021001116240000")
        self.assertIn("5702", form.differences)
        self.assertNotIn("6222021001116245702", form.differences)

    @users("ticket_sales")
    def test_new_customer_or_the_one_with_the_number(self):
        Wizard = self.env["invoice.billing.paste.wizard"]
        wizard = Wizard.create({"text": "新示例有限公司\n91310115MA1K4LFD7T"})
        action = wizard.action_apply()
        partner = self.env["res.partner"].browse(action["res_id"])
        self.assertEqual(partner.vat, "91310115MA1K4LFD7T")
        self.assertTrue(partner.is_company)
        again = Wizard.create({"text": "另一名称有限公司\n91310115MA1K4LFD7T"}).action_apply()
        self.assertEqual(again["res_id"], partner.id)
        self.assertEqual(partner.invoice_title, "新示例有限公司")

    @users("ticket_sales")
    def test_account_is_judged_and_not_shown(self):
        partner = self.customer.with_env(self.env)
        partner.invoice_bank_acc_number = "NRA123456789"
        self.assertIn("holds letters", partner.billing_warnings)
        self.assertNotIn("123456789", partner.billing_warnings)
        with self.assertRaisesRegex(ValidationError, "characters that no account"):
            partner.invoice_bank_acc_number = "见附件"

    @users("ticket_sales")
    def test_clearing_number(self):
        partner = self.customer.with_env(self.env)
        partner.invoice_clearing_number = "102331002028"
        self.assertEqual(self.bank_account.clearing_number, "102331002028")
        with self.assertRaisesRegex(ValidationError, "12 digits"):
            partner.invoice_clearing_number = "123"

    @users("ticket_outsider")
    def test_others_do_not_paste(self):
        with self.assertRaises(AccessError):
            self.env["invoice.billing.paste.wizard"].create({"partner_id": self.customer.id})
