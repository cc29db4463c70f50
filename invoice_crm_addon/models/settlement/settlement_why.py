"""Why what was ordered, invoiced, ticketed and collected differs, line by line.

Each difference of two figures is told apart: every event is in one of its lines and in no other,
so that the lines come to the difference. What is not counted on the other side – an invoice of no
order, a payment of an invoice of another time – has a line of its own.
"""

from collections import defaultdict

from ..base.words import words
from .settlement_event import KINDS_OF, group_events

# The differences that are explained, by the field that holds each, and what each is made of.
DIFFERENCES = {
    "amount_to_invoice": {"amount_ordered": 1, "amount_invoiced": -1},
    "amount_to_ticket": {"amount_invoiced": 1, "amount_ticketed": -1},
    "amount_to_collect": {"amount_invoiced": 1, "amount_collected": -1, "amount_settled": -1},
    "amount_ticketed_ahead": {"amount_ticketed": 1, "amount_collected": -1},
}


class Explanation:
    """The lines of a check.

    A line is a document, its name, a sentence, and what it adds to the difference.

    :param env: of the user
    :param list[Event] events: of one company
    """

    def __init__(self, env, events):
        self.env = env
        self.of_kind = group_events(events, lambda event: event.kind)
        self.bills = self.of_kind["invoice"] + self.of_kind["credit_note"]
        self.money = self.of_kind["payment"] + self.of_kind["refund"]
        self.invoiced = self._sum("amount_invoiced", "move_id")

    def explain(self):
        """Lines of each difference, by the names of ``DIFFERENCES``.

        :rtype: dict[str, list[tuple]]
        """
        return {
            "amount_to_invoice": [*self._explain_orders(), *self._explain_contracts()],
            "amount_to_ticket": [*self._explain_not_ticketed(), *self._explain_not_invoiced()],
            "amount_to_collect": [*self._explain_not_collected(), *self._explain_on_account()],
            "amount_ticketed_ahead": list(self._explain_ahead()),
        }

    # === ORDERED, NOT INVOICED === #

    def _explain_orders(self):
        invoiced = self._sum("amount_invoiced", "sale_order_id")
        rests = {
            event: event.amount_ordered - invoiced[event.sale_order_id]
            for event in self.of_kind["order"]
        }
        on_contracts = self._tell_contracts(
            {event.sale_order_id for event, rest in rests.items() if rest > 0}
        )
        less = self.env._("Ordered, not invoiced yet.")
        more = self.env._("Invoiced for more than was ordered.")
        for event, rest in rests.items():
            why = on_contracts.get(event.sale_order_id, less) if rest > 0 else more
            yield event.document, event.name, why, rest
        why = self.env._("Invoiced of an order that is not counted here.")
        orders = {event.sale_order_id for event in rests}
        strange = [b for b in self.bills if b.sale_order_id and b.sale_order_id not in orders]
        yield from self._tell_bills(strange, why)

    def _tell_contracts(self, order_ids):
        """Of orders that are not invoiced: what is invoiced on their contracts without an order.

        :return: sentences by ids of orders
        :rtype: dict[int, str]
        """
        if not order_ids:
            return {}
        # sudo: sale.order - the contracts of orders whose check may be read
        orders_sudo = self.env["sale.order"].sudo()
        orders_sudo = orders_sudo.search_fetch(
            [("id", "in", order_ids), ("invoice_contract_id", "!=", False)],
            ["invoice_contract_id", "company_id"],
        )
        contracts = orders_sudo.invoice_contract_id.sudo(False)._filtered_access("read")
        if not contracts:
            return {}
        # sudo: account.move - invoices of contracts that the user may read
        moves_sudo = self.env["account.move"].sudo()
        sums = dict(
            moves_sudo._read_group(
                [
                    ("invoice_contract_id", "in", contracts.ids),
                    ("move_type", "in", ("out_invoice", "out_refund")),
                    ("state", "=", "posted"),
                    ("invoice_line_ids", "not any", [("sale_line_ids", "!=", False)]),
                ],
                ["invoice_contract_id"],
                ["amount_total_signed:sum"],
            )
        )
        return {
            order.id: self.env._(
                "Ordered, not invoiced by itself: on its contract %(contract)s %(amount)s are "
                "invoiced without an order.",
                contract=order.invoice_contract_id.display_name,
                amount=words(self.env).amount(amount, order.company_id.currency_id),
            )
            for order in orders_sudo
            if (amount := sums.get(order.invoice_contract_id, 0.0)) > 0
        }

    def _explain_contracts(self):
        """What contracts agree on beyond their orders, and invoices that name no order."""
        bills = [bill for bill in self.bills if not bill.sale_order_id]
        contracts = self._map_contracts(bills)
        agreed = {event.document[1] for event in self.of_kind["contract"]}
        of_contract = defaultdict(float)
        for bill in bills:
            if (contract_id := contracts.get(bill.move_id)) in agreed:
                of_contract[contract_id] += bill.amount_invoiced
        not_ordered = self.env._("Agreed in the contract, not ordered yet.")
        less = self.env._("Agreed in the contract, neither ordered nor invoiced yet.")
        more = self.env._("Invoiced for more than was agreed in the contract.")
        for event in self.of_kind["contract"]:
            done = of_contract.get(event.document[1])
            rest = event.amount_ordered - (done or 0.0)
            why = not_ordered if done is None else less if rest > 0 else more
            yield event.document, event.name, why, rest
        left = [bill for bill in bills if contracts.get(bill.move_id) not in agreed]
        of_none = group_events(left, lambda bill: bill.move_id in contracts)
        why = self.env._("Invoiced on the contract, without an order.")
        yield from self._tell_bills(of_none[True], why)
        why = self.env._("Invoiced without an order or a contract.")
        yield from self._tell_bills(of_none[False], why)

    def _map_contracts(self, bills):
        """Contracts of invoices that name one, by ids of the invoices."""
        if not bills:
            return {}
        # sudo: account.move - the contract of an invoice whose check may be read
        moves_sudo = self.env["account.move"].sudo()
        moves_sudo = moves_sudo.search_fetch(
            [
                ("id", "in", {bill.move_id for bill in bills}),
                ("invoice_contract_id", "!=", False),
            ],
            ["invoice_contract_id"],
        )
        return {move.id: move.invoice_contract_id.id for move in moves_sudo}

    def _tell_bills(self, bills, why):
        for move_id, rows in group_events(bills, lambda bill: bill.move_id).items():
            amount = sum(row.amount_invoiced for row in rows)
            yield ("account.move", move_id), rows[0].name, why, -amount

    # === INVOICED, NOT TICKETED === #

    def _explain_not_ticketed(self):
        ticketed = self._sum("amount_ticketed", "move_id")
        yield from self._explain_bills(
            ticketed,
            self.env._("Invoiced, not ticketed yet."),
            self.env._("Ticketed for more than is invoiced of it."),
        )

    def _explain_bills(self, done, less, more):
        names = self._get_move_names()
        for move_id, invoiced in self.invoiced.items():
            rest = invoiced - done[move_id]
            yield ("account.move", move_id), names[move_id], less if rest > 0 else more, rest

    def _explain_not_invoiced(self):
        none = self.env._("Ticketed, with no invoice behind it.")
        other = self.env._("Ticketed of an invoice that is not counted here.")
        for rows in self._get_tickets().values():
            apart = sum(row.amount_ticketed for row in rows if not row.move_id)
            yield rows[0].document, rows[0].name, none, -apart
            strange = sum(row.amount_ticketed for row in rows if self._is_strange(row))
            yield rows[0].document, rows[0].name, other, -strange

    # === INVOICED, NOT COLLECTED === #

    def _explain_not_collected(self):
        settled = self._sum("amount_collected", "move_id")
        for move_id, amount in self._sum("amount_settled", "move_id").items():
            settled[move_id] += amount
        yield from self._explain_bills(
            settled,
            self.env._("Invoiced, not collected yet."),
            self.env._("Paid for more than is invoiced of it."),
        )

    def _explain_on_account(self):
        """What came in, or was settled, of no invoice that is counted."""
        sentences = {
            "payment": self.env._("Collected on account, with no invoice behind it yet."),
            "refund": self.env._("Paid back to the customer."),
            "write_off": self.env._("Settled without money: written off, or discounted."),
            "exchange": self.env._("A difference of exchange rates."),
        }
        strange = self.env._("Pays an invoice that is not counted here.")
        events = [event for kind in KINDS_OF["amount_settled"] for event in self.of_kind[kind]]
        groups = defaultdict(list)
        for event in events:
            if event.move_id not in self.invoiced:
                why = strange if event.move_id else sentences[event.kind]
                groups[event.document, why].append(event)
        for (document, why), rows in groups.items():
            amount = sum(row.amount_collected + row.amount_settled for row in rows)
            yield document, rows[0].name, why, -amount

    # === TICKETED, NOT COLLECTED === #

    def _explain_ahead(self):
        """Tickets that nobody paid, and money that is not ticketed.

        Money is ticketed by tickets that name it; what is left of it by those of the invoices
        that it pays.
        """
        taken = self._sum("amount_ticketed", "payment_id")
        of_move = defaultdict(float)
        for row in self.of_kind["ticket"]:
            if row.move_id and not row.payment_id:
                of_move[row.move_id] += max(row.amount_ticketed, 0.0)
        # What is paid of each invoice and ticketed by it.
        covered = defaultdict(float)
        documents = group_events(self.money, lambda event: event.document)
        not_ticketed = self.env._("Collected, not ticketed yet.")
        paid_back = self.env._("Paid back to the customer.")
        ticketed_more = self.env._("Ticketed for more than came in.")
        for document, rows in documents.items():
            rest = sum(row.amount_collected for row in rows) - taken[rows[0].payment_id]
            for row in rows:
                part = max(min(of_move[row.move_id], row.amount_collected, rest), 0.0)
                of_move[row.move_id] -= part
                covered[row.move_id] += part
                rest -= part
            is_refund = any(row.kind == "refund" for row in rows)
            why = not_ticketed if rest > 0 else paid_back if is_refund else ticketed_more
            yield document, rows[0].name, why, -rest
        payments = {event.payment_id for event in self.money}
        not_collected = self.env._("Ticketed, not collected yet.")
        strange = self.env._("Ticketed of a payment that is not counted here.")
        for rows in self._get_tickets().values():
            unpaid = of_others = 0.0
            for row in rows:
                if row.payment_id:
                    of_others += row.amount_ticketed * (row.payment_id not in payments)
                    continue
                part = max(min(covered[row.move_id], row.amount_ticketed), 0.0)
                covered[row.move_id] -= part
                unpaid += row.amount_ticketed - part
            yield rows[0].document, rows[0].name, not_collected, unpaid
            yield rows[0].document, rows[0].name, strange, of_others

    # === WHAT IS COUNTED ALREADY === #

    def explain_corrections(self):
        """What took something back: no line adds to a difference, all is counted above.

        :rtype: Iterator[tuple]
        """
        sentences = {
            "credit_note": self.env._("A credit note takes back what was invoiced."),
            "write_off": self.env._("Settled without money: written off, or discounted."),
            "exchange": self.env._("A difference of exchange rates."),
        }
        for kind, why in sentences.items():
            for event in self.of_kind[kind]:
                amount = event.amount_invoiced or event.amount_settled
                yield event.document, event.name, why, amount
        why = self.env._("Written off or discounted with the payment.")
        for event in self.money:
            if event.amount_settled:
                yield event.document, event.name, why, event.amount_settled
        letters = self.env["invoice.ticket"].search_fetch(
            [
                ("red_of_id", "in", {event.ticket_id for event in self.of_kind["ticket"]}),
                ("state", "=", "issued"),
            ],
            ["name", "red_of_id", "amount_company"],
        )
        for letter in letters:
            why = self.env._("A red letter takes back of the ticket %s.", letter.red_of_id.name)
            yield (letter._name, letter.id), letter.name, why, letter.amount_company

    # === HELPERS === #

    def _get_tickets(self):
        return group_events(self.of_kind["ticket"], lambda event: event.ticket_id)

    def _get_move_names(self):
        names = {event.move_id: event.name for event in self.of_kind["invoice"]}
        # sudo: account.move - the number of an invoice that was posted before the period
        unnamed_sudo = self.env["account.move"].sudo().browse(self.invoiced.keys() - names.keys())
        return names | {move.id: move.name for move in unnamed_sudo}

    def _is_strange(self, event):
        """Whether an event is of an invoice that is not counted, as of another time."""
        return event.move_id and event.move_id not in self.invoiced

    def _sum(self, amount, column):
        """What the events that have such an amount come to, by what they belong to."""
        sums = defaultdict(float)
        for kind in KINDS_OF[amount]:
            for event in self.of_kind[kind]:
                if res_id := getattr(event, column):
                    sums[res_id] += getattr(event, amount)
        return sums
