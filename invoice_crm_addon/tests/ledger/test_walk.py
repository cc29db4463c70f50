import os
import random
from collections import Counter

from odoo.exceptions import UserError
from odoo.tests import tagged

from ...models.base.proof import proven
from .common import LedgerCommon

STEPS = int(os.environ.get("LEDGER_WALK_STEPS", "250"))
SEED = int(os.environ.get("LEDGER_WALK_SEED", "10"))

# What tickets take of each kind of document, recomputed from the tickets themselves in plain
# SQL: what a ticket holds, wherever it was named, once for each document further along the way.
TAKEN = """
    WITH held AS (
        SELECT ticket.id, ticket.state = 'issued' AS is_issued, ticket.contract_id,
               ticket.sale_order_id, ticket.amount_total AS total,
               ticket.amount_total + COALESCE((
                   SELECT SUM(red.amount_total) FROM invoice_ticket red
                    WHERE red.red_of_id = ticket.id AND red.state = 'issued'), 0) AS amount
          FROM invoice_ticket ticket
         WHERE ticket.state IN ('pending', 'approved', 'issued') AND ticket.red_of_id IS NULL
           AND ticket.partner_id = %(partner)s
    ),
    of_move AS (
        SELECT held.id AS ticket, held.is_issued, allocation.move_id AS document,
               allocation.amount * held.amount / held.total AS amount
          FROM held
          JOIN invoice_ticket_allocation allocation ON allocation.ticket_id = held.id
         WHERE allocation.move_id IS NOT NULL
    ),
    of_payment AS (
        SELECT held.id AS ticket, held.is_issued, allocation.payment_id AS document,
               allocation.amount * held.amount / held.total AS amount
          FROM held
          JOIN invoice_ticket_allocation allocation ON allocation.ticket_id = held.id
         WHERE allocation.payment_id IS NOT NULL
    ),
    bills AS (
        SELECT DISTINCT line.move_id, order_line.order_id
          FROM sale_order_line order_line
          JOIN sale_order_line_invoice_rel rel ON rel.order_line_id = order_line.id
          JOIN account_move_line line ON line.id = rel.invoice_line_id
          JOIN account_move move ON move.id = line.move_id
         WHERE move.move_type = 'out_invoice'
    ),
    of_order AS (
        SELECT id AS ticket, is_issued, sale_order_id AS document, amount
          FROM held WHERE sale_order_id IS NOT NULL
     UNION ALL
        SELECT of_move.ticket, of_move.is_issued, bills.order_id, of_move.amount
          FROM of_move JOIN bills ON bills.move_id = of_move.document
     UNION ALL
        SELECT ticket_id, is_issued, sale_order_id, amount_order
          FROM invoice_ticket_path WHERE anchor = 'payment' AND sale_order_id IS NOT NULL
    ),
    of_contract AS (
        SELECT id AS ticket, is_issued, contract_id AS document, amount
          FROM held WHERE contract_id IS NOT NULL
     UNION ALL
        SELECT of_order.ticket, of_order.is_issued, sale_order.invoice_contract_id, of_order.amount
          FROM of_order JOIN sale_order ON sale_order.id = of_order.document
         WHERE sale_order.invoice_contract_id IS NOT NULL
     UNION ALL
        SELECT of_move.ticket, of_move.is_issued, move.invoice_contract_id, of_move.amount
          FROM of_move
          JOIN account_move move ON move.id = of_move.document
     LEFT JOIN bills ON bills.move_id = move.id
         WHERE move.invoice_contract_id IS NOT NULL AND bills.move_id IS NULL
     UNION ALL
        SELECT path.ticket_id, path.is_issued,
               COALESCE(move.invoice_contract_id, payment.invoice_contract_id), path.amount
          FROM invoice_ticket_path path
          JOIN account_payment payment ON payment.id = path.payment_id
     LEFT JOIN account_move move ON move.id = path.move_id
     LEFT JOIN sale_order ON sale_order.id = path.sale_order_id
         WHERE path.anchor = 'payment' AND sale_order.invoice_contract_id IS NULL
           AND COALESCE(move.invoice_contract_id, payment.invoice_contract_id) IS NOT NULL
    )
"""
KINDS = {
    "of_contract": "invoice_contract",
    "of_order": "sale_order",
    "of_move": "account_move",
    "of_payment": "account_payment",
}
# The column of a path and its amount, and from which anchor on it is firm.
PATHS = {
    "invoice_contract": (
        "contract_id",
        "amount_contract",
        ("payment", "move", "order", "contract"),
    ),
    "sale_order": ("sale_order_id", "amount_order", ("payment", "move", "order")),
    "account_move": ("move_id", "amount_move", ("payment", "move")),
    "account_payment": ("payment_id", "amount_payment", ("payment",)),
}
LIMITS = {
    "invoice_contract": "document.amount_total",
    "sale_order": """CASE WHEN document.state = 'sale' THEN GREATEST(
        document.amount_total - COALESCE((
            SELECT SUM(line.price_total) FROM account_move_line line
              JOIN account_move move ON move.id = line.move_id
             WHERE move.state = 'posted' AND move.move_type = 'out_refund' AND line.id IN (
                   SELECT rel.invoice_line_id FROM sale_order_line_invoice_rel rel
                     JOIN sale_order_line order_line ON order_line.id = rel.order_line_id
                    WHERE order_line.order_id = document.id)), 0),
        COALESCE((
            SELECT SUM(CASE WHEN move.move_type = 'out_refund' THEN -1 ELSE 1 END
                       * line.price_total)
              FROM account_move_line line
              JOIN account_move move ON move.id = line.move_id
             WHERE move.state = 'posted' AND line.id IN (
                   SELECT rel.invoice_line_id FROM sale_order_line_invoice_rel rel
                     JOIN sale_order_line order_line ON order_line.id = rel.order_line_id
                    WHERE order_line.order_id = document.id)), 0), 0) ELSE 0 END""",
    "account_move": """CASE WHEN document.state = 'posted' THEN GREATEST(
        document.amount_total - COALESCE((
            SELECT SUM(credit.amount_total) FROM account_move credit
             WHERE credit.reversed_entry_id = document.id AND credit.state = 'posted'), 0), 0)
        ELSE 0 END""",
    "account_payment": """CASE WHEN document.state IN ('in_process', 'paid')
        THEN document.amount ELSE 0 END""",
}


