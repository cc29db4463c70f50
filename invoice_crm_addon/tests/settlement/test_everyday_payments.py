from unittest.mock import patch

from odoo import fields
from odoo.fields import Command
from odoo.tests import Form, tagged

from ...models.ledger.chain import lay_paths
from .common import SettlementCommon


@tagged("post_install", "-at_install")
class TestEverydayPayments(SettlementCommon):
    """However an invoice is settled: ticket, books, account and check say the same of it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env = cls.env(context={**cls.env.context, "lang": "en_US"})
        cls.journal = cls._setup_books(cls.company).filtered(lambda j: j.type == "bank")
        cls._create_payment(amount=1.0).action_draft()  # An account of the books receives money.

    @classmethod
    def _create_account(cls, code, account_type="expense"):
        return cls.env["account.account"].create(
            {
                "name": f"Account {code}",
                "code": code,
                "account_type": account_type,
                "company_ids": [Command.set(cls.company.ids)],
            }
        )

    def _bill(self, price=1000.0, **values):
        """An invoice, and its ticket that is issued."""
        invoice = self._create_invoice(price, **values)
        ticket = self._ticket(invoice)
        self._issue(ticket)
        return invoice, ticket

    def _register(self, invoice, **values):
        """Core's dialog, as whoever keeps the books fills it in."""
        Wizard = self.env["account.payment.register"].with_context(
            active_model="account.move", active_ids=invoice.ids
        )
        wizard = Wizard.create({"journal_id": self.journal.id, **values})
        return wizard._create_payments()

    def test_ledger_is_laid_once(self):
        invoice, ticket = self._bill()
        laying = "odoo.addons.invoice_crm_addon.models.ledger.ticket_path.lay_paths"
        with patch(laying, side_effect=lay_paths) as lay:
            self._register(invoice)
        self.assertEqual(lay.call_count, 1)
        self._assert_agree(invoice, ticket, 1130.0, 0.0)

    def _assert_agree(self, invoice, ticket, paid, due):
        """Ticket, invoice, account of the customer and check."""
        self.env.flush_all()
        self.env.invalidate_all()
        self.assertRecordValues(ticket, [{"amount_paid": paid, "amount_due": due}])
        self.assertEqual(invoice.amount_residual, due)
        items = self.env["invoice.receivable.item"].with_user(self.cashier)
        owed = items.search([("move_id", "=", invoice.id)])
        self.assertAlmostEqual(sum(owed.mapped("amount_due_currency")), due)
        events = self.env["invoice.settlement.check"].with_user(self.cashier)
        events = events.search([("partner_id", "=", self.customer.id)])
        of_invoice = events.filtered(lambda event: event.move_id == invoice)
        self.assertAlmostEqual(
            sum(of_invoice.mapped("amount_to_collect")), invoice.amount_residual_signed, 2
        )
        self.assertAlmostEqual(
            sum(of_invoice.mapped("amount_ticketed")), sum(of_invoice.mapped("amount_invoiced")), 2
        )

    def test_in_part(self):
        invoice, ticket = self._bill()
        self._register(invoice, amount=500.0)
        self._assert_agree(invoice, ticket, 500.0, 630.0)
        self.assertEqual(ticket.payment_state, "partial")

    def test_rest_written_off(self):
        invoice, ticket = self._bill()
        expense = self._create_account("660198")
        self._register(
            invoice,
            amount=1120.0,
            payment_difference_handling="reconcile",
            writeoff_account_id=expense.id,
        )
        self._assert_agree(invoice, ticket, 1130.0, 0.0)
        self.assertEqual(ticket.payment_state, "paid")

    def test_early_payment_discount(self):
        term = self.env["account.payment.term"].create(
            {
                "name": "2 % in 10 days",
                "company_id": self.company.id,
                "early_discount": True,
                "discount_percentage": 2,
                "discount_days": 10,
                "early_pay_discount_computation": "excluded",
                "line_ids": [Command.create({"value": "percent", "value_amount": 100})],
            }
        )
        loss = self._create_account("660197")
        self.company.account_journal_early_pay_discount_loss_account_id = loss
        today = fields.Date.context_today(self.env.user)
        invoice, ticket = self._bill(invoice_payment_term_id=term.id, invoice_date=today)
        payment = self._register(invoice, payment_date=today)
        self.assertLess(payment.amount, 1130.0)
        self._assert_agree(invoice, ticket, 1130.0, 0.0)

    def test_cash_rounding(self):
        profit = self._create_account("660196")
        rounding = self.env["account.cash.rounding"].create(
            {
                "name": "Whole yuan",
                "rounding": 1.0,
                "strategy": "add_invoice_line",
                "profit_account_id": profit.id,
                "loss_account_id": profit.id,
                "rounding_method": "HALF-UP",
            }
        )
        invoice = self._create_invoice(1000.35, invoice_cash_rounding_id=rounding.id)
        self.assertEqual(invoice.amount_total, 1130.0)
        action = invoice.with_user(self.cashier).action_create_ticket()
        Ticket = self.env["invoice.ticket"].with_user(self.cashier)
        ticket = Form(Ticket.with_context(**action["context"])).save()
        self.assertEqual(ticket.amount_total, 1130.0)
        self._issue(ticket)
        self._register(invoice)
        self._assert_agree(invoice, ticket, 1130.0, 0.0)

    def test_unmatched_later(self):
        invoice, ticket = self._bill()
        payment = self._register(invoice)
        self._assert_agree(invoice, ticket, 1130.0, 0.0)
        self._get_items(payment.move_id).remove_move_reconcile()
        self._assert_agree(invoice, ticket, 0.0, 1130.0)
        self.assertEqual(ticket.payment_state, "not_paid")

    def test_money_that_went_back(self):
        invoice, ticket = self._bill()
        payment = self._register(invoice, amount=1000.0)
        self._get_items(payment.move_id).remove_move_reconcile()
        refund = self._create_payment(amount=400.0, payment_type="outbound")
        self._reconcile(payment, refund)
        self._reconcile(invoice, payment)
        self._assert_agree(invoice, ticket, 600.0, 530.0)

    def test_payment_of_a_contact(self):
        contact = self.env["res.partner"].create(
            {"name": "Branch Office", "parent_id": self.customer.id}
        )
        invoice, ticket = self._bill(partner_id=contact.id)
        self._register(invoice, amount=130.0)
        self._assert_agree(invoice, ticket, 130.0, 1000.0)
        self._create_payment(partner_id=contact.id, amount=70.0)
        sections, _page = self._get_page()
        self.assertEqual([row["open"] for row in sections["item"]["rows"]], [1000.0])
        self.assertEqual([row["open"] for row in sections["credit"]["rows"]], [70.0])

    def test_two_currencies_and_their_difference(self):
        usd = self._enable_usd()
        self.company.write(
            {
                "currency_exchange_journal_id": self.env["account.journal"]
                .create(
                    {
                        "name": "Exchange",
                        "code": "EXCH9",
                        "type": "general",
                        "company_id": self.company.id,
                    }
                )
                .id,
                "income_currency_exchange_account_id": self._create_account("660195", "income").id,
                "expense_currency_exchange_account_id": self._create_account("660194").id,
            }
        )
        invoice, ticket = self._bill(100.0, currency_id=usd.id)
        self.env["res.currency.rate"].create(
            {
                "currency_id": usd.id,
                "rate": 0.16,
                "company_id": self.company.id,
                "name": "2026-02-01",
            }
        )
        self._register(invoice, payment_date="2026-02-02", currency_id=usd.id)
        # Issued today, at another rate than that of the invoice: nothing is left to ticket.
        self.assertNotEqual(ticket.amount_company, invoice.amount_total_signed)
        self._assert_agree(invoice, ticket, 113.0, 0.0)

    def test_invoice_that_is_reset_and_posted_again(self):
        invoice, ticket = self._bill()
        self._register(invoice, amount=500.0)
        invoice.button_draft()
        self.env.invalidate_all()
        self.assertEqual((ticket.state, ticket.amount_paid), ("issued", 0.0))
        # Core matches it again with the payments that name it.
        invoice.action_post()
        self._assert_agree(invoice, ticket, 500.0, 630.0)

    def test_line_of_the_order_that_is_taken_off(self):
        order = self._create_order(quantity=2)
        ticket = self._ticket(order)
        self._issue(ticket)
        order.company_id.ticket_over_issue = "warn"
        order.order_line.write({"product_uom_qty": 1, "price_unit": 1000.0})
        self.env.invalidate_all()
        self.assertEqual(order.ticketing_state, "excess")
        self.assertEqual(order.amount_ticket_excess, 1130.0)

    def test_customers_that_are_merged(self):
        invoice, ticket = self._bill()
        self._register(invoice, amount=500.0)
        other = self.env["res.partner"].create({"name": "The Same", "is_company": True})
        receivable = self.customer.with_company(self.company).property_account_receivable_id
        other.with_company(self.company).property_account_receivable_id = receivable
        payment = self._create_payment(partner_id=other.id, amount=70.0)
        wizard = self.env["base.partner.merge.automatic.wizard"].create({})
        wizard._merge((self.customer | other).ids, self.customer, extra_checks=False)
        self.env.invalidate_all()
        self.assertEqual(payment.partner_id, self.customer)
        self._assert_agree(invoice, ticket, 500.0, 630.0)
        self.assertEqual(payment.amount_to_ticket, 70.0)

    def test_credit_note_of_a_part_that_is_ticketed(self):
        """The invoice owes less, and so does the ticket: until a red letter it is too much."""
        self.company.ticket_over_issue = "warn"
        invoice, ticket = self._bill()
        self._reconcile(invoice, self._credit(invoice, 0.5))
        self.env.invalidate_all()
        self.assertEqual((invoice.amount_residual, ticket.amount_due), (565.0, 565.0))
        self.assertEqual(invoice.ticketing_state, "excess")
