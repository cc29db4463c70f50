from odoo import api, fields, models
from odoo.exceptions import UserError


class InvoiceApprovalDecisionWizard(models.TransientModel):
    """Asks for comment, reason, person or step of a decision, for one request or many.

    Of many requests, those that the user cannot decide – somebody else was faster, it is not
    their turn – are named and left out; the others are decided together.
    """

    _name = "invoice.approval.decision.wizard"
    _inherit = ["invoice.readable.mixin"]
    _description = "Approval Decision"

    request_ids = fields.Many2many("invoice.approval.request", string="Requests", required=True)
    able_request_ids = fields.Many2many(
        "invoice.approval.request", string="To Decide", compute="_compute_requests"
    )
    request_count = fields.Integer(compute="_compute_requests")
    subject = fields.Char(compute="_compute_subject")
    blocked = fields.Text(string="Left Out", compute="_compute_requests")
    changes_html = fields.Html(string="Changes", compute="_compute_changes_html", sanitize=False)
    facts_html = fields.Html(string="To Verify", compute="_compute_facts_html", sanitize=False)
    action = fields.Selection(
        selection=[
            ("approve", "Approve"),
            ("reject", "Reject"),
            ("return", "Return to a Step"),
            ("transfer", "Transfer"),
            ("add", "Add an Approver"),
            ("withdraw", "Withdraw"),
        ],
        required=True,
    )
    shown_step_ids = fields.Json(help="Steps whose turn it was when the dialog was opened.")
    comment = fields.Text()
    user_id = fields.Many2one("res.users", string="Person", domain=[("share", "=", False)])
    position = fields.Selection(
        selection=[("before", "Before me: I decide afterwards"), ("after", "After me")],
        default="before",
    )
    returnable_step_ids = fields.Many2many(
        "invoice.approval.step", compute="_compute_returnable_step_ids"
    )
    step_id = fields.Many2one(
        "invoice.approval.step",
        string="Back To",
        domain="[('id', 'in', returnable_step_ids)]",
        compute="_compute_step_id",
        store=True,
        readonly=False,
    )

    # === COMPUTE METHODS === #

    @api.depends("request_ids", "action")
    def _compute_requests(self):
        for wizard in self:
            able = wizard._get_able_requests()
            wizard.able_request_ids = able
            wizard.request_count = len(able)
            wizard.blocked = "\n".join(map(wizard._explain, wizard._get_requests() - able))

    @api.depends("able_request_ids")
    @api.depends_context("lang")
    def _compute_subject(self):
        for wizard in self:
            requests = wizard.able_request_ids._origin
            amounts = " + ".join(
                currency.format(sum(group.mapped("amount")))
                for currency, group in requests.grouped("currency_id").items()
                if currency
            )
            if len(requests) == 1:
                title = f"{requests.document_type} {requests.name}"
                parts = [title, requests.partner_id.name, amounts]
            else:
                parts = [self.env._("%s documents", len(requests)), amounts]
            wizard.subject = " · ".join(filter(None, parts))

    def _explain(self, request):
        """Why the request is left out, in a sentence that names it."""
        reason = request._get_cannot_reason(self._get_right())
        return reason if request.name in reason else f"{request.name}: {reason}"

    @api.depends("request_ids")
    def _compute_changes_html(self):
        for wizard in self:
            # One change is shown; many are read one by one before they are ticked.
            requests = wizard._get_requests()
            wizard.changes_html = len(requests) == 1 and requests.changes_html

    @api.depends("request_ids")
    @api.depends_context("lang", "uid")
    def _compute_facts_html(self):
        for wizard in self:
            requests = wizard._get_requests()
            facts = requests._get_toned_facts() if len(requests) == 1 else []
            wizard.facts_html = facts and self.env["ir.qweb"]._render(
                "invoice_crm_addon.approval_facts", {"facts": facts}
            )

    @api.depends("request_ids")
    def _compute_returnable_step_ids(self):
        for wizard in self:
            requests = wizard._get_requests()
            wizard.returnable_step_ids = len(requests) == 1 and requests._get_returnable_steps()

    @api.depends("returnable_step_ids")
    def _compute_step_id(self):
        for wizard in self:
            wizard.step_id = wizard.returnable_step_ids[-1:]

    # === ACTION METHODS === #

    def action_confirm(self):
        """Do to the requests what the dialog says."""
        self.ensure_one()
        requests = self._get_able_requests()
        if not requests:
            raise UserError(self.blocked)
        shown = {"step_ids": self.shown_step_ids or None}
        if self.action == "approve":
            requests.action_approve(self.comment, **shown)
        elif self.action == "reject":
            requests.action_reject(self.comment, **shown)
        elif self.action == "return":
            requests.action_return(self.comment, self.step_id.id, **shown)
        elif self.action == "transfer":
            requests.action_transfer(self.user_id.id, self.comment, **shown)
        elif self.action == "add":
            requests.action_add_approver(self.user_id.id, self.position, self.comment, **shown)
        else:
            requests.action_withdraw(self.comment)
        return {"type": "ir.actions.act_window_close"}

    # === BUSINESS METHODS === #

    @api.model
    def _open(self, requests, action):
        """Window action of the dialog.

        :param requests: the requests to decide
        :param str action: see the field ``action``
        """
        # sudo: only the ids of the steps in turn
        return {
            "type": "ir.actions.act_window",
            "name": dict(self._fields["action"]._description_selection(self.env))[action],
            "res_model": self._name,
            "view_mode": "form",
            "target": "new",
            "context": {
                "default_request_ids": requests.ids,
                "default_shown_step_ids": requests.sudo()._get_current_step().ids,
                "default_action": action,
            },
        }

    def _get_right(self):
        return {"withdraw": "withdraw", "return": "return"}.get(self.action, "decide")

    def _get_requests(self):
        """The stored requests, also while the dialog is a draft that holds copies of them."""
        return self.request_ids._origin

    def _get_able_requests(self):
        """Those of the requests to which the current user can do it."""
        return self._get_requests().filtered(
            lambda request: not request._get_cannot_reason(self._get_right())
        )
