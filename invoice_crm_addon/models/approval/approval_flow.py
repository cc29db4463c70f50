from contextlib import contextmanager

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError

from ..base.action_mixin import rewrite_rows
from .approval_plan import Plan

# Everybody may choose a flow by its name. What it asks for is not told to those who would submit
# around it.
DEFINITION_GROUPS = "invoice_crm_addon.group_ticket_manager,invoice_crm_addon.group_ticket_auditor"


class InvoiceApprovalFlow(models.Model):
    """Who approves which documents, in which order.

    The first active flow, in the order shown, whose company and condition fit a document
    applies to it. A document that no flow fits, or that the fast lane of its customer's level
    lifts out of it, is approved at once.

    A request copies what it needs when it starts, so a flow can be changed at any time:
    running and past requests keep the stages and people that they started with. A change of a
    flow that was used makes a new version, and each request says on which version it runs.
    """

    _name = "invoice.approval.flow"
    _inherit = ["invoice.approval.definition.mixin"]
    _description = "Approval Flow"
    _order = "sequence, id"
    _check_company_auto = True

    name = fields.Char(required=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company",
        default=lambda self: self.env.company,
        index=True,
        help="Leave empty to apply the flow in every company.",
    )
    res_model = fields.Selection(
        selection="_selection_res_model",
        string="Document",
        default="invoice.ticket",
        required=True,
    )
    condition = fields.Char(default="[]", groups=DEFINITION_GROUPS)
    trigger_fields = fields.Json(
        string="Approve Again When",
        groups=DEFINITION_GROUPS,
        help="A change of one of these fields on an approved document is approved again; "
        "a rejection restores the old values.",
    )
    trigger_options = fields.Json(compute="_compute_trigger_options", groups=DEFINITION_GROUPS)
    stage_ids = fields.One2many(
        "invoice.approval.stage",
        "flow_id",
        string="Stages",
        copy=True,
        groups=DEFINITION_GROUPS,
    )
    fast_lane_ids = fields.One2many(
        "invoice.approval.fast.lane",
        "flow_id",
        string="Fast Lanes",
        copy=True,
        groups=DEFINITION_GROUPS,
    )
    own_step = fields.Selection(
        selection=[
            ("forbidden", "Somebody else must decide"),
            ("skipped", "The step is skipped"),
            ("allowed", "The requester may decide"),
        ],
        string="If the Requester Is an Approver",
        default="forbidden",
        required=True,
    )
    fallback_user_id = fields.Many2one(
        "res.users",
        string="Fallback Approver",
        default=lambda self: self.env.user,
        required=True,
        groups=DEFINITION_GROUPS,
        domain=[("share", "=", False)],
        help="Decides when nobody else can: an empty group, people who left, "
        "or a requester who may not approve their own request.",
    )
    deadline_hours = fields.Float(
        string="Hours to Decide",
        help="Working hours that each stage has, unless it says otherwise. 0: no deadline.",
    )
    calendar_id = fields.Many2one(
        "resource.calendar",
        string="Working Hours",
        ondelete="restrict",
        check_company=True,
        help="Deadlines count these hours. Empty: those of the company; without any, every hour "
        "counts.",
    )
    version = fields.Integer(default=1, required=True, readonly=True, copy=False)
    version_ids = fields.One2many(
        "invoice.approval.flow.version", "flow_id", string="Versions", groups=DEFINITION_GROUPS
    )
    request_count = fields.Integer(compute="_compute_request_count")

    _deadline_positive = models.Constraint(
        "CHECK(deadline_hours >= 0)", "The hours to decide cannot be negative."
    )

    # === COMPUTE METHODS === #

    @api.model
    def _get_approvable_models(self):
        """Names of the models that inherit the approval mixin.

        :rtype: list[str]
        """
        names = self.env.registry.descendants(["invoice.approval.mixin"], "_inherit")
        return sorted(name for name in names if not self.env[name]._abstract)

    @api.model
    def _selection_res_model(self):
        return [
            (name, self.env[name]._get_approval_title()) for name in self._get_approvable_models()
        ]

    @api.depends("res_model")
    @api.depends_context("lang")
    def _compute_trigger_options(self):
        for flow in self:
            flow.trigger_options = flow.res_model and flow._get_trigger_options()

    def _compute_request_count(self):
        counts = dict(
            self.env["invoice.approval.request"]._read_group(
                [("flow_id", "in", self.ids)], ["flow_id"], ["__count"]
            )
        )
        for flow in self:
            flow.request_count = counts.get(flow, 0)

    @api.onchange("res_model")
    def _onchange_res_model(self):
        """Conditions and fields of other documents make no sense."""
        if self._origin.res_model == self.res_model:
            return
        self.condition = "[]"
        self.trigger_fields = []
        for stage in self.stage_ids:
            stage.condition = "[]"
            stage.user_field = False

    # === CONSTRAINT METHODS === #

    @api.constrains("condition", "res_model")
    def _check_condition(self):
        for flow in self:
            flow._check_domain(flow.condition, flow.name)

    @api.constrains("trigger_fields", "res_model")
    def _check_trigger_fields(self):
        for flow in self:
            known = {option["name"] for option in flow._get_trigger_options()}
            names = flow.trigger_fields or []
            if not isinstance(names, list) or not known.issuperset(map(str, names)):
                raise ValidationError(
                    self.env._(
                        "The flow %s is to watch fields that its documents do not have. Tick "
                        "them in the list again.",
                        flow.name,
                    )
                )

    @api.constrains("deadline_hours", "calendar_id", "company_id", "stage_ids")
    def _check_deadlines(self):
        for flow in self:
            flow._check_working_hours()
            flow.stage_ids._check_escalation_deadline()

    def _check_working_hours(self):
        """:raise ValidationError: if the deadlines of the flow count hours that nobody works"""
        self.ensure_one()
        hours = max([self.deadline_hours, *self.stage_ids.mapped("deadline_hours")])
        calendar = self.calendar_id
        if hours and calendar and not calendar.plan_hours(hours, fields.Datetime.now()):
            raise ValidationError(
                self.env._(
                    "Nobody works in the working hours %(calendar)s, so a deadline of %(flow)s "
                    "would never pass. Choose other working hours, or none for those of the "
                    "company.",
                    calendar=calendar.name,
                    flow=self.name,
                )
            )

    # === CRUD METHODS === #

    def write(self, vals):
        if "version" in vals and not self.env.su:
            raise AccessError(self.env._("Versions of a flow are counted, not written."))
        if "res_model" in vals:
            moved = self.filtered(lambda flow: flow.res_model != vals["res_model"])
            if used := moved._filter_used():
                raise UserError(
                    self.env._(
                        "Requests ran on %s, so it stays with its documents. Archive it, and "
                        "create another flow for the others.",
                        ", ".join(used.mapped("name")),
                    )
                )
        return super().write(vals)

    def copy_data(self, default=None):
        return [
            dict(vals, name=self.env._("%s (copy)", flow.name))
            if "name" not in (default or {})
            else vals
            for flow, vals in zip(self, super().copy_data(default), strict=True)
        ]

    @api.ondelete(at_uninstall=False)
    def _unlink_except_used(self):
        if used := self._filter_used():
            raise UserError(
                self.env._(
                    "Requests ran on %s, and their history names it. Archive it instead.",
                    ", ".join(used.mapped("name")),
                )
            )

    def _filter_used(self):
        """Flows on which requests ran, in whichever company."""
        Request_sudo = self.env["invoice.approval.request"].sudo()
        groups = Request_sudo._read_group([("flow_id", "in", self.ids)], ["flow_id"])
        return self & self.browse([flow_sudo.id for (flow_sudo,) in groups])

    # === ACTION METHODS === #

    def action_try(self):
        """Open the dialog that shows what the flow would do with a document."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Try %s", self.name),
            "res_model": "invoice.approval.try.wizard",
            "view_mode": "form",
            "target": "new",
            "context": {"default_flow_id": self.id},
        }

    def action_view_requests(self):
        """Open the requests that this flow started."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "invoice_crm_addon.invoice_approval_request_action"
        )
        return dict(action, domain=[("flow_id", "=", self.id)], context={})

    # === BUSINESS METHODS - DEFINITION === #

    def _get_flow(self):
        return self

    def _get_trigger_options(self):
        """Fields of the document that can be watched.

        :return: ``name`` and ``label`` of each
        :rtype: list[dict]
        """
        self.ensure_one()
        Document = self.env[self.res_model]
        return [
            {"name": fname, "label": Document._fields[fname]._description_string(self.env)}
            for fname in Document._get_approval_trigger_fields()
            if fname in Document._fields
        ]

    def _get_definition(self):
        """What the flow says; see the version, which puts it in words.

        Choices are kept as keys, and records as ``_refer`` returns them: their labels are added
        when a version is shown, in the reader's language.

        :rtype: dict
        """
        self.ensure_one()
        return {
            "name": self.name,
            "res_model": self.res_model,
            "company": self._refer(self.company_id),
            "condition": self.condition or "[]",
            "own_step": self.own_step,
            "fallback": self._refer(self.fallback_user_id),
            "deadline_hours": self.deadline_hours,
            "calendar": self._refer(self.calendar_id),
            "trigger_fields": sorted(self.trigger_fields or []),
            "fast_lanes": [lane._get_definition() for lane in self.fast_lane_ids.sorted()],
            "stages": [stage._get_definition() for stage in self.stage_ids.sorted()],
        }

    @api.model
    def _refer(self, records):
        """Records as a definition keeps them: by id, with the name that they have now.

        :return: ``model``, ``id`` and ``name`` of each
        :rtype: list[dict]
        """
        return [
            {"model": r._name, "id": r._origin.id, "name": self._get_record_name(r)}
            for r in records.with_env(self.env(su=True, context={})).sorted("id")
        ]

    @api.model
    def _get_record_name(self, record):
        """Name of a record in the language of its environment."""
        if record._name == "res.groups":
            return " / ".join(filter(None, [record.privilege_id.name, record.name]))
        # The display name would stay in the language in which it was read first.
        return record.name or ""

    @contextmanager
    def _version_once(self):
        """Make one version of all that changes inside the ``with`` block, stages included."""
        # Not in the context, which a caller can set.
        busy = self.env.cr.cache.setdefault("invoice_approval_versions", set())
        mine = set(self.ids) - busy
        busy |= mine
        try:
            yield
        finally:
            busy -= mine
        self.browse(mine).exists()._update_version()

    def _update_version(self):
        """Number what changed: a version on which requests ran is kept, and a new one made."""
        # Whoever edits, in whatever language; people who left are still named.
        for flow_sudo in self.sudo().with_context(active_test=False):
            flow_sudo._keep_version(flow_sudo._get_definition())

    def _keep_version(self, definition):
        """Write a definition down, if it is not the current one; in superuser mode."""
        current = self.version_ids.search([("flow_id", "=", self.id)], limit=1)
        if current and current._says(definition):
            return
        # Two administrators who save at once: the second one is run again, on what the first
        # one made of the flow.
        rewrite_rows(self)
        if current and not current._is_used():
            current.write(
                {
                    "definition": definition,
                    "user_id": self.env.uid,
                    "date": fields.Datetime.now(),
                }
            )
            return
        number = current.number + 1
        current.create(
            {
                "flow_id": self.id,
                "number": number,
                "user_id": self.env.uid,
                "definition": definition,
            }
        )
        self.version = number

    # === BUSINESS METHODS - PLAN === #

    @api.model
    def _plan(self, documents, requester, flows=None, authors=None):
        """Flow, stages and people for each document, as if ``requester`` submitted it now.

        :param documents: records of one approvable model, in superuser mode
        :param res.users requester: who submits
        :param flows: flows to choose from, in order; default: all active ones
        :param res.users authors: others whose values are to be approved
        :rtype: list[Plan]
        """
        if flows is None:
            flows = self._get_active(documents._name)
        matched = flows._match(documents, requester)
        return [
            matched[document]._plan_document(document, requester, authors) for document in documents
        ]

    def _match(self, documents, requester):
        """First of these flows that applies to each document.

        :return: flow, maybe empty, by document
        :rtype: dict
        """
        matched = {}
        for company, group in documents.grouped(lambda d: d._get_approval_company()).items():
            # A document of all companies is approved if any company of its requester asks for it:
            # to change to another one is no way around. The current one comes first.
            own = {False, company.id}
            allowed = {*own, *requester._get_company_ids()}
            flows = self.filtered(lambda f, ids=allowed: f.company_id.id in ids and f.stage_ids)
            for flow in flows.sorted(lambda f, ids=own: f.company_id.id not in ids):
                candidates = group.filtered(
                    lambda document, flow=flow: (
                        document not in matched and flow._is_in_scope(document)
                    )
                )
                fitting = flow._filter_fitting(candidates, flow.condition, requester, flow.name)
                matched.update(dict.fromkeys(fitting, flow))
        return {document: matched.get(document, self.browse()) for document in documents}

    def _is_in_scope(self, document):
        company = document._get_own_company()
        return not self.company_id or not company or self.company_id == company

    def _plan_document(self, document, requester, authors=None):
        """:rtype: Plan"""
        if self.company_id and not document._get_own_company():
            document = document.with_company(self.company_id)
        excluded = requester.browse()
        if self.own_step != "allowed":
            excluded = requester | (authors or excluded)
        plan = Plan(document, self, excluded)
        if not self:
            plan.free_reason = self.env._("No approval flow applies: approved at once.")
        elif lane := self.fast_lane_ids._find(document):
            plan.free_reason = lane._get_reason()
        else:
            stages = self.stage_ids.sorted()
            plan.stages = [stage._plan(document, requester, excluded) for stage in stages]
            if all(stage.skip_reason and not stage.is_own for stage in plan.stages):
                plan.free_reason = self.env._(
                    "No stage of the flow %s applies: approved at once.", self.name
                )
            elif all(stage.skip_reason for stage in plan.stages):
                # The requester is in every stage: somebody else must agree all the same.
                last = [stage for stage in plan.stages if stage.is_own][-1]
                last.skip_reason, last.is_own = "", False
                last.approvers, last.is_fallback = self._get_fallback(document, excluded), True
        return plan

    def _get_fallback(self, document, excluded):
        """People who decide when nobody of a stage can.

        :param res.users excluded: people who may not decide
        :rtype: res.users
        """
        company = document._get_approval_company()
        return self.fallback_user_id._get_fallback_approvers(company, excluded)

    def _get_calendar(self, company):
        """Working hours that count for deadlines of the company's documents.

        :rtype: resource.calendar
        """
        return self.calendar_id or company.resource_calendar_id
