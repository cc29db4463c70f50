import io

import openpyxl

from ...fapiao import uscc_check_digit
from ..common import TicketCommon

HEADINGS = ["客户名称", "税号", "开票地址", "开票电话", "开户行", "银行账号"]


def make_number(index):
    """A tax number with a right check digit."""
    body = f"9111010{index:010d}"
    return body + uscc_check_digit(body)


def make_excel(rows):
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def read_excel(content, sheet=0):
    book = openpyxl.load_workbook(io.BytesIO(content))
    return [
        [cell if cell is not None else "" for cell in row]
        for row in book.worksheets[sheet].iter_rows(values_only=True)
    ]


class ImportCommon(TicketCommon):
    """Files of customers, imported by ``sales`` unless somebody else is named."""

    def _start(self, rows, user=None, name="customers.xlsx"):
        content = rows if isinstance(rows, bytes) else make_excel(rows)
        runs = self.env["invoice.customer.import"].with_user(user or self.sales)
        return runs._start(name, content)

    def _import(self, rows, user=None):
        run = self._start(rows, user)
        run.action_apply()
        return run

    def assertOutcomes(self, run, outcomes):
        self.assertEqual(run.row_ids.sorted("number").mapped("outcome"), outcomes)

    def _find(self, number):
        return self.env["res.partner"].search([("vat", "=", number)])
