from odoo import api, fields, models
from odoo.exceptions import UserError

USER = "invoice_crm_addon.group_ticket_user"
DEPARTMENT = "invoice_crm_addon.group_ticket_department"


class InvoiceResponsibleMixin(models.AbstractModel):
    """A document of a company, in its currency, that somebody is in charge of.

    Record rules give it to this person, and to members of their department with department
    rights.
    """

    _name = "invoice.responsible.mixin"
    _inherit = ["invoice.guard.mixin", "invoice.my.department.mixin"]
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
            department = document.user_id._get_ticket_department(document.company_id)
            kept = document.department_id.filtered(
                lambda department, document=document: department.company_id <= document.company_id
            )
            document.department_id = department or kept

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        documents = super().create(vals_list)
        if not self._may_move():
            # Whatever the values say, or a default: the department of who is in charge.
            # sudo: users cannot read employees, nor a department that is not theirs
            documents.sudo()._compute_department_id()
        return documents

    def write(self, vals):
        if "user_id" not in vals or self._may_move():
            return super().write(vals)
        # sudo: compared; users cannot read a department that is not theirs
        documents_sudo = self.sudo()
        before = {d: d.department_id for d in documents_sudo if d.state != "draft"}
        result = super().write(vals)
        if any(d.department_id != department for d, department in before.items()):
            raise UserError(
                self.env._(
                    "Who has the rights of a department puts somebody of another one in charge, "
                    "once it is no draft any more."
                )
            )
        return result

    # === GUARD === #

    @api.model
    def _may_move(self):
        """Whether the caller may take documents out of the sight of a department."""
        return self.env.su or self.env.user.has_group(DEPARTMENT)

    @api.model
    def _get_lockable_fields(self):
        return super()._get_lockable_fields() | {"department_id"}

    def _get_state_locks(self):
        locks = super()._get_state_locks()
        if not self._may_move():
            locks["department_id"] = self.env._(
                "The department follows from who is in charge; who has the rights of a "
                "department may choose another one."
            )
        return locks

    # === BUSINESS METHODS === #

    @api.model
    def _get_owner(self, user, company):
        """Who is put in charge of a new document that belongs to somebody's order or contract.

        :param res.users user: may be empty, or somebody who is gone
        :return: this user, if they may own it and the current user may give it to them; else
            the current user
        :rtype: res.users
        """
        # sudo: res.users - only whether somebody can own the document
        user_sudo = user.sudo()
        if not (
            user_sudo.active and company in user_sudo.company_ids and user_sudo.has_group(USER)
        ):
            return self.env.user
        document = self.new({"company_id": company.id, "user_id": user.id})
        rules = self.env["ir.rule"]._compute_domain(self._name, "create")
        return user if document.filtered_domain(rules) else self.env.user
