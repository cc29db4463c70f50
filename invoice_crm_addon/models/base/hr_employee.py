from odoo import models


class HrEmployee(models.Model):
    """Rights by department follow the employee at once: record rules are cached by user."""

    _inherit = "hr.employee"

    def write(self, vals):
        result = super().write(vals)
        if vals.keys() & {"user_id", "active", "department_id"}:
            self.env.registry.clear_cache()
        return result
