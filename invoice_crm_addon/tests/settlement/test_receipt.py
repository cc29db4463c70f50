import io

import pypdfium2

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import Form, tagged

from .common import SettlementCommon


@tagged("post_install", "-at_install")
class TestReceipt(SettlementCommon):
    """A receipt says that money came in, and takes none of what a fapiao may take."""

    def _create_receipt(self, payment, user=None):
        action = payment.with_user(user or self.cashier).action_create_receipt()
        return self.env["invoice.ticket"].browse(action["res_id"])

    # === WRITE === #

    def test_finance_writes_the_receipt_of_a_payment_with_one_click(self):
        payment = self._create_payment(memo="Deposit of the gate")
        self.assertTrue(payment.with_user(self.cashier).can_create_receipt)
        receipt = self._create_receipt(payment)
        self.assertRecordValues(
            receipt,
            [
                {
                    "type_id": self.type_receipt.id,
                    "partner_id": self.customer.id,
                    "state": "issued",
                    "amount_total": 1130.0,
                    "payment_state": "paid",
                    "content": "Deposit of the gate",
                }
            ],
        )
        self.assertEqual(payment.with_user(self.cashier).receipt_id, receipt)
        self.assertFalse(payment.with_user(self.cashier).can_create_receipt)

    def test_receipt_waits_where_a_flow_applies(self):
        self._create_flow("invoice.ticket", [self.approver])
        receipt = self._create_receipt(self._create_payment())
        self.assertEqual(receipt.state, "pending")

    def test_receipt_of_a_payment_of_invoices_names_them(self):
        invoices = self._create_invoice() | self._create_invoice()
        receipt = self._create_receipt(self._pay(invoices))
        for invoice in invoices:
            self.assertIn(invoice.name, receipt.content)

    def test_one_receipt_a_payment_unless_it_is_voided(self):
        payment = self._create_payment()
        receipt = self._create_receipt(payment)
        with self.assertRaisesRegex(UserError, receipt.name):
            self._create_receipt(payment)
        receipt.with_user(self.finance).action_void("Wrong name")
        self.assertNotEqual(self._create_receipt(payment), receipt)

    def test_second_receipt_by_hand_is_not_submitted(self):
        payment = self._create_payment()
        receipt = self._create_receipt(payment)
        allocation = Command.create({"payment_id": payment.id, "amount": 1130.0})
        second = self._create_ticket(type_id=self.type_receipt.id, allocation_ids=[allocation])
        with self.assertRaisesRegex(UserError, receipt.name):
            second.with_user(self.sales).action_submit()

    def test_many_payments_get_a_receipt_each(self):
        payments = self._create_payment() | self._create_payment(amount=50.0)
        payments.with_user(self.cashier).action_create_receipt()
        self.assertEqual(
            [payment.receipt_id.amount_total for payment in payments.with_user(self.cashier)],
            [1130.0, 50.0],
        )

    def test_what_did_not_come_in_has_no_receipt(self):
        draft = self._create_payment(post=False)
        refund = self._create_payment(payment_type="outbound")
        for payment in (draft, refund):
            self.assertFalse(payment.with_user(self.cashier).can_create_receipt)
            with self.assertRaisesRegex(UserError, "came in"):
                self._create_receipt(payment)

    def test_who_may_not_write_tickets_writes_no_receipt(self):
        payment = self._create_payment()
        with self.assertRaisesRegex(UserError, "may not create tickets"):
            self._create_receipt(payment, self.auditor)
        with self.assertRaises(AccessError):
            self._create_receipt(payment, self.outsider)

    def test_receipt_without_a_type_for_it_says_so(self):
        self.env["invoice.ticket.type"].search([("takes_amount", "=", False)]).active = False
        with self.assertRaisesRegex(UserError, "no type for receipts"):
            self._create_receipt(self._create_payment())

    def test_company_chooses_the_type(self):
        own = self.type_receipt.copy()
        self.company.receipt_type_id = own
        self.assertEqual(self._create_receipt(self._create_payment()).type_id, own)

    # === WHAT IT TAKES === #

    def test_fapiao_takes_what_is_receipted_already(self):
        payment = self._create_payment()
        self._create_receipt(payment)
        self.assertEqual(payment.amount_to_ticket, 1130.0)
        self._assert_figures(payment, 0.0, 0.0, 1130.0)
        fapiao = self._ticket(payment)
        self._assert_figures(payment, 0.0, 1130.0, 0.0)
        self._issue(fapiao)
        self._assert_figures(payment, 1130.0, 0.0, 0.0)

    def test_receipt_of_what_a_fapiao_took_already(self):
        payment = self._create_payment()
        self._issue(self._ticket(payment))
        self.assertEqual(self._create_receipt(payment).state, "issued")
        self._assert_figures(payment, 1130.0, 0.0, 0.0)

    def test_receipt_leaves_the_contract_to_the_fapiao(self):
        chain = self._create_chain()
        chain["payment"].invoice_contract_id = chain["contract"]
        receipt = self._create_receipt(chain["payment"])
        self.assertEqual(receipt.contract_id, chain["contract"])
        self._assert_figures(chain["contract"], 0.0, 0.0, 1130.0)
        self._issue(self._ticket(chain["contract"]))
        self._assert_figures(chain["contract"], 1130.0, 0.0, 0.0)

    def test_money_of_a_closed_contract_is_receipted(self):
        contract = self._create_active_contract()
        payment = self._create_payment(invoice_contract_id=contract.id)
        contract.action_close()
        self.assertEqual(self._create_receipt(payment).state, "issued")

    def test_draft_takes_by_the_type_that_it_has_when_it_is_submitted(self):
        payment = self._create_payment()
        for before, after, taken in (
            (self.type_receipt, self.type_voucher, 1130.0),
            (self.type_voucher, self.type_receipt, 0.0),
        ):
            allocation = Command.create({"payment_id": payment.id, "amount": 1130.0})
            ticket = self._create_ticket(type_id=before.id, allocation_ids=[allocation])
            ticket.type_id = after
            self._approve(ticket)
            self._assert_figures(payment, 0.0, taken, 1130.0 - taken)
            ticket.with_user(self.sales).action_reset()
            ticket.unlink()

    def test_type_that_takes_no_more_frees_what_its_tickets_took(self):
        payment = self._create_payment()
        allocation = Command.create({"payment_id": payment.id, "amount": 1130.0})
        ticket = self._create_ticket(type_id=self.type_voucher.id, allocation_ids=[allocation])
        self._issue(ticket)
        self._assert_figures(payment, 1130.0, 0.0, 0.0)
        self.type_voucher.takes_amount = False
        self._assert_figures(payment, 0.0, 0.0, 1130.0)
        self.type_voucher.takes_amount = True
        self._assert_figures(payment, 1130.0, 0.0, 0.0)

    def test_type_does_not_take_what_others_took(self):
        payment = self._create_payment()
        self._create_receipt(payment)
        self._ticket(payment)
        with self.assertRaisesRegex(UserError, "too much"):
            self.type_receipt.takes_amount = True

    def test_fapiao_type_takes(self):
        with self.assertRaisesRegex(ValidationError, "takes the amount"):
            self.type_ordinary.takes_amount = False
        with Form(self.type_receipt) as form:
            form.is_fapiao = True
            self.assertTrue(form.takes_amount)
            form.is_fapiao = False
            form.takes_amount = False

    # === WORDS, PRINT, SEND === #

    def test_amount_in_words(self):
        self.env["res.lang"]._activate_lang("zh_CN")
        receipt = self._create_receipt(self._create_payment())
        chinese = receipt.with_context(lang="zh_CN")
        self.assertEqual(chinese.amount_in_words, "人民币壹仟壹佰叁拾元整")
        self.assertTrue(receipt.with_context(lang="en_US").amount_in_words)
        self.assertNotIn("人民币", receipt.with_context(lang="en_US").amount_in_words)
        usd = self._enable_usd()
        foreign = self._create_receipt(self._create_payment(currency_id=usd.id))
        self.assertNotIn("人民币", foreign.with_context(lang="zh_CN").amount_in_words)

    def test_receipt_is_printed_in_the_language_of_the_customer(self):
        self.env["res.lang"]._activate_lang("zh_CN")
        self.customer.lang = "zh_CN"
        receipt = self._create_receipt(self._create_payment(memo="押金"))
        Report = self.env["ir.actions.report"].with_user(self.cashier)
        html, _kind = Report._render_qweb_html("invoice_crm_addon.receipt", receipt.ids)
        text = html.decode()
        for part in ("人民币壹仟壹佰叁拾元整", self.customer.invoice_title, "押金", "Bank"):
            self.assertIn(part, text)

    def test_receipt_is_mailed_with_our_text(self):
        payment = self._create_payment().with_user(self.cashier)
        self.assertFalse(payment.can_send_receipt)
        with self.assertRaises(UserError):
            payment.action_send_receipt()
        receipt = self._create_receipt(payment)
        payment.invalidate_recordset()
        action = payment.action_send_receipt()
        template = self.env.ref("invoice_crm_addon.mail_template_receipt")
        self.assertEqual(action["context"]["default_template_id"], template.id)
        self.assertEqual(action["context"]["default_res_ids"], receipt.ids)
        body = template._render_field("body_html", receipt.ids)[receipt.id]
        self.assertIn("We have received", body)
        self.assertEqual(
            template.report_template_ids, self.env.ref("invoice_crm_addon.receipt_report")
        )
        other = self._create_ticket(type_id=self.type_ordinary.id)
        self._issue(other)
        context = other.action_send()["context"]
        self.assertNotEqual(context["default_template_id"], template.id)

    def test_receipt_on_the_form_of_the_payment(self):
        payment = self._create_payment()
        receipt = self._create_receipt(payment)
        with Form(payment.with_user(self.cashier)) as form:
            self.assertEqual(form.receipt_id, receipt)
            self.assertFalse(form.can_create_receipt)


