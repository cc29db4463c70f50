from odoo import api, models

MEMBERS = "invoice_crm_addon.group_ticket_user,invoice_crm_addon.group_ticket_auditor"


class IrHttp(models.AbstractModel):
    _inherit = "ir.http"

    @api.private
    def session_info(self):
        """Who works with tickets starts on their home page, until they choose another one."""
        info = super().session_info()
        user = self.env.user
        if user._is_internal() and not user.action_id and user.has_groups(MEMBERS):
            home = self.env.ref(
                "invoice_crm_addon.invoice_worklist_action_overview", raise_if_not_found=False
            )
            if home:
                info["home_action_id"] = home.id
        return info