class WalkCommon(LedgerCommon):
    """Steps of a random walk over all that moves the ledger, checked after every step.

    ``LEDGER_WALK_STEPS`` makes it longer, ``LEDGER_WALK_SEED`` another one.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.usd = cls._enable_usd()
        cls.random = random.Random(SEED)
        cls.contracts, cls.orders, cls.invoices = [], [], []
        cls.payments, cls.tickets = [], []
        cls.done = Counter()

    # === STEPS === #

    def _pick(self, records):
        return self.random.choice(records) if records else None

    def _amount(self, upper=2000):
        return round(self.random.uniform(1, upper), 2)

    def _step_contract(self):
        currency = self.random.choice([self.currency, self.usd])
        self.contracts.append(self._create_active_contract(self._amount(), currency_id=currency.id))

    def _step_order(self):
        contracts = [c for c in self.contracts if c.currency_id == self.currency]
        contract = self._pick(contracts) if self.random.random() < 0.6 else None
        self.orders.append(
            self._create_order(
                quantity=10,
                price=round(self._amount(100), 2),
                invoice_contract_id=contract.id if contract else False,
            )
        )

    def _step_invoice_order(self):
        if order := self._pick(self.orders):
            self.invoices.append(self._invoice(order, self.random.choice([1, 2, 3, 5, 10])))

    def _step_invoice(self):
        currency = self.random.choice([self.currency, self.usd])
        self.invoices.append(self._create_invoice(self._amount(1000), currency_id=currency.id))

    def _step_invoice_of_contract(self):
        if contract := self._pick([c for c in self.contracts if c.state == "active"]):
            invoice = self._create_invoice(
                self._amount(1000),
                post=self.random.random() < 0.8,
                currency_id=self.random.choice([contract.currency_id, self.currency]).id,
                invoice_contract_id=contract.id,
            )
            self.invoices.append(invoice)

    _step_invoice_of_contract_again = _step_invoice_of_contract

    def _step_invoice_contract(self):
        """Finance chooses the contract of an invoice, another one, or none."""
        if invoice := self._pick(self.invoices):
            invoice.invoice_contract_id = self._pick(
                [*self.contracts, self.env["invoice.contract"]]
            )

    def _step_pay(self):
        invoices = self.env["account.move"].concat(
            *self.random.sample(self.invoices, min(len(self.invoices), self.random.choice([1, 2])))
        )
        invoices = invoices.filtered(
            lambda i: (
                i.state == "posted"
                and i.amount_residual > 0
                and i.currency_id == invoices[:1].currency_id
            )
        )
        if invoices:
            share = self.random.choice([0.5, 1, 1])
            amount = round(sum(invoices.mapped("amount_residual")) * share, 2)
            self.payments.append(self._pay(invoices, amount, currency_id=invoices.currency_id.id))

    def _step_advance(self):
        contracts = [c for c in self.contracts if c.state == "active"]
        contract = self._pick(contracts) if self.random.random() < 0.5 else None
        self.payments.append(
            self._create_payment(
                amount=self._amount(800),
                invoice_contract_id=contract.id if contract else False,
            )
        )

    def _step_reconcile(self):
        invoice, payment = self._pick(self.invoices), self._pick(self.payments)
        if (
            invoice
            and payment
            and invoice.state == "posted"
            and invoice.amount_residual
            and payment.state in ("in_process", "paid")
            and payment.currency_id == invoice.currency_id
        ):
            self._reconcile(invoice, payment)

    def _step_unreconcile(self):
        if payment := self._pick(self.payments):
            payment.move_id.line_ids.remove_move_reconcile()

    def _step_credit(self):
        invoice = self._pick(self.invoices)
        if invoice and invoice.state == "posted":
            self._credit(invoice, self.random.choice([0.5, 1, None]))

    def _step_reset_invoice(self):
        invoice = self._pick(self.invoices)
        if invoice and invoice.state == "posted":
            invoice.button_draft()
            if self.random.random() < 0.3:
                invoice.invoice_line_ids.price_unit *= 0.9
        elif invoice:
            invoice.action_post()

    def _step_reset_payment(self):
        payment = self._pick(self.payments)
        if payment and payment.state in ("in_process", "paid"):
            payment.action_draft()
        elif payment and payment.state == "draft":
            payment.action_post()

    def _step_contract_amount(self):
        if contract := self._pick(self.contracts):
            proven(contract).amount_total = self._amount()

    def _step_order_amount(self):
        if order := self._pick(self.orders):
            order.order_line.write(
                {"product_uom_qty": self.random.randint(1, 15), "price_unit": self._amount(100)}
            )

    def _step_order_contract(self):
        if order := self._pick(self.orders):
            contracts = [c for c in self.contracts if c.currency_id == self.currency]
            order.invoice_contract_id = self._pick([*contracts, self.env["invoice.contract"]])

    def _step_ticket(self):
        """What is shown as free is accepted; of a contract, nothing else is."""
        document = self._pick([*self.contracts, *self.orders, *self.invoices, *self.payments])
        if not document:
            return
        free = document.amount_to_ticket
        share = self.random.choice([0.3, 0.5, 1, 1, 1.2])
        is_foreign = document.currency_id != self.currency
        if document._name == "invoice.contract" and is_foreign:
            amount = round(free * share / 0.14, 2)
        else:
            amount = round(free * share, 2)
        amount = amount or 0.01
        try:
            with self.cr.savepoint():
                self.tickets.append(self._ticket(document, amount))
        except UserError:
            self.assertFalse(
                share < 1 and free > 1,
                f"{document.display_name}: {free} free, and {amount} refused",
            )
            raise
        if document._name == "invoice.contract" and not is_foreign:
            self.assertLessEqual(amount, max(free, 0.01) + 0.001)

    _step_ticket_again = _step_third_ticket = _step_fourth_ticket = _step_ticket

    def _step_issue(self):
        if ticket := self._pick([t for t in self.tickets if t.state == "approved"]):
            self._issue(ticket)

    _step_issue_again = _step_issue

    def _step_void(self):
        issued = [t for t in self.tickets if t.state == "issued" and not t.red_ids]
        if ticket := self._pick(issued):
            if ticket.number_shape == "digital":
                return self._step_red()
            ticket.with_user(self.finance).action_void("Wrong title")
        return None

    def _step_red(self):
        """A red letter of all that is left, or of a part of it."""
        if ticket := self._pick([t for t in self.tickets if t.state == "issued"]):
            amount = self.random.choice([None, round(ticket.amount_valid * 0.4, 2) or None])
            ticket.with_user(self.finance).action_red("Goods came back", amount=amount)
            red = ticket.red_ids.sorted("id")[-1:]
            self._issue(red)

    def _step_void_red(self):
        """The original is valid again, unless others took what it had given back."""
        reds = [red for t in self.tickets for red in t.red_ids if red.state == "issued"]
        if red := self._pick([red for red in reds if red.can_void]):
            red.with_user(self.finance).action_void("Wrong letter")

    def _step_reset(self):
        if ticket := self._pick([t for t in self.tickets if t.state == "approved"]):
            ticket.with_user(self.sales).action_reset()

    # === WALK === #

    def _walk(self):
        steps = {
            name: getattr(self, name) for name in sorted(dir(self)) if name.startswith("_step_")
        }
        for index in range(STEPS):
            name = self.random.choice(list(steps))
            label = f"step {index} of seed {SEED}: {name}"
            try:
                with self.cr.savepoint():
                    steps[name]()
                    self.env.flush_all()
                self.done[name] += 1
            except UserError as error:
                self.done[f"{name} refused"] += 1
                self.assertTrue(str(error), label)
                self.env.invalidate_all()
                self._forget_rolled_back()
            self.env.flush_all()
            self._check(label)
        self.assertGreaterEqual(len(self.done), len(steps) // 2, self.done)

    def _forget_rolled_back(self):
        for name in ("contracts", "orders", "invoices", "payments", "tickets"):
            setattr(self, name, [r for r in getattr(self, name) if r.exists()])


@tagged("post_install", "-at_install")
class TestWalk(WalkCommon):
    """What is ticketed, on its way and free, checked by plain SQL."""

    def test_walk(self):
        self._walk()

    # === CHECK === #

    def _check(self, step):
        for query, table in KINDS.items():
            self._check_taken(step, query, table)
            self._check_figures(step, table)

    def _check_taken(self, step, query, table):
        """The paths say what the tickets say."""
        column, amount, anchors = PATHS[table]
        unit = "path.amount" if query in ("of_contract", "of_order") else f"path.{amount}"
        self.cr.execute(
            TAKEN
            + f"""
            SELECT COALESCE(taken.document, laid.document), taken.amount, laid.amount
              FROM (SELECT document, is_issued, SUM(amount) AS amount FROM {query}
                     WHERE amount <> 0 GROUP BY document, is_issued) AS taken
         FULL JOIN (SELECT path.{column} AS document, path.is_issued, SUM({unit}) AS amount
                      FROM invoice_ticket_path path JOIN held ON held.id = path.ticket_id
                     WHERE path.{column} IS NOT NULL AND path.anchor IN %(anchors)s
                  GROUP BY path.{column}, path.is_issued) AS laid
                ON laid.document = taken.document AND laid.is_issued = taken.is_issued
             WHERE ABS(COALESCE(taken.amount, 0) - COALESCE(laid.amount, 0)) > 0.02
            """,
            {"partner": self.customer.id, "anchors": anchors},
        )
        if query == "of_move":
            # A ticket of a payment takes of the invoices of that payment, not read here.
            rows = [r for r in self.cr.fetchall() if (r[1] or 0) > (r[2] or 0) + 0.02]
        else:
            rows = self.cr.fetchall()
        self.assertFalse(rows, f"{step}: {table} (id, by the tickets, by the paths)")

    def _check_figures(self, step, table):
        """What a record keeps is the sum of its paths, and its limit what its rows say."""
        column, amount, anchors = PATHS[table]
        self.cr.execute(
            f"""
            SELECT * FROM (
                SELECT document.id, document.amount_ticketed, document.amount_in_progress,
                       document.amount_ticketable, document.ticketing_state,
                       COALESCE(SUM(path.{amount}) FILTER (WHERE path.is_issued), 0) AS issued,
                       COALESCE(SUM(path.{amount}) FILTER (WHERE NOT path.is_issued), 0)
                           AS progress,
                       COALESCE(SUM(path.{amount}) FILTER (WHERE path.anchor IN %s), 0) AS firm,
                       {LIMITS[table]} AS ceiling
                  FROM {table} AS document
             LEFT JOIN invoice_ticket_path path ON path.{column} = document.id
                 WHERE document.has_tickets AND document.partner_id = %s
              GROUP BY document.id) AS figures
             WHERE ABS(amount_ticketed - issued) > 0.005
                OR ABS(amount_in_progress - progress) > 0.005
                OR ABS(amount_ticketable - ceiling) > 0.005
                OR (firm > ceiling + 0.005) <> (COALESCE(ticketing_state, '') = 'excess')
                OR (issued + progress > GREATEST(ceiling, firm) + 0.005)
            """,
            [anchors, self.customer.id],
        )
        self.assertFalse(self.cr.fetchall(), f"{step}: {table}")