@tagged("post_install", "-at_install")
class TestReceiptPdf(SettlementCommon):
    """The receipt as a file, with the program that writes it where the product runs."""

    def test_pdf_is_read_back_in_chinese(self):
        self.env["res.lang"]._activate_lang("zh_CN")
        self.customer.write({"lang": "zh_CN", "invoice_title": "北京示例贸易有限公司"})
        self.cashier.name = "王会计"
        payment = self._create_payment(memo="二号楼押金", date="2026-11-02")
        action = payment.with_user(self.cashier).action_create_receipt()
        receipt = self.env["invoice.ticket"].browse(action["res_id"])
        receipt.note = "Only for colleagues"
        Report = self.env["ir.actions.report"].with_user(self.cashier)
        with self.allow_pdf_render():
            content, kind = Report.with_context(force_report_rendering=True)._render_qweb_pdf(
                "invoice_crm_addon.receipt", receipt.ids
            )
        self.assertEqual(kind, "pdf")
        pages = pypdfium2.PdfDocument(io.BytesIO(content))
        self.assertEqual(len(pages), 1)
        text = "".join(pages[0].get_textpage().get_text_bounded().split())
        for part in (
            "北京示例贸易有限公司",
            "二号楼押金",
            "人民币壹仟壹佰叁拾元整",
            "1,130.00",
            "王会计",
            receipt.name,
            "2026",
        ):
            self.assertIn(part.replace(" ", ""), text)
        self.assertNotIn("Onlyforcolleagues", text)

    def test_many_receipts_in_one_file(self):
        payments = self._create_payment() | self._create_payment(amount=50.0)
        payments.with_user(self.cashier).action_create_receipt()
        receipts = payments.with_user(self.cashier).mapped("receipt_id")
        Report = self.env["ir.actions.report"].with_user(self.cashier)
        with self.allow_pdf_render():
            content, _kind = Report.with_context(force_report_rendering=True)._render_qweb_pdf(
                "invoice_crm_addon.receipt", receipts.ids
            )
        pages = pypdfium2.PdfDocument(io.BytesIO(content))
        self.assertEqual(len(pages), 2)
        for page, receipt in zip(pages, receipts, strict=True):
            self.assertIn(receipt.name, page.get_textpage().get_text_bounded())
