from odoo import api, fields, models
from odoo.exceptions import ValidationError

from .approval_plan import StagePlan


class InvoiceApprovalStage(models.Model):
    """One stage of a flow: who is asked, how many of them must agree, and by when.

    Who                        Resolved when a document is submitted to
    =====================================================================================
    People                     the people named
    Group                      the members of the group
    Manager                    the manager of the requester's employee
    Department manager         the manager of the document's or requester's department
    Contract's owner           the person in charge of the contract
    Customer's owner           the salesperson of the customer
    Field                      the users in a field of the document
    =====================================================================================

    Whoever cannot decide – archived, of another company, an auditor, the requester – is not
    asked. Nobody left means the flow's fallback approver, then the company's ticket managers.
    """

    _name = "invoice.approval.stage"
    _inherit = ["invoice.approval.definition.mixin"]
    _description = "Approval Stage"
    _order = "sequence, id"

    name = fields.Char(required=True)
    sequence = fields.Integer(default=10)
    flow_id = fields.Many2one(
        "invoice.approval.flow", required=True, index=True, ondelete="cascade"
    )
    res_model = fields.Selection(related="flow_id.res_model")
    approver_type = fields.Selection(
        selection=[
            ("users", "People"),
            ("group", "Group"),
            ("manager", "Requester's manager"),
            ("department", "Department's manager"),
            ("contract", "Contract's owner"),
            ("customer", "Customer's salesperson"),
            ("field", "Field of the document"),
        ],
        string="Who",
        default="users",
        required=True,
    )
    user_ids = fields.Many2many(
        "res.users",
        "invoice_approval_stage_user_rel",
        string="People",
        domain=[("share", "=", False)],
    )
    group_id = fields.Many2one("res.groups", ondelete="restrict")
    user_field = fields.Selection(
        selection="_selection_user_field",
        string="Field",
        help="The users in this field of the document are asked.",
    )
    rule = fields.Selection(
        selection=[
            ("any", "Any of them"),
            ("all", "All of them"),
            ("count", "At least a number of them"),
        ],
        default="any",
        required=True,
    )
    minimum = fields.Integer(
        string="At Least", default=2, help="How many different people must agree."
    )
    condition = fields.Char(
        default="[]",
        help="The stage is skipped for documents that do not match. Leave it open for all.",
    )
    deadline_hours = fields.Float(
        string="Hours to Decide", help="Working hours. 0: as the flow says."
    )
    escalation_type = fields.Selection(
        selection=[
            ("none", "Nobody"),
            ("manager", "The manager of those who are late"),
            ("user", "A person"),
        ],
        string="Escalate To",
        default="none",
        required=True,
        help="Who may decide the stage, alone, once its deadline has passed.",
    )
    escalation_user_id = fields.Many2one(
        "res.users", string="Escalation Person", domain=[("share", "=", False)]
    )

    _minimum_positive = models.Constraint(
        "CHECK(minimum > 0)", "At least one person must agree to a stage."
    )
    _deadline_positive = models.Constraint(
        "CHECK(deadline_hours >= 0)", "The hours to decide cannot be negative."
    )

    # === COMPUTE METHODS === #

    @api.model
    def _selection_user_field(self):
        Flow = self.env["invoice.approval.flow"]
        return [
            (f"{model}.{fname}", f"{title}: {field._description_string(self.env)}")
            for model, title in Flow._selection_res_model()
            for fname, field in sorted(self.env[model]._fields.items())
            if field.comodel_name == "res.users"
            and field.store
            and field.type in ("many2one", "many2many")
            and not field.inherited
            and fname not in models.MAGIC_COLUMNS
        ]

    # === CONSTRAINT METHODS === #

    @api.constrains("approver_type", "user_ids", "group_id", "user_field", "flow_id")
    def _check_approvers(self):
        for stage in self:
            needed = {"users": "user_ids", "group": "group_id", "field": "user_field"}
            fname = needed.get(stage.approver_type)
            if fname and not stage[fname]:
                if fname == "user_ids":
                    message = self.env._("Name at least one person for the stage %s.", stage.name)
                elif fname == "group_id":
                    message = self.env._("Choose the group of the stage %s.", stage.name)
                else:
                    message = self.env._("Choose the field of the stage %s.", stage.name)
                raise ValidationError(message)
            if fname == "user_field" and stage._get_user_field()[0] != stage.flow_id.res_model:
                raise ValidationError(
                    self.env._(
                        "The stage %s asks the people in a field of another kind of document. "
                        "Choose a field of the flow's documents.",
                        stage.name,
                    )
                )

    @api.constrains("escalation_type", "escalation_user_id")
    def _check_escalation(self):
        for stage in self:
            if stage.escalation_type == "user" and not stage.escalation_user_id:
                raise ValidationError(
                    self.env._("Name the person to whom the stage %s escalates.", stage.name)
                )

    @api.constrains("condition", "flow_id")
    def _check_condition(self):
        for stage in self:
            stage.flow_id._check_domain(stage.condition, stage.name)

    # === BUSINESS METHODS === #

    def _get_definition(self):
        """What the stage says; see the flow."""
        self.ensure_one()
        people = {
            "users": self.user_ids.mapped("name"),
            "group": [self.group_id.full_name or ""],
        }
        return {
            "name": self.name,
            "approver_type": self.approver_type,
            "people": people.get(self.approver_type, []),
            "user_field": self.user_field if self.approver_type == "field" else False,
            "rule": self.rule,
            "minimum": self.minimum if self.rule == "count" else 0,
            "condition": self.condition or "[]",
            "deadline_hours": self.deadline_hours,
            "escalation_type": self.escalation_type,
            "escalation": self.escalation_user_id.name or "",
        }

    def _get_user_field(self):
        """Model and name of the field whose users are asked.

        :rtype: tuple[str, str]
        """
        model, _dot, fname = (self.user_field or "").rpartition(".")
        return model, fname

    def _plan(self, document, requester):
        """Resolve the stage for a document that ``requester`` submits.

        :param document: in superuser mode
        :rtype: StagePlan
        """
        self.ensure_one()
        flow = self.flow_id
        plan = StagePlan(self, self.env["res.users"].sudo())
        if not document.filtered_domain(flow._evaluate_domain(self.condition, requester)):
            plan.skip_reason = self.env._("The condition of the stage does not fit.")
            return plan
        candidates = self._get_candidates(document, requester)
        company = document._get_approval_company()
        excluded = requester if flow.own_step != "allowed" else requester.browse()
        for user in candidates:
            if reason := user._get_cannot_be_asked_reason(company, excluded):
                plan.refusals[user] = reason
            else:
                plan.approvers |= user
        if flow.own_step == "skipped" and requester in candidates:
            plan.skip_reason = self.env._("The requester is one of the approvers.")
            plan.is_own = True
        elif not plan.approvers:
            plan.approvers, plan.is_fallback = flow._get_fallback(document, requester), True
        return plan

    def _get_candidates(self, document, requester):
        """Everybody whom the stage means, whether they can decide or not.

        :rtype: res.users
        """
        self.ensure_one()
        users = getattr(self, f"_get_{self.approver_type}_candidates")(document, requester)
        return users.sudo().with_context(active_test=False)

    def _get_users_candidates(self, document, requester):
        return self.with_context(active_test=False).user_ids

    def _get_group_candidates(self, document, requester):
        return self.group_id.all_user_ids

    def _get_manager_candidates(self, document, requester):
        return requester._get_manager(document._get_approval_company())

    def _get_department_candidates(self, document, requester):
        company = document._get_approval_company()
        department = document._get_approval_department()
        department = department or requester.sudo()._get_ticket_department(company)
        return department.manager_id.user_id

    def _get_contract_candidates(self, document, requester):
        return document._get_approval_contract_owner()

    def _get_customer_candidates(self, document, requester):
        return document._get_approval_customer_owner()

    def _get_field_candidates(self, document, requester):
        return document[self._get_user_field()[1]]
