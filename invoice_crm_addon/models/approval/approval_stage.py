from dataclasses import dataclass, field

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Command

from ..base.words import words

# Where the people of a stage are named, by the kind of approvers.
APPROVER_FIELDS = {"users": "user_ids", "group": "group_id", "field": "user_field"}


@dataclass
class StagePlan:
    """One stage of a flow, resolved for one document.

    :param stage: the ``invoice.approval.stage``
    :param approvers: people who are asked, as ``res.users``
    :param refusals: why others whom the stage names are not asked, by ``res.users``
    :param skip_reason: why the stage asks nobody, or an empty string
    :param is_own: the stage is skipped since the requester is one of its people
    :param is_fallback: nobody of the stage can decide, so the fallback approvers are asked
    """

    stage: object
    approvers: object
    refusals: dict = field(default_factory=dict)
    skip_reason: str = ""
    is_own: bool = False
    is_fallback: bool = False


@dataclass
class Plan:
    """Flow and stages of one document.

    :param document: the document
    :param flow: the ``invoice.approval.flow`` that applies, maybe empty
    :param stages: list of :class:`StagePlan` in the order in which they are asked
    :param free_reason: why the document is approved at once, or an empty string
    :param note: sentence for the log of a document that is not approved at once, or empty
    :param excluded: people who may not decide, as ``res.users``
    """

    document: object
    flow: object
    excluded: object
    stages: list = field(default_factory=list)
    free_reason: str = ""
    note: str = ""

    def get_first_stage(self):
        """The stage that is asked first."""
        return next(stage for stage in self.stages if not stage.skip_reason)

    def check_somebody_decides(self):
        """:raise UserError: if nobody is left to ask in a stage, not even a fallback"""
        for stage in self.stages:
            if not stage.approvers and not stage.skip_reason:
                raise UserError(
                    self.flow.env._(
                        "Nobody can decide on the stage %(stage)s of the flow %(flow)s. Ask an "
                        "administrator to choose another fallback approver for the flow.",
                        stage=stage.stage.name,
                        flow=self.flow.name,
                    )
                )


