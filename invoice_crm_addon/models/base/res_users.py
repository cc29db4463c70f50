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

    def _get_readable_departments(self):
        """Departments whose documents a member with department rights reads: own ones and below.

        Record rules ask. They get the departments themselves, since PostgreSQL uses no index for
        what it would have to look up inside of an OR.

        :rtype: hr.department
        """
        # sudo: hr.employee, hr.department - ids for the user's own record rules
        departments_sudo = self.sudo().employee_ids.department_id.with_context(active_test=False)
        return departments_sudo.search([("id", "child_of", departments_sudo.ids)])
