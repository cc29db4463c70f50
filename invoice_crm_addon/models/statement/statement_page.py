from odoo import api, models

from ..base.public_methods import Text
from ..settlement.ticket_receipt import write_amount_in_words

#: A page and a PDF show so many rows of a table; the Excel file has all.
MOST_ROWS = 500
_BALANCE_COLUMNS = ("opening", "invoiced", "credited", "collected", "other", "closing")


class InvoiceAccountStatement(models.Model):
    """A statement as people read it: in the form, as PDF, as xlsx and behind the link."""

    _inherit = "invoice.account.statement"

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
        return [
            self._prepare_card(
                self._fields[f"amount_{name}"]._description_string(self.env),
                self[f"amount_{name}"],
                self.company_id.currency_id.id,
            )
            for name in names
        ]

    def _make_balance_table(self):
        """By currency; what is paid and not booked only shows where there is some."""
        rows = self._get_rows("balances")
        labels = self._get_balance_labels()
        names = [*_BALANCE_COLUMNS]
        if any(row["values"]["on_way"] for row in rows):
            names += ["on_way", "to_pay"]
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
        return {**check._prepare_event_table(check), "rows": rows}

    @api.model
    def _describe_rest(self, table, most):
        """Says that a table has more rows than are shown."""
        return self.env._(
            "The first %(shown)s of %(all)s rows; the Excel file has all of them.",
            shown=most,
            all=len(table["rows"]),
        )

    # === FILES === #

    def _make_files(self):
        """The statement as PDF and as xlsx, in the language of the environment.

        :return: names and contents
        :rtype: list[tuple[str, bytes]]
        """
        content, kind = self.env["ir.actions.report"]._render_qweb_pdf(
            "invoice_crm_addon.account_statement_report", self.ids
        )
        _name, sheet = self._make_sheet(self._name, self.id, None, None)
        name = self._get_file_name()
        return [(f"{name}.{kind}", content), (f"{name}.xlsx", sheet)]

    def _get_file_name(self):
        title = self.env._("Statement of Account – %s", self.partner_id.name or "")
        return f"{title} {self.date_from} {self.date_to}".replace("/", "-")
