from odoo import http
from odoo.exceptions import AccessError, UserError
from odoo.http import content_disposition, request

from .customer_import import EXCEL


class SettlementPageFiles(http.Controller):
    """The account of a customer, or a check, as xlsx: the page says to whom."""

    @http.route(
        "/invoice_crm_addon/settlement/<string:page>/<string:res_model>/<int:res_id>",
        type="http",
        auth="user",
        methods=["GET"],
    )
    def sheet(self, page, res_model, res_id, date_from=None, date_to=None, **_kwargs):
        """An Excel file with a sheet for each table of the page."""
        try:
            Page = request.env["report.invoice_crm_addon.settlement_page"]._get_page_model(page)
            name, content = Page._make_sheet(res_model, res_id, date_from, date_to)
        except (AccessError, UserError) as error:
            return request.make_response(
                str(error), [("Content-Type", "text/plain; charset=utf-8")], status=400
            )
        request.env["invoice.export.log"]._log(
            Page._name, "page", domain=f"{res_model} {res_id} {date_from or ''}–{date_to or ''}"
        )
        headers = [
            ("Content-Type", EXCEL),
            ("Content-Disposition", content_disposition(name)),
            ("X-Content-Type-Options", "nosniff"),
        ]
        return request.make_response(content, headers)
