from collections import defaultdict

from odoo.fields import Command
from odoo.tests import tagged

from ..ledger.test_walk import WalkCommon

# What is set against an invoice in the books, by what it is.
MATCHED = """
    SELECT line.move_id,
           COALESCE(SUM(partial.debit_amount_currency)
               FILTER (WHERE credit.move_type = 'out_refund'), 0),
           COALESCE(SUM(partial.debit_amount_currency)
               FILTER (WHERE credit.move_type <> 'out_refund'), 0)
      FROM account_move_line line
      JOIN account_partial_reconcile partial ON partial.debit_move_id = line.id
      JOIN account_move_line credit_line ON credit_line.id = partial.credit_move_id
      JOIN account_move credit ON credit.id = credit_line.move_id
     WHERE line.move_id IN %s
  GROUP BY line.move_id
"""
# What tickets take of a document and what of it is paid, in the currency of the document.
TICKETED = """
    SELECT {column}, SUM({amount}), SUM({amount} * amount_paid / amount),
           BOOL_OR(anchor = 'payment'), BOOL_OR(move_id IS NOT NULL)
      FROM invoice_ticket_path
     WHERE {column} IN %s AND amount <> 0
  GROUP BY {column}
"""
CENT = 0.011


@tagged("post_install", "-at_install")
class TestPaidWalk(WalkCommon):
    """What is paid of tickets and received of contracts, against the reconciliations of the books.

    Payments in part, deductions, refunds, exchange differences and items of the bank come in
    besides what moves the ledger.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.bank = cls._setup_books(cls.company).filtered(lambda j: j.type == "bank")
        cls.receivable = cls.customer.with_company(cls.company).property_account_receivable_id
        cls.expense = cls.env["account.account"].create(
            {
                "name": "Deductions",
                "code": "660199",
                "account_type": "expense",
                "company_ids": [Command.set(cls.company.ids)],
            }
        )
        cls.misc = cls.env["account.journal"].create(
            {"name": "Misc", "code": "MISC9", "type": "general", "company_id": cls.company.id}
        )

    # === STEPS === #

    def _pick_open(self):
        open_invoices = [i for i in self.invoices if i.state == "posted" and i.amount_residual > 1]
        return self._pick(open_invoices)

    def _register(self, invoice, **values):
        wizard = (
            self.env["account.payment.register"]
            .with_context(active_model="account.move", active_ids=invoice.ids)
            .create({"journal_id": self.bank.id, **values})
        )
        self.payments.append(wizard._create_payments())

    def _step_pay_with_deduction(self):
        if invoice := self._pick_open():
            self._register(
                invoice,
                amount=round(invoice.amount_residual * 0.9, 2),
                payment_difference_handling="reconcile",
                writeoff_account_id=self.expense.id,
            )

    def _step_pay_in_yuan(self):
        if invoice := self._pick_open():
            self._register(invoice, currency_id=self.currency.id)

    def _step_refund(self):
        """Money that came in goes back, as far as it is not used up."""
        payment = self._pick([p for p in self.payments if p.state in ("in_process", "paid")])
        if not payment or payment.payment_type != "inbound":
            return
        items = payment.move_id.line_ids.filtered(lambda i: i.account_id == self.receivable)
        left = -sum(items.mapped("amount_residual_currency"))
        if left > 1:
            refund = self._create_payment(
                payment_type="outbound",
                amount=round(left * self.random.choice([0.5, 1]), 2),
                currency_id=payment.currency_id.id,
            )
            self.payments.append(refund)
            self._reconcile(payment, refund)

    def _step_bank_item(self):
        invoice = self._pick_open()
        if invoice and invoice.currency_id == self.currency:
            item = self.env["account.bank.statement.line"].create(
                {
                    "journal_id": self.bank.id,
                    "date": "2026-02-01",
                    "payment_ref": "From the bank",
                    "partner_id": self.customer.id,
                    "amount": round(invoice.amount_residual * self.random.choice([0.4, 1]), 2),
                    "counterpart_account_id": self.receivable.id,
                }
            )
            self._reconcile(invoice, item.move_id)

    def _step_write_off(self):
        invoice = self._pick_open()
        if invoice and invoice.currency_id == self.currency:
            amount = round(invoice.amount_residual * 0.3, 2)
            entry = self.env["account.move"].create(
                {
                    "journal_id": self.misc.id,
                    "date": "2026-02-01",
                    "line_ids": [
                        Command.create({"account_id": self.expense.id, "debit": amount}),
                        Command.create(
                            {
                                "account_id": self.receivable.id,
                                "partner_id": self.customer.id,
                                "credit": amount,
                            }
                        ),
                    ],
                }
            )
            entry.action_post()
            self._reconcile(invoice, entry)

    # === CHECK === #

    def _check(self, step):
        self._check_invoices(step)
        self._check_payments(step)
        self._check_tickets(step)
        self._check_contracts(step)

    def _get_ticketed(self, column, records):
        amount = {"move_id": "amount_move", "payment_id": "amount_payment"}[column]
        if not records:
            return {}
        self.cr.execute(TICKETED.format(column=column, amount=amount), [tuple(records.ids)])
        return {row[0]: row[1:] for row in self.cr.fetchall()}

    def _check_invoices(self, step):
        invoices = self.env["account.move"].concat(*self.invoices)
        if not invoices:
            return
        self.cr.execute(MATCHED, [tuple(invoices.ids)])
        matched = {row[0]: (float(row[1]), float(row[2])) for row in self.cr.fetchall()}
        for invoice_id, row in self._get_ticketed("move_id", invoices).items():
            ticketed, paid, of_payments, _of_moves = row
            invoice = self.env["account.move"].browse(invoice_id)
            credited, money = matched.get(invoice.id, (0.0, 0.0))
            rest = max(invoice.amount_total - ticketed, 0.0)
            expected = min(ticketed, money + max(credited - rest, 0.0))
            if invoice.state != "posted":
                expected = 0.0
            if of_payments:
                # Of what a ticket names itself, the payment says what is paid.
                self.assertLessEqual(paid, ticketed + CENT, f"{step}: {invoice.name}")
            else:
                self.assertAlmostEqual(paid, expected, None, f"{step}: {invoice.name}", CENT)

    def _check_payments(self, step):
        payments = self.env["account.payment"].concat(*self.payments)
        for payment_id, row in self._get_ticketed("payment_id", payments).items():
            taken, paid, _of_payments, of_moves = row
            payment = payments.browse(payment_id)
            received = 0.0
            if payment.state in ("in_process", "paid"):
                partials = payment.move_id.line_ids.matched_debit_ids
                back = partials.filtered(
                    lambda p: (
                        p.debit_move_id.parent_state == "posted"
                        and p.debit_move_id.move_id.origin_payment_id.payment_type == "outbound"
                    )
                )
                received = payment.amount - sum(back.mapped("credit_amount_currency"))
            expected = min(taken, received)
            if of_moves:
                # An invoice that is paid otherwise as well pays what the payment does not.
                self.assertGreaterEqual(paid, expected - CENT, f"{step}: {payment.name}")
            else:
                self.assertAlmostEqual(paid, expected, None, f"{step}: {payment.name}", CENT)

    def _check_tickets(self, step):
        """Every part of a ticket is paid or due, and nothing is paid twice."""
        for ticket in self.tickets:
            valid = max(ticket.amount_valid, 0.0)
            paid = min(sum(ticket.path_ids.mapped("amount_paid")), valid)
            state = "paid" if valid and valid - paid < 0.005 else "partial"
            state = state if paid >= 0.005 else "not_paid"
            self.assertAlmostEqual(ticket.amount_paid, paid, None, step, 0.006)
            self.assertAlmostEqual(ticket.amount_due, valid - paid, None, step, 0.006)
            self.assertEqual(ticket.payment_state, state, step)
            if valid:
                self.assertTrue(ticket.date_due, step)

    def _check_contracts(self, step):
        received = defaultdict(float)
        for payment in self.payments:
            if payment.state in ("in_process", "paid"):
                for contract, amount in self._split(payment):
                    received[contract] += self._to_contract(payment, contract, amount)
        for item in self.env["account.bank.statement.line"].search(
            [("company_id", "=", self.company.id)]
        ):
            for partial in item.move_id.line_ids.matched_debit_ids:
                if contract := self._get_contract(partial.debit_move_id.move_id):
                    received[contract] += partial.debit_currency_id._convert(
                        partial.debit_amount_currency,
                        contract.currency_id,
                        self.company,
                        item.date,
                    )
        for contract in self.contracts:
            expected = received[contract]
            self.assertAlmostEqual(contract.amount_received, expected, None, step, CENT)
            issued = self.env["invoice.ticket.path"].search(
                [("contract_id", "=", contract.id), ("is_issued", "=", True)]
            )
            due = sum(
                p.amount_contract * (1 - p.amount_paid / p.amount) for p in issued if p.amount
            )
            self.assertAlmostEqual(contract.amount_ticketed_unpaid, max(due, 0.0), None, step, 0.05)

    def _split(self, payment):
        """Contracts of what the payment is reconciled with, and the rest for its own."""
        sign = 1 if payment.payment_type == "inbound" else -1
        items = payment.move_id.line_ids.filtered(lambda i: i.account_id == self.receivable)
        credited = sum(abs(item.amount_currency) for item in items)
        share = payment.amount / max(credited, payment.amount)
        left = payment.amount
        if sign > 0:
            partials = [
                (p.debit_move_id, p.credit_amount_currency) for p in items.matched_debit_ids
            ]
        else:
            partials = [
                (p.credit_move_id, p.debit_amount_currency) for p in items.matched_credit_ids
            ]
        kind, own = "out_invoice" if sign > 0 else "out_refund", payment.invoice_contract_id
        for item, amount in partials:
            if item.move_id.move_type == kind:
                contract = self._get_contract(item.move_id) or own
                yield contract, sign * amount * share
                left -= amount * share
            elif sign < 0 and (origin := item.move_id.origin_payment_id):
                yield own or origin.invoice_contract_id, -amount * share
                left -= amount * share
        yield own, sign * left

    def _get_contract(self, move):
        orders = move.line_ids.sale_line_ids.order_id
        return orders.invoice_contract_id or move.invoice_contract_id

    def _to_contract(self, payment, contract, amount):
        if not contract:
            return 0.0
        return payment.currency_id._convert(
            amount, contract.currency_id, self.company, payment.date
        )

    # === WALK === #

    def test_walk(self):
        self._walk()
