from odoo import models

WORKERS = ("invoice_crm_addon.group_ticket_user", "invoice_crm_addon.group_ticket_auditor")


class IrHttp(models.AbstractModel):
    _inherit = "ir.http"

    def session_info(self):
        """Who works with tickets starts where it is said what waits, unless they chose a page."""
        result = super().session_info()
        user = self.env.user
        if "home_action_id" in result and not result["home_action_id"]:
            if any(user.has_group(group) for group in WORKERS):
                overview = self.env.ref("invoice_crm_addon.invoice_worklist_action_overview")
                result["home_action_id"] = overview.id
        return result
