from collections import defaultdict
from decimal import Decimal
from functools import cached_property

from odoo.fields import Domain
from odoo.tools import SQL

from ..base.tools import group_by_id, keep_rows_in_cache, search_fetch_together
from ..ticket.ticket_ledger_mixin import HOLDING_STATES
from .bare_payments import get_brought_query
from .chain_nodes import Claim, Node
from .chain_steps import COLUMNS, KIND_OF, MODELS, NAME_STEPS, NAMED, PATH_STEPS, STEPS


class Chain:
    """All that is connected with some tickets or ticketable records, read from the database.

    It is read with a bounded number of queries, whatever its size; see ``chain`` for what is
    made of it. Everything must be flushed before.

    :param env: environment in superuser mode
    :param list seeds: recordsets of tickets and of what they document
    """

    def __init__(self, env, seeds):
        self.env = env
        self.nodes = {}
        self.claims = []
        self.tickets = env["invoice.ticket"]
        self._rates = {}
        self._read(self._find(seeds))
        # Credit notes lead to what they credit, and are nothing to ticket themselves.
        self.records["move"] = self.records["move"].filtered(
            lambda move: move.move_type == "out_invoice"
        )
        self._load_contracts()
        self._load_orders_and_moves()
        self._load_payments()
        self._load_paid()
        self._load_claims()

    def get_record(self, node):
        return self.env[MODELS[node.kind]].browse(node.id)

    # === WHAT IS CONNECTED === #

    def _find(self, seeds):
        """Ids of everything that is connected with the seeds, by kind."""
        start = {
            ("ticket" if records._name == "invoice.ticket" else KIND_OF[records._name], id_)
            for records in seeds
            for id_ in records.ids
        }
        found = defaultdict(list)
        if not start:
            return found
        steps = STEPS + "".join(
            NAME_STEPS.format(kind=kind, **NAMED[kind])
            + PATH_STEPS.format(kind=kind, column=column)
            for kind, column in COLUMNS.items()
        )
        rows = self.env.execute_query(
            SQL(
                """
                WITH RECURSIVE found(kind, id) AS (
                    SELECT * FROM (VALUES %(start)s) AS seed(kind, id)
                     UNION
                    SELECT next.kind, next.id
                      FROM found AS start
                CROSS JOIN LATERAL (%(steps)s) AS next(kind, id)
                     WHERE next.id IS NOT NULL
                )
                SELECT kind, id FROM found ORDER BY kind, id
                """,
                start=SQL(", ").join(SQL("(%s, %s)", kind, id_) for kind, id_ in sorted(start)),
                steps=SQL(steps, holding=tuple(HOLDING_STATES)),
            )
        )
        for kind, id_ in rows:
            found[kind].append(id_)
        return found

    def _read(self, found):
        """Read at once what was found, and what its tickets name, take and give back.

        :param dict found: ids by kind
        """
        ids = found["ticket"]
        self.tickets = self.tickets.browse(ids)
        of_tickets, of_letters = Domain("ticket_id", "in", ids), Domain("red_of_id", "in", ids)
        of_letters &= Domain("state", "=", "issued")
        env = self.env(context={**self.env.context, "active_test": False})
        Allocation = self.env["invoice.ticket.allocation"]
        *records, letters, own, others, self.paths, changes = search_fetch_together(
            *((env[model], [("id", "in", found[kind])]) for kind, model in MODELS.items()),
            (env["invoice.ticket"], of_letters),
            (Allocation, of_tickets),
            (Allocation, [("ticket_id", "any", of_letters)]),
            (self.env["invoice.ticket.path"], of_tickets),
            (self.env["invoice.approval.request"], self.tickets._get_waiting_change_domain()),
        )
        self.records = {
            kind: rows.with_env(self.env).sorted("id")
            for kind, rows in zip(MODELS, records, strict=True)
        }
        self.letters = letters.with_env(self.env).sorted("id").grouped("red_of_id")
        self.changes = {self.tickets.browse(r.res_id): r.old_values for r in changes}
        allocations = group_by_id(own | others, "ticket_id")
        keep_rows_in_cache(self.tickets | letters, "allocation_ids", allocations)

    # === NODES === #

    def _add(self, kind, record, limit, currency=None):
        currency = currency or record.currency_id
        node = Node(
            kind, record.id, self._round(limit, currency), currency.id, currency.decimal_places
        )
        self.nodes[kind, record.id] = node
        return node

    def _load_contracts(self):
        contracts = self.records["contract"]
        for contract, limit in contracts._get_ticketable_limits().items():
            self._add("contract", contract, limit)

    def _load_orders_and_moves(self):
        orders, moves = self.records["order"], self.records["move"]
        for move, limit in moves._get_ticketable_limits().items():
            self._add("move", move, limit)
        parts = orders._get_billed_parts()
        for order, limit in orders._get_limits_by_parts(parts).items():
            node = self._add("order", order, limit)
            if contract := self.nodes.get(("contract", order.invoice_contract_id.id)):
                self._link_whole(node, contract, order.company_id, order.date_order.date())
        # Invoices that are reset or cancelled as well: what was ticketed of them stays ticketed.
        sizes, credited = defaultdict(float), defaultdict(float)
        for order_id, move_id, original_id, move_type, state, _currency, amount, _date in parts:
            if move_type == "out_invoice":
                sizes[order_id, move_id] += amount
            elif state == "posted":
                credited[order_id, original_id] += amount
        for (order_id, move_id), size in sizes.items():
            if move := self.nodes.get(("move", move_id)):
                size -= credited[order_id, move_id]
                self._link_order(moves.browse(move_id), move, self.nodes["order", order_id], size)
        for move in moves.filtered("invoice_contract_id"):
            self._link_contract(move)

    def _link_order(self, invoice, move, order, size):
        rate = self._get_rate(
            move.currency, order.currency, invoice.company_id, invoice.invoice_date or invoice.date
        )
        size = move.round(Decimal(str(size)))
        if invoice.state == "posted":
            size = min(size, move.limit)
        move.link(order, max(size, Decimal(0)), rate)

    def _link_contract(self, invoice):
        """What an invoice bills of no order lies in the contract that it says itself."""
        move = self.nodes["move", invoice.id]
        contract = self.nodes["contract", invoice.invoice_contract_id.id]
        rate = self._get_rate(
            move.currency,
            contract.currency,
            invoice.company_id,
            invoice.invoice_date or invoice.date,
        )
        is_posted = invoice.state == "posted"
        total = move.limit if is_posted else self._round(invoice.amount_total, invoice.currency_id)
        size = total - sum((link.size for link in move.parents), Decimal(0))
        move.link(contract, max(size, Decimal(0)), rate)

    def _load_payments(self):
        payments = self.records["payment"]
        for payment, limit in payments._get_ticketable_limits().items():
            node = self._add("payment", payment, limit)
            if contract := self.nodes.get(("contract", payment.invoice_contract_id.id)):
                self._link_whole(node, contract, payment.company_id, payment.date)
        for payment_id, move_id, paid, received in self.get_reconciled(payments):
            payment = self.nodes["payment", payment_id]
            move = self.nodes.get(("move", move_id))
            if move and received > 0 and paid > 0:
                size, rate = Decimal(str(received)), Decimal(str(paid)) / Decimal(str(received))
                self._link_invoice(payment, move, size, rate)
        self._link_without_entries(payments.filtered(lambda payment: not payment.move_id))
        self._link_on_account(payments.filtered("sale_order_id"))

    def _link_invoice(self, payment, move, size, rate):
        """What came in for an invoice that is being corrected goes on to what that bills."""
        invoice = self.get_record(move)
        if invoice.state == "posted":
            payment.link(move, payment.round(size), rate)
            return
        total = Decimal(str(invoice.amount_total))
        for link in move.parents:
            is_said = link.parent in [own.parent for own in payment.parents]
            if total and link.size and not (is_said and link.parent.kind == "contract"):
                part = payment.round(size * link.size / total)
                payment.link(link.parent, part, rate * link.rate)

    @staticmethod
    def get_reconciled(payments):
        """Payment, invoice, and what of each is reconciled, in the currency of each."""
        if not payments.move_id:
            return []
        return payments.env.execute_query(
            SQL(
                """
                SELECT payment.id, line.move_id,
                       SUM(partial.debit_amount_currency), SUM(partial.credit_amount_currency)
                  FROM account_payment payment
                  JOIN account_move_line paid ON paid.move_id = payment.move_id
                  JOIN account_partial_reconcile partial ON partial.credit_move_id = paid.id
                  JOIN account_move_line line ON line.id = partial.debit_move_id
                 WHERE payment.id IN %(payments)s
              GROUP BY payment.id, line.move_id
              ORDER BY payment.id, line.move_id
                """,
                payments=tuple(payments.ids),
            )
        )

    def _link_without_entries(self, payments):
        """A payment of a bank account without an outstanding account only names its invoices."""
        for payment in payments:
            node = self.nodes["payment", payment.id]
            left = node.limit
            for move in payment.invoice_ids.sorted("id"):
                parent = self.nodes.get(("move", move.id))
                if not parent or left <= 0:
                    continue
                rate = self._get_rate(
                    node.currency, parent.currency, payment.company_id, payment.date
                )
                size = min(node.round(parent.limit / rate), left)
                node.link(parent, size, rate)
                left -= size

    def _link_on_account(self, payments):
        """What came in on account of an order, and pays no invoice yet, is meant for that order.

        For its open invoices first, though nobody has matched them yet, then for what is not
        invoiced of it. What came in beyond the order belongs to none.
        """
        for payment in payments:
            node = self.nodes["payment", payment.id]
            order = self.nodes.get(("order", payment.sale_order_id.id))
            taken = (link.size for link in node.parents if link.parent.kind != "contract")
            left = node.limit - sum(taken, Decimal(0))
            for parent, room in self._get_waiting(order) if order else ():
                if left <= 0:
                    break
                rate = self._get_rate(
                    node.currency, parent.currency, payment.company_id, payment.date
                )
                if (size := min(node.round(room / rate), left)) > 0:
                    node.link(parent, size, rate, is_booked=False)
                    left -= size

    def _get_waiting(self, order):
        """The open invoices of an order, and the order: what of each no payment is meant for.

        :rtype: list[tuple[Node, Decimal]]
        """
        rooms, rest = [], order.limit
        mine = self.get_record(order)
        for link in order.children:
            if link.child.kind == "payment":
                rest -= link.to_parent(link.size)
                continue
            invoice = self.get_record(link.child)
            if invoice.state != "posted":
                continue
            rest -= link.to_parent(link.size)
            due = self._round(invoice.amount_residual, invoice.currency_id)
            own = named = meant = Decimal(0)
            for other in link.child.children:
                payment, size = self.get_record(other.child), other.to_parent(other.size)
                if other.child.kind == "payment" and payment.sale_order_id == mine:
                    own += size  # on an invoice of several orders each pays its part
                if not other.is_booked:
                    meant += size
                elif not payment.move_id:
                    named += size
            # What a bank item brought of what is named, the invoice's rest says already.
            meant += max(named - self.brought.get(invoice.id, Decimal(0)), Decimal(0))
            rooms.append((link.child, min(link.size - own, due - meant)))
        return [*rooms, (order, rest)]

    @cached_property
    def brought(self):
        """What bank items brought of invoices that payments without an entry name, by id."""
        return self._get_brought(self.records["move"].filtered(lambda m: m.state == "posted"))

    def _load_paid(self):
        """What the books say that is paid of each invoice, and what credit notes were set against.

        A payment without an entry pays what it names, as far as no bank item does: that is the
        same money.
        """
        moves = self.records["move"].filtered(lambda move: move.state == "posted")
        credited, brought = self._get_reconciled_credits(moves), self.brought
        for move in moves:
            node = self.nodes["move", move.id]
            node.amount = self._round(move.amount_total, move.currency_id)
            due = self._round(move.amount_residual, move.currency_id)
            node.credited = self._round(credited.get(move.id, 0.0), move.currency_id)
            named = sum(
                (
                    link.to_parent(link.size)
                    for link in node.children
                    if link.is_booked and not self.get_record(link.child).move_id
                ),
                Decimal(0),
            )
            if named:
                named = max(named - brought.get(move.id, Decimal(0)), Decimal(0))
            node.paid = node.amount - due - node.credited + min(node.round(named), due)

    def _get_brought(self, moves):
        """What bank items brought of invoices that payments without an entry name, by id."""
        bare = self.records["payment"].filtered(lambda payment: not payment.move_id)
        named = bare.invoice_ids & moves.filtered(lambda m: m.amount_residual != m.amount_total)
        if not named:
            return {}
        query = get_brought_query(SQL("item.move_id IN %s", tuple(named.ids)))
        rows = self.env.execute_query(query)
        return {move_id: Decimal(str(amount)) for move_id, amount in rows}

    def _get_reconciled_credits(self, moves):
        """What credit notes are reconciled with invoices, by id, in the currency of these."""
        if all(move.amount_residual == move.amount_total for move in moves):
            return {}
        query = moves._get_reconciled_credits_query(SQL("line.move_id IN %s", tuple(moves.ids)))
        return {move_id: float(amount) for move_id, amount in self.env.execute_query(query)}

    def _link_whole(self, node, contract, company, date):
        rate = self._get_rate(node.currency, contract.currency, company, date)
        node.link(contract, node.limit, rate)

    # === CLAIMS === #

    def _load_claims(self):
        none = self.tickets.browse()
        holding = self.tickets.filtered(lambda t: t.state in HOLDING_STATES)
        # Receipts document money, and take none of it.
        for ticket in holding.filtered("type_id.takes_amount"):
            self._load_claim(ticket, self.letters.get(ticket, none))

    def _load_claim(self, ticket, letters):
        total, red = ticket.amount_total, -sum(letters.mapped("amount_total"))
        valid, is_issued = max(total - red, 0.0), ticket.state == "issued"
        if total > 0:
            documents = self._get_documents(ticket, letters)
            self._claim(ticket, valid, documents, is_issued, ticket.contract_id)
        if ticket not in self.changes:
            return
        changed, before = self.changes[ticket], ticket.contract_id
        if "contract_id" in changed:
            before = before.browse(changed["contract_id"] or ())
        # What a change that waits gives up is held until it is decided.
        held = max(ticket.amount_approved - red, 0.0)
        if before != ticket.contract_id:
            self._claim(ticket, held, [], False, before)
        elif held > valid:
            documents = [] if total > 0 else self._get_documents(ticket, letters)
            self._claim(ticket, held - valid, documents, False, ticket.contract_id)

    def _get_documents(self, ticket, letters):
        """What a ticket documents of invoices and payments, less what red letters give back.

        A letter that names none of them, such as one that was read from a file, gives back of
        all in proportion.
        """
        amounts = defaultdict(float)
        for row in ticket.allocation_ids | letters.allocation_ids:
            amounts[row._get_ticketable()] += row.amount
        telling = letters.filtered("allocation_ids")
        told = ticket.amount_total + sum(telling.mapped("amount_total"))
        silent = -sum((letters - telling).mapped("amount_total"))
        share = max(1 - silent / told, 0.0) if told > 0 else float(not letters)
        return [
            (self.nodes.get((KIND_OF[record._name], record.id)), amount * share, record.currency_id)
            for record, amount in amounts.items()
        ]

    def _claim(self, ticket, amount, documents, is_issued, contract):
        """:param list documents: see ``_get_documents``"""
        currency = ticket.currency_id
        amount = self._round(amount, currency)
        if amount <= 0:
            return
        date = ticket.issue_date or ticket.create_date.date()
        parts = [(node, self._round(part, money)) for node, part, money in documents]
        self.claims.append(
            Claim(
                ticket=ticket.id,
                amount=amount,
                currency=currency.id,
                digits=currency.decimal_places,
                is_issued=is_issued,
                convert=self._get_converter(ticket, contract, date),
                order=self.nodes.get(("order", ticket.sale_order_id.id)),
                contract=self.nodes.get(("contract", contract.id)),
                documents=[(node, part) for node, part in parts if node and part > 0],
            )
        )

    def _get_converter(self, ticket, contract, date):
        """Function that converts at the day of the ticket; the contract as the ticket shows it."""
        own, other = ticket.currency_id.id, contract.currency_id.id
        shown = None
        if contract and contract == ticket.contract_id and own != other and ticket.amount_total:
            shown = Decimal(str(ticket.amount_contract)) / Decimal(str(ticket.amount_total))

        def convert(amount, source, target):
            if shown and (source, target) == (own, other):
                return amount * shown
            return self._convert(amount, source, target, ticket.company_id, date)

        return convert

    # === MONEY === #

    def _round(self, amount, currency):
        return Decimal(f"{amount:.{currency.decimal_places}f}")

    def _convert(self, amount, source, target, company, date):
        """:param Decimal amount: not rounded, nor is the result"""
        return amount * self._get_rate(source, target, company, date)

    def _get_rate(self, source, target, company, date):
        """:rtype: Decimal"""
        if source == target:
            return Decimal(1)
        key = (source, target, company.id, date)
        if key not in self._rates:
            Currency = self.env["res.currency"]
            rate = Currency._get_conversion_rate(
                Currency.browse(source), Currency.browse(target), company, date
            )
            self._rates[key] = Decimal(repr(rate))
        return self._rates[key]
