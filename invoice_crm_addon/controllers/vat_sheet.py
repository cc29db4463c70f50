from odoo import http
from odoo.exceptions import AccessError, UserError
from odoo.http import content_disposition, request

from .customer_import import EXCEL


class VatSheetFiles(http.Controller):
    """The sheet of the VAT return as xlsx: the model says to whom."""

    @http.route(
        "/invoice_crm_addon/vat_sheet/<string:month>/<int:company_id>",
        type="http",
        auth="user",
        methods=["GET"],
    )
    def sheet(self, month, company_id, **_kwargs):
        """An Excel file with the form, and the invoices without a fapiao."""
        try:
            name, content = request.env["invoice.vat.sheet"]._make_sheet(month, company_id)
        except (AccessError, UserError) as error:
            return request.make_response(
                str(error), [("Content-Type", "text/plain; charset=utf-8")], status=400
            )
        request.env["invoice.export.log"]._log("invoice.vat.sheet", "page", domain=month)
        headers = [
            ("Content-Type", EXCEL),
            ("Content-Disposition", content_disposition(name)),
            ("X-Content-Type-Options", "nosniff"),
        ]
        return request.make_response(content, headers)
