from odoo import api, fields, models
from odoo.exceptions import ConcurrencyError
from odoo.tools import format_amount, formatLang

from ..base.action_mixin import rewrite_rows


class InvoiceApprovalFlowVersion(models.Model):
    """What a flow said while requests started on it. Only the flow writes its versions.

    A version on which a request ran is final. The current one, as long as none did, takes over
    what administrators change.
    """

    _name = "invoice.approval.flow.version"
    _inherit = ["invoice.approval.history.mixin"]
    _description = "Version of an Approval Flow"
    _order = "flow_id, number desc"
    _rec_name = "number"

    flow_id = fields.Many2one(
        "invoice.approval.flow", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="flow_id.company_id", store=True, index=True)
    number = fields.Integer(string="Version", required=True)
    date = fields.Datetime(string="Since", default=fields.Datetime.now, required=True)
    user_id = fields.Many2one("res.users", string="Changed By", ondelete="set null")
    definition = fields.Json(required=True)
    definition_html = fields.Html(
        string="What It Said", compute="_compute_definition_html", sanitize=False
    )
    request_count = fields.Integer(string="Requests", compute="_compute_request_count")

    # Should two transactions ever make the same number, the later one fails.
    _number_uniq = models.UniqueIndex(
        "(flow_id, number)", "Somebody else is changing this flow. Reload it and try again."
    )

    # === COMPUTE METHODS === #

    @api.depends("definition")
    @api.depends_context("lang")
    def _compute_definition_html(self):
        for version in self:
            version.definition_html = version.definition and self.env["ir.qweb"]._render(
                "invoice_crm_addon.approval_flow_definition", version._prepare_readable()
            )

    def _compute_request_count(self):
        counts = {
            (flow.id, number): count
            for flow, number, count in self.env["invoice.approval.request"]._read_group(
                [("flow_id", "in", self.flow_id.ids)], ["flow_id", "flow_version"], ["__count"]
            )
        }
        for version in self:
            version.request_count = counts.get((version.flow_id.id, version.number), 0)

    @api.depends("number")
    def _compute_display_name(self):
        for version in self:
            version.display_name = self.env._("Version %s", version.number)

    # === ACTION METHODS === #

    def action_view_requests(self):
        """Open the requests that started on this version."""
        self.ensure_one()
        action = self.flow_id.action_view_requests()
        domain = [("flow_id", "=", self.flow_id.id), ("flow_version", "=", self.number)]
        return dict(action, domain=domain)

    # === BUSINESS METHODS === #

    def _is_final(self):
        return self.flow_id._is_version_used(self.number)

    # === KEEP === #

    @api.model
    def _keep(self, flow, definition):
        """Write the definition of a flow down, if it is not the current one; in superuser mode."""
        current = self.search([("flow_id", "=", flow.id)], limit=1)
        if current and current._says(definition):
            return
        # Two administrators who save at once: the second one is run again, on what the first
        # one made of the flow.
        rewrite_rows(flow)
        values = {"definition": definition, "user_id": self.env.uid}
        if current and not flow._is_version_used(current.number):
            current.write({**values, "date": fields.Datetime.now()})
            return
        number = current.number + 1
        self.create({**values, "flow_id": flow.id, "number": number})
        # The version looks current from here on: this write makes no further one.
        flow.version = number

    @api.model
    def _claim(self, flow):
        """Make the first request on the current version and whoever edits it collide.

        An editor writes to the current version as long as nothing ran on it. The later of the
        two is run again, and sees the other. In superuser mode.
        """
        current = self.search([("flow_id", "=", flow.id)], limit=1)
        rewrite_rows(current)
        if current.number != flow.version or not current._says(flow._get_definition()):
            # What is kept in memory is older than what this transaction sees.
            self.env.registry.clear_cache()
            raise ConcurrencyError(self.env._("The flow %s was just changed.", flow.name))

    def _says(self, definition):
        """Whether the version says the same as a definition; a new name says nothing new."""
        self.ensure_one()
        return self._drop_names(self.definition) == self._drop_names(definition)

    @api.model
    def _drop_names(self, definition):
        """A definition with its records by model and id only."""
        if isinstance(definition, list):
            return [self._drop_names(item) for item in definition]
        if not isinstance(definition, dict):
            return definition
        dropped = {"name"} if "model" in definition else ()
        return {k: self._drop_names(v) for k, v in definition.items() if k not in dropped}

    # === WORDS === #

    def _prepare_readable(self):
        """The definition in the reader's language, as the template shows it.

        :rtype: dict
        """
        self.ensure_one()
        definition = self.definition
        Flow = self.env["invoice.approval.flow"]
        model = definition["res_model"]
        return {
            "rows": self._describe_flow(definition),
            "watched": self._describe_watched_fields(model, definition["trigger_fields"]),
            "lanes": [self._describe_lane(lane) for lane in definition["fast_lanes"]],
            "stages": [
                {
                    "name": stage["name"],
                    "phrases": self._describe_stage(stage),
                    "conditions": Flow._describe_condition(model, stage["condition"]),
                }
                for stage in definition["stages"]
            ],
        }

    @api.model
    def _describe_flow(self, definition):
        """Label and words of what is said once for the whole flow.

        :rtype: list[tuple]
        """
        Flow = self.env["invoice.approval.flow"]
        conditions = Flow._describe_condition(definition["res_model"], definition["condition"])
        hours = definition["deadline_hours"]
        words = {
            "name": definition["name"],
            "res_model": self._get_label(Flow, "res_model", definition["res_model"]),
            "company_id": self._get_names(definition["company"]) or self.env._("All companies"),
            "condition": "\n".join(conditions) or self.env._("All documents"),
            "own_step": self._get_label(Flow, "own_step", definition["own_step"]),
            "fallback_user_id": self._get_names(definition["fallback"]),
            "deadline_hours": self._format_hours(hours) if hours else self.env._("No deadline"),
            "calendar_id": self._get_names(definition["calendar"]),
        }
        return [
            (Flow._fields[fname]._description_string(self.env), text)
            for fname, text in words.items()
            if text
        ]

    @api.model
    def _describe_lane(self, lane):
        """:param dict lane: definition of the fast lane"""
        currency = self.env["res.currency"].browse(lane["currency"][0]["id"])
        return self.env._(
            "Customers of the level %(level)s: no approval up to %(amount)s",
            level=self._get_names(lane["level"]),
            amount=format_amount(self.env, lane["amount"], currency),
        )

    @api.model
    def _describe_watched_fields(self, model, names):
        """Labels of the fields whose change is approved again."""
        Document = self.env[model]
        offered = [name for name in Document._get_approval_trigger_fields() if name in names]
        return [
            Document._fields[name]._description_string(self.env)
            if name in Document._fields
            else name
            for name in dict.fromkeys([*offered, *names])
        ]

    @api.model
    def _describe_stage(self, stage):
        """Who, how many and until when, in a few words each.

        :param dict stage: definition of the stage
        :rtype: list[str]
        """
        phrases = [self._describe_approvers(stage)]
        if stage["rule"] == "count":
            phrases.append(self.env._("at least %s", stage["minimum"]))
        else:
            phrases.append(self.env._("all") if stage["rule"] == "all" else self.env._("any"))
        if stage["deadline_hours"]:
            phrases.append(self._format_hours(stage["deadline_hours"]))
        if stage["escalation_type"] != "none":
            phrases.append(self._describe_escalation(stage))
        return phrases

    @api.model
    def _describe_approvers(self, stage):
        Stage = self.env["invoice.approval.stage"]
        kind = stage["approver_type"]
        label = self._get_label(Stage, "approver_type", kind)
        who = self._get_names(stage["people"] or stage["group"])
        if kind == "field":
            model, _dot, fname = (stage["user_field"] or "").rpartition(".")
            field = model in self.env and self.env[model]._fields.get(fname)
            who = field._description_string(self.env) if field else fname
        return self.env._("%(kind)s: %(who)s", kind=label, who=who) if who else label

    @api.model
    def _describe_escalation(self, stage):
        if stage["escalation_type"] == "user":
            return self.env._("late: %s", self._get_names(stage["escalation"]))
        return self.env._("late: their manager")

    @api.model
    def _format_hours(self, hours):
        """:param float hours: working hours"""
        digits = 0 if hours == int(hours) else 2
        return self.env._("%s h", formatLang(self.env, hours, digits=digits))

    @api.model
    def _get_label(self, Model, fname, value):
        """Label of a choice in the reader's language."""
        return dict(Model._fields[fname]._description_selection(self.env)).get(value, value)

    @api.model
    def _get_names(self, references):
        """Names of records, as they were; translated where they are still called so.

        :param list references: see ``_refer`` of the flow
        """
        return ", ".join(map(self._get_name, references))

    @api.model
    def _get_name(self, reference):
        if reference["model"] not in self.env:
            return reference["name"]
        get_name = self.env["invoice.approval.definition.mixin"]._get_record_name
        # sudo: the name stands in the version that the user reads; this only translates it
        record_sudo = self.env[reference["model"]].sudo().browse(reference["id"]).exists()
        plain_sudo = record_sudo.with_env(record_sudo.env(context={}))
        is_same = record_sudo and get_name(plain_sudo) == reference["name"]
        return get_name(record_sudo) if is_same else reference["name"]
