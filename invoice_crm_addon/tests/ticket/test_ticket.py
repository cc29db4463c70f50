from psycopg2 import IntegrityError

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import Form, tagged, users
from odoo.tools import mute_logger

from ..common import TicketCommon


@tagged("post_install", "-at_install")
class TestTicket(TicketCommon):
    # === AMOUNTS === #

    def test_prices_with_tax_keep_the_total(self):
        ticket = self._create_ticket()
        self.assertRecordValues(
            ticket, [{"amount_untaxed": 1000.0, "amount_tax": 130.0, "amount_total": 1130.0}]
        )

    def test_prices_without_tax_add_it(self):
        ticket = self._create_ticket(tax_included=False)
        self.assertRecordValues(
            ticket, [{"amount_untaxed": 1130.0, "amount_tax": 146.9, "amount_total": 1276.9}]
        )

    def test_lines_are_rounded_one_by_one(self):
        """Three lines of 34.55 at 13 %: each 30.58 + 3.97, whatever the books round."""
        self.company.tax_calculation_rounding_method = "round_globally"
        line = {"name": "Paper", "price_unit": 34.55, "tax_id": self.tax_13.id}
        ticket = self._create_ticket(line_ids=[Command.create(line) for _index in range(3)])
        self.assertRecordValues(
            ticket, [{"amount_untaxed": 91.74, "amount_tax": 11.91, "amount_total": 103.65}]
        )

    def test_sum_of_the_lines_is_the_total_for_many_prices(self):
        lines = [
            {
                "name": f"Item {index}",
                "quantity": 1 + index % 7,
                "price_unit": 0.01 + index * 1.37,
                "tax_id": (self.tax_13 if index % 2 else self.tax_6).id,
            }
            for index in range(200)
        ]
        ticket = self._create_ticket(line_ids=[Command.create(line) for line in lines])
        self.assertAlmostEqual(sum(ticket.line_ids.mapped("amount_total")), ticket.amount_total, 2)
        for line in ticket.line_ids:
            rate = line.tax_id.amount / 100
            self.assertLess(abs(line.amount_untaxed * rate - line.amount_tax), 0.0101)
            self.assertAlmostEqual(line.amount_total, line.price_unit * line.quantity, 2)

    def test_line_from_a_product_takes_name_unit_price_and_tax(self):
        product = self.env["product.product"].create(
            {
                "name": "Server",
                "lst_price": 226.0,
                "taxes_id": [Command.set(self.tax_6.ids)],
                "company_id": self.company.id,
            }
        )
        ticket = self._create_ticket(line_ids=[Command.create({"product_id": product.id})])
        self.assertRecordValues(
            ticket.line_ids,
            [{"name": "Server", "unit": product.uom_id.name, "tax_id": self.tax_6.id}],
        )

    # === FORM === #

    @users("ticket_sales")
    def test_form_fills_billing_data_of_the_customer(self):
        action = self.customer.with_user(self.env.user).action_create_ticket()
        form = Form(self.env["invoice.ticket"].with_context(**action["context"]))
        self.assertEqual(form.partner_id, self.customer)
        self.assertEqual(form.buyer_name, self.customer.invoice_title)
        self.assertEqual(form.buyer_vat, self.customer.vat)
        with form.line_ids.new() as line:
            line.name = "Consulting"
            line.price_unit = 113.0
            line.tax_id = self.tax_13
        ticket = form.save()
        self.assertEqual(ticket.user_id, self.sales)
        self.assertEqual(ticket.department_id, self.department_a)
        self.assertEqual(ticket.amount_total, 113.0)
        self.assertEqual(ticket.sudo().buyer_bank_account, self.BANK_ACCOUNT)

    @users("ticket_sales")
    def test_submit_names_all_that_is_missing(self):
        ticket = self.env["invoice.ticket"].create({"type_id": self.type_special.id})
        with self.assertRaises(UserError) as caught:
            ticket.action_submit()
        for label in ("Customer", "Title", "Tax Number", "Bank Account", "lines"):
            self.assertIn(label, str(caught.exception))

    # === NUMBERS === #

    def test_reference_is_given_and_never_twice(self):
        tickets = self._create_ticket() | self._create_ticket()
        self.assertEqual(len(set(tickets.mapped("name"))), 2)
        self.assertRegex(tickets[0].name, r"^TK/\d{4}/\d{5}$")
        self.assertNotEqual(tickets[0].copy().name, tickets[0].name)

    def test_full_width_number_with_blanks_is_cleaned(self):
        ticket = self._create_ticket()
        self._issue(ticket, "２６１１ 0000 0000 0000 0007")
        self.assertEqual(ticket.fapiao_number, "26110000000000000007")

    def test_number_of_the_wrong_shape_is_refused(self):
        ticket = self._create_ticket()
        self._approve(ticket)
        with self.assertRaisesRegex(ValidationError, "20 digits"):
            ticket.with_user(self.finance).fapiao_number = "12345678"

    def test_same_number_twice_in_a_company_is_refused(self):
        self._issue(self._create_ticket(), "26110000000000000001")
        other = self._create_ticket()
        self._approve(other)
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError):
            other.with_user(self.finance).fapiao_number = "26110000000000000001"

    def test_same_number_in_another_company_is_another_fapiao(self):
        self._issue(self._create_ticket(), "26110000000000000001")
        self._issue(
            self._create_ticket(company_id=self.company_other.id, user_id=self.finance_other.id),
            "26110000000000000001",
        )

    def test_fapiao_without_number_is_not_issued(self):
        ticket = self._create_ticket()
        self._approve(ticket)
        with self.assertRaisesRegex(UserError, "number"):
            ticket.with_user(self.finance).action_issue()

    # === LIFE === #

    def test_issued_ticket_is_frozen_when_the_customer_changes(self):
        ticket = self._create_ticket()
        self._issue(ticket)
        self.customer.write({"invoice_title": "New Title", "invoice_bank_acc_number": "999999999"})
        self.assertRecordValues(
            ticket,
            [
                {
                    "buyer_name": "Beijing Example Trading Co., Ltd.",
                    "buyer_bank_account": self.BANK_ACCOUNT,
                }
            ],
        )

    @users("ticket_finance")
    def test_content_of_an_issued_ticket_cannot_change(self):
        ticket = self._create_ticket()
        self._issue(ticket)
        ticket = ticket.with_user(self.env.user)
        for values in (
            {"partner_id": self.company.partner_id.id},
            {"buyer_name": "X"},
            {"fapiao_number": "26110000000000000099"},
            {"issue_date": "2020-01-01"},
            {"type_id": self.type_receipt.id},
            {"line_ids": [Command.clear()]},
            {"line_ids": [Command.update(ticket.line_ids.id, {"price_unit": 1.0})]},
        ):
            with self.subTest(values=values), self.assertRaises(UserError), self.cr.savepoint():
                ticket.write(values)
        ticket.write({"date_due": "2030-01-01", "note": "Harmless"})

    def test_same_value_written_again_is_no_change(self):
        ticket = self._create_ticket()
        self._issue(ticket)
        ticket.with_user(self.finance).write({"partner_id": self.customer.id, "state": "issued"})

    def test_digital_fapiao_is_never_voided(self):
        ticket = self._create_ticket()
        self._issue(ticket)
        with self.assertRaisesRegex(UserError, "red letter"):
            ticket.with_user(self.finance).action_void("Mistake")

    def test_void_asks_for_a_reason_and_keeps_it_in_the_register(self):
        ticket = self._create_ticket(type_id=self.type_ordinary.id)
        self._issue(ticket)
        ticket = ticket.with_user(self.finance)
        self.assertEqual(ticket.action_void()["res_model"], "invoice.ticket.cancel.wizard")
        with self.assertRaises(UserError):
            ticket.action_void("  ")
        ticket.action_void("Wrong tax number")
        self.assertRecordValues(
            ticket,
            [
                {
                    "state": "voided",
                    "status": "voided",
                    "void_reason": "Wrong tax number",
                    "void_user_id": self.finance.id,
                }
            ],
        )
        self.assertTrue(ticket.void_date)
        register = self.env["invoice.correction.register"].with_user(self.finance)
        self.assertEqual(register.search([("ticket_id", "=", ticket.id)]).kind, "void")

    def test_reissue_is_a_linked_draft_with_todays_billing_data(self):
        ticket = self._create_ticket(type_id=self.type_ordinary.id)
        self._issue(ticket)
        ticket.with_user(self.finance).action_void("Wrong title")
        self.customer.invoice_title = "Right Title"
        action = ticket.with_user(self.finance).action_reissue()
        copy = self.env["invoice.ticket"].browse(action["res_id"])
        self.assertRecordValues(
            copy,
            [
                {
                    "state": "draft",
                    "reissue_of_id": ticket.id,
                    "buyer_name": "Right Title",
                    "amount_total": ticket.amount_total,
                    "fapiao_number": False,
                    "issue_date": False,
                }
            ],
        )
        with self.assertRaisesRegex(UserError, "already"):
            ticket.with_user(self.finance).action_reissue()

    def test_red_letter_mirrors_its_original(self):
        ticket = self._create_ticket()
        self._issue(ticket)
        self.customer.invoice_title = "Another Title"
        ticket.with_user(self.finance).action_red("Goods returned")
        red = ticket.red_ids
        self.assertRecordValues(
            red,
            [
                {
                    "state": "draft",
                    "amount_untaxed": -1000.0,
                    "amount_tax": -130.0,
                    "amount_total": -1130.0,
                    "buyer_name": ticket.buyer_name,
                    "void_reason": "Goods returned",
                }
            ],
        )
        self.assertEqual(ticket.status, "issued")
        self._issue(red)
        self.assertEqual(ticket.status, "red")
        with self.assertRaises(UserError):
            ticket.with_user(self.finance).action_red("Again")

    def test_chip_follows_sending_and_payment(self):
        ticket = self._create_ticket()
        self.assertEqual(ticket.status, "draft")
        self._issue(ticket)
        self.assertEqual(ticket.status, "issued")
        shipment = self._create_shipment(ticket)
        self.assertEqual(ticket.status, "issued")
        shipment.with_user(self.finance).action_hand_over()
        self.assertEqual(ticket.status, "to_pay")
        ticket.date_due = False
        self.assertEqual(ticket.status, "to_pay")
        payment = self._create_payment()
        allocation = (
            self.env["invoice.ticket.allocation"]
            .with_user(self.finance)
            .create({"ticket_id": ticket.id, "payment_id": payment.id, "amount": 500.0})
        )
        self.assertEqual((ticket.status, ticket.amount_due), ("partial", 630.0))
        allocation.amount = 1130.0
        self.assertEqual((ticket.status, ticket.payment_state), ("paid", "paid"))
        payment.action_cancel()
        self.assertEqual((ticket.status, ticket.amount_paid), ("to_pay", 0.0))

    def test_composer_writes_to_the_customer(self):
        self.customer.email = "buyer@example.com"
        ticket = self._create_ticket()
        self._issue(ticket)
        action = ticket.with_user(self.sales).action_send()
        composer = (
            self.env["mail.compose.message"]
            .with_user(self.sales)
            .with_context(**action["context"])
            .create({})
        )
        self.assertIn(self.customer, composer.partner_ids)
        self.assertIn(ticket.fapiao_number, composer.subject)

    def test_submitted_ticket_cannot_be_deleted(self):
        ticket = self._create_ticket()
        self._create_flow("invoice.ticket", [self.approver])
        self._submit(ticket)
        ticket.with_user(self.sales).approval_request_id.with_user(self.sales).action_withdraw()
        self.assertEqual(ticket.state, "draft")
        with self.assertRaisesRegex(UserError, "Archive"):
            ticket.with_user(self.sales).unlink()

    def test_plain_draft_can_be_deleted(self):
        ticket = self._create_ticket()
        ticket.with_user(self.sales).unlink()
        self.assertFalse(ticket.exists())

    def test_given_title_does_not_keep_the_rest_from_being_filled(self):
        ticket = self._create_ticket(buyer_name="Given Title")
        self.assertRecordValues(
            ticket,
            [
                {
                    "buyer_name": "Given Title",
                    "buyer_vat": self.customer.vat,
                    "buyer_address": self.customer.invoice_address,
                    "buyer_bank_account": self.BANK_ACCOUNT,
                }
            ],
        )

    def test_given_price_of_a_product_is_kept(self):
        product = self.env["product.product"].create({"name": "Server", "lst_price": 3500.0})
        line = {"product_id": product.id, "price_unit": 1000.0, "tax_id": False}
        ticket = self._create_ticket(line_ids=[Command.create(line)])
        self.assertEqual(ticket.line_ids.price_unit, 1000.0)
        self.assertEqual(ticket.amount_total, 1000.0)

    def test_contract_that_one_may_not_read_cannot_be_named(self):
        foreign = self._create_contract(user_id=self.sales2.id)
        self._approve(foreign)
        with self.assertRaises(AccessError):
            self._create_ticket().with_user(self.sales).contract_id = foreign

    def test_message_to_somebody_else_does_not_mark_the_ticket_as_sent(self):
        ticket = self._create_ticket()
        self._issue(ticket)
        ticket.with_user(self.sales).with_context(mark_ticket_sent=True).message_post(
            body="Look", partner_ids=self.colleague.partner_id.ids
        )
        self.assertFalse(ticket.sent_on)
