from odoo import http
from odoo.http import content_disposition, request

from .approval_link import HEADERS


class TicketLink(http.Controller):
    """The page from which a customer downloads the files of an e-mail with tickets.

    Opening it notes nothing, since mail scanners open every link: it shows the files, each with a
    button. It needs no login; the signature of the link is the right to what was mailed.
    """

    @http.route("/invoice_crm/tickets", type="http", auth="public", methods=["GET"])
    def ticket_page(self, token=None, **_kwargs):
        """Show the tickets and their files, or say why there are none.

        :param str token: signature of the link
        """
        mailings, language = self._open(token)
        values = {"mailings": mailings, "token": token, "lang": language}
        response = request.render("invoice_crm_addon.ticket_link", values)
        response.status_code = 200 if mailings else 403
        response.headers.update(HEADERS)
        return response

    @http.route("/invoice_crm/tickets", type="http", auth="public", methods=["POST"])
    def ticket_file(self, token=None, file=None, **_kwargs):
        """Give out one of the files, and note that it was downloaded.

        :param str file: ID of the file
        """
        mailings, _language = self._open(token)
        attachment = mailings._get_open_files().filtered(lambda a: str(a.id) == file)
        if not attachment:
            return self.ticket_page(token)
        mailings._note_download(attachment)
        headers = [
            ("Content-Type", "application/octet-stream"),
            ("Content-Disposition", content_disposition(attachment.name)),
            ("X-Content-Type-Options", "nosniff"),
            *HEADERS.items(),
        ]
        return request.make_response(attachment.raw or b"", headers)

    def _open(self, token):
        """The mailings of a link, and the language in which the page speaks."""
        mailings = request.env["invoice.ticket.mailing"]._read_link(token)
        language = mailings.ticket_id[:1].partner_id.lang or request.env.lang
        request.update_context(lang=language)
        return mailings.with_context(lang=language), language
