from odoo import api, models
from odoo.fields import Domain

from ..base.words import words
from ..ledger.chain_nodes import LEVELS
from ..ledger.chain_steps import COLUMNS, KIND_OF
from ..ticket.ticket_ledger_mixin import NAMES

_KEY = "invoice_kept_tickets"


class _Kept:
    """Tickets that finance keeps although what they document is cancelled.

    It stands in the context as an object, which no caller can send.
    """

    __slots__ = ("ids",)

    def __init__(self, ids):
        self.ids = frozenset(ids)

    def __repr__(self):
        return "<kept tickets>"


class InvoiceTicketableMixin(models.AbstractModel):
    """An order or a contract that is cancelled under its tickets: what becomes of them is asked.

    Without the dialog it is refused, with a sentence that names them.
    """

    _inherit = "invoice.ticketable.mixin"

    def _keeping(self, tickets):
        """The records, on which the tickets may stay although it is too much then."""
        return self.with_context(**{_KEY: _Kept(tickets.ids)}) if tickets else self

    @api.model
    def _get_kept_tickets(self):
        """Tickets that stay although it is too much, in superuser mode."""
        kept = self.env.context.get(_KEY)
        # sudo: compared with those that hold a part
        tickets_sudo = self.env["invoice.ticket"].sudo()
        return tickets_sudo.browse(kept.ids if isinstance(kept, _Kept) else ())

    def _get_holding_tickets(self):
        """Tickets that were made of the records or of something finer, in superuser mode.

        What is laid upon an order as a part of its contract goes elsewhere without it.
        """
        kind = KIND_OF[self._name]
        # sudo: invoice.ticket.path - callers act on the tickets, or filter what they show
        paths_sudo = self.env["invoice.ticket.path"].sudo()
        paths_sudo = paths_sudo.search([(COLUMNS[kind], "in", self.ids)])
        return paths_sudo.filtered(lambda path: LEVELS[path.anchor] <= LEVELS[kind]).ticket_id

    def _get_tickets_to_decide(self):
        """Those that hold a part, and drafts that name the records, in superuser mode."""
        holding_sudo = self._get_holding_tickets()
        named = Domain(NAMES[COLUMNS[KIND_OF[self._name]]], "in", self.ids)
        drafts_sudo = holding_sudo.search(named & Domain("state", "=", "draft"))
        return (holding_sudo | drafts_sudo).sorted("id")

    def _get_held_reason(self):
        """Why the record cannot be cancelled without saying what becomes of tickets, or False."""
        self.ensure_one()
        tickets_sudo = self._get_holding_tickets() - self._get_kept_tickets()
        if not tickets_sudo:
            return False
        readable = tickets_sudo.with_env(self.sudo(False).env)._filtered_access("read")
        states = dict(readable._fields["state"]._description_selection(self.env))
        names = [
            f"{ticket.name} ({states[ticket.state]}, "
            f"{words(self.env).amount(ticket.amount_total, ticket.currency_id)})"
            for ticket in readable
        ]
        names += ["…"] * (len(readable) < len(tickets_sudo))
        return self.env._(
            "%(document)s cannot be cancelled, since tickets hold a part of it: %(tickets)s. Its "
            "button “Cancel” asks what becomes of each; or void, reset or withdraw them first.",
            document=self.display_name,
            tickets=", ".join(names),
        )

    def _open_cancelling(self, fname):
        """Dialog that asks what becomes of the tickets.

        :param str fname: field of the dialog that names the record
        """
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Cancel %s", self.display_name),
            "res_model": "invoice.source.cancel.wizard",
            "views": [(False, "form")],
            "target": "new",
            "context": {f"default_{fname}": self.id},
        }
