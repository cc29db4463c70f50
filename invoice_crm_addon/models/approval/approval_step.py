from odoo import api, fields, models
from odoo.fields import Command, Domain

from ..base.proof import proven
from ..base.words import KeptText, words

OPEN_STATES = ("waiting", "pending")
# What changes of a step when its turn begins or ends.
TURN_FIELDS = ("sequence", "state", "date_reached", "date_deadline", "date_done")


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

    A late step escalates, once, to the person that its stage names or to the manager of those
    who are late; the others are still asked. If they cannot decide – left, the requester, an
    auditor, of another company, asked already – or if there is no manager, the fallback approver
    is asked; without one it stays at reminders.
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
    note = KeptText(help="Why nobody was asked, or how the step came about.")
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
        if self.rule == "any" and self.state in OPEN_STATES:
            return self.approver_ids.browse()  # The first one to agree ends it.
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
            step._write_turn(
                {
                    "state": "pending",
                    "date_reached": now,
                    "date_deadline": step._plan_deadline(),
                }
            )
        return begun

    def _write_turn(self, vals):
        """Write all that a turn changes of steps, the same columns of each.

        So one that ends and the next one, which begins, are one update of the table.
        """
        self.write(vals)
        for field in map(self._fields.get, TURN_FIELDS):
            for step in self:
                value = field.convert_to_cache(step[field.name], step)
                field._update_cache(step, value, dirty=True)

    def _plan_deadline(self):
        """Moment until which the step is to be decided if it begins now, or False."""
        request, hours = self.request_id, self.deadline_hours
        return request.flow_id._plan_deadline(request.company_id, hours) if hours else False

    def _hand_over(self, acting, user):
        """Ask somebody else instead of the current user, and of those for whom they act.

        :param dict acting: open approvers, see ``_get_acting``
        """
        self.ensure_one()
        handed = [principal for principal, by in acting.items() if by == self.env.user]
        if self._get_escalated() == self.env.user:
            self.escalated_user_id = user
        if handed:
            self.approver_ids = [
                *(Command.unlink(principal.id) for principal in handed),
                Command.link(user.id),
            ]

    def _close(self, state):
        """:param str state: one that is final"""
        self._write_turn({"state": state, "date_done": fields.Datetime.now()})

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

    def _prepare_addition(self, user):
        """Values of a step that asks somebody else beside this one."""
        self.ensure_one()
        return {
            "name": user.name,
            "number": max(self.request_id.step_ids.mapped("number")) + 1,
            "rule": "any",
            "minimum": 1,
            "approver_ids": [Command.set(user.ids)],
            "deadline_hours": self.deadline_hours,
            "note": words(self.env)._("Added by %s", self.env.user.name),
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
        Request = proven(self.env["invoice.approval.request"])
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
            words(self.env)._(
                "%(absent)s cannot decide any more. Asked now: %(people)s",
                absent=", ".join(absent.mapped("name")),
                people=", ".join(remaining.mapped("name")),
            ),
        )
        return True

    # === BUSINESS METHODS - ESCALATION === #

    def _is_escalating(self):
        """Whether the step, once late, is handed to somebody else and has not been yet."""
        return self.escalation_type in ("manager", "user") and not self.escalated_user_id

    def _escalate(self):
        """Hand the late step to somebody who decides it alone, if there is anybody."""
        self.ensure_one()
        user, is_fallback = self._find_escalation_user()
        if not user:
            return
        self.escalated_user_id = user
        comment = words(self.env)._("The deadline has passed.")
        if is_fallback:
            comment = words(self.env)._(
                "The deadline has passed, and nobody of the escalation can decide."
            )
        request = self.request_id
        request._log("escalate", self, comment, target=user)
        request._update_turn()

    def _find_escalation_user(self):
        """Who decides the late step instead.

        :return: the person, maybe none, and whether it is a fallback approver
        :rtype: tuple[res.users, bool]
        """
        request = self.request_id
        company, excluded = request.company_id, request._get_excluded_users()
        asked = request.waiting_user_ids
        # Who agreed already has had their say.
        excluded |= asked | self._get_agreed_users()
        users = self._get_escalation_candidates(asked)._filter_approvers(company, excluded)[:1]
        is_fallback = not users
        if is_fallback:
            users = (request._get_fallback_approvers() - excluded)[:1]
        return users, is_fallback

    def _get_escalation_candidates(self, late):
        """The people that the stage names for this case, whether they can decide or not.

        :param res.users late: those whose turn it is
        """
        if self.escalation_type == "user":
            return self.escalation_user_id
        company = self.request_id.company_id
        return late.browse().union(*(user._get_manager(company) for user in late))

    # === BUSINESS METHODS - TIMELINE === #

    def _get_timeline_step(self, acting):
        """:param dict acting: open approvers and who acts for each, of the step in turn"""
        self.ensure_one()
        labels = dict(self._fields["state"]._description_selection(self.env))
        return {
            "id": self.id,
            "name": self.name,
            "state": self.state,
            "state_label": labels[self.state],
            "rule": self._get_rule_label(),
            "note": str(self.note or ""),
            "people": self._get_timeline_people(acting),
            "entries": [
                decision._get_timeline_entry()
                for decision in self.decision_ids
                if decision.decision != "withdraw"
            ],
            "since": fields.Datetime.to_string(self.date_reached) or False,
            "until": fields.Datetime.to_string(self.date_done) or False,
            "deadline": fields.Datetime.to_string(self.date_deadline) or False,
            "reminded": fields.Datetime.to_string(self._get_reminded_on()) or False,
        }

    def _get_reminded_on(self):
        """When the people of the step were last reminded, or False."""
        reminded_on = self.request_id.reminded_on
        is_meant = self.state == "pending" and reminded_on and reminded_on >= self.date_reached
        return is_meant and reminded_on

    def _get_timeline_people(self, acting):
        """Those who are asked and have not decided yet, each once.

        ``for`` names the people for whom somebody stands in, unless they are asked themselves.
        """
        if self.state not in ("pending", "waiting"):
            return []
        pairs = acting or {user: user for user in self.approver_ids}
        Users = self.env["res.users"]
        people = {
            delegate: Users.union(*(user for user, by in pairs.items() if by == delegate))
            for delegate in pairs.values()
        }
        if escalated := self._get_escalated():
            people[escalated] = self.escalated_user_id
        return [
            {
                **user._get_timeline_person(),
                "for": user not in principals and ", ".join(principals.mapped("name")),
            }
            for user, principals in people.items()
        ]

    def _get_rule_label(self):
        """How many of the people must agree, in words; empty where one person is asked."""
        self.ensure_one()
        if self.rule == "count":
            return self.env._("At least %s of them", self.minimum)
        if len(self.approver_ids) < 2:
            return ""
        return dict(self._fields["rule"]._description_selection(self.env))[self.rule]
