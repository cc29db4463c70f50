from odoo import http
from odoo.exceptions import AccessError, MissingError, UserError
from odoo.http import content_disposition, request

from .customer_import import EXCEL


class BureauMonthFiles(http.Controller):
    """A month, bureau beside ours, as xlsx: the model says to whom."""

    @http.route(
        "/invoice_crm_addon/bureau_month/<int:month_id>",
        type="http",
        auth="user",
        methods=["GET"],
    )
    def month(self, month_id, **_kwargs):
        """An Excel file with the rows of the month."""
        try:
            name, content = request.env["invoice.bureau.month"].browse(month_id)._make_sheet()
        except (AccessError, MissingError, UserError) as error:
            return request.make_response(
                str(error), [("Content-Type", "text/plain; charset=utf-8")], status=400
            )
        request.env["invoice.export.log"]._log("invoice.bureau.month", "page", domain=name)
        headers = [
            ("Content-Type", EXCEL),
            ("Content-Disposition", content_disposition(name)),
            ("X-Content-Type-Options", "nosniff"),
        ]
        return request.make_response(content, headers)
