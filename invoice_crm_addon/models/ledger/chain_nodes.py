"""What the ways of the money are made of: nodes, links, claims and paths. No Odoo inside."""

from dataclasses import dataclass, field, replace
from decimal import ROUND_HALF_UP, Decimal

# From the finest to the coarsest. A node's parents are coarser, its children finer.
KINDS = ("payment", "move", "order", "contract")
LEVELS = {kind: level for level, kind in enumerate(KINDS)}
ZERO = Decimal(0)
# By how much rates of different days may differ.
RATE_TOLERANCE = Decimal("0.1")


@dataclass(eq=False)
class Node:
    """Something that can be ticketed.

    :param str kind: one of ``KINDS``
    :param Decimal limit: how much of it may be ticketed
    :param int digits: decimals of its currency
    """

    kind: str
    id: int
    limit: Decimal
    currency: int
    digits: int = 2
    parents: list = field(default_factory=list, repr=False)
    children: list = field(default_factory=list, repr=False)
    firm: Decimal = ZERO
    issued: Decimal = ZERO
    total: Decimal = ZERO
    # What was taken of the part that lies in no parent.
    apart: Decimal = ZERO
    # Of an invoice: its total, what of it is paid, and what credit notes were set against it.
    amount: Decimal = ZERO
    paid: Decimal = ZERO
    credited: Decimal = ZERO

    @property
    def room(self):
        return self.limit - self.total

    @property
    def state(self):
        """How it is ticketed: "partial", "full", "excess", or None."""
        if self.firm > self.limit:
            return "excess"
        if self.total <= 0:
            return None
        return "full" if self.total >= self.limit else "partial"

    def round(self, amount):
        return amount.quantize(Decimal(1).scaleb(-self.digits), ROUND_HALF_UP)

    def link(self, parent, size, rate=Decimal(1), is_booked=True):
        """Say that a part of this lies in ``parent``.

        :param Decimal size: of that part, in the currency of this
        :param Decimal rate: what one of this currency is in that of ``parent``
        :param bool is_booked: see ``Link``
        """
        part = Link(self, parent, size, rate, is_booked=is_booked)
        self.parents.append(part)
        parent.children.append(part)
        return part


@dataclass(eq=False)
class Link:
    """The part of ``child`` that lies in ``parent``: its size, and what is taken of it.

    ``size`` and ``used`` are counted in the child's currency; ``rate`` is what one of it is in
    that of the parent. A part of an invoice that was credited or reset may have no size, but
    what was ticketed of it stays ticketed of the order. What came in on account of an order is
    meant for its invoices, which the books do not say yet: then it is not ``is_booked``.
    """

    child: Node
    parent: Node
    size: Decimal
    rate: Decimal = Decimal(1)
    used: Decimal = ZERO
    is_booked: bool = True

    def to_parent(self, amount):
        return amount * self.rate

    def to_child(self, amount):
        return amount / self.rate


@dataclass(eq=False)
class Claim:
    """What a ticket holds, and what it names.

    :param int ticket: its id
    :param Decimal amount: in the currency of the ticket, which has so many digits
    :param bool is_issued: or is it on its way?
    :param Node order: sales order that was named
    :param Node contract: contract that was named
    :param list documents: pairs of an invoice or payment, and the amount of it
    :param convert: function that converts an amount from one currency to another
    """

    ticket: int
    amount: Decimal
    currency: int
    is_issued: bool
    convert: object
    digits: int = 2
    order: Node = None
    contract: Node = None
    documents: tuple = ()


@dataclass(eq=False)
class Path:
    """Part of a claim that takes one way: at most one node of each kind.

    :param str anchor: kind of the finest node that the ticket named
    :param dict amounts: amount by kind, in the currency of its node
    :param Decimal paid: what of ``amount`` is paid, see ``chain_paid``
    """

    claim: Claim
    amount: Decimal
    anchor: str
    nodes: dict = field(default_factory=dict)
    amounts: dict = field(default_factory=dict)
    paid: Decimal = ZERO

    def split(self, kind, amount):
        """Two paths: ``amount`` of the node of this kind, and the rest."""
        share = amount / self.amounts[kind]
        part = {
            k: amount if k == kind else self.nodes[k].round(self.amounts[k] * share)
            for k in self.amounts
        }
        taken = self.amount * share
        return (
            replace(self, amount=taken, nodes=dict(self.nodes), amounts=part),
            replace(
                self,
                amount=self.amount - taken,
                nodes=dict(self.nodes),
                amounts={k: self.amounts[k] - part[k] for k in self.amounts},
            ),
        )

    def get_paid(self, kind):
        """What is paid of the path, in the currency of its node of a kind."""
        return (
            self.amounts[kind] * self.paid / self.amount
            if kind in self.amounts and self.amount
            else ZERO
        )

    def add(self, node, amount):
        self.nodes[node.kind] = node
        self.amounts[node.kind] = amount

    def convert(self, node):
        """The path's amount in the currency of another node."""
        return node.round(self.claim.convert(self.amount, self.claim.currency, node.currency))
