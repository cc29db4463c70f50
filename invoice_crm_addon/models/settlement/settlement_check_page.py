from odoo import api, models
from odoo.tools import float_round

from ..base.public_methods import Text
from .settlement_event import (
    AMOUNTS_OF,
    KINDS_OF,
    PAGE_FIELDS,
    Event,
    group_events,
    total_of,
)
from .settlement_why import DIFFERENCES, Explanation

SCOPES = {
    "invoice.contract": "contract_id",
    "sale.order": "sale_order_id",
    "res.partner": "partner_id",
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
    def _prepare_check_cards(self, events, roundings):
        labels = {name: self._fields[name]._description_string(self.env) for name in KINDS_OF}
        of_company = group_events(events, lambda event: event.company_id)
        names = self._get_company_names(of_company)
        cards = []
        for company_id, rows in of_company.items():
            currency_id = rows[0].currency_id
            of_kind = group_events(rows, lambda event: event.kind)
            for name in KINDS_OF:
                total = total_of(of_kind, name)
                if name == "amount_settled" and not any(row.amount_settled for row in rows):
                    continue
                total = float_round(total, precision_rounding=roundings[currency_id])
                note = names.get(company_id, "")
                cards.append(self._prepare_card(labels[name], total, currency_id, note))
        return cards

    @api.model
    def _get_company_names(self, company_ids):
        """Names of companies by id, where there are several."""
        if len(company_ids) < 2:
            return {}
        return {company.id: company.name for company in self.env["res.company"].browse(company_ids)}

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
        """Each difference of two figures, line by line, and the sum of its lines."""
        rows = []
        of_company = group_events(events, lambda event: event.company_id)
        names = self._get_company_names(of_company)
        for company_id, its_events in of_company.items():
            currency_id = its_events[0].currency_id
            explanation = Explanation(self.env, its_events)
            totals = self._get_differences(explanation.of_kind, roundings[currency_id])
            for name, lines in explanation.explain().items():
                label = self._fields[name]._description_string(self.env)
                label = f"{label} ({names[company_id]})" if names else label
                part = self._prepare_lines(label, lines, currency_id, roundings)
                rows += part + self._prepare_sum(label, part, totals[name], currency_id, roundings)
            label = self.env._("Counted Above")
            lines = explanation.explain_corrections()
            rows += self._prepare_lines(label, lines, currency_id, roundings)
        return {
            "name": "differences",
            "title": self.env._("Differences"),
            "columns": [
                self._prepare_column("difference", self.env._("Difference")),
                self._prepare_column("name", self.env._("Document")),
                self._prepare_column("why", self.env._("What Explains It")),
                self._prepare_column("amount", self.env._("Amount"), "money"),
            ],
            "rows": rows,
        }

    @api.model
    def _get_differences(self, of_kind, rounding):
        """What the cards differ by.

        :param dict of_kind: the events of a company by kind
        :rtype: dict[str, float]
        """

        def get_card(amount):
            return float_round(total_of(of_kind, amount), precision_rounding=rounding)

        return {
            name: float_round(
                sum(sign * get_card(amount) for amount, sign in parts.items()),
                precision_rounding=rounding,
            )
            for name, parts in DIFFERENCES.items()
        }

    @api.model
    def _prepare_lines(self, label, lines, currency_id, roundings):
        rows = []
        for document, name, why, amount in lines:
            # Most are settled to the cent.
            amount = amount and float_round(amount, precision_rounding=roundings[currency_id])
            if amount:
                values = {"difference": label, "name": name or "", "why": why, "amount": amount}
                rows.append(self._prepare_document_row(document, currency_id, values))
        return rows

    @api.model
    def _prepare_sum(self, label, rows, total, currency_id, roundings):
        """The sum of lines, which is the difference; and what rounding each of them leaves."""
        rounding = roundings[currency_id]
        lines = sum(row["values"]["amount"] for row in rows)
        rest = float_round(total - lines, precision_rounding=rounding)
        texts = [(self.env._("Rounded to the cent."), rest)] if rest else []
        texts += [(self.env._("Sum"), total)] if rows or total else []
        values = {"difference": label, "name": ""}
        sums = [
            self._prepare_document_row(
                (False, False), currency_id, {**values, "why": why, "amount": amount}
            )
            for why, amount in texts
        ]
        for row in sums[-1:]:
            row["is_sum"] = True
        return sums
