from odoo import api, fields, models

USER = "invoice_crm_addon.group_ticket_user"


class InvoiceResponsibleMixin(models.AbstractModel):
    """A document of a company, in its currency, that somebody is in charge of.

    Record rules give it to this person, and to members of their department with department
    rights.
    """

    _name = "invoice.responsible.mixin"
    _description = "Document With a Person in Charge"

    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company, index=True
    )
    currency_id = fields.Many2one(
        "res.currency",
        compute="_compute_currency_id",
        store=True,
        readonly=False,
        precompute=True,
        required=True,
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

    # === COMPUTE METHODS === #

    @api.depends("company_id")
    def _compute_currency_id(self):
        for document in self:
            document.currency_id = (document.company_id or self.env.company).currency_id

    @api.depends("user_id", "company_id")
    def _compute_department_id(self):
        for document in self:
            department_sudo = document.user_id.sudo()._get_ticket_department(document.company_id)
            kept = document.department_id.filtered(
                lambda department, document=document: department.company_id <= document.company_id
            )
            document.department_id = department_sudo or kept

    # === BUSINESS METHODS === #

    @api.model
    def _get_owner(self, user, company):
        """Who is put in charge of a new document that belongs to somebody's order or contract.

        :param res.users user: may be empty, or somebody who is gone
        :return: this user, if they may own it and the current user may give it to them; else
            the current user
        :rtype: res.users
        """
        user_sudo = user.sudo()
        if not (
            user_sudo.active and company in user_sudo.company_ids and user_sudo.has_group(USER)
        ):
            return self.env.user
        document = self.new({"company_id": company.id, "user_id": user.id})
        rules = self.env["ir.rule"]._compute_domain(self._name, "create")
        return user if document.filtered_domain(rules) else self.env.user
