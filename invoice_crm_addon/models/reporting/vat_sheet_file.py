import io

from odoo import api, models

from ...sheets import open_book
from .vat_sheet import COLUMNS

# What the form calls the columns that are written, tax included at the end.
COLUMN_NUMBERS = (1, 2, 3, 4, 5, 6, 9, 10, 11)


class InvoiceVatSheet(models.AbstractModel):
    """The sheet as an Excel file, with the invoices that have no fapiao on a second one."""

    _inherit = "invoice.vat.sheet"

    @api.model
    def _make_sheet(self, month, company_id):
        """:return: name and content of the file"""
        page = self.get_page(month, company_id)
        output = io.BytesIO()
        with open_book(output) as book:
            formats = {
                "title": book.add_format({"bold": True, "font_size": 14}),
                "head": book.add_format({"bold": True, "bottom": 1, "align": "center"}),
                "money": book.add_format({"num_format": "#,##0.00"}),
                "total": book.add_format({"num_format": "#,##0.00", "bold": True}),
                "bold": book.add_format({"bold": True}),
                "part": book.add_format({"italic": True, "indent": 2}),
                "part_money": book.add_format({"num_format": "#,##0.00", "italic": True}),
                "number": book.add_format({"align": "center", "font_color": "#666666"}),
            }
            self._write_form(book.add_worksheet(self.env._("VAT return")), page, formats)
            self._write_unissued(book.add_worksheet(self.env._("Without fapiao")), page, formats)
        return f"{page['title'].replace('/', '-')}.xlsx", output.getvalue()

    @api.model
    def _write_form(self, sheet, page, formats):
        sheet.set_column(0, 0, 44)
        sheet.set_column(2, 10, 16)
        sheet.write_string(0, 0, page["title"], formats["title"])
        columns = (*COLUMNS, "total")
        for position, column in enumerate(columns):
            place = 2 + 2 * position
            sheet.merge_range(2, place, 2, place + 1, page["columns"][column], formats["head"])
            sheet.write_string(3, place, self.env._("Sales"), formats["head"])
            sheet.write_string(3, place + 1, self.env._("Tax Amount"), formats["head"])
        sheet.write_string(3, 0, self.env._("Item of the Form"), formats["head"])
        sheet.write_string(3, 1, self.env._("Line No."), formats["head"])
        sheet.write_string(3, 10, self.env._("Tax included"), formats["head"])
        for position, number in enumerate(COLUMN_NUMBERS):
            sheet.write_number(4, 2 + position, number, formats["number"])
        number = 5
        for section in page["sections"]:
            self._write_row(sheet, number, section["total"], formats, "total")
            number += 1
            for row in section["rows"]:
                form = "part_money" if row["is_part"] else "money"
                self._write_row(sheet, number, row, formats, form)
                number += 1
        self._write_row(sheet, number, page["total"], formats, "total")
        number += 2
        for row in page["below"]:
            sheet.write_string(number, 0, row["label"])
            for position, amount in enumerate(row["amounts"]):
                sheet.write_number(number, 8 + position, amount, formats["money"])
            number += 1
        for warning in filter(None, [page.get("closed"), *page["warnings"]]):
            sheet.write_string(number, 0, warning, formats["bold"])
            number += 1
        sheet.freeze_panes(5, 2)

    @api.model
    def _write_row(self, sheet, number, row, formats, form):
        label = {"total": "bold", "part_money": "part"}.get(form)
        sheet.write_string(number, 0, row["label"], formats.get(label))
        sheet.write_string(number, 1, row["number"], formats["number"])
        for position, column in enumerate((*COLUMNS, "total")):
            for place in (0, 1):
                amount = row["cells"][column][place]
                sheet.write_number(number, 2 + 2 * position + place, amount, formats[form])
        sheet.write_number(number, 10, sum(row["cells"]["total"]), formats[form])

    @api.model
    def _write_unissued(self, sheet, page, formats):
        """The invoices behind the column without fapiao, and what changed of former ones."""
        Income = self.env["invoice.unissued.income"].with_context(vat_month=page["date_from"])
        names = ["name", "date", "partner_id", "label", "vat_line", "is_earlier"]
        labels = Income.fields_get(
            [*names, "amount_untaxed", "amount_tax"], ["string", "selection"]
        )
        for position, name in enumerate(labels):
            sheet.write_string(0, position, labels[name]["string"], formats["head"])
        lines = dict(labels["vat_line"]["selection"])
        rows = Income.search([("company_id", "=", page["company_id"])])
        for number, row in enumerate(rows, start=1):
            texts = {
                "name": row.name,
                "date": str(row.date),
                # sudo: res.partner - the customer of an invoice that finance may see
                "partner_id": row.sudo().partner_id.display_name,
                "label": row.label,
                "vat_line": lines[row.vat_line],
                "is_earlier": "✓" if row.is_earlier else "",
            }
            for position, name in enumerate(labels):
                if name in texts:
                    sheet.write_string(number, position, texts[name] or "")
                else:
                    sheet.write_number(number, position, row[name], formats["money"])
        sheet.set_column(0, 7, 18)
