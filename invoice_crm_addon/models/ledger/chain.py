"""The path of the money: payment → invoice → order → contract. Plain Python, no Odoo inside.

A ticket names one or more of them. What it takes there it takes all along the path: a ticket from
an invoice is a ticket of its order and of their contract, each for the part that it documents.
``lay_paths`` finds these paths; whatever is ticketed, on its way or free follows from them.

Firm     where a ticket was named, and everything coarser: this is what must not exceed a limit
Loose    finer than what was named: a ticket of an order covers its invoices, oldest first, as
         long as no other ticket names them

All amounts are Decimals, tax included, each in the currency of its own record.
"""

from collections import defaultdict
from dataclasses import dataclass, field, replace
from decimal import ROUND_HALF_UP, Decimal

# From the finest to the coarsest. A node's parents are coarser, its children finer.
KINDS = ("payment", "move", "order", "contract")
LEVELS = {kind: level for level, kind in enumerate(KINDS)}
ZERO = Decimal(0)


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

    def link(self, parent, amount, parent_amount):
        """Say that a part of this lies in ``parent``; both amounts in the currency of their own."""
        part = Link(self, parent, amount, parent_amount)
        self.parents.append(part)
        parent.children.append(part)
        return part


@dataclass(eq=False)
class Link:
    """The part of ``child`` that lies in ``parent``: its size, and what is taken of it.

    ``used`` is counted in the child's currency.
    """

    child: Node
    parent: Node
    size: Decimal
    parent_size: Decimal
    used: Decimal = ZERO

    def to_parent(self, amount):
        return amount * self.parent_size / self.size if self.size else ZERO

    def to_child(self, amount):
        return amount * self.size / self.parent_size if self.parent_size else ZERO

    @property
    def room(self):
        """What is free of the part, in the child's currency."""
        return max(min(self.size - self.used, self.to_child(available(self.parent))), ZERO)


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
    """

    claim: Claim
    amount: Decimal
    anchor: str
    nodes: dict = field(default_factory=dict)
    amounts: dict = field(default_factory=dict)

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

    def add(self, node, amount):
        self.nodes[node.kind] = node
        self.amounts[node.kind] = amount

    def convert(self, node):
        """The path's amount in the currency of another node."""
        return node.round(self.claim.convert(self.amount, self.claim.currency, node.currency))


def available(node):
    """How much of a node no ticket takes yet, here or further along its path."""
    room = node.room
    if node.parents and room > 0:
        linked = sum((link.size for link in node.parents), ZERO)
        apart = max(node.limit - linked - node.apart, ZERO)
        room = min(room, apart + sum((link.room for link in node.parents), ZERO))
    return max(room, ZERO)


def lay_paths(claims):
    """Find the paths of the money that tickets take, and count it on the nodes.

    Those that were named come first, in the order of the tickets: oldest first, as payments are
    matched. What is left is laid upon the finer nodes of what was named.

    :param list claims: of all tickets that name any of the connected nodes
    :rtype: list[Path]
    """
    claims = sorted(claims, key=lambda claim: (claim.ticket, not claim.is_issued))
    firm = [path for claim in claims for path in _lay_firm(claim)]
    return [path for loose in firm for path in _lay_loose(loose)]


# === FIRM === #


def _lay_firm(claim):
    paths = []
    for named in _get_named(claim):
        for path in _climb(named):
            _count(path, path.nodes, firm=True)
            paths.append(path)
    return paths


def _get_named(claim):
    """Paths with what the ticket names of its documents, and the rest of its amount."""
    left = defaultdict(lambda: ZERO)
    for node, amount in claim.documents:
        left[node] += amount
    payments = [node for node in left if node.kind == "payment"]
    moves = [node for node in left if node.kind == "move"]
    paths = _pair_reconciled(claim, left, payments)
    # The ticket may name an invoice and a payment that nobody has reconciled yet.
    unpaired = sum((_to_ticket(claim, node, left[node]) for node in left), ZERO)
    if unpaired > claim.amount - _sum_up(paths):
        paths += _pair_others(claim, left, moves, payments)
    for node in [*moves, *payments]:
        if left[node] > 0:
            paths.append(_name(claim, left, (node, left[node])))
    _fit(claim, paths)
    rest = claim.amount - _sum_up(paths)
    if round(rest, claim.digits) > 0 and (claim.order or claim.contract):
        paths.append(Path(claim, rest, "order" if claim.order else "contract"))
    return paths


def _pair_reconciled(claim, left, payments):
    """An invoice and the payment of that invoice are the same money."""
    paths = []
    for payment in payments:
        for link in payment.parents:
            if link.parent not in left:
                continue
            amount = min(left[payment], link.size, link.to_child(left[link.parent]))
            if (amount := payment.round(amount)) > 0:
                link.used += amount
                other = link.parent.round(link.to_parent(amount))
                paths.append(_name(claim, left, (payment, amount), (link.parent, other)))
    return paths


