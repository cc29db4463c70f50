from collections import defaultdict

from odoo import api, models
from odoo.exceptions import AccessError, UserError

from ..base.public_methods import Id, Text
from ..ticket.ticket import FINANCE

READERS = f"{FINANCE},invoice_crm_addon.group_ticket_auditor"
# Columns of tickets, and what is declared without one.
DOCUMENTS = ("special", "other")
COLUMNS = (*DOCUMENTS, "unissued")
# Lines of the form by section, with their number there.
SECTIONS = {
    "general": {
        "general_13_goods": "1",
        "general_13_services": "2",
        "general_9_goods": "3",
        "general_9_services": "4",
        "general_6": "5",
    },
    "simple": {
        "simple_6": "8",
        "simple_5_goods": "9a",
        "simple_5_services": "9b",
        "simple_4": "10",
        "simple_3_goods": "11",
        "simple_3_services": "12",
        "prepaid": "13a–c",
        "simple_other": "",
    },
    "refund": {"refund_goods": "16", "refund_services": "17"},
    "exempt": {"exempt_goods": "18", "exempt_services": "19"},
}
# Lines of a section that stand in its other lines already: what is refunded upon levy.
REFUNDED = {
    "general": {"general_refunded_goods": "6", "general_refunded_services": "7"},
    "simple": {"simple_refunded_goods": "14", "simple_refunded_services": "15"},
}
# Below the form: told apart from what it holds, or in none of its lines.
BELOW = ("red", "earlier", "voided", "not_taxable", "voucher")


