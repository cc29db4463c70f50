from odoo import api, models


class HrVersion(models.Model):
    """Rights by department follow the employee at once: record rules are cached by user."""

    _inherit = "hr.version"

    @api.model_create_multi
    def create(self, vals_list):
        versions = super().create(vals_list)
        self.env.registry.clear_cache()
        return versions

    def write(self, vals):
        result = super().write(vals)
        if "department_id" in vals:
            self.env.registry.clear_cache()
        return result
