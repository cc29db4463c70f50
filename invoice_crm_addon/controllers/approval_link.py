from urllib.parse import urlencode

from odoo import http
from odoo.exceptions import AccessError, UserError
from odoo.http import request

ROUTE = "/invoice_crm/approval/<int:request_id>"
# The address carries a signature, and the page a decision: nobody keeps, frames or passes it on.
HEADERS = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "same-origin",
    "X-Frame-Options": "DENY",
}


class ApprovalLink(http.Controller):
    """The page behind the buttons of a message.

    Opening it decides nothing, since mail scanners open every link: it shows what is to be
    decided, and a form. The form decides under the rights of the user who is logged in, through
    the same methods as the buttons of the application.
    """

    # === ROUTES === #

    @http.route(ROUTE, type="http", auth="user", methods=["GET"])
    def approval_page(self, request_id, token=None, decision=None, **_kwargs):
        """Show the request, or say why there is nothing to decide.

        :param str token: signature of the link
        :param str decision: which button of the message was pressed
        """
        refusal, approval, step = self._open(request_id, token)
        if refusal:
            return refusal
        return self._render_page(approval, step, token, decision=decision)

    @http.route(ROUTE, type="http", auth="user", methods=["POST"])
    def approval_decide(self, request_id, token=None, decision=None, comment="", **_kwargs):
        """Approve or reject, then show what became of the request."""
        refusal, approval, step = self._open(request_id, token)
        if refusal:
            return refusal
        try:
            with request.env.cr.savepoint():
                self._decide(approval, step, decision, comment)
        except (UserError, AccessError) as error:
            values = {"error": str(error), "comment": comment}
            return self._render_page(approval, step, token, decision=decision, **values)
        # Reloading the result must not send the form again.
        query = urlencode({"token": token})
        return request.redirect(f"{request.httprequest.path}?{query}")

    def _decide(self, approval, step, decision, comment):
        """:raise UserError: if it is not, or not any more, the user's turn"""
        if not self._is_open(approval, step):
            return  # The page says what became of it.
        if decision == "approve":
            approval.action_approve(comment, step_ids=step.ids)
        elif decision == "reject":
            approval.action_reject(comment, step_ids=step.ids)
        else:
            raise UserError(request.env._("Choose whether you approve or reject."))

    # === CHECKS === #

    def _open(self, request_id, token):
        """Check a link.

        :return: a page that says what is wrong with it, or None; the request and the step for
            which it was made, under the rights of the user
        """
        link = request.env["invoice.approval.request"]._read_link(token)
        if not link or link[0].id != request_id:
            return self._render_invalid(), None, None
        approval_sudo, user_sudo, step_sudo = link
        if user_sudo != request.env.user:
            return self._render_foreign(user_sudo), None, None
        approval = approval_sudo.with_env(request.env)
        if not approval.has_access("read"):
            return self._render_forbidden(), None, None
        return None, approval, step_sudo.with_env(request.env)

    def _is_open(self, approval, step):
        """Whether the step waits for the decision of the user."""
        return step.state == "pending" and not approval._get_cannot_reason("decide")

    # === PAGES === #

    def _render_invalid(self):
        """Page for a link that was cut, made up or kept for too long."""
        return self._render_refusal(
            request.env._("This link is not valid"),
            request.env._(
                "It is incomplete, or older than two weeks. Open the request in the application "
                "instead."
            ),
        )

    def _render_forbidden(self):
        """Page for somebody whose rights changed since the link was made."""
        return self._render_refusal(
            request.env._("You may not read this request any more"),
            request.env._("Ask an administrator if you think that you should."),
        )

    def _render_foreign(self, user_sudo):
        """Page for somebody who is logged in as another person."""
        login = f"/web/login?{urlencode({'redirect': request.httprequest.full_path})}"
        return self._render_refusal(
            request.env._("This link was made for %s", user_sudo.name),
            request.env._("You are logged in as %s.", request.env.user.name),
            logout_url=f"/web/session/logout?{urlencode({'redirect': login})}",
        )

    def _render_refusal(self, headline, hint, **values):
        return self._render(
            "approval_link_refusal", status=403, headline=headline, hint=hint, **values
        )

    def _render_page(self, approval, step, token, **values):
        """The form, or what became of the request."""
        # sudo: names of customers and colleagues belong to what the user was asked to decide
        approval_sudo = approval.sudo()
        user = request.env.user
        values = {
            "approval": approval_sudo,
            "comments": approval_sudo._get_comments(),
            "changes": approval_sudo._get_change_rows_to_verify(),
            "document_url": approval_sudo._get_document_url(),
            "token": token,
            **values,
        }
        if self._is_open(approval, step):
            facts = approval_sudo._get_facts(user)
            is_late = approval_sudo._is_late()
            return self._render("approval_link_form", facts=facts, is_late=is_late, **values)
        headline, decisions = approval_sudo._get_outcome(step.with_env(approval_sudo.env))
        is_next = not approval._get_cannot_reason("decide")
        return self._render(
            "approval_link_outcome",
            facts=approval_sudo._get_facts(),
            headline=headline,
            decisions=decisions,
            next_url=approval_sudo._get_link(user) if is_next else False,
            **values,
        )

    def _render(self, template, status=200, **values):
        response = request.render(f"invoice_crm_addon.{template}", values)
        response.status_code = status
        response.headers.update(HEADERS)
        return response
