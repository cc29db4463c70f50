from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import format_amount, format_datetime

from ...models.approval.approval_condition import CONDITION_ERRORS


class InvoiceApprovalTryWizard(models.TransientModel):
    """Shows what a flow would do with a document, before it is switched on.

    The trial asks the engine's own plan, as the requester, and says what it answers. Nothing is
    written: no request starts, nobody is told.
    """

    _name = "invoice.approval.try.wizard"
    _inherit = ["invoice.readable.mixin"]
    _description = "Try an Approval Flow"

    flow_id = fields.Many2one("invoice.approval.flow", required=True, ondelete="cascade")
    res_model = fields.Selection(related="flow_id.res_model", string="Kind of Document")
    res_id = fields.Many2oneReference(
        string="Document",
        model_field="res_model",
        compute="_compute_res_id",
        store=True,
        readonly=False,
    )
    requester_id = fields.Many2one(
        "res.users",
        string="Submitted By",
        compute="_compute_requester_id",
        store=True,
        readonly=False,
        domain=[("share", "=", False)],
    )
    result_html = fields.Html(compute="_compute_result_html", sanitize=False)

    # === COMPUTE METHODS === #

    @api.depends("flow_id")
    def _compute_res_id(self):
        for wizard in self:
            wizard.res_id = wizard.flow_id and wizard._find_document().id

    @api.depends("flow_id", "res_id")
    def _compute_requester_id(self):
        for wizard in self:
            document = wizard._get_document()
            # sudo: only who is in charge of a document that the user may read
            owner = document and document.sudo()._get_approval_owner()
            wizard.requester_id = owner or self.env.user

    @api.depends("flow_id", "res_id", "requester_id")
    @api.depends_context("uid", "lang", "tz", "allowed_company_ids")
    def _compute_result_html(self):
        for wizard in self:
            wizard.result_html = False
            if wizard._get_document() and wizard.requester_id:
                wizard.result_html = self.env["ir.qweb"]._render(
                    "invoice_crm_addon.approval_try_result", wizard._prepare_result()
                )

    # === BUSINESS METHODS - DOCUMENT === #

    def _get_flow(self):
        """The flow under the rights of the current user; stored fields are computed without."""
        return self.flow_id.sudo(False)

    def _get_document(self):
        """The document under the rights of the current user, maybe none.

        :raise AccessError: if the user may not read it
        """
        self.ensure_one()
        flow = self._get_flow()
        if not flow or not self.res_id:
            return None
        document = flow.env[flow.res_model].browse(self.res_id).exists()
        document.check_access("read")
        return document

    def _find_document(self):
        """Latest document that the flow is for, or else the latest one of its company."""
        flow = self._get_flow()
        Document = flow.env[flow.res_model]
        scope = Document._get_approval_trial_domain()
        if flow.company_id and "company_id" in Document._fields:
            scope &= Domain("company_id", "in", [flow.company_id.id, False])
        latest = Document.search(scope, order="id desc", limit=1)
        try:
            condition = flow._evaluate_domain(flow.condition, self.env.user)
            return Document.search(scope & condition, order="id desc", limit=1) or latest
        except (*CONDITION_ERRORS, UserError):
            return latest  # The result says that the condition does not work.

    def _get_submitted_document(self):
        """The document as the engine would see it if the requester submitted it now."""
        user = self.requester_id.sudo()  # sudo: res.users - only companies and timezone
        company = self.env.company if self.env.company in user.company_ids else user.company_id
        # sudo: as the engine sees it; the user may read the document, see _get_document
        return (
            self._get_document()
            .with_user(user)
            .with_context(tz=user.tz, allowed_company_ids=company.ids)
            .sudo()
        )

    # === BUSINESS METHODS - RESULT === #

    def _prepare_result(self):
        """What the template shows.

        :rtype: dict
        """
        self.ensure_one()
        document_sudo = self._get_submitted_document()
        flow_sudo = self.flow_id.with_env(document_sudo.env)
        try:
            checks = self._get_checks(flow_sudo, document_sudo)
            plan = flow_sudo._plan_document(document_sudo, document_sudo.env.user)
        except UserError as error:
            return {"error": str(error)}
        return {
            "error": False,
            "document": self._describe_document(document_sudo),
            "is_archived": not flow_sudo.active,
            "checks": checks,
            "fits": all(is_met for is_met, _text in checks),
            "free_reason": plan.free_reason,
            "stages": self._describe_stages(plan),
        }

    def _describe_document(self, document):
        """What approvers would read of the document, in one line."""
        summary = document._get_approval_summary()
        partner = document.env["res.partner"].browse(summary.get("partner_id"))
        currency = self.env["res.currency"].browse(summary.get("currency_id"))
        parts = [
            document.display_name,
            partner != document and partner.name,
            summary.get("summary"),
            currency and format_amount(self.env, summary["amount"], currency),
        ]
        return " · ".join(filter(None, parts))

    def _get_checks(self, flow, document):
        """Whether the flow would apply to the document, question by question.

        :return: whether it is so, and a sentence
        :rtype: list[tuple]
        """
        checks = [
            self._check_scope(flow, document),
            *self._check_condition(flow, document),
        ]
        if not flow.stage_ids:
            checks.append((False, self.env._("The flow has no stages, so it applies to nothing.")))
        if all(is_met for is_met, _text in checks):
            checks.append(self._check_order(flow, document))
        return checks

    def _check_scope(self, flow, document):
        company = document._get_approval_company().name
        if not flow.company_id:
            return True, self.env._("The flow is for all companies.")
        if flow._is_in_scope(document):
            return True, self.env._("The document belongs to %s, as the flow does.", company)
        return False, self.env._(
            "The document belongs to %(company)s, and the flow is for %(other)s only.",
            company=company,
            other=flow.company_id.name,
        )

    def _check_condition(self, flow, document):
        """Each part of the condition, with the answer."""
        parts = flow._split_condition(flow.condition)
        if not parts:
            return [(True, self.env._("The flow has no condition."))]
        return [
            (
                bool(flow._filter_fitting(document, part, document.env.user, flow.name)),
                " ".join(self._describe_condition(flow, part)),
            )
            for part in parts
        ]

    def _describe_condition(self, flow, condition):
        """A condition in words, under the rights of who reads it."""
        return self._get_flow()._describe_condition(flow.res_model, condition)

    def _check_order(self, flow, document):
        """Whether another flow comes first."""
        active = flow.search([("res_model", "=", flow.res_model), ("active", "=", True)])
        [plan] = flow._plan(document, document.env.user, flows=(active | flow).sorted())
        if plan.flow == flow:
            return True, self.env._("No other flow that fits comes first.")
        return False, self.env._(
            "The flow “%s” comes first in the list, and fits as well.", plan.flow.name
        )

    def _describe_stages(self, plan):
        """The stages as the template shows them.

        :param Plan plan: what the engine would do
        :rtype: list[dict]
        """
        rows = []
        begins_now = True
        for stage in plan.stages:
            rows.append(self._describe_stage(plan, stage, begins_now))
            begins_now = begins_now and bool(stage.skip_reason)
        return rows

    def _describe_stage(self, plan, stage, begins_now):
        """:param StagePlan stage: one stage; ``begins_now`` if it is the first one to be asked"""
        acting = self._get_acting(plan, stage)
        return {
            "name": stage.stage.name,
            "summary": stage.stage.summary,
            "conditions": self._describe_condition(plan.flow, stage.stage.condition),
            "skip_reason": stage.skip_reason,
            "is_fallback": stage.is_fallback,
            "people": self._describe_people(acting),
            "shortage": self._get_shortage(stage, acting),
            "refusals": [(user.name, reason) for user, reason in stage.refusals.items()],
            "deadline": self._describe_deadline(plan, stage, begins_now),
        }

    def _get_acting(self, plan, stage):
        """Who would decide for each approver, delegations followed."""
        flow, requester = plan.flow, plan.document.env.user
        return self.env["invoice.approval.delegation"]._get_acting(
            stage.approvers,
            flow,
            plan.document._get_approval_company(),
            requester if flow.own_step != "allowed" else requester.browse(),
        )

    def _describe_people(self, acting):
        """Who would be asked now.

        :rtype: list[str]
        """
        return [
            user.name
            if user == delegate
            else self.env._("%(delegate)s for %(user)s", delegate=delegate.name, user=user.name)
            for user, delegate in acting.items()
        ]

    def _get_shortage(self, stage, acting):
        """Sentence if fewer people would be asked than must agree, or False."""
        asked = len(set(acting.values()))
        is_short = stage.stage.rule == "count" and 0 < asked < stage.stage.minimum
        if stage.skip_reason or not is_short:
            return False
        return self.env._(
            "%(minimum)s people are to agree, but %(asked)s can be asked: all of them must.",
            minimum=stage.stage.minimum,
            asked=asked,
        )

    def _describe_deadline(self, plan, stage, begins_now):
        """When the stage would be late."""
        hours = stage.stage._get_deadline_hours()
        if stage.skip_reason or not hours:
            return False
        words = self.env["invoice.approval.flow.version"]._format_hours(hours)
        if not begins_now:
            return self.env._("%s after its turn has come", words)
        deadline = plan.flow._plan_deadline(plan.document._get_approval_company(), hours)
        return self.env._(
            "%(date)s (%(hours)s from now)",
            date=format_datetime(self.env, deadline, dt_format="short"),
            hours=words,
        )
