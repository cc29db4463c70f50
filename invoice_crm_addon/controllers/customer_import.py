from odoo import http
from odoo.http import content_disposition, request

EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
ROUTE = "/invoice_crm_addon/customer_import"


class CustomerImportFiles(http.Controller):
    """Files that an import of customers hands out: the methods say to whom."""

    @http.route(f"{ROUTE}/template", type="http", auth="user", methods=["GET"])
    def template(self):
        """An empty table with headings in the user's language, and a guide."""
        return self._send(*request.env["invoice.customer.import"]._make_template())

    @http.route(f"{ROUTE}/<int:run_id>/problems", type="http", auth="user", methods=["GET"])
    def problems(self, run_id):
        """The rows that were not imported, with what is wrong with each."""
        return self._send(*self._find(run_id)._make_problems())

    @http.route(f"{ROUTE}/<int:run_id>/file", type="http", auth="user", methods=["GET"])
    def file(self, run_id):
        """The file as it came."""
        return self._send(*self._find(run_id)._get_file())

    def _find(self, run_id):
        run = request.env["invoice.customer.import"].search([("id", "=", run_id)])
        if not run:
            raise request.not_found()
        return run

    def _send(self, name, content):
        headers = [
            ("Content-Type", EXCEL if name.endswith(".xlsx") else "application/octet-stream"),
            ("Content-Disposition", content_disposition(name)),
            ("X-Content-Type-Options", "nosniff"),
        ]
        return request.make_response(content, headers)
