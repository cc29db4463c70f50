from odoo import api, fields, models
from odoo.fields import Domain


class InvoiceMyDepartmentMixin(models.AbstractModel):
    """A document that is found by the department of whoever looks for it.

    Of the tickets, contracts … that somebody may read anyway: those of the departments that they
    work for, and of the departments below.
    """

    _name = "invoice.my.department.mixin"
    _description = "Document Found by Department"

    # Where the department of the document stands.
    _department_path = "department_id"

    is_my_department = fields.Boolean(
        string="My Department",
        compute="_compute_is_my_department",
        search="_search_is_my_department",
    )

    @api.depends(lambda self: [self._department_path])
    @api.depends_context("uid")
    def _compute_is_my_department(self):
        mine = self.filtered_domain(self._get_my_department_domain())
        mine.is_my_department = True
        (self - mine).is_my_department = False

    @api.model
    def _search_is_my_department(self, operator, value):
        if operator != "in":
            return NotImplemented
        return self._get_my_department_domain() if True in value else Domain.FALSE

    @api.model
    def _get_my_department_domain(self):
        departments = self.env.user._get_readable_departments()
        return Domain(self._department_path, "in", departments.ids)
