from odoo import models


class ResUsers(models.Model):
    _inherit = "res.users"

    def write(self, vals):
        result = super().write(vals)
        if vals.get("active") is False:
            self.env["invoice.approval.step"]._replace_absent_approvers(self)
        return result

    def _get_ticket_department(self, company):
        """Department that the user works for in the company; to be called in superuser mode.

        :param res.company company: the company of the document
        :rtype: hr.department
        """
        employees = self.employee_ids.filtered(lambda employee: employee.company_id == company)
        return employees[:1].department_id
