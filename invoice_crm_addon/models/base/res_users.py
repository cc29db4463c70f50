from odoo import models


class ResUsers(models.Model):
    _inherit = "res.users"

    # === EMPLOYEE === #

    def _get_ticket_department(self, company):
        """Department that the user works for in the company; to be called in superuser mode.

        :param res.company company: the company of the document
        :rtype: hr.department
        """
        return self._get_ticket_employee(company).department_id

    def _get_ticket_employee(self, company):
        """Employee of the user in the company; to be called in superuser mode."""
        return self.with_company(company).employee_id
