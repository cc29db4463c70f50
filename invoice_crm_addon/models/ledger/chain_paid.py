"""What of the paths of the money is paid, as the books say. Plain Python, no Odoo inside.

A path that goes through a payment is paid by it. What is left on an invoice – a bank item that was
matched with it, a deduction, an exchange difference, a discount – pays the other paths of that
invoice, issued tickets first, the oldest before the others. A credit note pays nothing: it takes
what no ticket documents, and lessens what is due of a ticket only if it takes more than that.
"""

from collections import defaultdict

from .chain_nodes import ZERO


def pay_paths(paths):
    """Say on each path how much of it is paid, in the currency of its ticket.

    :param list paths: all paths of everything that is connected, see ``lay_paths``
    """
    paths = sorted(paths, key=lambda path: (not path.claim.is_issued, path.claim.ticket))
    taken = defaultdict(lambda: ZERO)
    for path in paths:
        if payment := path.nodes.get("payment"):
            _pay(path, "payment", payment.limit, taken)
            move = path.nodes.get("move")
            if move and any(link.parent is move and link.is_booked for link in payment.parents):
                taken[move] += path.get_paid("move")
    for path in paths:
        if move := path.nodes.get("move"):
            _pay(path, "move", _get_paid(move), taken)


def _get_paid(move):
    """What pays the tickets of an invoice, in its currency."""
    unticketed = max(move.amount - move.total, ZERO)
    return move.paid + max(move.credited - unticketed, ZERO)


def _pay(path, kind, paid, taken):
    """Pay what is not paid of a path yet, from what is left of the money on one of its nodes."""
    node, amount = path.nodes[kind], path.amounts[kind]
    due = amount - path.get_paid(kind)
    part = min(due, paid - taken[node])
    if part <= 0:
        return
    taken[node] += part
    path.paid = path.amount if part == due else path.paid + path.amount * part / amount
