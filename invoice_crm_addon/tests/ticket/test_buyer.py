from odoo.exceptions import UserError
from odoo.tests import Form, tagged, users

from ...models.base.proof import proven
from ..common import TicketCommon


@tagged("post_install", "-at_install")
class TestBuyer(TicketCommon):
    """What a draft lacks of its customer's billing data, and what it gives back to them."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.bare = cls.env["res.partner"].create(
            {"name": "资料不全测试公司", "is_company": True, "invoice_title": "资料不全测试公司"}
        )

    # === WHAT IS MISSING === #

    @users("ticket_sales")
    def test_missing_fields_show_as_soon_as_the_customer_is_chosen(self):
        form = Form(self.env["invoice.ticket"])
        form.type_id = self.type_digital_ordinary.with_env(self.env)
        form.partner_id = self.bare.with_env(self.env)
        self.assertFalse(form.buyer_missing)
        form.type_id = self.type_digital_special.with_env(self.env)
        self.assertEqual(form.buyer_missing, "Tax Number")
        form.type_id = self.type_special.with_env(self.env)
        self.assertEqual(form.buyer_missing, "Tax Number, Address, Phone, Bank, Bank Account")
        form.type_id = self.type_voucher.with_env(self.env)
        self.assertFalse(form.buyer_missing)
        form.type_id = self.type_digital_special.with_env(self.env)
        form.partner_id = self.customer.with_env(self.env)
        self.assertFalse(form.buyer_missing)

    def test_an_individual_has_neither_tax_number_nor_bank(self):
        person = self.env["res.partner"].create({"name": "张三", "invoice_title": "张三"})
        self.type_digital_ordinary.billing_requirement = "title_vat"
        ticket = self._create_ticket(partner_id=person.id, type_id=self.type_digital_ordinary.id)
        self.assertFalse(ticket.buyer_missing)
        self._submit(ticket)
        special = self._create_ticket(partner_id=person.id)
        self.assertEqual(special.buyer_missing, "Tax Number")
        with self.assertRaisesRegex(UserError, "Tax Number"):
            self._submit(special)

    @users("ticket_sales")
    def test_they_are_completed_in_place(self):
        ticket = self._create_ticket(partner_id=self.bare.id).with_env(self.env)
        action = ticket.action_complete_buyer()
        Model = self.env[action["res_model"]]
        number_label = self.bare._get_labels(["vat"])  # of the company's country
        with Form(Model.browse(action["res_id"]), view=action["views"][0][0]) as form:
            self.assertIn(number_label, form.billing_missing)
            form.vat = self.customer.vat
            self.assertIn(self.customer.name, form.duplicate_warning)
            form.vat = "9131 0115 ma1k 4lfd 7t"
            form.invoice_address = "某路 1 号"
            form.invoice_phone = "021-12345678"
            form.invoice_bank_name = "某银行"
            form.invoice_bank_acc_number = "1100220033004400"
        self.assertFalse(ticket.buyer_missing)
        self.assertEqual(ticket.buyer_vat, "91310115MA1K4LFD7T")
        self.assertEqual(ticket.sudo().buyer_bank_account, "1100220033004400")

    def test_who_may_not_change_the_customer_is_not_led_there(self):
        ticket = self._create_ticket(partner_id=self.bare.id)
        as_auditor = ticket.with_user(self.auditor)
        self.assertFalse(as_auditor.can_complete_buyer)
        self.assertFalse(as_auditor.can_save_buyer)
        issued = self._create_ticket()
        self._issue(issued)
        self.assertFalse(issued.can_complete_buyer)
        with self.assertRaises(UserError):
            issued.action_complete_buyer()

    # === WHAT CANNOT BE === #

    @users("ticket_sales")
    def test_an_impossible_tax_number_is_a_warning_on_a_draft_and_refused_later(
        self,
    ):
        ticket = self._create_ticket().with_env(self.env)
        self.assertFalse(ticket.buyer_warnings, "what is unlikely of the customer it says itself")
        for number, reason in (("123", "has 3"), ("9111 0108 MA00 TEST 2#", "digits and capital")):
            with self.subTest(number=number), Form(ticket) as form:
                form.buyer_vat = number
                self.assertIn("15, 17, 18 or 20", form.buyer_warnings)
                form.save()
                with self.assertRaisesRegex(UserError, reason):
                    ticket.action_submit()
        self.assertEqual(ticket.state, "draft")
        ticket.buyer_vat = "9111 0108 ma00 test 2k"
        self.assertFalse(ticket.buyer_warnings)
        self._submit(ticket)

    @users("ticket_sales")
    def test_an_unlikely_tax_number_is_a_warning_alone(self):
        ticket = self._create_ticket().with_env(self.env)
        ticket.write({"buyer_vat": "91310115MA1K4LFD7U", "buyer_phone": "55"})
        self.assertIn("check digit", ticket.buyer_warnings)
        self.assertIn("phone", ticket.buyer_warnings)
        self._submit(ticket)
        self.assertFalse(ticket.buyer_warnings)

    def test_an_impossible_account_is_refused_where_the_type_demands_one(self):
        account = "9.14403E+17"
        free = self._create_ticket(buyer_bank_account=account)
        self.assertIn("spreadsheet", free.buyer_warnings)
        self.assertNotIn(account, free.buyer_warnings)
        self._submit(free)
        paper = self._create_ticket(type_id=self.type_special.id, buyer_bank_account=account)
        with self.assertRaisesRegex(UserError, "spreadsheet"):
            self._submit(paper)

    def test_numbers_of_other_countries_and_of_receipts_are_free(self):
        receipt = self._create_ticket(type_id=self.type_voucher.id, buyer_vat="123")
        self.assertFalse(receipt.buyer_warnings)
        self._submit(receipt)
        ordinary = self._create_ticket(
            type_id=self.type_digital_ordinary.id, buyer_name="某某", buyer_vat="123"
        )
        self.assertTrue(ordinary.buyer_warnings)
        self._submit(ordinary)
        abroad = self.env["res.partner"].create(
            {
                "name": "Beispiel",
                "is_company": True,
                "country_id": self.env.ref("base.de").id,
                "invoice_title": "Beispiel GmbH",
            }
        )
        foreign = self._create_ticket(partner_id=abroad.id, buyer_vat="DE/123")
        self.assertFalse(foreign.buyer_warnings)
        self._submit(foreign)

    def test_what_is_approved_takes_no_impossible_number_either(self):
        self._create_flow("invoice.ticket", [self.approver], trigger_fields=["buyer_vat"])
        ticket = self._create_ticket()
        self._approve(ticket)
        ticket_as_sales = ticket.with_user(self.sales)
        with self.assertRaisesRegex(UserError, "has 3"):
            ticket_as_sales.buyer_vat = "123"
        ticket_as_sales.buyer_vat = "91310115MA1K4LFD7T"
        self.assertTrue(ticket.approval_change_waits)

    def test_a_red_letter_repeats_its_ticket(self):
        ticket = self._create_ticket()
        self._issue(ticket)
        # As a database from before the check holds it.
        proven(ticket).buyer_vat = "123"
        ticket.with_user(self.finance).action_red("Wrong title")
        red = self.env["invoice.ticket"].search([("red_of_id", "=", ticket.id)])
        self.assertFalse(red.buyer_warnings)
        self.assertFalse(red._get_impossible_buyer_reason())

    # === BACK TO THE CUSTOMER === #

    @users("ticket_sales")
    def test_what_is_typed_on_a_draft_is_saved_to_the_customer(self):
        ticket = self._create_ticket(partner_id=self.bare.id).with_env(self.env)
        self.assertFalse(ticket.buyer_differences)
        with Form(ticket) as form:
            form.buyer_vat = "91310115MA1K4LFD7T"
            form.buyer_address = "某路 1 号"
            self.assertEqual(form.buyer_differences, "Tax Number, Address")
        other = self._create_ticket(partner_id=self.bare.id, buyer_phone="021-1")
        ticket.action_save_buyer()
        self.assertRecordValues(
            self.bare, [{"vat": "91310115MA1K4LFD7T", "invoice_address": "某路 1 号"}]
        )
        self.assertFalse(ticket.buyer_differences)
        self.assertEqual(other.buyer_vat, "91310115MA1K4LFD7T")
        self.assertEqual(other.buyer_phone, "021-1", "what was typed on a draft stays")
        with self.assertRaisesRegex(UserError, "already"):
            ticket.action_save_buyer()

    def test_an_account_of_finance_goes_along_and_empty_fields_do_not(self):
        ticket = self._create_ticket().with_user(self.finance)
        ticket.write({"buyer_bank_account": "9988 7766 5544 3322", "buyer_phone": False})
        self.assertEqual(ticket.buyer_differences, "Bank Account")
        ticket.action_save_buyer()
        self.assertEqual(self.customer.invoice_bank_account_id.acc_number, "9988 7766 5544 3322")
        self.assertTrue(self.customer.invoice_phone)

    def test_spellings_are_no_difference(self):
        ticket = self._create_ticket()
        ticket.write(
            {
                "buyer_vat": "9111 0108 ma00 test 2k",
                "buyer_bank_account": " ".join(self.BANK_ACCOUNT),
            }
        )
        self.assertFalse(ticket.buyer_differences)
        wide = {ord(digit): ord(digit) + 0xFEE0 for digit in "0123456789"}
        ticket.buyer_bank_account = self.BANK_ACCOUNT.translate(wide)
        self.assertFalse(ticket.buyer_differences)

    def test_what_goes_back_is_reviewed(self):
        self._create_flow("res.partner", [self.approver], trigger_fields=["invoice_address"])
        self.customer.with_user(self.sales).action_submit_billing()
        self.customer.approval_request_ids.with_user(self.approver).action_approve()
        ticket = self._create_ticket(buyer_address="另一条路 2 号").with_user(self.sales)
        ticket.action_save_buyer()
        self.assertTrue(self.customer.approval_change_waits)
        requests = self.customer.approval_request_ids.filtered(lambda r: r.state == "pending")
        requests.with_user(self.approver).action_reject("No")
        self.assertNotEqual(self.customer.invoice_address, "另一条路 2 号")
