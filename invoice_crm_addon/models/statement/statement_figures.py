import hashlib
import json
from datetime import timedelta

from odoo import models

#: Amounts of a document, in the order of its columns.
MOVED = ("ordered", "invoiced", "ticketed", "collected", "settled")


class InvoiceAccountStatement(models.Model):
    """The figures of statements: those of the customer account and of the three-way check.

    Kept as JSON when they are taken, without words of any language:

    Name       Rows
    =====================================================================================
    balances   by currency: opening, what moved it, closing, and what is paid but not booked
    ageing     by currency: what is open at the end by how long it is overdue
    open       what is open at the end
    moves      what was ordered, invoiced, ticketed and collected, one for each document
    sums       of ``moves``, in the currency of the company
    =====================================================================================
    """

    _inherit = "invoice.account.statement"

    def _refresh_figures(self):
        """Take the figures from the books; one read for all of a company and period."""
        groups = self.grouped(lambda s: (s.company_id, s.date_from, s.date_to))
        for (company, first, last), statements in groups.items():
            figures = statements._read_figures(company, first, last)
            for statement in statements:
                statement.write(figures[statement.partner_id])

    def _get_books_env(self, company):
        """What a statement lists is all of the customer, whoever of the company holds it."""
        zone = company.partner_id.tz or self.env.user.tz or self.env.context.get("tz")
        # sudo: rights on the customer are checked by who prepares a statement
        books_sudo = self.with_company(company).sudo()
        return books_sudo.with_context(allowed_company_ids=company.ids, tz=zone).env

    def _read_figures(self, company, first, last):
        """:return: values of the statement of each customer"""
        env = self._get_books_env(company)
        customers = self.partner_id.with_env(env)
        domain = [("company_id", "=", company.id), ("partner_id", "in", customers.ids)]
        env.flush_all()
        openings = self._read_openings(env, domain, first)
        items = self._read_items(env, domain, first, last)
        moves = self._read_moves(env, domain, first, last)
        return {
            customer: self._prepare_figures(
                company.with_env(env),
                openings.get(customer, {}),
                items.get(customer, env["invoice.receivable.item"]),
                moves.get(customer, env["invoice.settlement.check"]),
                first,
            )
            for customer in customers
        }

    def _read_openings(self, env, domain, first):
        """What each customer owed when the period began, by currency: in it, and the company's."""
        day = first - timedelta(days=1)
        rows = (
            env["invoice.receivable.item"]
            .with_context(receivable_as_of=str(day))
            ._read_group(
                [*domain, ("is_open", "=", True)],
                ["partner_id", "currency_id"],
                ["amount_due_currency:sum", "amount_due:sum"],
            )
        )
        openings = {}
        for customer, currency, *amounts in rows:
            openings.setdefault(customer.with_env(env), {})[currency.with_env(env)] = amounts
        return openings

    def _read_items(self, env, domain, first, last):
        """What is open at the end, what moved in the period, and payments without an entry."""
        Item = env["invoice.receivable.item"].with_context(receivable_as_of=str(last))
        items = Item.search_fetch(
            [
                *domain,
                "|",
                "|",
                ("is_open", "=", True),
                ("date", ">=", first),
                ("move_id", "=", False),
            ],
            [name for name in Item._fields if Item._fields[name].store],
            order="date, id",
        )
        return {p.with_env(env): rows for p, rows in items.grouped("partner_id").items()}

    def _read_moves(self, env, domain, first, last):
        Check = env["invoice.settlement.check"].with_context(settlement_of_one=len(self) == 1)
        events = Check.search_fetch(
            [*domain, ("date", ">=", first), ("date", "<=", last)],
            [name for name in Check._fields if Check._fields[name].store],
            order="date, id",
        )
        return {p.with_env(env): rows for p, rows in events.grouped("partner_id").items()}

    # === VALUES === #

    def _prepare_figures(self, company, opening, items, events, first):
        """Values of a statement; its own currency is that of its only balance."""
        owed = items.filtered(lambda item: item.amount_due or item.amount_due_currency)
        account = items.env["invoice.customer.account"]
        balances = self._prepare_balances(opening, items, first)
        sums = {name: sum(events.mapped(f"amount_{name}")) for name in MOVED}
        sums = {name: company.currency_id.round(amount) for name, amount in sums.items()}
        currencies = {row["currency_id"] for row in balances}
        return {
            "figures": {
                "balances": balances,
                "ageing": account._prepare_ageing_table(owed)["rows"],
                "open": account._prepare_open_table(owed)["rows"],
                "moves": self._prepare_moves(events),
                "sums": sums,
            },
            "currency_id": currencies.pop() if len(currencies) == 1 else company.currency_id.id,
            "amount_opening": sum(due for _own, due in opening.values()),
            "amount_closing": sum(owed.mapped("amount_due")),
            **{f"amount_{name}": sums[name] for name in MOVED[:4]},
        }

    def _prepare_balances(self, opening, items, first):
        """What moved the balance of each currency, in that currency."""
        rows = []
        for currency in items.currency_id.union(*opening):
            own = items.filtered(lambda item, c=currency: item.currency_id == c)
            booked = own.filtered("move_id")
            moved = booked.filtered(lambda item: item.date >= first)
            amounts = {
                "opening": opening.get(currency, (0.0, 0.0))[0],
                "invoiced": self._sum_kind(moved, "invoice"),
                "credited": self._sum_kind(moved, "credit_note"),
                "collected": self._sum_kind(moved, "payment"),
                "closing": sum(booked.mapped("amount_due_currency")),
                "on_way": sum((own - booked).mapped("amount_currency")),
            }
            amounts["to_pay"] = amounts["closing"] + amounts["on_way"]
            # Written off, exchange differences, and what was settled in another currency.
            amounts["other"] = amounts["closing"] - sum(
                amounts[name] for name in ("opening", "invoiced", "credited", "collected")
            )
            amounts = {name: currency.round(amount) for name, amount in amounts.items()}
            if own or any(amounts.values()):
                values = {"name": currency.name, **amounts}
                rows.append({"values": values, "currency_id": currency.id})
        return rows

    def _sum_kind(self, items, kind):
        return sum(items.filtered(lambda item: item.kind == kind).mapped("amount_currency"))

    def _prepare_moves(self, events):
        """One row for each document, however many orders or invoices it is parted by."""
        sums, names = {}, {}
        for event in events:
            document = event._get_document()
            key = (event.date, event.kind, document._name, document.id)
            names.setdefault(key, event.name)
            amounts = sums.setdefault(key, dict.fromkeys(MOVED, 0.0))
            for name in MOVED:
                amounts[name] += event[f"amount_{name}"]
        currency = events.company_id.currency_id
        rows = []
        for key, amounts in sums.items():
            date, kind, model, res_id = key
            document = self.env[model].browse(res_id)
            values = {f"amount_{name}": currency.round(amounts[name]) or "" for name in MOVED}
            rows.append(
                self._prepare_row(
                    document, currency, date=date, name=names[key] or "", kind=kind, **values
                )
            )
        return rows

    def _get_digest(self):
        """Tells whether the figures are still those that a link was made for."""
        content = json.dumps(self.figures or {}, sort_keys=True)
        return hashlib.sha256(content.encode()).hexdigest()[:32]
