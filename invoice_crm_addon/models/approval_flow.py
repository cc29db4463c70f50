from ast import literal_eval

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain
from odoo.tools.safe_eval import safe_eval


class InvoiceApprovalFlow(models.Model):
    """Who approves which documents, in which order.

    The first active flow, in the order shown, whose company and condition fit a document
    applies to it. A request copies what it needs when it starts, so a flow can be changed at
    any time: running and past requests keep the stages and people that they started with.
    """

    _name = "invoice.approval.flow"
    _description = "Approval Flow"
    _order = "sequence, id"
    _check_company_auto = True

    name = fields.Char(required=True, translate=True)
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
    condition = fields.Char(
        default="[]",
        help="The flow applies to documents that match. Leave it open to match all of them.",
    )
    stage_ids = fields.One2many("invoice.approval.stage", "flow_id", string="Stages", copy=True)
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
        domain=[("share", "=", False)],
        help="Decides when nobody else can: an empty group, people who left, "
        "or a requester who may not approve their own request.",
    )
    request_count = fields.Integer(compute="_compute_request_count")

    # === COMPUTE METHODS === #

    @api.model
    def _selection_res_model(self):
        names = sorted(self.env.registry.descendants(["invoice.approval.mixin"], "_inherit"))
        return [
            (name, self.env[name]._get_approval_title())
            for name in names
            if not self.env[name]._abstract
        ]

    def _compute_request_count(self):
        counts = dict(
            self.env["invoice.approval.request"]._read_group(
                [("flow_id", "in", self.ids)], ["flow_id"], ["__count"]
            )
        )
        for flow in self:
            flow.request_count = counts.get(flow, 0)

    # === CONSTRAINT METHODS === #

    @api.constrains("condition", "res_model")
    def _check_condition(self):
        for flow in self:
            try:
                flow._get_domain(self.env.user).validate(self.env[flow.res_model])
            except Exception as error:
                raise ValidationError(
                    self.env._(
                        "The condition of the flow %(flow)s cannot be read: %(error)s. "
                        "Build it with the condition editor.",
                        flow=flow.name,
                        error=error,
                    )
                ) from error

    # === ACTION METHODS === #

    def action_view_requests(self):
        """Open the requests that this flow started."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "invoice_crm_addon.invoice_approval_request_action"
        )
        return dict(action, domain=[("flow_id", "=", self.id)], context={})

    # === BUSINESS METHODS === #

    def _get_domain(self, user):
        """Condition as a domain; ``uid`` in it is the requester.

        :param res.users user: the requester
        :rtype: Domain
        """
        self.ensure_one()
        condition = (self.condition or "").strip() or "[]"
        try:
            return Domain(literal_eval(condition))
        except ValueError:
            return Domain(safe_eval(condition, {"uid": user.id}))

    def _filter_eligible(self, users, company, requester):
        """People of ``users`` who can decide on a document that ``requester`` submits.

        A person counts who is active, works in the company and is no auditor. Unless the flow
        allows the requester's own step, they do not count either.

        :rtype: res.users
        """
        return users.filtered(
            lambda user: (
                user.active
                and not user.share
                and company in user.company_ids
                and not user.has_group("invoice_crm_addon.group_ticket_auditor")
                and (self.own_step == "allowed" or user != requester)
            )
        )

    def _get_fallback_approvers(self, company, requester):
        """Who decides when nobody else can; also of a flow that is gone.

        :rtype: res.users
        """
        managers = self.env.ref("invoice_crm_addon.group_ticket_manager").sudo().all_user_ids
        return self._filter_eligible(
            self.fallback_user_id, company, requester
        ) or self._filter_eligible(managers, company, requester)

    @api.model
    def _match(self, documents):
        """First flow that applies to each document.

        :param documents: records of one approvable model, in superuser mode
        :return: flow (maybe empty) by document
        :rtype: dict
        """
        flows_sudo = self.sudo().search([("res_model", "=", documents._name)])
        matched = {}
        for flow in flows_sudo.filtered("stage_ids"):
            candidates = documents.filtered(
                lambda document, flow=flow: (
                    document not in matched
                    and (not flow.company_id or flow.company_id == document._get_approval_company())
                )
            )
            fitting = candidates.filtered_domain(flow._get_domain(self.env.user))
            matched.update(dict.fromkeys(fitting, flow))
        return {document: matched.get(document, flows_sudo.browse()) for document in documents}
