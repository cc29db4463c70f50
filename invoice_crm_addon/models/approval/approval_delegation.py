import logging
from datetime import timedelta

from psycopg2 import OperationalError

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Domain

from ..base.proof import is_proven, proven

# Where a transaction keeps the delegations of a day.
CURRENT = "invoice_approval_delegations"

_logger = logging.getLogger(__name__)


class InvoiceApprovalDelegation(models.Model):
    """Somebody is absent, and somebody else approves for them.

    While a delegation runs, the steps of the absent person are asked of the delegate, as
    "B for A"; the day after it ends they go back. Delegations form chains: if B is absent
    too, whoever stands in for B decides. A chain that comes back to its start, or that ends
    with somebody who cannot decide on the document – its requester, an auditor, a person of
    another company – stops at the last person who can.

    A day begins at midnight in the timezone of the absent person, or of their company's working
    hours where they chose none.

    Action     Who
    =====================================================================================
    Read       both of them; ticket managers and auditors of a company of the absent person
    Write      the absent person, unless an auditor; ticket managers of a company of theirs
    =====================================================================================
    """

    _name = "invoice.approval.delegation"
    _inherit = ["invoice.readable.mixin"]
    _description = "Approval Delegation"
    _order = "date_from desc, id desc"
    _rec_name = "user_id"

    user_id = fields.Many2one(
        "res.users",
        string="Absent",
        required=True,
        default=lambda self: self.env.user,
        index=True,
        ondelete="restrict",
        domain=[("share", "=", False)],
    )
    delegate_id = fields.Many2one(
        "res.users",
        string="Decides Instead",
        required=True,
        index=True,
        ondelete="restrict",
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
        selection=[("planned", "Not Started"), ("running", "Running"), ("ended", "Ended")],
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
        user = self.user_id.sudo()  # sudo: res.users - only the timezone
        # Not that of whoever looks, which core takes where a person has none.
        tz = user.tz or user.company_id.resource_calendar_id.tz or "UTC"
        return fields.Date.context_today(self.with_context(tz=tz))

    # === CONSTRAINT METHODS === #

    @api.constrains("user_id", "date_from", "date_to", "flow_ids", "active")
    def _check_overlap(self):
        for delegation in self.filtered("active"):
            others = self.search(
                [
                    ("id", "!=", delegation.id),
                    ("active", "=", True),
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
        flows, others = self.flow_ids, other.flow_ids
        return not flows or not others or bool(flows & others)

    @api.constrains("user_id", "delegate_id")
    def _check_people(self):
        for delegation in self:
            delegate = delegation.delegate_id
            for user in delegation.user_id | delegate:
                if user.share or (user == delegate and not user.active):
                    raise ValidationError(
                        self.env._("%s cannot approve. Choose a colleague.", user.name)
                    )

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        self._check_takes_part()
        delegations = super().create(vals_list)
        self._forget_current()
        delegations._apply()
        return delegations

    def write(self, vals):
        self._check_takes_part()
        users = self.user_id
        result = super().write(vals)
        self._forget_current()
        # The rules looked at whose absence it was; this looks at whose it became.
        self.check_access("write")
        if vals.keys() - {"is_applied", "reason"}:
            self._apply(users)
        return result

    def unlink(self):
        self._check_takes_part()
        users = self.user_id
        result = super().unlink()
        self._forget_current()
        self._refresh_turn(users)
        return result

    def _check_takes_part(self):
        """:raise AccessError: if the current user is an auditor, who reads only"""
        if not is_proven(self.env) and self.env.user._is_ticket_auditor():
            raise AccessError(self.env._("Auditors read approvals. They take no part in them."))

    # === BUSINESS METHODS === #

    def _apply(self, users=None):
        """Hand waiting approvals over, or back.

        :param res.users users: others who were absent before
        """
        for delegation_sudo in proven(self):
            is_running = delegation_sudo.active and delegation_sudo.state == "running"
            delegation_sudo.is_applied = is_running
        self._refresh_turn(self.user_id | (users or self.user_id))

    @api.model
    def _refresh_turn(self, users):
        """Ask again who acts for these people, and for those who delegated to them."""
        period = self._get_period_domain(fields.Date.today())
        principals = users
        while users:
            # sudo: whoever saves a delegation changes who acts, maybe in several steps
            absences_sudo = self.sudo().search(period & Domain("delegate_id", "in", users.ids))
            users = absences_sudo.user_id - principals
            principals |= users
        if not principals:
            return
        is_asked = Domain("approver_ids", "in", principals.ids)
        is_asked |= Domain("escalated_user_id", "in", principals.ids)
        steps_sudo = proven(self.env["invoice.approval.step"]).search(
            Domain("state", "=", "pending") & is_asked
        )
        requests_sudo = steps_sudo.request_id
        requests_sudo._collide_with_concurrent_writers()
        requests_sudo._update_turn()

    @api.model
    def _get_running(self, users):
        """Delegations that run now, of these people and of those who stand in for them.

        :rtype: dict[res.users, recordset]
        """
        running = {}
        current_sudo = self._get_current()
        while found_sudo := current_sudo.filtered(
            lambda d, users=users: d.user_id in users and d.state == "running"
        ):
            running.update(found_sudo.grouped("user_id"))
            users = found_sudo.delegate_id - users.union(*running)
        return running

    @api.model
    def _get_current(self):
        """Delegations that may begin, run or end today: mostly none.

        Every click asks several times, so a transaction reads them once.

        :return: delegations in superuser mode
        """
        today = fields.Date.today()
        known = self.env.cr.cache.setdefault(CURRENT, {})
        if today not in known:
            known[today] = tuple(self._search_current())
        return self.sudo().browse(known[today])  # sudo: who acts for whom holds for everybody

    @api.model
    def _search_current(self):
        """Query of the delegations that may begin, run or end today.

        :rtype: odoo.tools.query.Query
        """
        is_applied = Domain("is_applied", "=", True) & Domain("active", "=", True)
        domain = is_applied | self._get_period_domain(fields.Date.today())
        # sudo: who acts for whom holds for requests of everybody
        return self.sudo()._search(domain, order=self._order)

    @api.model
    def _keep_current(self, ids):
        """Keep what was found by ``_search_current`` for the transaction, if nothing is kept."""
        self.env.cr.cache.setdefault(CURRENT, {}).setdefault(fields.Date.today(), tuple(ids))

    @api.model
    def _forget_current(self):
        self.env.cr.cache.pop(CURRENT, None)

    @api.model
    def _get_period_domain(self, day):
        """Delegations that may run on a day; today depends on the timezone of the person."""
        return Domain(
            [
                # Whatever the context of the caller says about archived records.
                ("active", "=", True),
                ("date_from", "<=", day + timedelta(days=1)),
                ("date_to", ">=", day - timedelta(days=1)),
            ]
        )

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

    # === BEGIN AND END === #

    @api.model
    def _apply_due(self):
        """Hand approvals over, or back, where a delegation began or ended by the calendar."""
        for delegation_sudo in self._get_due():
            delegation_sudo._try_apply()

    def _try_apply(self):
        """Hand approvals over, or back; nobody's click or job waits for one that fails."""
        self.ensure_one()
        try:
            with self.env.cr.savepoint():
                self._apply()
        except UserError as error:
            _logger.info("Delegation %s was not applied: %s", self.id, error)

    @api.model
    def _get_due(self):
        """Delegations that began or ended since approvals were last handed over.

        :return: delegations in superuser mode
        """
        return self._get_current().filtered(lambda delegation: delegation._is_due())

    def _is_due(self):
        self.ensure_one()
        if self.is_applied and self.date_from < fields.Date.today() < self.date_to:
            return False  # It runs wherever the absent person is, whose timezone need not be read.
        return self.is_applied != (self.state == "running")

    # === CRON === #

    @api.model
    def _cron_apply(self):
        """Hand approvals over where a delegation began, and back where one ended."""
        due_sudo = self._get_due()
        self.env["ir.cron"]._commit_progress(remaining=len(due_sudo))
        for delegation_sudo in due_sudo:
            try:
                delegation_sudo._try_apply()
            except OperationalError:
                # Somebody decides on one of its requests at this moment: the next run applies it.
                _logger.info("Delegation %s is put off", delegation_sudo.id)
            if not self.env["ir.cron"]._commit_progress(1):
                break
