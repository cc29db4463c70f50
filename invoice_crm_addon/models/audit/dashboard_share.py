from odoo import api, models
from odoo.exceptions import AccessError


class SpreadsheetDashboardShare(models.Model):
    """A link by which anybody reads the figures of a dashboard is an export of them."""

    _inherit = "spreadsheet.dashboard.share"

    @api.model_create_multi
    def create(self, vals_list):
        shares = super().create(vals_list)
        group = self.env.ref("invoice_crm_addon.spreadsheet_dashboard_group_ticket", False)
        # sudo: spreadsheet.dashboard - whether it is one of the add-on's
        ours_sudo = shares.sudo().dashboard_id.filtered(lambda d: d.dashboard_group_id == group)
        if ours_sudo and not self.env.user.has_group("base.group_allow_export"):
            raise AccessError(
                self.env._("You may not share these figures. Ask finance, or the administrator.")
            )
        for dashboard_sudo in ours_sudo:
            self.env["invoice.export.log"]._log(
                dashboard_sudo._name, "share", domain=dashboard_sudo.name
            )
        return shares
