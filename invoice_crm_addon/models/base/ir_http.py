from odoo import api, models

MEMBERS = "invoice_crm_addon.group_ticket_user,invoice_crm_addon.group_ticket_auditor"


class IrHttp(models.AbstractModel):
    _inherit = "ir.http"

    @api.private
    def session_info(self):
        """Who works with tickets, or is waited for, starts on the home page that says so, until
        they choose another one.
        """
        info = super().session_info()
        user = self.env.user
        if user._is_internal() and not user.action_id and self._is_at_home_with_tickets():
            home = self.env.ref(
                "invoice_crm_addon.invoice_worklist_action_overview", raise_if_not_found=False
            )
            if home:
                info["home_action_id"] = home.id
        return info

    @api.model
    def _is_at_home_with_tickets(self):
        """Whether the user works with tickets; of other employees, whether approvals wait for
        them now.
        """
        if self.env.user.has_groups(MEMBERS):
            return True
        waiting = [("state", "=", "pending"), ("waiting_user_ids", "in", self.env.uid)]
        return bool(self.env["invoice.approval.request"].search_count(waiting, limit=1))
