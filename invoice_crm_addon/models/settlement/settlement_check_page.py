from collections import defaultdict

from odoo import api, models

from ..base.public_methods import Text
from .settlement_check import STEPS

SCOPES = {
    "invoice.contract": "contract_id",
    "sale.order": "sale_order_id",
    "res.partner": "partner_id",
}

# What the page shows of an event; who answers for it is not looked up.
PAGE_FIELDS = (
    *("name", "kind", "date", "company_id", "currency_id", "contract_id", "sale_order_id"),
    *("move_id", "entry_id", "ticket_id", "payment_id", "amount_settled"),
    *(f"amount_{step}" for step in STEPS),
)
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


class InvoiceSettlementCheck(models.Model):
    """The check of one contract, order or customer, and why its figures differ."""

    _inherit = "invoice.settlement.check"

    _page_models = tuple(SCOPES)

    # === ACTION METHODS === #

    def action_open_document(self):
        """Open the document behind the event."""
        self.ensure_one()
        self.check_access("read")
        document = self._get_document()
        return {
            "type": "ir.actions.act_window",
            "res_model": document._name,
            "res_id": document.id,
            "views": [(False, "form")],
        }

    def _get_document(self):
        if self.kind == "order":
            return self.sale_order_id
        if self.kind == "contract":
            return self.contract_id
        return self.ticket_id or self.payment_id or self.entry_id or self.move_id

    # === PAGE === #

    @api.model
    def _may_read_page(self, record):
        """Finance reads of orders, which it may not open, what belongs to the check."""
        if record._name != "sale.order":
            return False
        return record.has_access("read") or bool(
            self._within(record).search_count([("sale_order_id", "=", record.id)], limit=1)
        )

    @api.model
    @api.readonly
    def get_page(self, res_model: str, res_id: int, date_from: Text = None, date_to: Text = None):
        """What was ordered, invoiced, ticketed and collected of a contract, order or customer.

        :param str res_model: ``invoice.contract``, ``sale.order`` or ``res.partner``
        :param int res_id: the record; of a contact it is the customer
        :param str date_from: events from this day on, default: all
        :param str date_to: events up to this day, default: all
        :return: see ``invoice.settlement.page.mixin``; tables ``differences``, each with the
            sentence why, and ``events`` in the order of time
        :rtype: dict
        :raise AccessError: if the user may not read checks, or this record
        :raise UserError: if there is no such record, or a day is none
        """
        record = self._get_page_record(res_model, res_id)
        if res_model == "res.partner":
            record = record.commercial_partner_id
        # sudo: the name of an order whose check may be read
        record_sudo = record.sudo()
        first, last = self._read_period(date_from, date_to)
        domain = [
            (SCOPES[res_model], "=", record.id),
            ("company_id", "in", self.env.companies.ids),
        ]
        domain += [("date", ">=", first)] if first else []
        domain += [("date", "<=", last)] if last else []
        events = self._within(record).search_fetch(domain, PAGE_FIELDS)
        return {
            "title": self.env._("Check of %s", record_sudo.display_name),
            "date_from": first and str(first),
            "date_to": last and str(last),
            "is_as_of": False,
            "cards": self._prepare_check_cards(events),
            "tables": [self._prepare_difference_table(events), self._prepare_event_table(events)],
        }

    def _prepare_check_cards(self, events):
        labels = {name: self._fields[name]._description_string(self.env) for name in KINDS_OF}
        several = len(events.company_id) > 1
        cards = []
        for company, rows in events.grouped("company_id").items():
            of_kind = rows.grouped("kind")
            for name, kinds in KINDS_OF.items():
                amounts = [row[name] for kind in kinds for row in of_kind.get(kind, ())]
                if name == "amount_settled" and not any(amounts):
                    continue
                cards.append(
                    self._prepare_card(
                        labels[name],
                        company.currency_id.round(sum(amounts)),
                        company.currency_id.id,
                        company.name if several else "",
                    )
                )
        return cards

    def _prepare_event_table(self, events):
        kinds = dict(self._fields["kind"]._description_selection(self.env))
        none = dict.fromkeys(KINDS_OF, "")
        rows = []
        for event in events:
            kind, currency = event.kind, event.currency_id
            amounts = {
                name: currency.round(amount) or ""
                for name in AMOUNTS_OF[kind]
                if (amount := event[name])
            }
            rows.append(
                self._prepare_row(
                    event._get_document(),
                    currency,
                    date=event.date,
                    name=event.name or "",
                    kind=kinds[kind],
                    **none | amounts,
                )
            )
        return {
            "name": "events",
            "title": self.env._("All Documents"),
            "columns": [
                self._prepare_column("date", self.env._("Date"), "date"),
                self._prepare_column("kind", self.env._("Kind")),
                self._prepare_column("name", self.env._("Document")),
                *(
                    self._prepare_column(
                        name, self._fields[name]._description_string(self.env), "money"
                    )
                    for name in KINDS_OF
                ),
            ],
            "rows": rows,
        }

    # === WHY === #

    def _prepare_difference_table(self, events):
        rows = []
        for company, its_events in events.grouped("company_id").items():
            currency = company.currency_id
            for document, name, why, amount in its_events._explain():
                if not currency.is_zero(amount):
                    values = {"name": name, "why": why, "amount": currency.round(amount)}
                    rows.append(self._prepare_row(document, currency, **values))
        return {
            "name": "differences",
            "title": self.env._("Differences"),
            "columns": [
                self._prepare_column("name", self.env._("Document")),
                self._prepare_column("why", self.env._("What Explains It")),
                self._prepare_column("amount", self.env._("Amount"), "money"),
            ],
            "rows": rows,
        }

    def _explain(self):
        """Yield a document, its name, a sentence and an amount for each difference."""
        none = self.browse()
        of_kind = defaultdict(lambda: none, self.grouped("kind"))
        yield from self._explain_orders(of_kind)
        yield from self._explain_invoices(of_kind)
        yield from self._explain_tickets(of_kind)
        yield from self._explain_payments(of_kind)
        yield from self._explain_corrections(of_kind)

    def _explain_orders(self, of_kind):
        """:param dict of_kind: the events by kind"""
        invoiced = self._sum(of_kind, "amount_invoiced", "sale_order_id")
        for event in of_kind["order"] + of_kind["contract"]:
            rest = event.amount_ordered
            if event.kind == "order":
                rest -= invoiced.get(event.sale_order_id, 0.0)
            if event.kind == "contract":
                why = self.env._("Agreed in the contract, not ordered yet.")
            elif rest > 0:
                why = self.env._("Ordered, not invoiced yet.")
            else:
                why = self.env._("Invoiced for more than was ordered.")
            yield event._get_document(), event.name, why, rest

    def _explain_invoices(self, of_kind):
        ticketed = self._sum(of_kind, "amount_ticketed", "move_id")
        settled = self._sum(of_kind, "amount_collected", "move_id")
        for move, amount in self._sum(of_kind, "amount_settled", "move_id").items():
            settled[move] += amount
        names = {event.move_id: event.name for event in of_kind["invoice"]}
        for move, invoiced in self._sum(of_kind, "amount_invoiced", "move_id").items():
            # sudo: account.move - the number of an invoice that was posted before the period
            name = names.get(move) or move.sudo().name
            rest = invoiced - ticketed[move]
            if rest > 0:
                yield move, name, self.env._("Invoiced, not ticketed yet."), rest
            else:
                yield move, name, self.env._("Ticketed for more than is invoiced of it."), rest
            rest = invoiced - settled[move]
            if rest > 0:
                yield move, name, self.env._("Invoiced, not collected yet."), rest
            else:
                yield move, name, self.env._("Paid for more than is invoiced of it."), rest

    def _explain_tickets(self, of_kind):
        """Tickets that no invoice stands behind, and those that nobody paid."""
        tickets = of_kind["ticket"].grouped("ticket_id")
        why = self.env._("Ticketed, with no invoice behind it.")
        for ticket, rows in tickets.items():
            apart = sum(row.amount_ticketed for row in rows if not row.move_id)
            yield ticket, rows[:1].name, why, apart
        paid = self._sum(of_kind, "amount_collected", "move_id")
        for move in paid:
            paid[move] = max(paid[move], 0.0)
        why = self.env._("Ticketed, not collected yet.")
        for ticket, rows in tickets.items():
            unpaid = 0.0
            for row in rows.filtered(lambda row: not row.payment_id):
                covered = min(paid[row.move_id], row.amount_ticketed) if row.move_id else 0.0
                paid[row.move_id] -= covered
                unpaid += row.amount_ticketed - covered
            yield ticket, rows[:1].name, why, unpaid

    def _explain_payments(self, of_kind):
        """Money that came in and is not ticketed, neither by itself nor with its invoice."""
        taken = self._sum(of_kind, "amount_ticketed", "payment_id")
        of_move = defaultdict(float)
        for event in of_kind["ticket"]:
            if event.move_id and not event.payment_id:
                of_move[event.move_id] += event.amount_ticketed
        money = of_kind["payment"] + of_kind["refund"]
        for document, rows in money.grouped(lambda e: e.payment_id or e.entry_id).items():
            rest = sum(rows.mapped("amount_collected"))
            if document._name == "account.payment":
                rest -= taken[document]
            for row in rows.filtered("move_id"):
                covered = max(min(of_move[row.move_id], row.amount_collected, rest), 0.0)
                of_move[row.move_id] -= covered
                rest -= covered
            if rest > 0:
                yield document, rows[:1].name, self.env._("Collected, not ticketed yet."), rest
            elif any(row.kind == "refund" for row in rows):
                yield document, rows[:1].name, self.env._("Paid back to the customer."), rest
            free = sum(
                row.amount_collected for row in rows if row.kind == "payment" and not row.move_id
            )
            if free > 0:
                why = self.env._("Collected on account, with no invoice behind it yet.")
                yield document, rows[:1].name, why, free

    def _explain_corrections(self, of_kind):
        sentences = {
            "credit_note": self.env._("A credit note takes back what was invoiced."),
            "write_off": self.env._("Settled without money: written off, or discounted."),
            "exchange": self.env._("A difference of exchange rates."),
        }
        for kind, why in sentences.items():
            for event in of_kind[kind]:
                amount = event.amount_invoiced or event.amount_settled
                yield event._get_document(), event.name, why, amount
        why = self.env._("Written off or discounted with the payment.")
        for event in of_kind["payment"] + of_kind["refund"]:
            if event.amount_settled:
                yield event._get_document(), event.name, why, event.amount_settled
        letters = self.env["invoice.ticket"].search_fetch(
            [("red_of_id", "in", of_kind["ticket"].ticket_id.ids), ("state", "=", "issued")],
            ["name", "red_of_id", "amount_company"],
        )
        for letter in letters:
            why = self.env._("A red letter takes back of the ticket %s.", letter.red_of_id.name)
            yield letter, letter.name, why, letter.amount_company

    @api.model
    def _sum(self, of_kind, amount, field):
        """What the events that have such an amount come to, by record.

        :param dict of_kind: the events by kind
        """
        sums = defaultdict(float)
        for kind in KINDS_OF[amount]:
            for event in of_kind[kind]:
                if record := event[field]:
                    sums[record] += event[amount]
        return sums