class InvoiceApprovalStage(models.Model):
    """One stage of a flow: who is asked, how many of them must agree, and by when.

    Who                        Resolved when a document is submitted to
    =====================================================================================
    People                     the people named
    Group                      the members of the group
    Manager                    the manager of the requester's employee
    Department manager         the manager of the document's or requester's department
    Customer's owner           the salesperson of the customer
    Field                      the users in a field of the document
    =====================================================================================

    Whoever cannot decide – archived, of another company, an auditor, the requester – is not
    asked. Nobody left means the flow's fallback approver, then the company's ticket managers.

    A module adds a kind with ``selection_add`` to ``approver_type``, and says whom it means in
    ``_get_<kind>_candidates(document, requester)``: users, whether they can decide or not. Both
    are in superuser mode.
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
        ondelete="restrict",
    )
    group_id = fields.Many2one("res.groups", ondelete="restrict")
    user_field = fields.Selection(
        selection="_selection_user_field",
        string="Field",
        help="The users in this field of the document are asked.",
    )
    user_field_options = fields.Json(compute="_compute_user_field_options")
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
    condition = fields.Char(default="[]")
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
        "res.users",
        string="Escalation Person",
        domain=[("share", "=", False)],
        ondelete="restrict",
    )
    summary = fields.Char(string="Decided By", compute="_compute_summary")
    condition_summary = fields.Char(string="Applies To", compute="_compute_condition_summary")

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
            and self._is_nameable(model, fname)
        ]

    @api.depends(
        "approver_type",
        "user_ids",
        "group_id",
        "user_field",
        "rule",
        "minimum",
        "deadline_hours",
        "flow_id.deadline_hours",
        "escalation_type",
        "escalation_user_id",
    )
    @api.depends_context("lang")
    def _compute_summary(self):
        Version = self.env["invoice.approval.flow.version"]
        for stage in self:
            definition = {
                **stage._get_definition(),
                "deadline_hours": stage._get_deadline_hours(),
            }
            stage.summary = " · ".join(Version._describe_stage(definition))

    @api.depends("condition", "flow_id.res_model")
    @api.depends_context("lang")
    def _compute_condition_summary(self):
        for stage in self:
            flow = stage.flow_id
            stage.condition_summary = flow and flow._get_condition_summary(stage.condition)

    @api.depends("flow_id.res_model")
    def _compute_user_field_options(self):
        for stage in self:
            options = [name for name, _label in self._selection_user_field()]
            prefix = f"{stage.res_model}."
            stage.user_field_options = [name for name in options if name.startswith(prefix)]

    # === CONSTRAINT METHODS === #

    @api.constrains("approver_type", "user_ids", "group_id", "user_field", "flow_id")
    def _check_approvers(self):
        for stage in self:
            fname = APPROVER_FIELDS.get(stage.approver_type)
            if fname and not stage[fname]:
                raise ValidationError(stage._get_nobody_text())
            if fname == "user_field":
                stage._check_user_field()

    def _check_user_field(self):
        """:raise ValidationError: if the stage asks the people in a field that it must not name"""
        if self._get_user_field()[0] != self.flow_id.res_model:
            raise ValidationError(
                self.env._(
                    "The stage %s asks the people in a field of another kind of document. "
                    "Choose a field of the flow's documents.",
                    self.name,
                )
            )
        if self.user_field not in dict(self._selection_user_field()):
            raise ValidationError(
                self.env._(
                    "The stage %s asks the people in a field that does not exist, or that others "
                    "may not read. Choose one of the list.",
                    self.name,
                )
            )

    def _get_nobody_text(self):
        """Sentence about a stage that names nobody."""
        if self.approver_type == "users":
            return self.env._("Name at least one person for the stage %s.", self.name)
        if self.approver_type == "group":
            return self.env._("Choose the group of the stage %s.", self.name)
        return self.env._("Choose the field of the stage %s.", self.name)

    @api.constrains("approver_type", "user_ids", "rule", "minimum")
    def _check_minimum(self):
        for stage in self.filtered(lambda s: (s.approver_type, s.rule) == ("users", "count")):
            if stage.minimum > len(stage.user_ids):
                raise ValidationError(
                    self.env._(
                        "The stage %(stage)s asks %(people)s people, and at least %(minimum)s of "
                        "them are to agree. Name more people, or lower the number.",
                        stage=stage.name,
                        people=len(stage.user_ids),
                        minimum=stage.minimum,
                    )
                )

    @api.constrains("escalation_type", "escalation_user_id", "deadline_hours", "flow_id")
    def _check_deadline(self):
        for stage in self:
            if stage.escalation_type == "user" and not stage.escalation_user_id:
                raise ValidationError(
                    self.env._("Name the person to whom the stage %s escalates.", stage.name)
                )
        self._check_escalation_deadline()
        for flow in self.flow_id:
            flow._check_working_hours()

    def _check_escalation_deadline(self):
        """:raise ValidationError: if a stage escalates that is never late"""
        for stage in self.filtered(lambda stage: stage.escalation_type != "none"):
            if not (stage.deadline_hours or stage.flow_id.deadline_hours):
                raise ValidationError(
                    self.env._(
                        "The stage %s escalates once it is late, but it has no deadline. Enter the "
                        "hours to decide, in the stage or for the whole flow.",
                        stage.name,
                    )
                )

    @api.constrains("condition", "flow_id")
    def _check_condition(self):
        for stage in self:
            stage.flow_id._check_domain(stage.condition, stage.name)

    # === BUSINESS METHODS === #

    def _get_definition(self):
        """What the stage says; see the flow."""
        self.ensure_one()
        refer = self._refer
        kind = self.approver_type
        return {
            "name": self.name,
            "approver_type": kind,
            "people": refer(self.user_ids) if kind == "users" else [],
            "group": refer(self.group_id) if kind == "group" else [],
            "user_field": self.user_field if kind == "field" else False,
            "rule": self.rule,
            "minimum": self.minimum if self.rule == "count" else 0,
            "condition": self.condition or "[]",
            "deadline_hours": self.deadline_hours,
            "escalation_type": self.escalation_type,
            "escalation": refer(self.escalation_user_id) if self.escalation_type == "user" else [],
        }

    def _get_deadline_hours(self):
        """Working hours that the stage has, or 0."""
        self.ensure_one()
        return self.deadline_hours or self.flow_id.deadline_hours

    def _get_user_field(self):
        """Model and name of the field whose users are asked.

        :rtype: tuple[str, str]
        """
        model, _dot, fname = (self.user_field or "").rpartition(".")
        return model, fname

    def _plan(self, document, requester, excluded):
        """Resolve the stage for a document that ``requester`` submits.

        :param document: in superuser mode
        :param res.users excluded: people who may not decide
        :rtype: StagePlan
        """
        self.ensure_one()
        flow = self.flow_id
        # sudo: res.users - an empty set, to which people of the plan are added
        plan = StagePlan(self, self.env["res.users"].sudo())
        if not flow._filter_fitting(document, self.condition, requester, self.name):
            plan.skip_reason = words(self.env)._("The condition of the stage does not fit.")
            return plan
        candidates = self._get_candidates(document, requester)
        company = document._get_approval_company()
        for user in candidates:
            if reason := user._get_cannot_be_asked_reason(company, excluded):
                plan.refusals[user] = reason
            else:
                plan.approvers |= user
        if flow.own_step == "skipped" and requester in candidates:
            plan.skip_reason = words(self.env)._("The requester is one of the approvers.")
            plan.is_own = True
        elif not plan.approvers:
            plan.approvers, plan.is_fallback = flow._get_fallback(document, excluded), True
        return plan

    def _get_candidates(self, document, requester):
        """Everybody whom the stage means, whether they can decide or not.

        :rtype: res.users
        """
        self.ensure_one()
        users = getattr(self, f"_get_{self.approver_type}_candidates")(document, requester)
        # sudo: res.users - the engine asks whether they can decide, in whichever company they are
        users_sudo = users.sudo().with_context(active_test=False)
        # Whoever submits is read in the same query.
        return users_sudo.with_prefetch([*users._prefetch_ids, requester.id])

    def _get_users_candidates(self, document, requester):
        return self.with_context(active_test=False).user_ids

    def _get_group_candidates(self, document, requester):
        return self.group_id.all_user_ids

    def _get_manager_candidates(self, document, requester):
        return requester._get_manager(document._get_approval_company())

    def _get_department_candidates(self, document, requester):
        company = document._get_approval_company()
        department = document._get_approval_department()
        # sudo: hr.employee - only the department whose manager is asked
        department = department or requester.sudo()._get_ticket_department(company)
        return department.manager_id.user_id

    def _get_customer_candidates(self, document, requester):
        return document._get_approval_customer_owner()

    def _get_field_candidates(self, document, requester):
        return document[self._get_user_field()[1]]

    def _prepare_step_values(self, plan, sequence, is_first, deadline):
        """Values of a step of this stage; the first one is begun, with its deadline.

        :param StagePlan plan: the stage, resolved for the document
        """
        self.ensure_one()
        note = plan.is_fallback and words(self.env)._("Nobody of the stage can decide.")
        return {
            "sequence": sequence,
            "number": sequence,
            "name": self.name,
            "rule": self.rule,
            "minimum": self.minimum,
            "approver_ids": [Command.set(plan.approvers.ids)],
            "state": "skipped" if plan.skip_reason else "pending" if is_first else "waiting",
            "note": plan.skip_reason or note,
            "deadline_hours": self._get_deadline_hours(),
            "date_reached": is_first and fields.Datetime.now(),
            "date_deadline": is_first and deadline,
            "escalation_type": self.escalation_type,
            "escalation_user_id": self.escalation_user_id.id,
        }
