from odoo import api, models


class HrVersion(models.Model):
    """Rights by department follow a version of the employee that is written or made.

    One that begins to count by the calendar alone is seen when the cache is emptied next.
    """

    _inherit = "hr.version"

    @api.model_create_multi
    def create(self, vals_list):
        default = self.default_get(["employee_id"]).get("employee_id")
        ids = {vals.get("employee_id", default) for vals in vals_list} - {None, False}
        with self.env["hr.employee"].browse(ids)._watch_departments():
            return super().create(vals_list)

    def write(self, vals):
        if vals.keys().isdisjoint({"department_id", "date_version", "active"}):
            return super().write(vals)
        with self.employee_id._watch_departments():
            return super().write(vals)
