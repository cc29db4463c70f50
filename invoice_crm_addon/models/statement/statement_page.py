import hashlib
import io
import json
import logging
import unicodedata
from datetime import timedelta

from psycopg2 import OperationalError

from odoo import api, models
from odoo.exceptions import ConcurrencyError
from odoo.tools.pdf import PdfFileReader, PdfFileWriter

from odoo.addons.base.models import ir_actions_report

from ..base.proof import unproven
from ..base.public_methods import Text
from ..settlement.receivable_item import UNBOOKED
from ..settlement.ticket_receipt import write_amount_in_words

REPORT = "invoice_crm_addon.account_statement_report"
#: A page and a PDF show so many rows of a table; the Excel file has all.
MOST_ROWS = 500
_BALANCE_COLUMNS = ("opening", "invoiced", "credited", "collected", "other", "closing")
#: Amounts of a document, in the order of its columns.
MOVED = ("ordered", "invoiced", "ticketed", "collected", "settled")

_logger = logging.getLogger(__name__)


def _read_text(page):
    """Text of a page of a PDF, whichever library reads it."""
    text = page.extract_text() if hasattr(page, "extract_text") else page.extractText()
    lines = text.splitlines()
    # Where a font has no bold letters, they are drawn twice.
    return "".join(line for line, last in zip(lines, ["", *lines], strict=False) if line != last)


def _squeeze(text):
    """Text without what printing changes: breaks, spaces, width and ligatures."""
    return "".join(unicodedata.normalize("NFKC", text or "").split())