class InvoiceVatSheet(models.AbstractModel):
    """What was sold in a month, by the lines and columns of the VAT return's 附列资料（一）.

    Fapiao count in the month of their date, red letters negative in the month of theirs; what
    was voided counts nowhere. Income without a fapiao is what of the invoices posted in the month
    none documented when it ended; what former months declared so and a fapiao of this month
    documents stands there as a negative, as the form asks for. Finance and auditors see it, for
    one company at a time, in its currency.

    Column   On the form
    =====================================================================================
    special  1–2    special VAT fapiao
    other    3–4    other fapiao
    unissued 5–6    without fapiao
    –        7–8    adjustments of a tax inspection: only the inspection knows them
    total    9–11   sum, and with the tax
    –        12–14  deductions of services, for those few who pay on the difference
    =====================================================================================

    Names and numbers of the lines 1 to 19 are those of the form since April 2019, with 13a to 13c
    for pre-levy rates; compared with a copy of it at https://360docs.net/doc/1b15692532.html and
    https://www.360docs.net/doc/1b11177642.html.

    Which line it is, a rate or the ``vat_method`` of its tax says. Reduced rates have no line of
    their own on the form: they stand in one without a number, to be carried over by hand.
    """

    _name = "invoice.vat.sheet"
    _description = "Sales of the VAT Return"

    # === READ === #

    @api.model
    @api.readonly
    def get_page(self, month: Text = None, company_id: Id = None):
        """The sheet of a month.

        :param str month: such as ``2026-03``; default: the last one that is over
        :param int company_id: one of the allowed companies; default: the current one
        :return: ``month``, ``title``, ``company_id``, ``companies`` (id and name), ``currency_id``,
            ``warnings`` (sentences), ``sections`` (``name``, ``label``, ``rows``, ``total``),
            ``total`` (a row), ``below`` (rows). A row has ``name``, ``label``, ``number`` in the
            form, ``is_part`` of the other rows, and ``cells``: by column, pairs of the amount
            without tax and the tax
        :rtype: dict
        :raise AccessError: if the user is neither of finance nor an auditor
        :raise UserError: if the month is none, or the company is not allowed
        """
        sheet, company = self._open_sheet(month, company_id)
        first, last = sheet._get_month()
        figures = sheet._get_figures(company)
        sections = [sheet._prepare_section(name, figures) for name in SECTIONS]
        lines = [line for rows in SECTIONS.values() for line in rows]
        return {
            "month": f"{first:%Y-%m}",
            "title": self.env._(
                "VAT return, list of sales: %(month)s, %(company)s",
                month=f"{first:%Y-%m}",
                company=company.name,
            ),
            "company_id": company.id,
            "companies": [{"id": c.id, "name": c.name} for c in self.env.companies],
            "currency_id": company.currency_id.id,
            "date_from": str(first),
            "date_to": str(last),
            "columns": self._get_column_labels(),
            "sections": sections,
            "total": self._prepare_row("all", self.env._("Total"), lines, figures),
            "below": sheet._get_rows_below(figures),
            "warnings": sheet._get_warnings(company),
        }

    @api.model
    def action_open_figure(
        self, month: Text = None, company_id: Id = None, line: Text = None, column: Text = None
    ):
        """Open the list behind a figure: its sums are the figure.

        :param str line: name of a row, a section, ``all``, or a row below the line
        :param str column: ``special``, ``other`` or ``unissued``; not needed below the line
        :return: window action
        :raise UserError: if there is no such figure
        """
        sheet, company = self._open_sheet(month, company_id)
        if line in BELOW:
            return sheet._open_below(company, line)
        in_lines = self._get_lines_domain(line)
        if not in_lines or column not in COLUMNS:
            raise UserError(self.env._("There is no such figure. Reload the page."))
        if column == "unissued":
            return sheet._open_unissued(company, in_lines)
        return sheet._open_tickets(company, [*in_lines, ("document", "=", column)])

    @api.model
    def _open_sheet(self, month, company_id):
        """The sheet with its month in the context, and its company; rights are checked."""
        if not self.env.user.has_groups(READERS):
            raise AccessError(
                self.env._("The sheet of the VAT return is for finance and auditors.")
            )
        company = self.env.company
        if company_id:
            company = self.env.companies.filtered(lambda c: c.id == company_id)
        if not company:
            raise UserError(self.env._("Choose one of the companies that you have switched on."))
        first, _last = self.env["invoice.unissued.income"]._get_month(month)
        # Days as they are where the company works, whoever looks.
        return self.with_context(vat_month=str(first), tz=company._get_zone()), company

    # === FIGURES === #

    @api.model
    def _get_month(self):
        return self.env["invoice.unissued.income"]._get_month()

    @api.model
    def _get_ticket_domain(self, company):
        first, last = self._get_month()
        return [
            ("company_id", "=", company.id),
            ("date", ">=", str(first)),
            ("date", "<=", str(last)),
            ("state", "=", "issued"),
        ]

    @api.model
    def _sum(self, model, domain, groupby):
        """Sums of amount and tax by the keys that are grouped by."""
        measures = ["amount_untaxed:sum", "amount_tax:sum"]
        groups = self.env[model]._read_group(domain, groupby, measures)
        return {tuple(key): (untaxed or 0.0, tax or 0.0) for *key, untaxed, tax in groups}

    @api.model
    def _get_figures(self, company):
        """Amount and tax by line and column, and those below the line by name: in three queries.

        :rtype: dict
        """
        figures = defaultdict(lambda: (0.0, 0.0))

        def add(key, amounts):
            figures[key] = tuple(map(sum, zip(figures[key], amounts, strict=True)))

        tickets = self._sum(
            "invoice.ticket.analysis",
            [*self._get_ticket_domain(company), ("document", "!=", "receipt")],
            ["vat_line", "vat_line_refunded", "document", "is_red"],
        )
        for (line, refunded, document, is_red), amounts in tickets.items():
            if document == "voucher":
                add("voucher", amounts)
                continue
            add("not_taxable" if line == "not_taxable" else (line, document), amounts)
            if refunded:
                add((refunded, document), amounts)
            if is_red:
                add("red", amounts)
        of_company = [("company_id", "=", company.id)]
        keys = ["vat_line", "vat_line_refunded", "is_earlier"]
        income = self._sum("invoice.unissued.income", of_company, keys)
        for (line, refunded, is_earlier), amounts in income.items():
            add((line, "unissued"), amounts)
            if refunded:
                add((refunded, "unissued"), amounts)
            if is_earlier:
                add("earlier", amounts)
        voided = self._get_voided_domain(company)
        add("voided", self._sum("invoice.correction.register", voided, [])[()])
        round_ = company.currency_id.round
        return {key: (round_(untaxed), round_(tax)) for key, (untaxed, tax) in figures.items()}

    @api.model
    def _get_lines_domain(self, name):
        """Condition of a row, of a section, or of all; nothing if there is none of that name."""
        if any(name in lines for lines in REFUNDED.values()):
            return [("vat_line_refunded", "=", name)]
        lines = [
            line
            for section, lines in SECTIONS.items()
            for line in lines
            if name in ("all", section, line)
        ]
        return lines and [("vat_line", "in", lines)]

    @api.model
    def _prepare_section(self, name, figures):
        rows = [
            {
                **self._prepare_row(line, text, [line], figures),
                "number": lines[line],
                "is_part": fname == "vat_line_refunded",
            }
            for fname, lines in (
                ("vat_line", SECTIONS[name]),
                ("vat_line_refunded", REFUNDED.get(name, {})),
            )
            for line, text in self.env["invoice.ticket.analysis"]
            ._fields[fname]
            ._description_selection(self.env)
            if line in lines
        ]
        label = self._get_section_labels()[name]
        return {
            "name": name,
            "label": label,
            "rows": rows,
            "total": self._prepare_row(name, label, SECTIONS[name], figures),
        }

    @api.model
    def _prepare_row(self, name, label, lines, figures):
        cells = {
            column: [
                round(sum(figures.get((line, column), (0.0, 0.0))[place] for line in lines), 2)
                for place in (0, 1)
            ]
            for column in COLUMNS
        }
        cells["total"] = [round(sum(c[place] for c in cells.values()), 2) for place in (0, 1)]
        return {"name": name, "label": label, "number": "", "cells": cells}

    @api.model
    def _get_warnings(self, company):
        """What is not right about the figures: tickets that no rate converts are in none.

        :rtype: list[str]
        """
        first, last = self._get_month()
        counting_nothing = self.env["invoice.ticket"].search(
            [
                ("company_id", "=", company.id),
                ("state", "=", "issued"),
                ("issue_date", ">=", first),
                ("issue_date", "<=", last),
                *self.env["invoice.ticket"]._get_unrated_domain(),
            ]
        )
        # A small amount may be worth nothing at a good rate, too.
        unrated = counting_nothing._get_unrated().grouped("currency_id")
        return [
            self.env._(
                "There is no exchange rate of %(currency)s: %(count)s tickets are in no figure. "
                "Enter the rate.",
                currency=currency.name,
                count=len(tickets),
            )
            for currency, tickets in unrated.items()
        ]

    # === BELOW THE LINE === #

    @api.model
    def _get_rows_below(self, figures):
        """What is in no total of the form, or told apart from it: rows with amount and tax."""
        labels = {
            "red": self.env._("Of which red letters of this month, contained above"),
            "earlier": self.env._(
                "Of which invoices of former months: what fapiao and red letters of this month "
                "changed in what was declared without a fapiao, contained above"
            ),
            "voided": self.env._("Voided, of this month or in it, not contained above"),
            "not_taxable": self.env._("Not taxable, not contained above"),
            "voucher": self.env._("Vouchers, which are no fapiao, not contained above"),
        }
        return [
            {"name": name, "label": label, "amounts": list(figures.get(name, (0.0, 0.0)))}
            for name, label in labels.items()
        ]

    @api.model
    def _get_below(self, company, name):
        """Model and domain of a row below the line."""
        if name == "earlier":
            domain = [("company_id", "=", company.id), ("is_earlier", "=", True)]
            return "invoice.unissued.income", domain
        if name == "voided":
            return "invoice.correction.register", self._get_voided_domain(company)
        more = {
            "red": [("is_red", "=", True), ("document", "in", DOCUMENTS)],
            "not_taxable": [("vat_line", "=", "not_taxable"), ("document", "in", DOCUMENTS)],
            "voucher": [("document", "=", "voucher")],
        }
        return "invoice.ticket.analysis", [*self._get_ticket_domain(company), *more[name]]

    @api.model
    def _get_voided_domain(self, company):
        first, last = map(str, self._get_month())
        return [
            ("company_id", "=", company.id),
            ("kind", "=", "void"),
            ("type_id.is_fapiao", "=", True),
            "|",
            "&",
            ("date", ">=", first),
            ("date", "<=", last),
            "&",
            ("original_date", ">=", first),
            ("original_date", "<=", last),
        ]

    # === LISTS === #

    @api.model
    def _open_below(self, company, name):
        model, domain = self._get_below(company, name)
        if model == "invoice.unissued.income":
            return self._open_unissued(company, domain)
        return {**self._open_list(model, domain), "context": {"tz": self.env.context["tz"]}}

    @api.model
    def _open_tickets(self, company, domain):
        return self._open_list(
            "invoice.ticket.analysis", [*self._get_ticket_domain(company), *domain]
        )

    @api.model
    def _open_unissued(self, company, domain):
        action = self._open_list(
            "invoice.unissued.income", [("company_id", "=", company.id), *domain]
        )
        return {**action, "context": {"vat_month": self.env.context["vat_month"]}}

    @api.model
    def _open_list(self, model, domain):
        # sudo: ir.model - the name of a model
        model_sudo = self.env["ir.model"].sudo()._get(model)
        first, _last = self._get_month()
        return {
            "type": "ir.actions.act_window",
            "name": f"{model_sudo.name} {first:%Y-%m}",
            "res_model": model,
            "views": [(False, "list")],
            "domain": domain,
        }

    # === LABELS === #

    @api.model
    def _get_section_labels(self):
        return {
            "general": self.env._("General method"),
            "simple": self.env._("Simplified method"),
            "refund": self.env._("Exempt, credited and refunded (export)"),
            "exempt": self.env._("Exempt"),
        }

    @api.model
    def _get_column_labels(self):
        return {
            "special": self.env._("Special VAT fapiao issued"),
            "other": self.env._("Other fapiao issued"),
            "unissued": self.env._("Without fapiao"),
            "total": self.env._("Total"),
        }
