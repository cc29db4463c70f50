"""Events of a check as the database gives them. No model inside."""

from collections import defaultdict, namedtuple

from .settlement_check import STEPS

# What the page shows of an event; who answers for it is not looked up.
PAGE_FIELDS = (
    *("id", "name", "kind", "date", "company_id", "sale_order_id"),
    *("move_id", "entry_id", "ticket_id", "payment_id", "amount_settled"),
    *(f"amount_{step}" for step in STEPS),
)


class Event(namedtuple("_Event", (*PAGE_FIELDS, "currency_id"))):
    """An event as the database gives it, records as their ids: hundreds of them cost little."""

    __slots__ = ()

    @property
    def document(self):
        """Model and id of the document behind it.

        :rtype: tuple[str, int]
        """
        if self.kind == "order":
            return "sale.order", self.sale_order_id
        if self.kind == "contract":
            # See ``_get_event_sql``: its contract is not looked up for all the others.
            return "invoice.contract", self.id // 16
        for model, res_id in (
            ("invoice.ticket", self.ticket_id),
            ("account.payment", self.payment_id),
        ):
            if res_id:
                return model, res_id
        return "account.move", self.entry_id or self.move_id


# Kinds of events that have such an amount.
KINDS_OF = {
    "amount_ordered": ("order", "contract"),
    "amount_invoiced": ("invoice", "credit_note"),
    "amount_ticketed": ("ticket",),
    "amount_collected": ("payment", "refund"),
    "amount_settled": ("payment", "refund", "write_off", "exchange"),
}
# Of five amounts of an event four are none: those that each kind has.
AMOUNTS_OF = {
    kind: tuple(amount for amount, kinds in KINDS_OF.items() if kind in kinds)
    for kinds in KINDS_OF.values()
    for kind in kinds
}


def group_events(events, key):
    """Events by what ``key`` says of each, in their order.

    :param list[Event] events: any
    :rtype: dict[object, list[Event]]
    """
    groups = defaultdict(list)
    for event in events:
        groups[key(event)].append(event)
    return groups


def total_of(of_kind, name):
    """What all events come to.

    :param dict of_kind: the events by kind
    :param str name: one of ``KINDS_OF``
    :rtype: float
    """
    return sum(getattr(event, name) for kind in KINDS_OF[name] for event in of_kind.get(kind, ()))
