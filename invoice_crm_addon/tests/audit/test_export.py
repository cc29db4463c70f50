import csv
import io
import json

from openpyxl import load_workbook

from odoo.exceptions import AccessError, UserError
from odoo.http import Request
from odoo.tests import HttpCase, new_test_user, tagged
from odoo.tools import mute_logger

from ...models.base.proof import proven
from ..common import GROUP, TicketCommon

ALLOW = "base.group_allow_export"
LOG = "invoice.export.log"


@tagged("post_install", "-at_install")
class TestExport(TicketCommon, HttpCase):
    """Who may export, what the files hold, and what the log says of it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.formula = cls.env["res.partner"].create(
            {"name": '=HYPERLINK("http://x")', "ref": "00123", "comment": "@SUM(A1)"}
        )

    def _export(self, format, login, fields, domain, model="res.partner", **more):
        self.authenticate(login, login)
        data = {
            "model": model,
            "fields": [{"name": f, "label": f.upper(), "type": "char"} for f in fields],
            "ids": False,
            "domain": domain,
            "groupby": [],
            "import_compat": False,
            "context": {},
            **more,
        }
        return self.url_open(
            f"/web/export/{format}",
            data={"data": json.dumps(data), "csrf_token": Request.csrf_token(self)},
        )

    def _get_log(self):
        return self.env[LOG].search([("user_id.login", "=like", "ticket_%")])

    def test_who_may(self):
        for role in ("finance", "manager", "auditor"):
            self.assertTrue(getattr(self, role).has_group(ALLOW), role)
        for role in ("sales", "lead", "approver", "outsider"):
            self.assertFalse(getattr(self, role).has_group(ALLOW), role)
            with self.assertRaises(UserError):
                self.customer.with_user(getattr(self, role)).export_data(["name"])

    def test_excel(self):
        response = self._export(
            "xlsx", "ticket_finance", ["name", "ref"], [("id", "=", self.formula.id)]
        )
        self.assertEqual(response.status_code, 200, response.text[:500])
        sheet = load_workbook(io.BytesIO(response.content)).active
        cells = list(sheet.iter_rows(min_row=2))[0]
        self.assertEqual([cell.value for cell in cells], [self.formula.name, "00123"])
        self.assertEqual([cell.data_type for cell in cells], ["s", "s"])
        [entry] = self._get_log()
        self.assertRecordValues(
            entry,
            [
                {
                    "user_id": self.finance.id,
                    "res_model": "res.partner",
                    "format": "xlsx",
                    "row_count": 1,
                    "field_names": "name, ref",
                    "condition": f"[['id', '=', {self.formula.id}]]",
                    "company_id": self.company.id,
                }
            ],
        )

    def test_grouped_excel(self):
        response = self._export(
            "xlsx",
            "ticket_finance",
            ["name", "ref"],
            [("id", "=", self.formula.id)],
            groupby=["name"],
        )
        sheet = load_workbook(io.BytesIO(response.content)).active
        values = {cell.value: cell.data_type for row in sheet.iter_rows() for cell in row}
        self.assertEqual(values[f"{self.formula.name} (1)"], "s")
        self.assertEqual(values[self.formula.name], "s")

    def test_csv(self):
        ticket = self._create_ticket(content="@SUM(1)", note="\t=1+1")
        self._issue(ticket)
        names = ["content", "note", "fapiao_number", "amount_total"]
        domain = [("id", "=", ticket.id)]
        response = self._export("csv", "ticket_finance", names, domain, "invoice.ticket")
        rows = list(csv.reader(io.StringIO(response.text)))
        self.assertEqual(rows[1], ["'@SUM(1)", "'\t=1+1", f"\t{ticket.fapiao_number}", "1130.0"])
        self.assertEqual(self._get_log().format, "csv")
        response = self._export(
            "csv", "ticket_finance", names, domain, "invoice.ticket", import_compat=True
        )
        rows = list(csv.reader(io.StringIO(response.text)))
        self.assertEqual(rows[1][2], ticket.fapiao_number)

    def test_masked_numbers_stay_masked(self):
        fields, domain = ["invoice_bank_acc_number"], [("id", "=", self.customer.id)]
        response = self._export("csv", "ticket_auditor", fields, domain)
        self.assertIn("**** 5702", response.text)
        self.assertNotIn(self.BANK_ACCOUNT, response.text)
        response = self._export("csv", "ticket_finance", fields, domain)
        self.assertIn(self.BANK_ACCOUNT, response.text)

    def test_condition_is_masked(self):
        domain = [("name", "=", self.BANK_ACCOUNT)]
        self._export("csv", "ticket_finance", ["name"], domain)
        self.assertEqual(self._get_log().condition, "[['name', '=', '**** 5702']]")

    @mute_logger("odoo.addons.web.controllers.export", "odoo.http")
    def test_sales_may_not(self):
        for format in ("csv", "xlsx"):
            response = self._export(format, "ticket_sales", ["name"], [])
            self.assertEqual(response.status_code, 500)
        self.assertEqual(self._export_pivot("ticket_sales").status_code, 500)
        self.assertFalse(self._get_log())

    def _export_pivot(self, login, model="invoice.ticket.analysis"):
        self.authenticate(login, login)
        header = {"title": "=1+1", "width": 1, "height": 1}
        table = {
            "model": model,
            "title": "Tickets",
            "measure_count": 1,
            "col_group_headers": [[header]],
            "measure_headers": [{"title": "Count", "is_bold": False}],
            "rows": [{"title": "A", "indent": 0, "values": [{"value": 3}, {"value": "=2+2"}]}],
        }
        return self.url_open(
            "/web/pivot/export_xlsx",
            data={"data": json.dumps(table), "csrf_token": Request.csrf_token(self)},
        )

    def test_pivot(self):
        response = self._export_pivot("ticket_auditor")
        self.assertEqual(response.status_code, 200, response.text[:500])
        sheet = load_workbook(io.BytesIO(response.content)).active
        cells = [cell for row in sheet.iter_rows() for cell in row]
        self.assertNotIn("f", {cell.data_type for cell in cells})
        self.assertIn(3, [cell.value for cell in cells])
        [entry] = self._get_log()
        self.assertEqual((entry.format, entry.field_names), ("pivot", "Count"))
        self.assertEqual(entry.document, "Ticket Analysis")

    def test_log_stays_as_it_is(self):
        self.env[LOG]._log("res.partner", "csv", ["name"], [], 3)
        entry = self.env[LOG].search([], limit=1)
        for role in ("sales", "finance", "manager", "auditor", "outsider"):
            mine = entry.with_user(getattr(self, role))
            if role in ("manager", "auditor"):
                self.assertTrue(mine.read(["condition"]))
            else:
                with self.assertRaises(AccessError):
                    mine.read(["condition"])
            for attempt in (
                lambda mine=mine: mine.write({"row_count": 1}),
                lambda mine=mine: mine.unlink(),
                lambda mine=mine: mine.create({"res_model": "res.partner", "format": "csv"}),
            ):
                with self.assertRaises(AccessError):
                    attempt()
        for records in (entry, proven(entry)):
            with self.assertRaises(AccessError):
                records.write({"row_count": 1})
            with self.assertRaises(AccessError):
                records.unlink()
        with self.assertRaises(AccessError):
            entry.sudo().create({"res_model": "res.partner", "format": "csv"})
        other = new_test_user(
            self.env,
            "ticket_other_manager",
            GROUP("manager"),
            company_id=self.company_other.id,
            company_ids=self.company_other.ids,
        )
        self.assertFalse(self.env[LOG].with_user(other).search([("id", "=", entry.id)]))
