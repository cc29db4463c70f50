import json

from werkzeug.datastructures import FileStorage
from werkzeug.exceptions import InternalServerError

from odoo import http
from odoo.exceptions import AccessError
from odoo.http import request

from odoo.addons.web.controllers.export import CSVExport, ExcelExport, GroupExportXlsxWriter
from odoo.addons.web.controllers.pivot import TableExporter

from ..sheets import make_csv_cell, make_inactive


class SafeXlsxWriter(GroupExportXlsxWriter):
    """A text stays a text: neither formula nor link nor number."""

    def write(self, row, column, cell_value, style=None):
        if isinstance(cell_value, str):
            return self.worksheet.write_string(row, column, cell_value, style)
        return super().write(row, column, cell_value, style)


class LoggedExcelExport(ExcelExport):
    """Lists as Excel files: each is logged, with texts as texts."""

    def base(self, data):
        response = super().base(data)
        request.env["invoice.export.log"]._log_list(json.loads(data), "xlsx")
        return response

    def from_data(self, fields, columns_headers, rows):
        with SafeXlsxWriter(fields, columns_headers, len(rows)) as writer:
            for number, row in enumerate(rows, start=1):
                for position, value in enumerate(row):
                    writer.write_cell(number, position, value)
        return writer.value

    def from_group_data(self, fields, columns_headers, groups):
        with SafeXlsxWriter(fields, columns_headers, groups.count) as writer:
            place = (1, 0)
            for name, group in groups.children.items():
                place = writer.write_group(*place, name, group)
        return writer.value


class LoggedCsvExport(CSVExport):
    """Lists as CSV files: each is logged, with texts as texts."""

    def base(self, data):
        response = super().base(data)
        request.env["invoice.export.log"]._log_list(json.loads(data), "csv")
        return response

    def from_data(self, fields, columns_headers, rows):
        # A file to be read in again is headed by the names of the fields.
        is_read_again = columns_headers == [field["name"] for field in fields]
        rows = [[make_csv_cell(value, not is_read_again) for value in row] for row in rows]
        return super().from_data(fields, columns_headers, rows)


class LoggedPivotExport(TableExporter):
    """Pivots as Excel files: of our models for whoever may export, and logged."""

    @http.route()
    def export_xlsx(self, data, **kw):
        if isinstance(data, FileStorage):
            # Where a replica answers first, the row of the log has the request come again.
            data.seek(0)
            data = data.read()
        table = json.loads(data)
        if table:
            self._check_may_export(table)
            self._make_inactive(table)
        response = super().export_xlsx(json.dumps(table), **kw)
        request.env["invoice.export.log"]._log(
            str(table["model"]),
            "pivot",
            [header["title"] for header in table["measure_headers"]],
            table["title"],
            len(table["rows"]),
        )
        return response

    def _check_may_export(self, table):
        Model = request.env.registry.get(table.get("model"))
        is_ours = Model is not None and Model._original_module == "invoice_crm_addon"
        if is_ours and not request.env.user.has_group("base.group_allow_export"):
            error = AccessError(
                request.env._("You may not export. Ask finance, or the administrator of tickets.")
            )
            payload = {
                "code": 0,
                "message": "Odoo Server Error",
                "data": http.serialize_exception(error),
            }
            raise InternalServerError(json.dumps(payload))

    def _make_inactive(self, table):
        """What people typed, such as the name of a customer, is no formula."""
        for headers in (*table["col_group_headers"], table["measure_headers"]):
            for header in headers:
                header["title"] = make_inactive(header["title"])
        for row in table["rows"]:
            row["title"] = make_inactive(row["title"])
            for cell in row["values"]:
                cell["value"] = make_inactive(cell["value"])
