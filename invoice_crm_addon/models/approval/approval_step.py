from odoo import api, fields, models
from odoo.fields import Command, Domain

OPEN_STATES = ("waiting", "pending")


class InvoiceApprovalStep(models.Model):
    """A stage as it was when the request started: name, rule and people are copies.

    State      Meaning
    =====================================================================================
    waiting    its turn comes later
    pending    its approvers are asked now
    approved   enough of them agreed
    rejected   one of them refused: the request ended here
    returned   one of them sent the request back: copies of the steps follow
    skipped    nobody was asked, for the reason noted
    cancelled  the request ended before
    =====================================================================================

    Each person counts once. Where absent people delegated to others of the same step, those
    who remain must agree: fewer people are asked, never nobody. Whoever the step was escalated
    to decides it alone.
    """

    _name = "invoice.approval.step"
    _inherit = ["invoice.approval.history.mixin"]
    _description = "Approval Step"
    _order = "request_id, sequence, id"

    request_id = fields.Many2one(
        "invoice.approval.request", required=True, index=True, ondelete="restrict"
    )
    company_id = fields.Many2one(
        related="request_id.company_id", store=True, precompute=True, index=True
    )
    sequence = fields.Integer()
    number = fields.Integer(
        string="Stage Number",
        help="Place of the stage in the flow; a step that was added counts on. A repeated step "
        "keeps its number.",
    )
    name = fields.Char(required=True)
    rule = fields.Selection(
        selection=[
            ("any", "Any of them"),
            ("all", "All of them"),
            ("count", "At least a number of them"),
        ],
        required=True,
    )
    minimum = fields.Integer(string="At Least")
    approver_ids = fields.Many2many(
        "res.users",
        "invoice_approval_step_user_rel",
        string="Approvers",
        context={"active_test": False},
        ondelete="restrict",
    )
    state = fields.Selection(
        selection=[
            ("waiting", "Later"),
            ("pending", "To decide"),
            ("approved", "Approved"),
            ("rejected", "Rejected"),
            ("returned", "Returned"),
            ("skipped", "Skipped"),
            ("cancelled", "Cancelled"),
        ],
        default="waiting",
        required=True,
    )
    note = fields.Char(help="Why nobody was asked, or how the step came about.")
    decision_ids = fields.One2many("invoice.approval.decision", "step_id", string="Decisions")
    deadline_hours = fields.Float(string="Hours to Decide")
    date_reached = fields.Datetime(string="Since")
    date_deadline = fields.Datetime(string="Deadline")
    date_done = fields.Datetime(string="Done On")
    escalation_type = fields.Char()
    escalation_user_id = fields.Many2one("res.users", string="Escalate To")
    escalated_user_id = fields.Many2one(
        "res.users", string="Escalated To", help="Decides the step alone since it is late."
    )

    def _is_final(self):
        return self.state not in OPEN_STATES

    # === BUSINESS METHODS - PEOPLE === #

    def _get_acting(self):
        """Who is to decide now, for whom.

        :return: for each step its open approvers, each with the person who acts for them
        :rtype: dict
        """
        Delegation = self.env["invoice.approval.delegation"]
        acting_by_step = {}
        for (flow, company, excluded), steps in self.grouped(
            lambda step: (
                step.request_id.flow_id,
                step.request_id.company_id,
                step.request_id._get_excluded_users(),
            )
        ).items():
            acting = Delegation._get_acting(steps.approver_ids, flow, company, excluded)
            acting_by_step.update(
                {step: {user: acting[user] for user in step.approver_ids} for step in steps}
            )
        return {step: step._filter_open(acting_by_step[step]) for step in self}

    def _filter_open(self, acting):
        """Keep those of ``acting`` who have not decided, neither themselves nor by others."""
        self.ensure_one()
        if self.rule == "any":
            return acting  # The first one to agree ends the step: nobody has yet.
        approvals = self.decision_ids.filtered(lambda d: d.decision == "approve")
        decided = approvals.user_id | approvals.for_user_id
        return {
            user: delegate
            for user, delegate in acting.items()
            if user not in decided and delegate not in approvals.user_id
        }

    def _get_escalated(self):
        """Who may decide the late step alone: the person it was escalated to, or their delegate.

        :rtype: res.users
        """
        user = self.escalated_user_id
        if not user:
            return user
        request = self.request_id
        # Not those who were late, nor those who had their say.
        excluded = request._get_excluded_users() | self.approver_ids | self._get_agreed_users()
        acting = self.env["invoice.approval.delegation"]._get_acting(
            user, request.flow_id, request.company_id, excluded
        )
        return acting[user]

    def _get_agreed_users(self):
        """People who approved the step."""
        return self.decision_ids.filtered(lambda d: d.decision == "approve").user_id

    def _get_principal(self, acting, user):
        """For whom ``user`` decides the step, if for somebody else only.

        :param dict acting: open approvers of the step and who acts for each
        :rtype: res.users
        """
        self.ensure_one()
        principals = self.env["res.users"].union(*(u for u, by in acting.items() if by == user))
        if not principals and self._get_escalated() == user:
            principals = self.escalated_user_id
        return principals[:1] if user not in principals else user.browse()

    def _is_agreed(self, acting):
        """Whether enough people agreed.

        :param dict acting: open approvers, see ``_get_acting``
        """
        self.ensure_one()
        if not acting:
            return True
        if self.rule == "any":
            return False  # The first one to agree ends the step: nobody has yet.
        approvals = self.decision_ids.filtered(lambda d: d.decision == "approve")
        people = approvals.user_id
        if self.escalated_user_id & (people | approvals.for_user_id):
            return True
        return self.rule == "count" and len(people) >= self.minimum

    # === BUSINESS METHODS - TURN === #

    def _begin_turn(self):
        """The steps' approvers are asked from now on.

        :return: those of the steps that were not asked already
        """
        now = fields.Datetime.now()
        begun = self.filtered(lambda step: step.state != "pending")
        for step in begun:
            step.write(
                {
                    "state": "pending",
                    "date_reached": now,
                    "date_deadline": step.request_id._plan_deadline(step.deadline_hours),
                }
            )
        return begun

    def _close(self, state):
        """:param str state: one that is final"""
        self.write({"state": state, "date_done": fields.Datetime.now()})

    def _keep_latest(self):
        """Of a stage that was repeated, the last pass only; in order.

        :rtype: recordset
        """
        latest = {step.number: step for step in self.sorted()}
        return self.browse().union(*latest.values()).sorted()

    def _prepare_repetition(self):
        """Values of a step that asks the same people once more, as far as they can decide."""
        self.ensure_one()
        request = self.request_id
        approvers = self.approver_ids._filter_approvers(
            request.company_id, request._get_excluded_users()
        )
        approvers = approvers or request._get_fallback_approvers() or self.approver_ids
        return {
            "number": self.number,
            "name": self.name,
            "rule": self.rule,
            "minimum": self.minimum,
            "approver_ids": [Command.set(approvers.ids)],
            "deadline_hours": self.deadline_hours,
            "escalation_type": self.escalation_type,
            "escalation_user_id": self.escalation_user_id.id,
        }

    # === BUSINESS METHODS - ABSENCE === #

    @api.model
    def _replace_absent_approvers(self, users):
        """Ask others on the steps that are still to be decided, since these users cannot.

        Where they were the only ones, the fallback of the flow decides; where they stood in for
        somebody, that person does. Those who are still active, work in the company and audit
        nothing stay, and so does whoever decided. History stays as it is.

        :param res.users users: people of whom something changed
        """
        Request = self.env["invoice.approval.request"].sudo()
        is_asked = Domain("waiting_user_ids", "in", users.ids) | Domain(
            "step_ids", "any", [("state", "in", OPEN_STATES), ("approver_ids", "in", users.ids)]
        )
        # People who left are found; what follows must not see what else is archived.
        found = Request.with_context(active_test=False).search(
            Domain("state", "=", "pending") & is_asked
        )
        requests_sudo = Request.browse(found.ids)
        open_steps_sudo = requests_sudo.step_ids.filtered(lambda step: step.state in OPEN_STATES)
        changed_sudo = open_steps_sudo.filtered(lambda step: step._replace_absent(users))
        requests_sudo = requests_sudo.filtered(
            lambda request: (
                request in changed_sudo.request_id or request._is_waiting_for_absent(users)
            )
        )
        requests_sudo._update_turn()

    def _replace_absent(self, users):
        """:return: whether people of the step were replaced"""
        self.ensure_one()
        request = self.request_id
        excluded = request._get_excluded_users()
        if self.escalated_user_id & users:
            self.escalated_user_id = self.escalated_user_id._filter_approvers(
                request.company_id, excluded
            )
        present = self.approver_ids._filter_approvers(request.company_id, excluded)
        absent = (self.approver_ids - present) & users
        absent -= self._get_agreed_users()
        if not absent:
            return False
        remaining = (self.approver_ids - absent) or request._get_fallback_approvers()
        if not remaining:
            return False  # A manager can still withdraw the request.
        self.approver_ids = [Command.set(remaining.ids)]
        request._log(
            "replace",
            self,
            self.env._(
                "%(absent)s cannot decide any more. Asked now: %(people)s",
                absent=", ".join(absent.mapped("name")),
                people=", ".join(remaining.mapped("name")),
            ),
        )
        return True
