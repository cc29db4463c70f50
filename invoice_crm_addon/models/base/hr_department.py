from odoo import api, models

from .tools import forget_rows


class HrDepartment(models.Model):
    """Rights by department follow the tree at once: record rules are cached with its ids."""

    _inherit = "hr.department"

    @api.model_create_multi
    def create(self, vals_list):
        departments = super().create(vals_list)
        if departments.parent_id:
            forget_rows(self.env)
        return departments

    def write(self, vals):
        result = super().write(vals)
        if "parent_id" in vals:
            forget_rows(self.env)
        return result
