import io

from odoo import api, models
from odoo.exceptions import UserError
from odoo.tools import format_date, formatLang

from ...sheets import open_book
from ..base.public_methods import Text
from ..base.tools import find_readable

# What a page about a customer reads of it: all of which its name is made.
CUSTOMER_FIELDS = (
    *("display_name", "commercial_partner_id", "name", "parent_id", "company_name"),
    *("is_company", "type", "commercial_company_name"),
)


class InvoiceSettlementPageMixin(models.AbstractModel):
    """A page of cards and tables about one record: on the screen, as PDF and as xlsx.

    ``get_page`` of the model that inherits this answers with a dict of

    * ``title``; ``date_from``, ``date_to``: the period, days as text or False; ``is_as_of``:
      whether ``date_to`` is a day and not the end of a period
    * ``cards``: dicts of ``label``, ``value``, ``currency_id``, ``note``
    * ``tables``: dicts of ``name``, ``title``, ``columns`` (``name``, ``label``, ``type``:
      text, date, number or money) and ``rows`` (``values`` by column, ``currency_id`` of the
      amounts, ``res_model`` and ``res_id`` of the document behind them; ``is_sum`` of a sum)

    It runs with the rights of the user, so each way out shows the same.
    """

    _name = "invoice.settlement.page.mixin"
    _description = "Page of Cards and Tables"

    _page_models = ("res.partner",)

    # === RECORD AND PERIOD === #

    @api.model
    def _get_page_record(self, res_model, res_id):
        """What the page is about.

        :raise AccessError: if the user may read neither the page nor the record
        :raise UserError: if there is no such record, or no page about it
        """
        self.check_access("read")
        if res_model not in self._page_models:
            raise UserError(
                self.env._(
                    "There is no such page about “%(model)s”. Choose one of: %(models)s.",
                    model=res_model[:60],
                    models=", ".join(self._page_models),
                )
            )
        # A company has a hundred columns, of which record rules and pages look at these.
        self.env.companies.fetch(["name", "currency_id", "parent_path"])
        model = self.env[res_model]
        names = CUSTOMER_FIELDS if res_model == "res.partner" else ["display_name"]
        if model.has_access("read") and (record := find_readable(model, res_id, names)):
            return record
        record = model.browse(res_id).exists()
        if not record:
            raise UserError(self.env._("The record is gone. Go back and reload the list."))
        if not self._may_read_page(record):
            record.check_access("read")
        return record

    @api.model
    def _may_read_page(self, record):
        """Whether the page may be read though the record itself may not."""
        return False

    @api.model
    def _read_period(self, date_from, date_to):
        """:raise UserError: if one is no day, or the first is after the last"""
        Item = self.env["invoice.receivable.item"]
        first, last = Item._read_day(date_from), Item._read_day(date_to)
        if first and last and first > last:
            raise UserError(
                self.env._(
                    "The period ends on %(last)s, before it begins on %(first)s. Swap the days.",
                    first=format_date(self.env, first),
                    last=format_date(self.env, last),
                )
            )
        return first, last

    # === PARTS === #

    @api.model
    def _prepare_card(self, label, value, currency_id, note=""):
        return {"label": label, "value": value, "currency_id": currency_id, "note": note}

    @api.model
    def _prepare_column(self, name, label, type="text"):
        return {"name": name, "label": label, "type": type}

    @api.model
    def _prepare_row(self, document, currency, **values):
        """A row of a table, which opens a document."""
        return {
            "values": {
                name: str(value) if hasattr(value, "isoformat") else value
                for name, value in values.items()
            },
            "currency_id": currency.id,
            "res_model": document._name if document else False,
            "res_id": document.id if document else False,
        }

    # === WAYS OUT === #

    @api.model
    def action_print_page(
        self, res_model: str, res_id: int, date_from: Text = None, date_to: Text = None
    ):
        """Action that prints the page as PDF; for the parameters see ``get_page``.

        :raise AccessError: if the user may not read it
        """
        self._get_page_record(res_model, res_id)
        data = {
            "page": self._name,
            "res_model": res_model,
            "res_id": res_id,
            "date_from": date_from,
            "date_to": date_to,
        }
        # sudo: ir.actions.report - the report is the add-on's own, and reads with the user's rights
        report_sudo = self.env.ref("invoice_crm_addon.settlement_page_report").sudo()
        return report_sudo.report_action(None, data=data, config=False)

    @api.model
    def _make_sheet(self, res_model, res_id, date_from, date_to):
        """The page as xlsx, one sheet for each table.

        :return: name and content of the file
        :rtype: tuple[str, bytes]
        """
        page = self.get_page(res_model, res_id, date_from, date_to)
        output = io.BytesIO()
        with open_book(output) as book:
            formats = {
                "head": book.add_format({"bold": True, "bottom": 1}),
                "title": book.add_format({"bold": True, "font_size": 14}),
                "money": book.add_format({"num_format": "#,##0.00"}),
                "text": book.add_format({}),
                "number": book.add_format({"num_format": "0.##"}),
                "date": book.add_format({"num_format": "yyyy-mm-dd"}),
            }
            for table in page["tables"]:
                self._write_table(book, formats, page, table)
        return f"{page['title'].replace('/', '-')}.xlsx", output.getvalue()

    def _write_table(self, book, formats, page, table):
        # Excel allows 31 characters, and none of these.
        name = "".join(" " if char in "[]:*?/\\" else char for char in table["title"])[:31]
        sheet = book.add_worksheet(name)
        sheet.write_string(0, 0, page["title"], formats["title"])
        sheet.write_string(1, 0, self._describe_period(page))
        currencies = self._get_currencies(table["rows"])
        columns = table["columns"] + [self._prepare_column("currency", self.env._("Currency"))]
        for position, column in enumerate(columns):
            sheet.set_column(position, position, 36 if column["type"] == "text" else 16)
            sheet.write_string(3, position, column["label"], formats["head"])
        for number, row in enumerate(table["rows"], start=4):
            values = {**row["values"], "currency": currencies.get(row["currency_id"], "")}
            for position, column in enumerate(columns):
                self._write_cell(sheet, number, position, column, values, formats)
        sheet.freeze_panes(4, 1)

    def _write_cell(self, sheet, number, position, column, values, formats):
        value, form = values.get(column["name"]), formats[column["type"]]
        if value is None or value is False or value == "":
            return
        if column["type"] == "date":
            day = self.env["invoice.receivable.item"]._read_day(value)
            sheet.write_datetime(number, position, day, form)
        elif column["type"] == "text":
            sheet.write_string(number, position, str(value), form)
        else:
            sheet.write_number(number, position, value, form)

    @api.model
    def _get_currencies(self, rows):
        ids = {row["currency_id"] for row in rows if row["currency_id"]}
        return {c.id: c.name for c in self.env["res.currency"].browse(ids)}

    @api.model
    def _describe_period(self, page):
        first, last = page["date_from"], page["date_to"]
        if page["is_as_of"]:
            return self.env._("As of %s", format_date(self.env, last))
        if not (first or last):
            return self.env._("All of it")
        return self.env._(
            "From %(first)s to %(last)s",
            first=format_date(self.env, first) if first else "…",
            last=format_date(self.env, last) if last else "…",
        )

    @api.model
    def _format_cell(self, column, row):
        """A value as the PDF shows it, in the language of the user."""
        value = row["values"].get(column["name"])
        # A sum of nothing is shown, as on the screen.
        if value is None or value is False or value == "":
            return ""
        if column["type"] == "date":
            return format_date(self.env, value)
        if column["type"] == "money":
            currency = self.env["res.currency"].browse(row["currency_id"])
            return formatLang(self.env, value, currency_obj=currency)
        return str(value)

    @api.model
    def _format_card(self, card):
        if card.get("currency_id"):
            currency = self.env["res.currency"].browse(card["currency_id"])
            return formatLang(self.env, card["value"], currency_obj=currency)
        return formatLang(self.env, card["value"], digits=1)