class InvoiceAccountStatement(models.Model):
    """What a statement says, and how people read it: in the form, as PDF, as xlsx, behind the link.

    The figures are those of the customer account and of the three-way check. They are
    kept as JSON when they are taken, without words of any language:

    Name       Rows
    =====================================================================================
    balances   by currency: opening, what moved it, closing; what is paid but not booked, what
               is ticketed but not invoiced, and what is left to pay with both
    ageing     by currency: what is open at the end by how long it is overdue
    open       what is open at the end
    moves      what was ordered, invoiced, ticketed and collected, one for each document
    sums       of ``moves``, and what is ``ticketed_only``, in the currency of the company
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
                [*domain, ("is_open", "=", True), ("kind", "not in", UNBOOKED)],
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
        Check = env["invoice.settlement.check"]
        if len(self) == 1:
            Check = Check._within(self.partner_id.commercial_partner_id)
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
        ticketed = owed.filtered(lambda item: item.kind in UNBOOKED)
        sums["ticketed_only"] = sum(ticketed.mapped("amount_due"))
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
            "amount_closing": sum((owed - ticketed).mapped("amount_due")),
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
                "on_way": sum(
                    own.filtered(
                        lambda item: not item.move_id and item.kind in ("payment", "used")
                    ).mapped("amount_currency")
                ),
                "ticketed": sum(
                    own.filtered(lambda item: item.kind in UNBOOKED).mapped("amount_due_currency")
                ),
            }
            amounts["to_pay"] = amounts["closing"] + amounts["on_way"] + amounts["ticketed"]
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

    # === PAGE === #

    @api.depends("partner_id", "date_from", "date_to", "state", "currency_id", "amount_closing")
    @api.depends_context("lang", "uid")
    def _compute_document(self):
        for statement in self:
            statement.document = statement.figures and statement._render_document()

    def _render_document(self):
        """The statement as HTML, in the language of the environment."""
        values = {"statement": self, "page": self._make_page(), "most": MOST_ROWS}
        return self.env["ir.qweb"]._render("invoice_crm_addon.account_statement_document", values)

    @api.model
    @api.readonly
    def get_page(self, res_model: str, res_id: int, date_from: Text = None, date_to: Text = None):
        """A statement as page of cards and tables, with the figures that it has.

        :param str res_model: ``invoice.account.statement``
        :param int res_id: the statement; the period is its own
        :return: see ``invoice.settlement.page.mixin``
        :rtype: dict
        :raise AccessError: if the user may not read it
        :raise UserError: if there is no such statement
        """
        return self._get_page_record(res_model, res_id)._make_page()

    def _make_page(self):
        return {
            "title": self.env._("Statement of Account – %s", self.partner_id.name or ""),
            "date_from": str(self.date_from),
            "date_to": str(self.date_to),
            "is_as_of": False,
            "cards": self._prepare_cards(),
            "tables": [
                self._make_balance_table(),
                *self._make_account_tables(),
                self._make_move_table(),
            ],
        }

    def _get_rows(self, name):
        return (self.figures or {}).get(name) or []

    def _prepare_cards(self):
        """In the company's currency, at the rates of the documents."""
        names = ("opening", "ordered", "invoiced", "ticketed", "collected", "closing")
        amounts = {
            self._fields[f"amount_{name}"]._description_string(self.env): self[f"amount_{name}"]
            for name in names
        }
        if ticketed := self._get_ticketed_only():
            labels = self._get_balance_labels()
            amounts[labels["ticketed"]] = ticketed
            amounts[self.env._("Closing with Tickets")] = self.amount_closing + ticketed
        currency = self.company_id.currency_id.id
        return [self._prepare_card(label, amount, currency) for label, amount in amounts.items()]

    def _get_ticketed_only(self):
        """What is due of tickets and not in the books; nothing of older statements."""
        return ((self.figures or {}).get("sums") or {}).get("ticketed_only") or 0.0

    def _make_balance_table(self):
        """By currency; what is paid and not booked only shows where there is some."""
        rows = self._get_rows("balances")
        labels = self._get_balance_labels()
        names = [*_BALANCE_COLUMNS]
        beside = [n for n in ("on_way", "ticketed") if any(row["values"].get(n) for row in rows)]
        if beside:
            names += [*beside, "to_pay"]
        currencies = self.env["res.currency"]
        rows = [
            {
                **row,
                "values": {
                    **row["values"],
                    "words": self._get_words(
                        row["values"]["to_pay"], currencies.browse(row["currency_id"])
                    ),
                },
            }
            for row in rows
        ]
        return {
            "name": "balances",
            "title": self.env._("Balance"),
            "columns": [
                self._prepare_column("name", self.env._("Currency")),
                *(self._prepare_column(name, labels[name], "money") for name in names),
                self._prepare_column("words", self.env._("In Words")),
            ],
            "rows": rows,
        }

    def _get_balance_labels(self):
        return {
            "opening": self.env._("Opening"),
            "invoiced": self.env._("Invoiced"),
            "credited": self.env._("Credit Notes"),
            "collected": self.env._("Collected"),
            "other": self.env._("Other"),
            "closing": self.env._("Closing"),
            "on_way": self.env._("Received, Not Booked Yet"),
            "ticketed": self.env._("Ticketed, Not Invoiced"),
            "to_pay": self.env._("Left to Pay"),
        }

    def _get_words(self, amount, currency):
        """An amount in words; what the customer has to its credit says so."""
        text = write_amount_in_words(self.env, abs(amount), currency) or ""
        if currency.compare_amounts(amount, 0.0) < 0:
            return self.env._("%s to the customer's credit", text)
        return text

    def _make_account_tables(self):
        """Ageing and open items, with the columns of the customer account."""
        account = self.env["invoice.customer.account"]
        nothing = self.env["invoice.receivable.item"]
        tables = account._prepare_ageing_table(nothing), account._prepare_open_table(nothing)
        return [{**table, "rows": self._get_rows(table["name"])} for table in tables]

    def _make_move_table(self):
        """What happened in the period, with the columns of the three-way check."""
        check = self.env["invoice.settlement.check"]
        kinds = dict(check._fields["kind"]._description_selection(self.env))
        rows = [
            {**row, "values": {**row["values"], "kind": kinds.get(row["values"]["kind"], "")}}
            for row in self._get_rows("moves")
        ]
        return {**check._prepare_event_table([], {}), "rows": rows}

    @api.model
    def _describe_rest(self, table, most):
        """Says that a table has more rows than are shown."""
        return self.env._(
            "The first %(shown)s of %(all)s rows; the Excel file has all of them.",
            shown=most,
            all=len(table["rows"]),
        )

    # === PRINT === #

    def _print_together(self):
        """Print statements several at once: that wkhtmltopdf starts takes most of what one costs.

        :return: PDF by id and figures, see ``_get_print``; those that are missing are to be
            printed by themselves
        :rtype: dict[tuple[int, str], bytes]
        """
        if ir_actions_report._wkhtml().is_patched_qt:
            return {}  # It numbers pages, and would go on from one customer to the next.
        prints = {}
        for (_company, lang), statements in self.grouped(
            lambda statement: (statement.company_id, statement._get_lang())
        ).items():
            digests = {statement.id: statement._get_digest() for statement in statements}
            try:
                # What is printed is read only. An error of the database does not reach the others.
                with self.env.cr.savepoint():
                    printed = unproven(statements).with_context(lang=lang)._print_apart()
            except (ConcurrencyError, OperationalError):
                raise  # Odoo runs the job again.
            except Exception:
                _logger.exception("Statements are printed one by one")
            else:
                prints |= {(id_, digests[id_]): content for id_, content in printed.items()}
        return prints

    def _get_print(self, prints):
        """What was printed of the statement, if it says the figures of now.

        :param dict prints: see ``_print_together``, perhaps of before somebody took them anew
        :rtype: bytes or None
        """
        return prints and prints.get((self.id, self._get_digest()))

    def _print_apart(self):
        """Print statements of one company and language, and take their pages apart.

        Each begins on a page of its own: where there are as many pages as statements, each has
        one. Where there are more, somebody has several: what is printed at once is halved. A page
        is taken where it names its customer, and no other one has that name; nobody ever gets
        the figures of others.

        :return: PDF by id; those of which nobody knows the page are missing
        :rtype: dict[int, bytes]
        """
        content, kind = self.env["ir.actions.report"]._render_qweb_pdf(REPORT, self.ids)
        if kind != "pdf":
            return {}
        if len(self) == 1:
            return {self.id: content}
        reader = PdfFileReader(io.BytesIO(content))
        if reader.numPages != len(self):
            middle = len(self) // 2
            return self[:middle]._print_apart() | self[middle:]._print_apart()
        pages = [reader.getPage(number) for number in range(len(self))]
        names = [_squeeze(statement.partner_id.name) for statement in self]
        texts = [_squeeze(_read_text(page)) for page in pages]
        # One name may be a part of another one: whether all fit decides on each.
        if not all(name and name in text for name, text in zip(names, texts, strict=True)):
            _logger.info("Pages of statements do not say whose they are: each is printed alone")
            return {}
        prints = {}
        for statement, name, page in zip(self, names, pages, strict=True):
            if names.count(name) > 1:
                continue
            writer, output = PdfFileWriter(), io.BytesIO()
            writer.addPage(page)
            writer.write(output)
            prints[statement.id] = output.getvalue()
        return prints
