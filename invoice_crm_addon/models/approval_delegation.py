from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import ValidationError


class InvoiceApprovalDelegation(models.Model):
    """Somebody is absent, and somebody else approves for them.

    While a delegation runs, the steps of the absent person are asked of the delegate, as
    "B for A"; the day after it ends they go back. Delegations form chains: if B is absent
    too, whoever stands in for B decides. A chain that comes back to its start, or that ends
    with somebody who cannot decide on the document – its requester, an auditor, a person of
    another company – stops at the last person who can.

    A day begins at midnight in the timezone of the absent person.

    Action     Who
    =====================================================================================
    Read       everybody of the two, ticket managers, auditors
    Write      the absent person, ticket managers
    =====================================================================================
    """

    _name = "invoice.approval.delegation"
    _description = "Approval Delegation"
    _order = "date_from desc, id desc"
    _rec_name = "user_id"

    user_id = fields.Many2one(
        "res.users",
        string="Absent",
        required=True,
        default=lambda self: self.env.user,
        index=True,
        ondelete="cascade",
        domain=[("share", "=", False)],
    )
    delegate_id = fields.Many2one(
        "res.users",
        string="Decides Instead",
        required=True,
        index=True,
        ondelete="cascade",
        domain="[('share', '=', False), ('id', '!=', user_id)]",
    )
    date_from = fields.Date(
        string="From", required=True, default=fields.Date.context_today, index=True
    )
    date_to = fields.Date(string="Until", required=True, index=True, help="Last day included.")
    flow_ids = fields.Many2many(
        "invoice.approval.flow",
        "invoice_approval_delegation_flow_rel",
        string="Flows",
        help="Leave empty for all flows.",
    )
    reason = fields.Char()
    active = fields.Boolean(default=True)
    state = fields.Selection(
        selection=[("planned", "Planned"), ("running", "Running"), ("ended", "Ended")],
        compute="_compute_state",
    )
    is_applied = fields.Boolean(
        readonly=True, copy=False, help="Waiting approvals were handed to the delegate."
    )

    _dates_ordered = models.Constraint(
        "CHECK(date_to >= date_from)", "The delegation ends before it starts."
    )
    _other_person = models.Constraint(
        "CHECK(delegate_id != user_id)", "Nobody can stand in for themselves."
    )

    # === COMPUTE METHODS === #

    @api.depends("date_from", "date_to", "user_id.tz")
    def _compute_state(self):
        for delegation in self:
            today = delegation._get_today()
            if not delegation.date_from or today < delegation.date_from:
                delegation.state = "planned"
            else:
                is_over = delegation.date_to and delegation.date_to < today
                delegation.state = "ended" if is_over else "running"

    def _get_today(self):
        """Today where the absent person is."""
        user = self.user_id.sudo()
        return fields.Date.context_today(
            self.with_context(tz=user.tz or self.env.context.get("tz"))
        )

    # === CONSTRAINT METHODS === #

    @api.constrains("user_id", "date_from", "date_to", "flow_ids", "active")
    def _check_overlap(self):
        for delegation in self.filtered("active"):
            others = self.sudo().search(
                [
                    ("id", "!=", delegation.id),
                    ("user_id", "=", delegation.user_id.id),
                    ("date_from", "<=", delegation.date_to),
                    ("date_to", ">=", delegation.date_from),
                ]
            )
            if any(delegation._shares_flow_with(other) for other in others):
                raise ValidationError(
                    self.env._(
                        "%s has another delegation for the same days and flows. Change its "
                        "dates, or choose other flows.",
                        delegation.user_id.name,
                    )
                )

    def _shares_flow_with(self, other):
        flows, others = self.sudo().flow_ids, other.flow_ids
        return not flows or not others or bool(flows & others)

    @api.constrains("delegate_id")
    def _check_delegate(self):
        for delegation in self:
            delegate_sudo = delegation.delegate_id.sudo()
            if not delegate_sudo.active or delegate_sudo.share:
                raise ValidationError(
                    self.env._("%s cannot approve. Choose a colleague.", delegate_sudo.name)
                )

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        delegations = super().create(vals_list)
        delegations._apply()
        return delegations

    def write(self, vals):
        users = self.user_id
        result = super().write(vals)
        if vals.keys() - {"is_applied", "reason"}:
            self._apply(users)
        return result

    def unlink(self):
        users = self.user_id
        result = super().unlink()
        self.env["invoice.approval.request"]._refresh_turn(users)
        return result

    # === BUSINESS METHODS === #

    def _apply(self, users=None):
        """Hand waiting approvals over, or back.

        :param res.users users: others who were absent before
        """
        for delegation_sudo in self.sudo():
            is_running = delegation_sudo.active and delegation_sudo.state == "running"
            delegation_sudo.is_applied = is_running
        self.env["invoice.approval.request"]._refresh_turn(self.user_id | (users or self.user_id))

    @api.model
    def _get_running(self, users):
        """Delegations that run now, of these people and of those who stand in for them.

        :rtype: dict[res.users, recordset]
        """
        today = fields.Date.today()
        running = {}
        while users:
            delegations_sudo = self.sudo().search(
                [
                    ("user_id", "in", users.ids),
                    # A day either way: today depends on the timezone of the person.
                    ("date_from", "<=", today + timedelta(days=1)),
                    ("date_to", ">=", today - timedelta(days=1)),
                ]
            )
            found = delegations_sudo.filtered(lambda d: d.state == "running").grouped("user_id")
            running.update(found)
            users = delegations_sudo.delegate_id - self.env["res.users"].union(*running)
            users = users if found else users.browse()
        return running

    @api.model
    def _get_acting(self, users, flow, company, excluded):
        """Who decides for each person now.

        :param res.users users: approvers, in superuser mode
        :param flow: flow of the request
        :param res.company company: company of the document
        :param res.users excluded: people who may not decide on it
        :return: user who acts, by approver
        :rtype: dict[res.users, res.users]
        """
        running = self._get_running(users)
        return {
            user: self._follow(user, running, flow, company, excluded) if running else user
            for user in users
        }

    @api.model
    def _follow(self, user, running, flow, company, excluded):
        """Last person of the chain that starts at ``user`` who can decide."""
        chain, acting = user, user
        while delegations := running.get(chain[-1:]):
            fitting = delegations.filtered(lambda d: not d.flow_ids or flow in d.flow_ids)
            delegate = fitting[:1].delegate_id
            if not delegate or delegate in chain:
                # Nobody further, or a loop: everybody in it is absent, so the first one is asked.
                return user if delegate else acting
            chain |= delegate
            if not delegate._get_cannot_be_asked_reason(company, excluded):
                acting = delegate
        return acting

    # === CRON === #

    @api.model
    def _cron_apply(self):
        """Hand approvals over where a delegation began, and back where one ended."""
        today = fields.Date.today()
        delegations = self.search(
            [
                "|",
                ("is_applied", "=", True),
                "&",
                ("date_from", "<=", today + timedelta(days=1)),
                ("date_to", ">=", today - timedelta(days=1)),
            ]
        )
        stale = delegations.filtered(lambda d: d.is_applied != (d.state == "running"))
        self.env["ir.cron"]._commit_progress(remaining=len(stale))
        for delegation in stale:
            delegation._apply()
            self.env["ir.cron"]._commit_progress(1)