def _pair_others(claim, left, moves, payments):
    paths = []
    for move in moves:
        for payment in payments:
            paid = claim.convert(left[payment], payment.currency, move.currency)
            if (amount := move.round(min(left[move], paid))) > 0:
                other = payment.round(claim.convert(amount, move.currency, payment.currency))
                other = min(other, left[payment])
                paths.append(_name(claim, left, (payment, other), (move, amount)))
    return paths


def _name(claim, left, *named):
    """A path through nodes that the ticket names, finest first, with the amount of each."""
    node, amount = named[0]
    path = Path(claim, _to_ticket(claim, node, amount), node.kind)
    for node, amount in named:
        path.add(node, amount)
        left[node] -= amount
    return path


def _to_ticket(claim, node, amount):
    return claim.convert(amount, node.currency, claim.currency)


def _sum_up(paths):
    return sum((path.amount for path in paths), ZERO)


def _fit(claim, paths):
    """Rates of different days do not make a ticket take more than it amounts to."""
    total = _sum_up(paths)
    if total > claim.amount and any(
        node.currency != claim.currency for path in paths for node in path.nodes.values()
    ):
        for path in paths:
            path.amount = path.amount * claim.amount / total


def _climb(path):
    """Follow a path from what was named to the coarser nodes, splitting it where they part."""
    paths = [path]
    if "payment" in path.nodes and "move" not in path.nodes:
        paths = [part for p in paths for part in _share(p, "payment")]
    paths = [
        part
        for p in paths
        for part in (_share(p, "move", p.claim.order) if "move" in p.nodes else [p])
    ]
    for p in paths:
        order = p.nodes.get("order") or p.claim.order
        if order and "order" not in p.nodes:
            p.add(order, p.convert(order))
        contract = p.claim.contract or _get_contract(order) or _get_contract(p.nodes.get("payment"))
        if contract:
            p.add(contract, p.convert(contract))
    return paths


def _share(path, kind, preferred=None):
    """Share a path among the parents of its node: where there is room, else where it must."""
    node = path.nodes[kind]
    links = [link for link in node.parents if link.parent.kind != "contract"]
    links.sort(key=lambda link: link.parent is not preferred)
    linked = sum((link.size for link in links), ZERO)
    shared = []
    for link in links:
        # Without another way there is nothing to choose.
        only = len(links) == 1 and linked >= node.limit
        room = path.amounts[kind] if only else node.round(link.room)
        amount = min(path.amounts[kind], room)
        if amount > 0:
            part, path = path.split(kind, amount)
            shared.append(_go(part, kind, link, amount))
            if path.amounts[kind] <= 0:
                return shared
    apart = min(path.amounts[kind], max(node.limit - linked - node.apart, ZERO))
    if apart > 0:
        part, path = path.split(kind, apart)
        node.apart += apart
        shared.append(part)
    if path.amounts[kind] > 0:
        # More than there is: it shows where it goes too far.
        if links:
            path = _go(path, kind, links[0], path.amounts[kind])
        else:
            node.apart += path.amounts[kind]
        shared.append(path)
    return shared


def _go(path, kind, link, amount):
    link.used += amount
    path.add(link.parent, link.parent.round(link.to_parent(amount)))
    return path


def _count(path, kinds, firm=False):
    """Count a path on its nodes of these kinds."""
    for kind in kinds:
        node, amount = path.nodes[kind], path.amounts[kind]
        node.total += amount
        if firm:
            node.firm += amount
        if path.claim.is_issued:
            node.issued += amount


def _get_contract(node):
    links = node.parents if node else ()
    return next((link.parent for link in links if link.parent.kind == "contract"), None)


# === LOOSE === #


def _lay_loose(path):
    """Lay a path upon the finer nodes below what was named, as far as they are free."""
    named = min(path.nodes, key=LEVELS.get)
    laid = []
    for links in _get_ways_down(path.nodes[named]):
        amount = min(path.amounts[named], _get_way_room(links))
        if amount <= 0:
            continue
        part, path = path.split(named, amount)
        _descend(part, links, amount)
        laid.append(part)
        if path.amounts[named] <= 0:
            return laid
    return [*laid, path]


def _get_ways_down(node):
    """Ways from a node to finer ones, each as links: paid ones first, then invoiced ones."""
    return sorted(_walk_down(node), key=lambda links: (LEVELS[links[-1].child.kind], -len(links)))


def _walk_down(node):
    for link in node.children:
        yield [link]
        for rest in _walk_down(link.child):
            yield [link, *rest]


def _get_way_room(links):
    """How much of a way is free, in the currency of the node at its top."""
    top, factor, rooms = links[0].parent, Decimal(1), []
    for link in links:
        rooms.append(factor * min(link.parent_size, link.to_parent(link.child.room)))
        rooms.append(factor * (link.parent_size - link.to_parent(link.used)))
        factor = factor * link.to_parent(Decimal(1))
    return top.round(max(min(rooms), ZERO))


def _descend(path, links, amount):
    for link in links:
        amount = link.child.round(link.to_child(amount))
        link.used += amount
        path.add(link.child, amount)
    _count(path, [link.child.kind for link in links])
