from odoo import http
from odoo.exceptions import UserError
from odoo.http import request

from .approval_link import HEADERS


class BillingLink(http.Controller):
    """The page on which the contact of a customer says whether its billing data are right.

    Opening it says nothing, since mail scanners open every link: it shows the data and a form.
    It needs no login; the signature of the link is the right to answer one question, once.
    """

    @http.route("/invoice_crm/billing", type="http", auth="public", methods=["GET"])
    def billing_page(self, token=None, **_kwargs):
        """Show the billing data, or say why there is nothing to answer.

        :param str token: signature of the link
        """
        return self._render_page(self._open(token), token)

    @http.route("/invoice_crm/billing", type="http", auth="public", methods=["POST"])
    def billing_answer(self, token=None, answer=None, comment="", seen="", **_kwargs):
        """Take the answer, and thank for it.

        :param str answer: ``right`` or ``wrong``
        :param str comment: what is wrong
        :param str seen: fingerprint of the data that the page showed
        """
        question = self._open(token)
        if not question or question.state != "asked" or answer not in ("right", "wrong"):
            return self._render_page(question, token)
        question._collide()
        if answer == "right" and seen != question._get_fingerprint():
            error = question.env._("The data changed meanwhile. Please look at them once more.")
            return self._render_page(question, token, error=error)
        try:
            question._answer(answer, comment)
        except UserError as error:
            return self._render_page(question, token, error=str(error))
        return self._render_page(question, token)

    def _open(self, token):
        question = request.env["invoice.billing.confirmation"]._read_link(token)
        # The whole page speaks the language of the contact.
        request.update_context(lang=question.contact_id.lang or request.env.lang)
        return question.with_context(lang=request.env.lang)

    def _render_page(self, question, token, error=None):
        values = {"question": question, "token": token, "error": error}
        response = request.render("invoice_crm_addon.billing_link", values)
        response.status_code = 200 if question else 403
        response.headers.update(HEADERS)
        return response
