from odoo import models


class ResCompany(models.Model):
    _inherit = "res.company"

    def write(self, vals):
        """Whoever leaves the company is asked no more, also where the company is edited."""
        if "user_ids" not in vals:
            return super().write(vals)
        users = self.sudo().user_ids
        result = super().write(vals)
        self.env["invoice.approval.step"]._replace_absent_approvers(users - self.sudo().user_ids)
        return result
