from odoo import api, fields, models


class InvoiceResponsibleMixin(models.AbstractModel):
    """A document of a company that somebody is in charge of, with their department.

    Record rules give it to this person, and to the department's members with department rights.
    """

    _name = "invoice.responsible.mixin"
    _description = "Document With a Person in Charge"

    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company, index=True
    )
    user_id = fields.Many2one(
        "res.users",
        string="In Charge",
        default=lambda self: self.env.user,
        index=True,
        domain=[("share", "=", False)],
        tracking=True,
    )
    department_id = fields.Many2one(
        "hr.department",
        compute="_compute_department_id",
        store=True,
        readonly=False,
        precompute=True,
        index=True,
        check_company=True,
        tracking=True,
    )

    @api.depends("user_id")
    def _compute_department_id(self):
        for document in self:
            department_sudo = document.user_id.sudo()._get_ticket_department(document.company_id)
            document.department_id = department_sudo or document.department_id
