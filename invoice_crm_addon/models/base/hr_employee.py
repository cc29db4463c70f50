from contextlib import contextmanager

from odoo import api, models

from .tools import forget_rows


class HrEmployee(models.Model):
    """Rights by department follow the employee at once: record rules are cached by user.

    They share their cache with all that Odoo remembers, so it is emptied only where somebody
    really works for another department.
    """

    _inherit = "hr.employee"

    @api.model_create_multi
    def create(self, vals_list):
        employees = super().create(vals_list)
        if employees.user_id:
            forget_rows(self.env)
        return employees

    def write(self, vals):
        if vals.keys().isdisjoint({"user_id", "active", "department_id"}):
            return super().write(vals)
        with self._watch_departments():
            return super().write(vals)

    @contextmanager
    def _watch_departments(self):
        """Empty the cache if a user works for another department after the ``with`` block."""
        before = self._get_user_departments()
        yield
        if self._get_user_departments() != before:
            forget_rows(self.env)

    def _get_user_departments(self):
        """User and department of each of the employees who is a user.

        :rtype: set[tuple[int, int]]
        """
        # sudo: hr.employee - compared, to empty a cache
        employees_sudo = self.sudo().filtered(lambda employee: employee.active and employee.user_id)
        return {(employee.user_id.id, employee.department_id.id) for employee in employees_sudo}
