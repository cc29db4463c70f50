from urllib.parse import urlencode

from odoo import api, models
from odoo.tools import hash_sign, verify_hash_signed

# Days that the buttons of a message work.
LINK_DAYS = 14
SCOPE = "invoice_crm_addon.approval_link"


class InvoiceApprovalRequest(models.Model):
    """The address of a request's page, as the buttons of a message carry it.

    The signature says for whom and for which step a link was made. It is no right: whoever
    opens it logs in, and decides under their own rights, if it is still their turn.
    """

    _inherit = "invoice.approval.request"

    # === SIGNATURE === #

    def _sign_link(self, user):
        """Signature of a link with which the user decides on the step whose turn it is.

        :rtype: str
        """
        self.ensure_one()
        values = [self.id, user.id, self._get_current_step().id]
        return hash_sign(self.env(su=True), SCOPE, values, expiration_hours=LINK_DAYS * 24)

    @api.model
    def _read_link(self, token):
        """Request, user and step for which a link was made, in superuser mode.

        :return: three records, or None if the signature is wrong or has expired
        """
        try:
            values = verify_hash_signed(self.env(su=True), SCOPE, token or "")
        except ValueError:  # not even the shape of a signature
            return None
        if not values:
            return None
        request_id, user_id, step_id = values
        return (
            self.sudo().browse(request_id).exists(),
            self.env["res.users"].sudo().browse(user_id).exists(),
            self.env["invoice.approval.step"].sudo().browse(step_id).exists(),
        )

    # === ADDRESSES === #

    def _get_link(self, user):
        """Absolute address of the page on which the user decides."""
        query = urlencode({"token": self._sign_link(user)})
        return f"{self.get_base_url()}/invoice_crm/approval/{self.id}?{query}"

    def _get_document_url(self):
        """Absolute address of the document; it opens in the company of the document."""
        self.ensure_one()
        query = urlencode({"model": self.res_model, "res_id": self.res_id})
        return f"{self.get_base_url()}/mail/view?{query}"

    @api.model
    def _get_list_url(self, kind):
        """Absolute address of the list of all requests of this kind.

        :param str kind: see ``invoice.approval.notice``
        """
        is_result = kind in ("approved", "rejected", "withdrawn")
        name = "my" if is_result else "to_approve"
        action = self.env.ref(f"invoice_crm_addon.invoice_approval_request_action_{name}")
        return f"{self.browse().get_base_url()}/odoo/{action.sudo().path}"

    # === WHAT BECAME OF IT === #

    def _get_outcome(self, step):
        """What a person reads whose link has done its work.

        :param step: the step for which the link was made
        :return: headline, and the decisions on the step
        :rtype: tuple[str, list]
        """
        self.ensure_one()
        headlines = {
            "approved": self.env._("This request is approved."),
            "rejected": self.env._("This request was rejected."),
            "withdrawn": self.env._("This request was withdrawn. There is nothing left to decide."),
        }
        headline = headlines.get(self.state)
        if not headline:
            people = ", ".join(self.waiting_user_ids.mapped("name"))
            headline = self.env._("There is nothing to decide here any more.")
            if people:
                headline = self.env._("The request goes on. It waits for: %s", people)
        decisions = step.decision_ids | self.decision_ids[-1:]
        return headline, [self._describe_decision(d) for d in decisions if d.decision != "submit"]
