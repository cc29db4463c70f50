from urllib.parse import urlencode

from odoo import http
from odoo.exceptions import UserError
from odoo.http import request

from ..models.statement.statement_answer import ANSWERABLE
from .approval_link import HEADERS as LINK_HEADERS

HEADERS = {**LINK_HEADERS, "X-Robots-Tag": "noindex, nofollow"}
ROUTE = "/invoice_crm/statement"


class StatementLink(http.Controller):
    """The page on which a customer says whether a statement of account agrees.

    Opening it says nothing, since mail scanners open every link: it shows the statement and a
    form. It needs no login; the signature of the link is the right to answer.
    """

    @http.route(ROUTE, type="http", auth="public", methods=["GET"])
    def statement_page(self, token=None, **_kwargs):
        """Show the statement, or say why there is nothing to answer.

        :param str token: signature of the link
        """
        return self._render_page(*self._open(token), token)

    @http.route(ROUTE, type="http", auth="public", methods=["POST"])
    def statement_answer(self, token=None, answer=None, **values):
        """Take the answer, and thank for it.

        :param str answer: ``agreed`` or ``differs``
        :param values: ``name``, ``text`` and ``amount`` as typed
        """
        statement, digest = self._open(token)
        typed = {key: str(values.get(key) or "") for key in ("name", "text", "amount")}
        if not statement or statement._get_stale_reason(digest):
            return self._render_page(statement, digest, token)
        if request.env.user._is_internal():
            error = request.env._(
                "You are logged in as a colleague. Only the customer answers here; what they "
                "said on the phone is settled on the statement."
            )
            return self._render_page(statement, digest, token, error=error, typed=typed)
        statement._collide()
        try:
            statement._answer(answer, **typed)
        except UserError as error:
            return self._render_page(statement, digest, token, error=str(error), typed=typed)
        # Reloading the result must not send the form again.
        return request.redirect(f"{ROUTE}?{urlencode({'token': token})}")

    def _open(self, token):
        statement, digest = request.env["invoice.account.statement"]._read_link(token)
        if statement:
            # The whole page speaks the language of the contact.
            request.update_context(lang=statement._get_lang())
        return statement.with_context(lang=request.env.lang), digest

    def _get_name(self, statement):
        """Name of who answered before, or else of the person who got the e-mail."""
        person = statement.contact_id.filtered(lambda contact: not contact.is_company)
        return statement.answered_by or person.name or ""

    def _render_page(self, statement, digest, token, error=None, typed=None):
        stale = statement and statement._get_stale_reason(digest)
        values = {
            "statement": statement,
            "token": token,
            "error": error,
            "stale": stale,
            "is_answered": statement and statement.state in ANSWERABLE[1:],
            "typed": typed or {"name": self._get_name(statement)},
        }
        response = request.render("invoice_crm_addon.account_statement_link", values)
        response.status_code = 200 if statement else 403
        response.headers.update(HEADERS)
        return response
