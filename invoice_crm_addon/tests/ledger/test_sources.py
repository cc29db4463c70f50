from unittest.mock import patch

from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import tagged

from ...models.base.proof import proven
from .common import LedgerCommon


@tagged("post_install", "-at_install")
class TestSources(LedgerCommon):
    """What is ticketed changes under its tickets: refused, or shown as too much."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.usd = cls._enable_usd()
        cls.stranger = cls.env["res.partner"].create({"name": "Stranger"})

    def _assert_excess(self, document, excess):
        """It shows on the document, in the worklist and as an activity of finance."""
        self.assertEqual(document.ticketing_state, "excess")
        self.assertEqual(document.amount_ticket_excess, excess)
        activities = document.activity_ids.filtered(
            lambda a: (
                a.activity_type_id == self.env.ref("invoice_crm_addon.mail_activity_type_excess")
            )
        )
        self.assertEqual(len(activities), 1)
        self.assertTrue(activities.user_id.has_group("invoice_crm_addon.group_ticket_finance"))

    def _assert_mended(self, document):
        self.assertNotEqual(document.ticketing_state, "excess")
        self.assertFalse(document.activity_ids)

    # === REFUSED === #

    def test_contract_and_order_stay_what_their_tickets_need(self):
        """Refused for each place of the way that was ticketed."""
        for kind in self.KINDS:
            chain = self._create_chain()
            self._ticket(chain[kind])
            contract, order = chain["contract"], chain["order"]
            for document, change in (
                (contract, {"amount_total": 1129.99}),
                (contract, {"partner_id": self.stranger.id}),
                (contract, {"currency_id": self.usd.id}),
                (order, {"partner_id": self.stranger.id}),
                # A ticket of the contract alone says nothing of the order.
                *([] if kind == "contract" else [(order, {"state": "cancel"})]),
            ):
                with (
                    self.subTest(ticketed=kind, change=change),
                    self.assertRaises(UserError),
                    self.cr.savepoint(),
                ):
                    document.write(change)

    def test_order_is_not_lowered_below_its_tickets(self):
        order = self._create_order(quantity=10, price=100.0)
        self._ticket(order, 1000.0)
        line = order.order_line
        for change in (
            {"order_line": [Command.update(line.id, {"product_uom_qty": 8})]},
            {"order_line": [Command.update(line.id, {"price_unit": 80})]},
            {"order_line": [Command.update(line.id, {"discount": 20})]},
            {"order_line": [Command.update(line.id, {"tax_ids": [Command.clear()]})]},
        ):
            with (
                self.subTest(change=change),
                self.assertRaisesRegex(UserError, "too much"),
                self.cr.savepoint(),
            ):
                order.write(change)
                order.order_line.write({"product_uom_qty": 8, "price_unit": 100})
        with self.assertRaises(UserError), self.cr.savepoint():
            line.order_id = self._create_order()
        with self.assertRaises(UserError), self.cr.savepoint():
            order.action_cancel()
        line.write({"product_uom_qty": 9, "price_unit": 100})
        self._assert_figures(order, 0.0, 1000.0, 17.0)

    def test_order_whose_unit_changes_is_not_lowered_below_its_tickets(self):
        """Core derives another price from the unit, past ``write``."""
        dozen, unit = self.env.ref("uom.product_uom_dozen"), self.env.ref("uom.product_uom_unit")
        product = self.env["product.product"].create({"name": "Egg", "list_price": 10.0})
        line = Command.create({"product_id": product.id, "product_uom_id": dozen.id})
        order = self._create_order(order_line=[line])
        self.assertGreaterEqual(order.amount_total, 120.0)
        self._ticket(order)
        with self.assertRaisesRegex(UserError, "too much"), self.cr.savepoint():
            order.order_line.product_uom_id = unit

    def test_change_of_a_contract_that_is_approved_is_refused_when_it_is_made(self):
        self._create_flow("invoice.contract", [self.approver], trigger_fields=["amount_total"])
        contract = self._create_active_contract(2000.0)
        self._ticket(contract, 1130.0)
        with self.assertRaisesRegex(UserError, "too much"), self.cr.savepoint():
            contract.with_user(self.sales).amount_total = 1000.0
        contract.with_user(self.sales).amount_total = 1500.0
        self._approve(contract)
        self.assertEqual(contract.amount_to_ticket, 370.0)

    def test_customer_and_currency_stay(self):
        invoice, payment = self._create_invoice(), self._create_payment()
        self._ticket(invoice)
        self._ticket(payment)
        invoice.button_draft()
        payment.action_draft()
        for document in (invoice, payment):
            for change in ({"partner_id": self.stranger.id}, {"currency_id": self.usd.id}):
                with (
                    self.subTest(document._name, change=change),
                    self.assertRaises(UserError),
                    self.cr.savepoint(),
                ):
                    document.write(change)

    def test_contact_of_the_same_customer_is_no_other_customer(self):
        invoice = self._create_invoice()
        self._ticket(invoice)
        contact = self.env["res.partner"].create({"name": "Ann", "parent_id": self.customer.id})
        invoice.button_draft()
        invoice.partner_id = contact
        self.assertEqual(invoice.partner_id, contact)

    def test_warning_policy_shows_what_it_does_not_refuse(self):
        self.company.ticket_over_issue = "warn"
        chain = self._create_chain()
        self._ticket(chain["payment"])
        proven(chain["contract"]).amount_total = 1000.0
        self._assert_excess(chain["contract"], 130.0)
        proven(chain["contract"]).amount_total = 1130.0
        self._assert_mended(chain["contract"])

    def test_policy_off_tells_nobody(self):
        self.company.ticket_over_issue = "off"
        contract = self._create_active_contract()
        self._ticket(contract)
        proven(contract).amount_total = 1000.0
        self.assertEqual(contract.amount_ticket_excess, 130.0)
        self.assertFalse(contract.activity_ids)

    def test_closed_contract_is_not_collected_on(self):
        contract = self._create_active_contract()
        contract.with_user(self.sales).action_close()
        with self.assertRaises(UserError), self.cr.savepoint():
            self._create_payment(invoice_contract_id=contract.id)
        payment = self._create_payment()
        with self.assertRaises(UserError), self.cr.savepoint():
            payment.invoice_contract_id = contract

    def test_contract_is_not_closed_under_tickets_on_their_way(self):
        for kind in self.KINDS:
            with self.subTest(kind), self.cr.savepoint():
                chain = self._create_chain()
                ticket = self._ticket(chain[kind])
                contract = chain["contract"].with_user(self.sales)
                self.assertFalse(contract.can_close)
                for action in ("action_close", "action_cancel"):
                    with self.assertRaises(UserError), self.cr.savepoint():
                        getattr(contract, action)()
                self._issue(ticket)
                contract.action_close()
                with self.assertRaises(UserError), self.cr.savepoint():
                    self._ticket(chain[kind], 0.01)

    # === CORE IS NOT STOPPED === #

    def test_invoice_that_is_reset_lowered_and_posted(self):
        invoice = self._create_invoice()
        ticket = self._ticket(invoice)
        self._issue(ticket)
        invoice.button_draft()
        self._assert_excess(invoice, 1130.0)
        invoice.invoice_line_ids.price_unit = 800.0
        invoice.action_post()
        self._assert_excess(invoice, 226.0)
        invoice.button_draft()
        invoice.invoice_line_ids.price_unit = 1000.0
        invoice.action_post()
        self._assert_mended(invoice)

    def test_invoice_that_is_cancelled(self):
        chain = self._create_chain()
        self._ticket(chain["invoice"])
        chain["invoice"].button_draft()
        chain["invoice"].button_cancel()
        self._assert_excess(chain["invoice"], 1130.0)

    def test_credit_note_of_what_is_ticketed(self):
        """Whichever place of the way was ticketed."""
        for kind in self.KINDS:
            with self.subTest(kind):
                chain = self._create_chain()
                self._ticket(chain[kind])
                self._credit(chain["invoice"], 0.5)
                worse = [d for d in chain.values() if d.ticketing_state == "excess"]
                if kind != "contract":
                    self._assert_excess(chain["order"], 565.0)
                    self.assertIn(chain["order"], worse)

    def _credit_by_hand(self, price=1000.0):
        """A posted credit note that says of no invoice that it reverses it."""
        return self._create_invoice(price, move_type="out_refund")

    def test_credit_note_that_is_only_reconciled(self):
        invoice, credit = self._create_invoice(), self._credit_by_hand(600.0)
        self._ticket(invoice)
        self._reconcile(invoice, credit)
        self._assert_excess(invoice, 678.0)
        credit.button_draft()
        self._assert_mended(invoice)
        credit.action_post()
        self._assert_excess(invoice, 678.0)
        credit.line_ids.remove_move_reconcile()
        self._assert_mended(invoice)

    def test_invoice_that_was_credited_by_hand_is_not_ticketed(self):
        invoice = self._create_invoice()
        self._reconcile(invoice, self._credit_by_hand())
        found = self.env["account.move"].search(
            [("id", "=", invoice.id), ("amount_to_ticket", ">", 0)]
        )
        self.assertEqual((invoice.amount_to_ticket, len(found)), (0.0, 0))
        with self.assertRaisesRegex(UserError, "too much"), self.cr.savepoint():
            self._ticket(invoice, 0.01)

    def test_credit_note_is_not_counted_twice(self):
        invoice = self._create_invoice()
        credit = self._credit(invoice, 0.4)
        self.assertEqual(invoice.amount_to_ticket, 678.0)
        found = self.env["account.move"].search(
            [("id", "=", invoice.id), ("amount_to_ticket", "=", 678.0)]
        )
        self.assertEqual(found, invoice)
        self.assertEqual(credit.reversed_entry_id, invoice)

    def test_payment_that_is_paid_back(self):
        payment = self._create_payment()
        self._ticket(payment)
        back = self._create_payment(amount=500.0, payment_type="outbound")
        self._reconcile(back, payment)
        self._assert_excess(payment, 500.0)
        back.action_draft()
        self._assert_mended(payment)
        other = self._create_payment()
        again = self._create_payment(payment_type="outbound")
        self._reconcile(again, other)
        domain = [("id", "=", other.id), ("amount_to_ticket", ">", 0)]
        self.assertEqual(other.amount_to_ticket, 0.0)
        self.assertFalse(other.search(domain))

    def test_ticket_that_reaches_a_contract_through_its_order_is_reckoned_anew(self):
        self.env["res.currency.rate"].search([("currency_id", "=", self.usd.id)]).unlink()
        contract = self._create_contract(currency_id=self.usd.id, amount_total=2000.0)
        self._approve(contract)
        order = self._create_order()
        order.invoice_contract_id = contract
        ticket = self._create_ticket(sale_order_id=order.id)
        with self.assertRaisesRegex(UserError, "no exchange rate of USD"), self.cr.savepoint():
            ticket.action_submit()
        with patch.object(type(ticket), "_check_rates", lambda tickets: None):
            self._issue(ticket)
        self.assertFalse(ticket.contract_id)
        self.assertEqual(contract.amount_ticketed, 1130.0)
        self.assertTrue(contract.unrated_note)
        self.env["res.currency.rate"].create(
            {
                "currency_id": self.usd.id,
                "rate": 0.14,
                "company_id": self.company.id,
                "name": "2020-01-01",
            }
        )
        contract.invalidate_recordset()
        self.assertEqual(contract.amount_ticketed, 158.20)
        self.assertFalse(contract.unrated_note)

    def test_payment_of_an_invoice_that_was_credited(self):
        """The money is the customer's again, whatever the payment is reconciled with."""
        invoice = self._create_invoice()
        payment = self._pay(invoice)
        self._credit(invoice, 0.4)
        payment.invalidate_recordset(["amount_to_ticket"])
        self.assertEqual(payment.amount_to_ticket, 678.0)
        with self.assertRaisesRegex(UserError, "too much"), self.cr.savepoint():
            self._ticket(payment, 678.01)
        self._ticket(payment, 678.0)
        self.assertEqual(payment.amount_to_ticket, 0.0)

    # === WHAT IS TIED LATER === #

    def test_invoice_that_is_put_on_a_payment_without_an_entry(self):
        invoice, payment = self._create_invoice(), self._create_payment(post=False)
        self._ticket(invoice)
        payment.outstanding_account_id = False
        payment.action_post()
        self.assertFalse(payment.move_id)
        self.assertEqual(payment.amount_to_ticket, 1130.0)
        payment.invoice_ids = invoice
        self._assert_figures(payment, 0.0, 1130.0, 0.0)

    def test_order_that_is_put_on_a_posted_invoice(self):
        order, invoice = self._create_order(), self._create_invoice()
        self._ticket(order)
        invoice.invoice_line_ids.sale_line_ids = order.order_line
        self._assert_figures(invoice, 0.0, 1130.0, 0.0)
        invoice.invoice_line_ids.sale_line_ids = False
        self._assert_figures(invoice, 0.0, 0.0, 1130.0)

    def test_payment_that_is_reset_and_lowered(self):
        payment = self._create_payment()
        self._ticket(payment)
        payment.action_draft()
        self._assert_excess(payment, 1130.0)
        payment.amount = 1000.0
        payment.action_post()
        self._assert_excess(payment, 130.0)

    def test_payment_that_is_cancelled(self):
        payment = self._create_payment()
        ticket = self._ticket(payment)
        payment.action_cancel()
        self._assert_excess(payment, 1130.0)
        ticket.with_user(self.sales).action_reset()
        self._assert_mended(payment)

    def test_payment_that_is_ticketed_and_reconciled_with_a_ticketed_invoice(self):
        invoice, payment = self._create_invoice(), self._create_payment()
        self._ticket(invoice)
        self._ticket(payment)
        self._reconcile(invoice, payment)
        self._assert_excess(invoice, 1130.0)
        payment.move_id.line_ids.remove_move_reconcile()
        self._assert_mended(invoice)

    # === WHAT CANNOT BE TICKETED === #

    def test_only_what_is_posted_and_came_in_is_documented(self):
        journal = self._setup_books(self.company).filtered(lambda j: j.type == "sale")
        bill_journal = journal.copy(
            {
                "type": "purchase",
                "code": "TBIL",
                "default_account_id": journal.default_account_id.copy(
                    {"account_type": "expense", "code": "6602"}
                ).id,
            }
        )
        self.customer.with_company(
            self.company
        ).property_account_payable_id = journal.default_account_id.copy(
            {"account_type": "liability_payable", "code": "2202", "reconcile": True}
        )
        draft = self._create_invoice(post=False)
        cancelled = self._create_invoice(post=False)
        cancelled.button_cancel()
        bill = self._create_invoice(post=False, move_type="in_invoice", journal_id=bill_journal.id)
        credit = self._credit(self._create_invoice())
        refund = self._create_payment(payment_type="outbound")
        canceled = self._create_payment()
        canceled.action_cancel()
        for document in (draft, cancelled, bill, credit, refund, canceled):
            with (
                self.subTest(document.display_name),
                self.assertRaises(UserError),
                self.cr.savepoint(),
            ):
                self._ticket(document, 10.0)

    def test_quotation_is_not_ticketed(self):
        order = self._create_order()
        quotation = order.copy()
        with self.assertRaises(UserError), self.cr.savepoint():
            self._ticket(quotation, 10.0)
