from odoo import http
from odoo.http import request


class AuditPackageFiles(http.Controller):
    """Audit packages: whoever may read one gets its file, and the log says so."""

    @http.route("/invoice_crm_addon/audit/<int:package_id>", type="http", auth="user")
    def package(self, package_id):
        """The zip, from the disk."""
        Package = request.env["invoice.audit.package"]
        package = Package.has_access("read") and Package.search([("id", "=", package_id)])
        if not package or package.state != "done":
            raise request.not_found()
        request.env["invoice.export.log"]._log(
            package._name,
            "zip",
            domain=f"{package.date_from} – {package.date_to}, SHA-256 {package.sha256}",
            count=package.ticket_count,
        )
        # sudo: ir.attachment - the package may be read
        attachment_sudo = package.sudo().attachment_id
        # sudo: ir.binary - the same file
        stream = request.env["ir.binary"].sudo()._get_stream_from(attachment_sudo)
        return stream.get_response(as_attachment=True)
