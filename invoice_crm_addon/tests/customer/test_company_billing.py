import base64

from odoo.exceptions import UserError
from odoo.tests import Form, HttpCase, tagged, users

from ..common import TicketCommon


@tagged("post_install", "-at_install")
class TestCompanyBilling(TicketCommon):
    """Billing data of the own company, for its suppliers."""

    def setUp(self):
        super().setUp()
        self.env.company.partner_id.write(
            {
                "country_id": self.env.ref("base.cn").id,
                "vat": "91310115MA1K4LFD7T",
                "invoice_title": "本示例有限公司",
                "invoice_bank_name": "示例银行",
                "invoice_bank_acc_number": "1202021609900012345",
            }
        )

    @users("ticket_outsider")
    def test_everybody_has_the_card_with_the_whole_account(self):
        card = Form(self.env["invoice.company.billing.wizard"])
        self.assertIn("1202021609900012345", card.text)
        self.assertIn("91310115MA1K4LFD7T", card.text)
        self.assertTrue(base64.b64decode(card.qr).startswith(b"\x89PNG"))
        self.assertFalse(card.problem)

    @users("ticket_outsider")
    def test_what_is_missing_is_said(self):
        self.env.company.sudo().partner_id.vat = False
        card = Form(self.env["invoice.company.billing.wizard"])
        self.assertIn("no tax number", card.problem)
        self.assertFalse(card.qr)

    @users("ticket_outsider")
    def test_companies_of_others_are_not_shown(self):
        card = self.env["invoice.company.billing.wizard"].create({})
        with self.assertRaises(UserError):
            card.company_id = self.company_other
            card.read(["text"])

    @users("ticket_outsider")
    def test_the_code_is_a_file(self):
        card = self.env["invoice.company.billing.wizard"].create({})
        action = card.action_download_qr()
        self.assertEqual(action["type"], "ir.actions.act_url")
        self.assertIn(f"/{card.id}/qr?download=true&filename=", action["url"])
        self.env.company.sudo().partner_id.vat = False
        card.invalidate_recordset()
        with self.assertRaisesRegex(UserError, "no tax number"):
            card.action_download_qr()


@tagged("post_install", "-at_install")
class TestCompanyCodeFile(TicketCommon, HttpCase):
    def test_colleagues_alone_get_the_file(self):
        self.company.partner_id.write(
            {"vat": "91310115MA1K4LFD7T", "invoice_title": "本示例有限公司"}
        )
        card = self.env["invoice.company.billing.wizard"].with_user(self.outsider).create({})
        url = card.action_download_qr()["url"]
        self.authenticate(self.outsider.login, self.outsider.login)
        answer = self.url_open(url)
        self.assertTrue(answer.content.startswith(b"\x89PNG"))
        self.assertIn("attachment", answer.headers["Content-Disposition"])
        self.authenticate(self.finance_other.login, self.finance_other.login)
        self.assertFalse(self.url_open(url).content.startswith(b"\x89PNG"))
