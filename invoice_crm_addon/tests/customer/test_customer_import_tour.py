from odoo.tests import HttpCase, tagged

from .import_common import HEADINGS, ImportCommon, make_excel, make_number, read_excel


@tagged("post_install", "-at_install")
class TestCustomerImportTour(ImportCommon, HttpCase):
    """Sales imports a table with faults in the browser, in Chinese, and its corrected rows."""

    def _publish(self, name, content):
        attachment = self.env["ir.attachment"].create(
            {"name": name, "raw": content, "public": True}
        )
        self.env["ir.model.data"].create(
            {
                "module": "invoice_crm_addon",
                "name": name,
                "model": "ir.attachment",
                "res_id": attachment.id,
            }
        )

    def test_table_with_faults_and_the_corrected_one(self):
        self.env["res.lang"]._activate_lang("zh_CN")
        self.sales.lang = "zh_CN"
        rows = [
            [f"导入示例{i}号公司", make_number(i), "某路", "010-6000000", "", ""]
            for i in range(1, 21)
        ]
        rows[9][1] = 9.14403001234567e17
        rows[14][3] = "请打电话"
        table = make_excel([HEADINGS, *rows])
        self._publish("tour_customers", table)
        corrected = read_excel(self._start(table)._make_problems()[1])
        for row in corrected[1:]:
            row[1], row[3] = make_number(100 + corrected.index(row)), "010-6000001"
        self._publish("tour_corrected", make_excel(corrected))
        self.start_tour(
            "/odoo/customer-imports", "invoice_crm_customer_import", login="ticket_sales"
        )
        runs = self.env["invoice.customer.import"].search([("state", "=", "done")], order="id")
        self.assertEqual(runs[-2:].mapped("applied_count"), [18, 2])

    def test_files_are_handed_out_to_those_in_charge(self):
        run = self._start([HEADINGS, ["", "ABC", "", "", "", ""]])
        url = f"/invoice_crm_addon/customer_import/{run.id}"
        for login, status in (("sales", 200), ("finance", 200), ("colleague", 404)):
            self.authenticate(f"ticket_{login}", f"ticket_{login}")
            for name in ("file", "problems"):
                response = self.url_open(f"{url}/{name}")
                self.assertEqual(response.status_code, status, (login, name))
            template = self.url_open("/invoice_crm_addon/customer_import/template")
            self.assertEqual(template.content[:2], b"PK")
        self.authenticate("ticket_auditor", "ticket_auditor")
        self.assertNotEqual(self.url_open(f"{url}/file").status_code, 200)
