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
from decimal import Decimal

from .chain_nodes import LEVELS, RATE_TOLERANCE, ZERO, Path


def get_free(node):
    """How much of a node no ticket takes yet, here or further along its way.

    :return: what a ticket of the node can take without taking too much anywhere
    """
    ways = [(links, apart, _get_way_contract(links, [node])) for links, apart in _get_ways_up(node)]
    taken, free = defaultdict(lambda: ZERO), ZERO
    for links, apart, contract in ways:
        room = max(_get_room_up(node, links, apart, contract, taken), ZERO)
        _note_up(node, links, apart, contract, room, taken)
        free += room
    return node.round(max(min(free, node.room), ZERO))


def lay_paths(claims):
    """Find the paths of the money that tickets take, and count it on the nodes.

    Those that were named come first, in the order of the tickets: oldest first, as payments are
    matched. What is left is laid upon the finer nodes of what was named.

    :param list claims: of all tickets that name any of the connected nodes
    :rtype: list[Path]
    """
    claims = sorted(claims, key=lambda claim: (claim.ticket, not claim.is_issued))
    named = [path for claim in claims for path in _get_named(claim)]
    # Who has a choice leaves the only way to who has none.
    named.sort(key=lambda path: len(_get_ways_of(path)) > 1)
    firm = [path for start in named for path in _climb(start)]
    # What is issued covers what came in before what may still be withdrawn.
    firm.sort(key=lambda path: not path.claim.is_issued)
    return [path for start in firm for path in _lay_loose(start)]


# === FIRM === #


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
    """Rates of different days do not make a ticket take more than it amounts to, nor less."""
    total = _sum_up(paths)
    is_foreign = any(
        node.currency != claim.currency for path in paths for node in path.nodes.values()
    )
    if is_foreign and total > claim.amount * (1 - RATE_TOLERANCE):
        for path in paths:
            path.amount = path.amount * claim.amount / total


def _climb(path):
    """Follow a path from what was named to the coarser nodes, splitting it where they part.

    It goes where there is room, else where it must: there it shows as too much.
    """
    claim, ways = path.claim, _get_ways_of(path)
    if not ways:
        yield _end(path, claim.order)
        return
    kind = _get_highest(path)
    node = path.nodes[kind]
    for links, apart in ways:
        contract = claim.contract or _get_way_contract(links, _get_named_nodes(path))
        room = node.round(_get_room_up(node, links, apart, contract, {}, claim))
        amount = min(path.amounts[kind], room)
        if amount > 0:
            part, path = path.split(kind, amount)
            yield _go_up(part, links, apart, amount)
        if path.amounts[kind] <= 0:
            return
    yield _go_up(path, *ways[0], path.amounts[kind])


def _get_highest(path):
    """Kind of the node from which a path climbs: the invoice, if it names that and a payment."""
    return next((kind for kind in ("move", "payment") if kind in path.nodes), None)


def _get_ways_of(path):
    """Ways up that a path may take, the sales order that its ticket names first."""
    kind = _get_highest(path)
    ways = _get_ways_up(path.nodes[kind]) if kind else []
    return sorted(ways, key=lambda way: path.claim.order not in [link.parent for link in way[0]])


def _get_ways_up(node):
    """Ways from a node to its order, each as links, and the node whose unlinked part it ends in.

    :rtype: list[tuple[list, Node | None]]
    """
    if node.kind not in ("payment", "move"):
        return [([], None)]
    links = [link for link in node.parents if link.parent.kind != "contract"]
    ways = [([link, *rest], apart) for link in links for rest, apart in _get_ways_up(link.parent)]
    if not links or node.limit > _get_linked(node):
        ways.append(([], node))
    return ways


def _get_linked(node):
    """How much of a node lies in an invoice or an order."""
    sizes = (link.size for link in node.parents if link.parent.kind != "contract")
    return sum(sizes, ZERO)


def _get_named_nodes(path):
    """The invoice and the payment of a path, the coarser one first."""
    return [path.nodes[kind] for kind in ("move", "payment") if kind in path.nodes]


def _get_way_contract(links, nodes):
    """The contract that a way leads to: the coarsest node on it that is of one says which.

    :param list nodes: where it begins, the coarsest first
    """
    on_way = [*(link.parent for link in reversed(links)), *nodes]
    return next(filter(None, map(_get_contract, on_way)), None)


def _get_room_up(node, links, apart, contract, taken, claim=None):
    """How much of a way is free, in the currency of the node below.

    :param dict taken: what is taken already besides, by node and link
    """
    rooms, factor = [], Decimal(1)
    for link in links:
        rooms.append(factor * (link.size - link.used - taken.get(link, ZERO)))
        factor = factor / link.rate
        rooms.append(factor * (link.parent.room - taken.get(link.parent, ZERO)))
    if apart:
        left = apart.limit - _get_linked(apart) - apart.apart
        rooms.append(factor * (left - taken.get(("apart", apart), ZERO)))
    if contract:
        top = links[-1].parent if links else node
        factor = factor * _get_rate(contract, top, claim)
        rooms.append(factor * (contract.room - taken.get(contract, ZERO)))
    return min(rooms) if rooms else node.room


def _get_rate(contract, node, claim):
    """What one of the contract's currency is in that of a node."""
    for link in node.parents:
        if link.parent is contract:
            return 1 / link.rate
    if contract.currency == node.currency or not claim:
        return Decimal(1)
    return claim.convert(Decimal(1), contract.currency, node.currency)


def _note_up(node, links, apart, contract, amount, taken):
    top = node
    for link in links:
        taken[link] += amount
        amount = link.to_parent(amount)
        top = link.parent
        taken[top] += amount
    if apart:
        taken["apart", apart] += amount
    if contract:
        taken[contract] += amount / (_get_rate(contract, top, None) or Decimal(1))


def _go_up(path, links, apart, amount):
    for link in links:
        link.used += amount
        amount = link.parent.round(link.to_parent(amount))
        path.add(link.parent, amount)
    if apart:
        apart.apart += amount
        for link in apart.parents:
            if link.parent.kind == "contract":
                link.used += amount
    return _end(path, path.nodes.get("order") or path.claim.order)


def _end(path, order):
    """Add what is certain of the way: the order and the contract."""
    if order and "order" not in path.nodes:
        path.add(order, path.convert(order))
    nodes = [node for node in (order, *_get_named_nodes(path)) if node]
    contract = path.claim.contract or _get_way_contract((), nodes)
    if contract:
        path.add(contract, path.convert(contract))
    _count(path, path.nodes, firm=True)
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
        # What one of the child's currency is in that of the top.
        factor = factor * link.rate
        rooms += [factor * link.child.room, factor * (link.size - link.used)]
    return top.round(max(min(rooms), ZERO))


def _descend(path, links, amount):
    for link in links:
        amount = link.to_child(amount)
        # Converted back and forth, it may come to a cent more than there is.
        part = min(link.child.round(amount), link.child.room, link.size - link.used)
        link.used += part
        path.add(link.child, part)
    _count(path, [link.child.kind for link in links])
