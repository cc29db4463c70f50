import io

from odoo import models
from odoo.tools import format_datetime

from ...sheets import open_book

_COLUMNS = (
    "result",
    "is_explained",
    "number",
    "code",
    "date",
    "buyer",
    "bureau_total",
    "ticket_total",
    "difference",
    "differences_text",
    "ticket_id",
    "explanation_id",
)


class InvoiceBureauMonth(models.Model):
    """A month as an Excel file, and on paper."""

    _inherit = "invoice.bureau.month"

    def action_export(self):
        """Download the rows of the month as xlsx; the log of exports says so."""
        self.ensure_one()
        self.check_access("read")
        return {
            "type": "ir.actions.act_url",
            "url": f"/invoice_crm_addon/bureau_month/{self.id}",
            "target": "download",
        }

    def _make_sheet(self):
        """:return: name and content of the file"""
        self.ensure_one()
        self.check_access("read")
        Rows = self._get_rows_model()
        rows = Rows.search([("company_id", "=", self.company_id.id), ("month", "=", self.date)])
        labels = Rows.fields_get(_COLUMNS, ["string", "selection"])
        output = io.BytesIO()
        with open_book(output) as book:
            head = book.add_format({"bold": True, "bottom": 1})
            money = book.add_format({"num_format": "#,##0.00"})
            sheet = book.add_worksheet(self.name)
            sheet.write_string(0, 0, self.display_name, head)
            sheet.write_string(1, 0, self._get_state_text())
            for place, name in enumerate(_COLUMNS):
                sheet.write_string(3, place, labels[name]["string"], head)
            results = dict(labels["result"]["selection"])
            for number, row in enumerate(rows, start=4):
                for place, name in enumerate(_COLUMNS):
                    field = Rows._fields[name]
                    if field.type == "monetary":
                        sheet.write_number(number, place, row[name], money)
                        continue
                    sheet.write_string(number, place, self._get_cell(row, field, results))
            sheet.set_column(0, len(_COLUMNS), 18)
            sheet.freeze_panes(4, 0)
        return f"{self.display_name}.xlsx".replace("/", "-"), output.getvalue()

    def _get_cell(self, row, field, results):
        value = row[field.name]
        if field.name == "result":
            return results[value]
        if field.type == "boolean":
            return "✓" if value else ""
        if field.type == "many2one":
            # sudo: names of what rows that the user reads belong to
            return value.sudo().display_name or ""
        return str(value or "")

    def _get_state_text(self):
        if self.state != "closed":
            return self.env._("Open: %s rows are still to be settled.", self.open_count)
        return self.env._(
            "Closed by %(user)s on %(moment)s. Seal %(seal)s",
            user=self.closed_by_id.name,
            moment=format_datetime(self.env, self.closed_on),
            seal=self.closing_id.seal,
        )
