from collections import defaultdict, namedtuple

from odoo import api, models
from odoo.tools import float_round

from ..base.public_methods import Text
from .settlement_check import STEPS

SCOPES = {
    "invoice.contract": "contract_id",
    "sale.order": "sale_order_id",
    "res.partner": "partner_id",
}

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
        events = self._within(record)._read_events(domain)
        currencies = self.env["res.currency"].browse({event.currency_id for event in events})
        roundings = {currency.id: currency.rounding for currency in currencies}
        return {
            "title": self.env._("Check of %s", record_sudo.display_name),
            "date_from": first and str(first),
            "date_to": last and str(last),
            "is_as_of": False,
            "cards": self._prepare_check_cards(events, roundings),
            "tables": [
                self._prepare_difference_table(events, roundings),
                self._prepare_event_table(events, roundings),
            ],
        }

    @api.model
    def _read_events(self, domain):
        """Events that the user may read, in the order of time.

        :rtype: list[Event]
        """
        query = self._search(domain, order=self._order)
        columns = [self._field_to_sql(query.table, name, query) for name in PAGE_FIELDS]
        rows = self.env.execute_query(query.select(*columns))
        # Not looked up row by row: there are few companies.
        place = PAGE_FIELDS.index("company_id")
        companies = self.env["res.company"].browse({row[place] for row in rows})
        currencies = {company.id: company.currency_id.id for company in companies}
        return [Event(*row, currencies[row[place]]) for row in rows]

    @api.model
    def _group(self, events, key):
        """:rtype: dict[object, list[Event]]"""
        groups = defaultdict(list)
        for event in events:
            groups[key(event)].append(event)
        return groups

    @api.model
    def _prepare_check_cards(self, events, roundings):
        labels = {name: self._fields[name]._description_string(self.env) for name in KINDS_OF}
        of_company = self._group(events, lambda event: event.company_id)
        names = {}
        if len(of_company) > 1:
            names = {
                company.id: company.name for company in self.env["res.company"].browse(of_company)
            }
        cards = []
        for company_id, rows in of_company.items():
            currency_id = rows[0].currency_id
            of_kind = self._group(rows, lambda event: event.kind)
            for name, kinds in KINDS_OF.items():
                amounts = [getattr(row, name) for kind in kinds for row in of_kind.get(kind, ())]
                if name == "amount_settled" and not any(amounts):
                    continue
                total = float_round(sum(amounts), precision_rounding=roundings[currency_id])
                note = names.get(company_id, "")
                cards.append(self._prepare_card(labels[name], total, currency_id, note))
        return cards

    @api.model
    def _prepare_document_row(self, document, currency_id, values):
        """A row of a table, which opens a document.

        :param tuple document: its model and id
        """
        res_model, res_id = document
        return {
            "values": values,
            "currency_id": currency_id,
            "res_model": res_model,
            "res_id": res_id,
        }

    @api.model
    def _prepare_event_table(self, events, roundings):
        kinds = dict(self._fields["kind"]._description_selection(self.env))
        none = dict.fromkeys(KINDS_OF, "")
        rows = []
        for event in events:
            values = {
                "date": event.date and str(event.date),
                "name": event.name or "",
                "kind": kinds[event.kind],
                **none,
            }
            rounding = roundings[event.currency_id]
            for name in AMOUNTS_OF[event.kind]:
                if amount := getattr(event, name):
                    values[name] = float_round(amount, precision_rounding=rounding) or ""
            rows.append(self._prepare_document_row(event.document, event.currency_id, values))
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

    @api.model
    def _prepare_difference_table(self, events, roundings):
        rows = []
        for its_events in self._group(events, lambda event: event.company_id).values():
            currency_id = its_events[0].currency_id
            rounding = roundings[currency_id]
            for document, name, why, amount in self._explain(its_events):
                # Most are settled to the cent.
                if amount and (amount := float_round(amount, precision_rounding=rounding)):
                    values = {"name": name or "", "why": why, "amount": amount}
                    rows.append(self._prepare_document_row(document, currency_id, values))
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

    @api.model
    def _explain(self, events):
        """Yield a document, its name, a sentence and an amount for each difference.

        :param list events: of one company
        """
        of_kind = self._group(events, lambda event: event.kind)
        yield from self._explain_orders(of_kind)
        yield from self._explain_invoices(of_kind)
        yield from self._explain_tickets(of_kind)
        yield from self._explain_payments(of_kind)
        yield from self._explain_corrections(of_kind)

    @api.model
    def _explain_orders(self, of_kind):
        """:param dict of_kind: the events by kind"""
        invoiced = self._sum(of_kind, "amount_invoiced", "sale_order_id")
        less = self.env._("Ordered, not invoiced yet.")
        more = self.env._("Invoiced for more than was ordered.")
        for event in of_kind["order"]:
            rest = event.amount_ordered - invoiced[event.sale_order_id]
            yield event.document, event.name, less if rest > 0 else more, rest
        not_ordered = self.env._("Agreed in the contract, not ordered yet.")
        less = self.env._("Agreed in the contract, neither ordered nor invoiced yet.")
        more = self.env._("Invoiced for more than was agreed in the contract.")
        of_contract = self._sum_without_order(of_kind)
        for event in of_kind["contract"]:
            done = of_contract.get(event.document[1])
            rest = event.amount_ordered - (done or 0.0)
            why = not_ordered if done is None else less if rest > 0 else more
            yield event.document, event.name, why, rest

    @api.model
    def _sum_without_order(self, of_kind):
        """What is invoiced on contracts themselves, less what is credited, by their ids.

        :param dict of_kind: the events by kind
        """
        events = [
            event
            for kind in KINDS_OF["amount_invoiced"]
            for event in of_kind[kind]
            if not event.sale_order_id
        ]
        if not of_kind["contract"] or not events:
            return {}
        # sudo: account.move - the contract of an invoice whose check may be read
        moves_sudo = self.env["account.move"].sudo()
        moves_sudo = moves_sudo.search_fetch(
            [
                ("id", "in", {event.entry_id for event in events}),
                ("invoice_contract_id", "!=", False),
            ],
            ["invoice_contract_id"],
        )
        contracts = {move.id: move.invoice_contract_id.id for move in moves_sudo}
        sums = defaultdict(float)
        for event in events:
            if contract_id := contracts.get(event.entry_id):
                sums[contract_id] += event.amount_invoiced
        return sums

    @api.model
    def _explain_invoices(self, of_kind):
        ticketed = self._sum(of_kind, "amount_ticketed", "move_id")
        settled = self._sum(of_kind, "amount_collected", "move_id")
        for move_id, amount in self._sum(of_kind, "amount_settled", "move_id").items():
            settled[move_id] += amount
        sums = self._sum(of_kind, "amount_invoiced", "move_id")
        names = {event.move_id: event.name for event in of_kind["invoice"]}
        # sudo: account.move - the number of an invoice that was posted before the period
        unnamed_sudo = self.env["account.move"].sudo().browse(sums.keys() - names.keys())
        names |= {move.id: move.name for move in unnamed_sudo}
        sentences = (
            (
                ticketed,
                self.env._("Invoiced, not ticketed yet."),
                self.env._("Ticketed for more than is invoiced of it."),
            ),
            (
                settled,
                self.env._("Invoiced, not collected yet."),
                self.env._("Paid for more than is invoiced of it."),
            ),
        )
        for move_id, invoiced in sums.items():
            for done, less, more in sentences:
                rest = invoiced - done[move_id]
                why = less if rest > 0 else more
                yield ("account.move", move_id), names[move_id], why, rest

    @api.model
    def _explain_tickets(self, of_kind):
        """Tickets that no invoice stands behind, and those that nobody paid."""
        tickets = self._group(of_kind["ticket"], lambda event: event.ticket_id)
        why = self.env._("Ticketed, with no invoice behind it.")
        for rows in tickets.values():
            apart = sum(row.amount_ticketed for row in rows if not row.move_id)
            yield rows[0].document, rows[0].name, why, apart
        paid = self._sum(of_kind, "amount_collected", "move_id")
        for move_id in paid:
            paid[move_id] = max(paid[move_id], 0.0)
        why = self.env._("Ticketed, not collected yet.")
        for rows in tickets.values():
            unpaid = 0.0
            for row in rows:
                if row.payment_id:
                    continue
                covered = min(paid[row.move_id], row.amount_ticketed) if row.move_id else 0.0
                paid[row.move_id] -= covered
                unpaid += row.amount_ticketed - covered
            yield rows[0].document, rows[0].name, why, unpaid

    @api.model
    def _explain_payments(self, of_kind):
        """Money that came in and is not ticketed, neither by itself nor with its invoice."""
        taken = self._sum(of_kind, "amount_ticketed", "payment_id")
        of_move = defaultdict(float)
        for event in of_kind["ticket"]:
            if event.move_id and not event.payment_id:
                of_move[event.move_id] += event.amount_ticketed
        not_ticketed = self.env._("Collected, not ticketed yet.")
        paid_back = self.env._("Paid back to the customer.")
        on_account = self.env._("Collected on account, with no invoice behind it yet.")
        money = of_kind["payment"] + of_kind["refund"]
        for document, rows in self._group(money, lambda event: event.document).items():
            rest = sum(row.amount_collected for row in rows)
            rest -= taken[rows[0].payment_id]
            for row in rows:
                if row.move_id:
                    covered = max(min(of_move[row.move_id], row.amount_collected, rest), 0.0)
                    of_move[row.move_id] -= covered
                    rest -= covered
            if rest > 0:
                yield document, rows[0].name, not_ticketed, rest
            elif any(row.kind == "refund" for row in rows):
                yield document, rows[0].name, paid_back, rest
            free = sum(
                row.amount_collected for row in rows if row.kind == "payment" and not row.move_id
            )
            if free > 0:
                yield document, rows[0].name, on_account, free

    @api.model
    def _explain_corrections(self, of_kind):
        sentences = {
            "credit_note": self.env._("A credit note takes back what was invoiced."),
            "write_off": self.env._("Settled without money: written off, or discounted."),
            "exchange": self.env._("A difference of exchange rates."),
        }
        for kind, why in sentences.items():
            for event in of_kind[kind]:
                amount = event.amount_invoiced or event.amount_settled
                yield event.document, event.name, why, amount
        why = self.env._("Written off or discounted with the payment.")
        for event in of_kind["payment"] + of_kind["refund"]:
            if event.amount_settled:
                yield event.document, event.name, why, event.amount_settled
        letters = self.env["invoice.ticket"].search_fetch(
            [
                ("red_of_id", "in", {event.ticket_id for event in of_kind["ticket"]}),
                ("state", "=", "issued"),
            ],
            ["name", "red_of_id", "amount_company"],
        )
        for letter in letters:
            why = self.env._("A red letter takes back of the ticket %s.", letter.red_of_id.name)
            yield (letter._name, letter.id), letter.name, why, letter.amount_company

    @api.model
    def _sum(self, of_kind, amount, column):
        """What the events that have such an amount come to, by what they belong to.

        :param dict of_kind: the events by kind
        """
        sums = defaultdict(float)
        for kind in KINDS_OF[amount]:
            for event in of_kind[kind]:
                if res_id := getattr(event, column):
                    sums[res_id] += getattr(event, amount)
        return sums
