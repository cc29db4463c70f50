from odoo import api, models


class HrVersion(models.Model):
    """Rights by department follow the version of the employee that counts today."""

    _inherit = "hr.version"

    @api.model_create_multi
    def create(self, vals_list):
        ids = {vals.get("employee_id") for vals in vals_list} - {None, False}
        with self.env["hr.employee"].browse(ids)._watch_departments():
            return super().create(vals_list)

    def write(self, vals):
        if vals.keys().isdisjoint({"department_id", "date_version", "active"}):
            return super().write(vals)
        with self.employee_id._watch_departments():
            return super().write(vals)
