from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged

from .common import SettlementCommon


@tagged("post_install", "-at_install")
class TestSettlement(SettlementCommon):
    """What is open of a customer, on one page, and what is done there."""

    # === WHAT IT SHOWS === #

    def test_instalments_with_what_is_overdue(self):
        terms = self._create_terms(40, 60)
        today = fields.Date.today()
        invoice = self._create_invoice(
            invoice_payment_term_id=terms.id, invoice_date=today - timedelta(days=10)
        )
        sections, _page = self._get_page()
        rows = sections["item"]["rows"]
        self.assertEqual([row["open"] for row in rows], [452.0, 678.0])
        self.assertEqual([row["is_overdue"] for row in rows], [True, False])
        self.assertEqual([row["name"] for row in rows], [invoice.name] * 2)
        self.assertEqual(rows[1]["label"], "Instalment 2 of 2")
        self.assertEqual(
            sections["item"]["totals"],
            [{"currency_id": self.currency.id, "open": 1130.0, "overdue": 452.0}],
        )

    def test_totals_are_by_currency(self):
        usd = self._enable_usd()
        self._create_invoice()
        self._create_invoice(currency_id=usd.id)
        sections, _page = self._get_page()
        self.assertEqual(
            {total["currency_id"]: total["open"] for total in sections["item"]["totals"]},
            {self.currency.id: 1130.0, usd.id: 1130.0},
        )

    def test_subsidiary_has_a_page_of_its_own(self):
        subsidiary = self.customer.copy(
            {"name": "Subsidiary", "vat": False, "parent_id": self.customer.id, "is_company": True}
        )
        contact = self.env["res.partner"].create({"name": "Li", "parent_id": self.customer.id})
        for partner in (subsidiary, self.customer, contact):
            self._create_invoice(partner_id=partner.id)
        self.assertEqual(self._get_page()[0]["item"]["count"], 2)
        self.assertEqual(self._get_page(partner=subsidiary)[0]["item"]["count"], 1)

    def test_what_is_on_account(self):
        contract = self._create_active_contract()
        payment = self._create_payment(amount=500.0, invoice_contract_id=contract.id)
        sections, _page = self._get_page()
        [row] = sections["credit"]["rows"]
        self.assertEqual((row["open"], row["res_id"]), (500.0, payment.move_id.id))
        self.assertEqual(row["contract"], contract.display_name)
        self.assertEqual(sections["credit"]["totals"][0]["open"], 500.0)

    def test_orders_to_invoice_or_to_ticket(self):
        order = self._create_order()
        done = self._create_order()
        self._pay(self._invoice(done))
        self._issue(self._ticket(done))
        invoiced = self._create_order()
        self._invoice(invoiced)
        rows = self._get_page()[0]["order"]["rows"]
        self.assertEqual(
            {row["id"]: (row["open"], row["to_ticket"]) for row in rows},
            {order.id: (1130.0, 1130.0), invoiced.id: (0.0, 1130.0)},
        )

    def test_tickets_that_are_not_paid(self):
        ticket = self._create_ticket()
        self._issue(ticket)
        self._create_ticket()
        [row] = self._get_page()[0]["ticket"]["rows"]
        self.assertEqual((row["id"], row["open"]), (ticket.id, 1130.0))

    def test_what_is_paid_is_gone(self):
        self._pay(self._create_invoice())
        sections, _page = self._get_page()
        self.assertNotIn("item", sections)
        self.assertNotIn("credit", sections)
        self.assertEqual(sections["payment"]["count"], 1)

    def test_contact_shows_its_company(self):
        self._create_invoice()
        contact = self.env["res.partner"].create({"name": "Li", "parent_id": self.customer.id})
        sections, page = self._get_page(partner=contact)
        self.assertEqual(page["partner"]["id"], self.customer.id)
        self.assertTrue(sections["item"])

    def test_same_number_of_queries_for_10_and_200_open_items(self):
        def create(count):
            for _index in range(count):
                self._create_order()
            self.env["account.move"].union(*(self._create_invoice() for _index in range(count)))
            for _index in range(count):
                self._create_payment(amount=10.0)
            self.env.flush_all()

        def count_queries():
            self._get_page()
            self.env.flush_all()
            self.env.transaction.reset()
            before = self.env.cr.sql_log_count
            self._get_page()
            return self.env.cr.sql_log_count - before

        create(3)
        few = count_queries()
        create(57)
        many = count_queries()
        self.assertLessEqual(many, few)
        self.assertLess(many, 45)

    # === WHO SEES WHAT === #

    def test_sales_see_what_they_may_read_and_do_nothing(self):
        own = self._create_invoice(invoice_user_id=self.seller.id)
        other = self._create_invoice(invoice_user_id=self.seller2.id)
        order = self._create_order(user_id=self.seller.id)
        self._create_order(user_id=self.seller2.id)
        ticket = self._create_ticket(user_id=self.seller2.id)
        self._issue(ticket)
        sections, page = self._get_page(self.seller)
        self.assertEqual([row["res_id"] for row in sections["item"]["rows"]], own.ids)
        self.assertEqual([row["id"] for row in sections["order"]["rows"]], order.ids)
        self.assertEqual(sections["item"]["totals"][0]["open"], 1130.0)
        self.assertNotIn("ticket", sections)
        self.assertEqual(page["rights"], {"pay": False, "link": False})
        items = self._get_items(own, other).ids
        for method in ("register_payment", "create_payment_link"):
            with self.assertRaises(AccessError):
                self._settle(method, items, user=self.seller)
        with self.assertRaises(AccessError):
            self._settle("use_credits", items, items, user=self.seller)
        with self.assertRaises(AccessError):
            self._settle("pay_order", order.id, user=self.seller)

    def test_who_reads_no_items_sees_invoices(self):
        invoice = self._create_invoice()
        for user in (self.finance, self.auditor):
            sections, _page = self._get_page(user)
            self.assertNotIn("item", sections)
            [row] = sections["invoice"]["rows"]
            self.assertEqual((row["id"], row["open"]), (invoice.id, 1130.0))

    def test_others_see_nothing(self):
        for user in (self.outsider, self.portal):
            with self.assertRaises(AccessError):
                self._get_page(user)

    def test_other_company_stays_apart(self):
        self._create_payment(company_id=self.company_other.id)
        self.assertFalse(self._get_page()[1]["sections"])

    def test_customer_that_is_gone(self):
        with self.assertRaisesRegex(UserError, "no such customer"):
            self.env["invoice.settlement"].with_user(self.cashier).get_page(2**31 - 1)

    # === WHAT IS DONE === #

    def _register(self, items):
        action = self._settle("register_payment", items.ids)
        Wizard = self.env[action["res_model"]].with_user(self.cashier)
        return Form(Wizard.with_context(**action["context"]))

    def test_one_payment_for_three_invoices_of_two_contracts(self):
        contracts = [self._create_active_contract(5650.0) for _index in range(2)]
        invoices = [
            self._create_invoice_of_contract(contracts[0], 1000.0),
            self._create_invoice_of_contract(contracts[0], 2000.0),
            self._create_invoice_of_contract(contracts[1], 500.0),
        ]
        rows = self._get_page()[0]["item"]["rows"]
        self.assertEqual(
            {row["contract_id"] for row in rows}, {contract.id for contract in contracts}
        )
        form = self._register(self._get_items(*invoices))
        self.assertEqual(form.amount, 3955.0)
        self.assertTrue(form.group_payment)
        form.save().action_create_payments()
        payment = self.env["account.payment"].search([("partner_id", "=", self.customer.id)])
        self.assertEqual((len(payment), payment.amount), (1, 3955.0))
        for invoice in invoices:
            self.assertEqual(invoice.amount_residual, 0.0)

    def test_amount_is_that_of_the_chosen_instalments(self):
        terms = self._create_terms(20, 30, 50)
        invoice = self._create_invoice(invoice_payment_term_id=terms.id)
        items = self._get_items(invoice).sorted("date_maturity")
        self.assertEqual(self._register(items[1]).amount, 339.0)
        form = self._register(items[:2])
        self.assertEqual(form.amount, 565.0)
        form.save().action_create_payments()
        self.assertEqual(items.mapped("reconciled"), [True, True, False])
        self.assertEqual(invoice.amount_residual, 565.0)

    def test_payment_on_account_is_used(self):
        invoices = self._create_invoice(), self._create_invoice()
        payment = self._create_payment(amount=1500.0)
        credit = payment.move_id.line_ids.filtered(lambda i: i.account_type == "asset_receivable")
        items = self._get_items(*invoices)
        self.assertEqual(self._settle("use_credits", items.ids, credit.ids), 1)
        self.assertEqual([invoice.amount_residual for invoice in invoices], [0.0, 760.0])
        self.assertTrue(credit.reconciled)

    def test_what_is_settled_meanwhile_is_refused(self):
        invoice = self._create_invoice()
        items = self._get_items(invoice)
        self._pay(invoice)
        with self.assertRaisesRegex(UserError, "not open any more"):
            self._settle("register_payment", items.ids)

    def test_what_is_of_another_customer_is_refused(self):
        other = self.env["res.partner"].create({"name": "Other"})
        other.property_account_receivable_id = self.customer.property_account_receivable_id
        invoice = self._create_invoice(partner_id=other.id)
        with self.assertRaisesRegex(UserError, "not open any more"):
            self._settle("register_payment", self._get_items(invoice).ids)

    def test_nothing_chosen(self):
        with self.assertRaisesRegex(UserError, "Choose what is paid"):
            self._settle("register_payment", [])
        items = self._get_items(self._create_invoice())
        with self.assertRaisesRegex(UserError, "on account"):
            self._settle("use_credits", items.ids, [])

    def test_order_without_an_invoice_is_paid_on_account_of_its_contract(self):
        contract = self._create_active_contract(5650.0)
        order = self._create_order(invoice_contract_id=contract.id)
        action = self._settle("pay_order", order.id)
        Payment = self.env["account.payment"].with_user(self.cashier)
        with Form(Payment.with_context(**action["context"])) as form:
            self.assertEqual(form.amount, 1130.0)
            self.assertEqual(form.invoice_contract_id, contract)
            self.assertEqual(form.partner_id, self.customer)
        draft = self._create_order()
        draft._action_cancel()
        with self.assertRaisesRegex(UserError, "confirmed order"):
            self._settle("pay_order", draft.id)

    def test_link_pays_one_invoice(self):
        invoices = self._create_invoice(), self._create_invoice()
        with self.assertRaisesRegex(UserError, "one invoice"):
            self._settle("create_payment_link", self._get_items(*invoices).ids)
        action = self._settle("create_payment_link", self._get_items(invoices[0]).ids)
        Wizard = self.env[action["res_model"]].with_user(self.cashier)
        wizard = Wizard.with_context(**action["context"]).create({})
        self.assertEqual(wizard.amount, 1130.0)
        self.assertIn(f"/my/invoices/{invoices[0].id}", wizard.link)
