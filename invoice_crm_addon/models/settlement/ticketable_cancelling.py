from odoo import api, models
from odoo.fields import Domain

from ..base.words import words
from ..ledger.chain_nodes import LEVELS
from ..ledger.chain_steps import COLUMNS, KIND_OF
from ..ticket.ticket_ledger_mixin import NAMES

_KEY = "invoice_kept_tickets"
# So many tickets a sentence names; of thousands the list says more.
NAMED_TICKETS = 20


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

    Without the dialog it is refused, with a sentence that names them and what to do with each.
    Where the company does not block what is ticketed too much, an order is cancelled all the
    same: the sentence is shown, and stays in the history of the order and of its tickets.
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

    def _get_holding_tickets(self, limit=None):
        """Tickets that were made of the records or of something finer, in superuser mode.

        What is laid upon an order as a part of its contract goes elsewhere without it.

        :param int limit: how many at most, the oldest ones
        """
        kind = KIND_OF[self._name]
        finer = [anchor for anchor, level in LEVELS.items() if level <= LEVELS[kind]]
        # sudo: invoice.ticket.path - callers act on the tickets, or filter what they show
        paths_sudo = self.env["invoice.ticket.path"].sudo()
        holding = [(COLUMNS[kind], "in", self.ids), ("anchor", "in", finer)]
        return paths_sudo._get_some_tickets(holding, limit)

    def _get_staying_tickets(self, limit=None):
        """Tickets of something coarser, as of the contract of an order, that are laid upon the
        records, in superuser mode: they stay with it when these are cancelled.

        :param int limit: how many at most, the oldest ones
        """
        kind = KIND_OF[self._name]
        coarser = [anchor for anchor, level in LEVELS.items() if level > LEVELS[kind]]
        # sudo: invoice.ticket.path - callers filter what they show
        paths_sudo = self.env["invoice.ticket.path"].sudo()
        staying = [(COLUMNS[kind], "in", self.ids), ("anchor", "in", coarser)]
        return paths_sudo._get_some_tickets(staying, limit)

    def _name_staying_tickets(self):
        """Tickets that stay with the contract; or False. Those of others are not named."""
        self.ensure_one()
        return self._name_tickets(
            self._get_staying_tickets(NAMED_TICKETS + 1),
            lambda ticket, **facts: self.env._(
                "%(ticket)s (%(state)s, %(amount)s)", ticket=ticket.name, **facts
            ),
        )

    def _name_tickets(self, tickets_sudo, describe):
        """The first of some tickets in words, and that there are more or others; or False.

        :param describe: what is said of a ticket, with its ``state`` and ``amount`` in words
        """
        readable = tickets_sudo.with_env(self.sudo(False).env)._filtered_access("read")
        states = dict(readable._fields["state"]._description_selection(self.env))
        names = [
            describe(
                ticket=ticket,
                state=states[ticket.state],
                amount=words(self.env).amount(ticket.amount_total, ticket.currency_id),
            )
            for ticket in readable[:NAMED_TICKETS]
        ]
        names += ["…"] * (len(names) < len(tickets_sudo))
        return ", ".join(names) or False

    def _get_tickets_to_decide(self):
        """Those that hold a part, and drafts that name the records, in superuser mode."""
        holding_sudo = self._get_holding_tickets()
        named = Domain(NAMES[COLUMNS[KIND_OF[self._name]]], "in", self.ids)
        drafts_sudo = holding_sudo.search(named & Domain("state", "=", "draft"))
        return (holding_sudo | drafts_sudo).sorted("id")

    def _get_held_reason(self):
        """Why the record cannot be cancelled without saying what becomes of tickets, or False."""
        self.ensure_one()
        tickets = self._name_held_tickets()
        return tickets and self.env._(
            "%(document)s cannot be cancelled, since tickets hold a part of it: %(tickets)s. Its "
            "button “Cancel” asks what becomes of each.",
            document=self.display_name,
            tickets=tickets,
        )

    def _name_held_tickets(self):
        """Tickets that hold a part and are not kept, and what to do with each; or False.

        Those that the user may not read are not named.
        """
        self.ensure_one()
        kept = self._get_kept_tickets()
        tickets_sudo = self._get_holding_tickets(NAMED_TICKETS + len(kept) + 1) - kept
        return self._name_tickets(
            tickets_sudo,
            lambda ticket, **facts: self.env._(
                "%(ticket)s (%(state)s, %(amount)s: %(advice)s)",
                ticket=ticket.name,
                advice=ticket._get_freeing_advice(),
                **facts,
            ),
        )

    def _say_cancelled(self, held):
        """Tell who cancelled records what their tickets need now, and keep it in the history.

        :param dict held: records, each with the names of its tickets, see ``_name_held_tickets``
        """
        texts = {
            record: self.env._(
                "%(document)s is cancelled, but tickets hold a part of it: %(tickets)s.",
                document=record.display_name,
                tickets=tickets,
            )
            for record, tickets in held.items()
        }
        # sudo: the program writes into histories, also of tickets of others
        for record_sudo, text in ((record.sudo(), text) for record, text in texts.items()):
            record_sudo._message_log(body=text)
            tickets_sudo = record_sudo._get_holding_tickets() - record_sudo._get_kept_tickets()
            bodies = {
                ticket.id: self.env._(
                    "%(document)s, which it documents, is cancelled. What to do: %(advice)s.",
                    document=record_sudo.display_name,
                    advice=ticket._get_freeing_advice(),
                )
                for ticket in tickets_sudo
            }
            tickets_sudo._message_log_batch(bodies=bodies)
        self.env.user._bus_send(
            "simple_notification",
            {"type": "warning", "sticky": True, "message": "\n".join(texts.values())},
        )

    def _say_staying(self, staying):
        """Tell who cancelled records which tickets stay, and keep it in their history.

        :param dict staying: records, each with the names of its tickets
        """
        texts = {
            record: self.env._(
                "%(document)s is cancelled. Tickets of its contract were laid on it, and stay "
                "with the contract: %(tickets)s.",
                document=record.display_name,
                tickets=tickets,
            )
            for record, tickets in staying.items()
        }
        for record, text in texts.items():
            record.sudo()._message_log(body=text)  # sudo: the program writes into histories
        # The dialog said it already. Who sends that over RPC is not told, and nothing else.
        if not self.env.context.get("invoice_staying_told"):
            self.env.user._bus_send(
                "simple_notification",
                {"type": "warning", "sticky": True, "message": "\n".join(texts.values())},
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


class InvoiceTicketLedgerMixin(models.AbstractModel):
    """A ticket of something that is cancelled."""

    _inherit = "invoice.ticket.ledger.mixin"

    def _get_freeing_advice(self):
        """How the ticket gives free what it takes, in a few words."""
        self.ensure_one()
        if self.state == "pending":
            return self.env._("withdraw it")
        if self.state == "approved":
            return self.env._("reset it to draft")
        # sudo: invoice.ticket.type - whether it may be voided
        if self.sudo().type_id.void_policy == "red":
            return self.env._("have finance write its red letter")
        return self.env._("have finance void it")
