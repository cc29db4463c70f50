from odoo import models

# What says who is a member.
MEMBERSHIP_FIELDS = {"user_ids", "implied_ids", "implied_by_ids"}


class ResGroups(models.Model):
    _inherit = "res.groups"

    def write(self, vals):
        """Whoever becomes an auditor is asked no more, also where the group is edited."""
        if MEMBERSHIP_FIELDS.isdisjoint(vals):
            return super().write(vals)
        groups_sudo = self.sudo()  # sudo: res.users - only who may have to be replaced
        users = groups_sudo.all_user_ids
        result = super().write(vals)
        self.env["invoice.approval.step"]._replace_absent_approvers(
            users | groups_sudo.all_user_ids
        )
        return result
