from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged, users

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
        self.assertTrue(form.is_tax_number_unlikely)
        form = self._paste(self.customer, "税号：91310115MA1K4LFD7T")
        self.assertFalse(form.is_tax_number_unlikely)

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
    def test_bank_without_account_is_not_lost_in_silence(self):
        partner = self.env["res.partner"].create({"name": "示例", "is_company": True})
        form = self._paste(partner, "开户行：示例银行北京海淀支行")
        with self.assertRaisesRegex(UserError, "enter the account number"):
            form.save().action_apply()

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

    @users("ticket_outsider")
    def test_others_do_not_paste(self):
        with self.assertRaises(AccessError):
            self.env["invoice.billing.paste.wizard"].create({"partner_id": self.customer.id})
