from odoo import models


class ResCompany(models.Model):
    _inherit = "res.company"

    def write(self, vals):
        """Whoever leaves the company is asked no more, also where the company is edited."""
        if "user_ids" not in vals:
            return super().write(vals)
        companies_sudo = self.sudo()  # sudo: res.users - compared, to see who left
        users = companies_sudo.user_ids
        result = super().write(vals)
        self.env["invoice.approval.step"]._replace_absent_approvers(users - companies_sudo.user_ids)
        return result
