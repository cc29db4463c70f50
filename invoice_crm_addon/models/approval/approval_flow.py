from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tools import ormcache

from ..base.proof import is_proven, proven
from .approval_stage import Plan

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

    Flows are read at every submission and change rarely: their rows are kept in memory. A
    change of a flow, of its stages or of its fast lanes empties it, see the mixin of the
    definitions.
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
    res_model = fields.Selection(selection="_selection_res_model", string="Document", required=True)
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
                        "The flow %s is to watch fields that its documents do not have, or that "
                        "others may not read. Tick them in the list again.",
                        flow.name,
                    )
                )

    # === CRUD METHODS === #

    def write(self, vals):
        if "version" in vals and not is_proven(self.env):
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

    def copy_data(self, default: dict | None = None):
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
        # sudo: only whether any request ran on a flow
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
            if fname in Document._fields and self._is_watchable(self.res_model, fname)
        ]

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
            # A branch has its own flows, then those of the companies above it, the nearest first,
            # then the shared ones, which a company of its own mixes with its own.
            ranks = {c.id: rank for rank, c in enumerate(reversed(company.parent_ids))}
            ranks[False] = len(ranks) if company.parent_id else 0
            allowed = {*ranks, *requester._get_company_ids()}
            flows = self.filtered(lambda f, ids=allowed: f.company_id.id in ids and f.stage_ids)
            for flow in flows.sorted(
                lambda f, ranks=ranks: ranks.get(f.company_id.id, len(ranks) + 1)
            ):
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
        return not self.company_id or not company or self.company_id in company.parent_ids

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
        elif lane := self.fast_lane_ids and self.fast_lane_ids._find(document):
            plan.free_reason = lane._get_reason()
        else:
            plan.note = self.fast_lane_ids and self.fast_lane_ids._get_hindrance(document) or ""
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

    @api.model
    def _filter_fitting(self, documents, condition, requester, where):
        """Those of the documents that match a condition; without one, all of them.

        :param str where: name of the flow or stage, for the message
        """
        if not documents or not condition or condition == "[]":
            return documents
        return self._apply_condition(documents, condition, requester, where)

    # === BUSINESS METHODS - MEMORY === #

    @api.model
    def _get_active(self, res_model):
        """Active flows for documents of a model, in the order in which they apply.

        Their rows, and those of stages and fast lanes, are in the cache of the transaction.

        :param str res_model: name of an approvable model
        :return: flows in superuser mode
        """
        flow_ids, columns = self._read_active(res_model)
        # The people of a stage are named whether they are still there or not.
        # sudo: flows apply to everybody's documents; this reads which, not the documents
        env = self.with_context(active_test=False).sudo().env
        for model, fname, values in columns:
            records = env[model].browse(values)
            records._fields[fname]._insert_cache(records, values.values())
        return env[self._name].browse(flow_ids)

    @api.model
    @ormcache("res_model")
    def _read_active(self, res_model):
        """Ids of the flows, and their rows as columns.

        :return: ids, and for each field model, name and value by id
        :rtype: tuple[tuple, tuple]
        """
        # sudo: the cache is shared by all users
        flows = (
            self.sudo()
            .with_context(active_test=False)
            .search([("res_model", "=", res_model), ("active", "=", True)])
        )
        columns = (
            *self._dump_columns(flows, "stage_ids", "fast_lane_ids"),
            *self._dump_columns(flows.stage_ids, "user_ids"),
            *self._dump_columns(flows.fast_lane_ids),
        )
        return flows._ids, columns

    @api.model
    def _dump_columns(self, records, *relations):
        """Yield model, name and cached values by id of each column, and of some relations."""
        for fname, field in records._fields.items():
            if (field.store and field.column_type) or fname in relations:
                values = {
                    record.id: field.convert_to_cache(record[fname], record, validate=False)
                    for record in records
                }
                yield records._name, fname, values

    # === BUSINESS METHODS - USE === #

    @api.model
    @ormcache("flow_id", "number")
    def _check_version_used(self, flow_id, number):
        """Remember that requests started on a version, which is so for ever.

        :param int flow_id: the flow
        :param int number: of the version
        :raise LookupError: if none did so far, which is not remembered
        """
        if not self.browse(flow_id)._is_version_used(number):
            raise LookupError(number)

    def _is_version_used(self, number):
        """Whether a request ever started on a version of the flow."""
        self.ensure_one()
        domain = [("flow_id", "=", self.id), ("flow_version", "=", number)]
        # sudo: only whether any request ran on it
        return bool(self.env["invoice.approval.request"].sudo().search_count(domain, limit=1))

    def _claim_version(self):
        """Make the first request on the version and whoever edits it collide."""
        try:
            self._check_version_used(self.id, self.version)
        except LookupError:
            proven(self.env["invoice.approval.flow.version"])._claim(self)
