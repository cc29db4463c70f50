"""What of a customer's open documents a line of a statement pays."""

from dataclasses import dataclass, field
from itertools import combinations

from odoo.fields import Command

from ..base.words import words

# Of so many of the oldest documents, two or three that come to the amount are looked for.
MOST_COMBINED = 20


@dataclass
class Chosen:
    """What is proposed to be paid.

    :param dict values: of the proposal
    :param list reasons: sentences
    :param bool is_exact: whether nothing is left to doubt about it
    :param bool is_fair: whether the amounts agree
    """

    values: dict
    reasons: list = field(default_factory=list)
    is_exact: bool = False
    is_fair: bool = False


class Choice:
    """Chooses for one line and one customer.

    :param documents: what the customer has open, oldest first
    :param links: orders and contracts by invoice, see ``OpenDocuments``
    """

    def __init__(self, env, match, documents, links):
        self.env = env
        self.match = match
        self.currency = match.currency_id
        self.documents = documents
        self.links = links
        self.amounts = {
            id(document): self._convert(document, document.amount) for document in documents
        }
        # Whole cents: many sums are tried, and are compared without rounding then.
        self.cents = {key: self._count(amount) for key, amount in self.amounts.items()}
        self.wanted = self._count(match.amount)

    def choose(self, named, registered):
        """:param list named: documents whose numbers stand in the text
        :param registered: payments that people registered by hand
        :rtype: Chosen
        """
        if registered:
            return self._take_registered(registered)
        within = self._get_named(named)
        if within and (chosen := self._choose_among(within)):
            chosen.values["contract_id"] = self._get_contract(named, within)
            return chosen
        chosen = self._choose_among(self.documents) or self._leave_on_account()
        if not chosen.values.get("contract_id"):
            chosen.values["contract_id"] = self._get_contract(named, [])
        return chosen

    def _take_registered(self, payments):
        payment = payments[0]
        sentence = words(self.env)._(
            "%(payment)s of this amount was registered on %(date)s.",
            payment=payment.name or payment.memo or "–",
            date=words(self.env).date(str(payment.date)),
        )
        values = {"payment_id": payment.id, "amount_open": 0.0}
        return Chosen(values, [sentence], is_exact=len(payments) == 1, is_fair=True)

    # === WHAT IS NAMED === #

    def _get_named(self, named):
        """Open documents that are named, or belong to an order or contract that is."""
        if not named:
            return []
        records = set(named)
        orders = {record.id for record in named if record._name == "sale.order"}
        contracts = {record.id for record in named if record._name == "invoice.contract"}
        # Behind a ticket that is named stand the invoices that it documents.
        tickets = [record for record in named if record._name == "invoice.ticket"]
        invoices = {move for ticket in tickets for move in ticket.allocation_ids.move_id}
        found = []
        for document in self.documents:
            record = document.record
            is_named = record in records or record in invoices
            if not is_named and record._name == "account.move":
                of_orders, of_contracts = self.links.get(record.id, (set(), set()))
                is_named = bool(of_orders & orders or of_contracts & contracts)
            elif not is_named:
                is_named = record.contract_id.id in contracts or record.sale_order_id.id in orders
            if is_named:
                found.append(document)
        return found

    def _get_contract(self, named, documents):
        contracts = {record.id for record in named if record._name == "invoice.contract"}
        contracts |= {
            record.invoice_contract_id.id for record in named if record._name == "sale.order"
        }
        contracts |= {
            d.record.contract_id.id for d in documents if d.record._name == "invoice.ticket"
        }
        contracts.discard(False)
        return contracts.pop() if len(contracts) == 1 else False

    # === WHAT THE AMOUNT FITS === #

    def _choose_among(self, documents):
        """What of some documents is paid, or None if there are none."""
        if not documents:
            return None
        return (
            self._take_one(documents)
            or self._take_all(documents)
            or self._take_oldest_exactly(documents)
            or self._take_some(documents)
            or self._take_oldest(documents)
        )

    def _count(self, amount):
        """How many of its currency's smallest units an amount has."""
        return round(amount / self.currency.rounding)

    def _sum(self, documents):
        return sum(self.cents[id(document)] for document in documents)

    def _take_one(self, documents):
        fitting = [
            document
            for document in documents
            if any(
                self._count(self._convert(document, step)) == self.wanted for step in document.steps
            )
        ]
        if not fitting:
            return None
        [document, *others] = fitting
        if others:
            sentence = words(self.env)._("%s documents have exactly this open.", len(fitting))
        elif self.cents[id(document)] == self.wanted:
            sentence = words(self.env)._("%s has exactly this open.", document.record.name)
        else:
            sentence = words(self.env)._(
                "Instalments of %s come to exactly this.", document.record.name
            )
        return self._make([document], sentence, is_exact=not others, is_fair=True)

    def _take_all(self, documents):
        if self._sum(documents) != self.wanted:
            return None
        sentence = words(self.env)._("All %s open documents come to exactly this.", len(documents))
        return self._make(documents, sentence, is_exact=True, is_fair=True)

    def _take_oldest_exactly(self, documents):
        total = 0
        for number, document in enumerate(documents, start=1):
            total += self.cents[id(document)]
            if total == self.wanted:
                sentence = words(self.env)._("The %s oldest come to exactly this.", number)
                return self._make(documents[:number], sentence, is_fair=True)
            if total > self.wanted:
                return None
        return None

    def _take_some(self, documents):
        """Two or three that come to the amount, if no others do."""
        candidates = documents[:MOST_COMBINED]
        for size in (2, 3):
            found = [
                group for group in combinations(candidates, size) if self._sum(group) == self.wanted
            ]
            if found:
                sentence = words(self.env)._("%s documents come to exactly this.", size)
                return self._make(list(found[0]), sentence, is_fair=len(found) == 1)
        return None

    def _take_oldest(self, documents):
        taken, total = [], 0
        for document in documents:
            if total >= self.wanted:
                break
            taken.append(document)
            total += self.cents[id(document)]
        if total > self.wanted:
            sentence = words(self.env)._("The oldest first; the last one is paid in part.")
        else:
            sentence = words(self.env)._("Less is open: the rest stays on account.")
        return self._make(taken, sentence)

    def _leave_on_account(self):
        sentence = words(self.env)._("Nothing is open: the payment stays on account.")
        return Chosen({"amount_open": 0.0}, [sentence])

    # === AMOUNTS === #

    def _convert(self, document, amount):
        if document.currency == self.currency:
            return amount
        return document.currency._convert(
            amount, self.currency, self.match.company_id, self.match.date
        )

    def _make(self, documents, sentence, is_exact=False, is_fair=False):
        foreign = [d for d in documents if d.currency != self.currency]
        reasons = [sentence]
        if foreign:
            reasons.append(words(self.env)._("The documents are in %s.", foreign[0].currency.name))
        records = {"account.move": [], "invoice.ticket": []}
        for document in documents:
            records[document.record._name].append(document.record.id)
        values = {
            "move_ids": [Command.set(records["account.move"])],
            "ticket_ids": [Command.set(records["invoice.ticket"])],
            "amount_open": sum(self.amounts[id(d)] for d in documents),
            "contract_id": self._get_contract([], documents),
        }
        return Chosen(values, reasons, is_exact and not foreign, is_fair)
