from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.fields import Domain

from ..base.names_mixin import get_rule_fields
from ..base.proof import proven
from ..base.words import KeptText

# How far plans are looked ahead.
MONTHS_AHEAD = 12
# What a bill that is not made yet takes over whenever the plan changes.
FOLLOWING = ("name", "date", "date_to", "amount")


class InvoicePlannedBill(models.Model):
    """A ticket or customer invoice that is to come: of a milestone, or of a period of a rule.

    State      Meaning                                          Next
    =====================================================================================
    planned    follows the plan of the contract, until made     done, failed, skipped
    failed     could not be made; tried again with the next run done, skipped
    begun      has its invoice; the ticket follows once posted  done, removed
    done       has what it was planned for                      removed
    removed    what was made is deleted or voided               done (made again), skipped
    skipped    a person decided that it is not billed           planned (taken back)
    =====================================================================================

    Nobody writes here: what is not made yet follows from milestones and rules, see
    ``_follow_plans``; what is made follows from the documents that name the bill. There is one
    bill for each milestone, and one for each period of a rule, whoever makes it and whenever.

    Action      Who                              Restriction
    =====================================================================================
    Make        who may change the contract      contract active, not done, something left
    Skip        who may change the contract      not begun or done; with a reason
    Take back   who may change the contract      skipped
    =====================================================================================
    """

    _name = "invoice.planned.bill"
    _inherit = ["invoice.guard.mixin", "invoice.action.mixin", "invoice.found.by.name.mixin"]
    _description = "Planned Bill"
    _order = "date, id"
    _rec_names_search = ["name", "contract_id"]

    _guarded_fields = (
        "contract_id",
        "milestone_id",
        "rule_id",
        "name",
        "date",
        "date_from",
        "date_to",
        "amount",
        "ticket_ids",
        "move_id",
        "date_made",
        "error",
        "output",
        "is_skipped",
        "skip_reason",
    )

    contract_id = fields.Many2one("invoice.contract", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(
        related="contract_id.company_id", store=True, precompute=True, index=True
    )
    partner_id = fields.Many2one(
        related="contract_id.partner_id", string="Customer", store=True, precompute=True, index=True
    )
    user_id = fields.Many2one(
        related="contract_id.user_id", string="Owner", store=True, precompute=True, index=True
    )
    department_id = fields.Many2one(
        related="contract_id.department_id", store=True, precompute=True, index=True
    )
    currency_id = fields.Many2one(related="contract_id.currency_id")
    milestone_id = fields.Many2one(
        "invoice.contract.milestone", index="btree_not_null", ondelete="set null"
    )
    rule_id = fields.Many2one(
        "invoice.billing.rule",
        string="Recurring Bill",
        index="btree_not_null",
        ondelete="set null",
    )
    name = fields.Char(string="What For", required=True, index="trigram")
    date = fields.Date(string="To Be Billed On", required=True, index=True)
    date_from = fields.Date(string="Period From", required=True)
    date_to = fields.Date(string="Period Until", required=True)
    amount = fields.Monetary(help="Planned, tax included.")
    ticket_ids = fields.One2many("invoice.ticket", "planned_bill_id", string="Tickets")
    ticket_id = fields.Many2one("invoice.ticket", compute="_compute_ticket_id", compute_sudo=False)
    move_id = fields.Many2one(
        "account.move", string="Customer Invoice", index="btree_not_null", ondelete="set null"
    )
    output = fields.Char(readonly=True, help="What the contract billed by plan when it was made.")
    date_made = fields.Datetime(string="Made On", help="When it was made for the first time.")
    is_skipped = fields.Boolean()
    skip_reason = fields.Char(string="Why It Is Skipped")
    error = KeptText(string="Why It Is Not Made")
    is_touched = fields.Boolean(
        compute="_compute_state",
        store=True,
        help="Made or skipped: it does not follow the plan any more.",
    )
    state = fields.Selection(
        selection=[
            ("planned", "Planned"),
            ("failed", "Not Made"),
            ("begun", "Invoiced"),
            ("done", "Made"),
            ("removed", "Removed"),
            ("skipped", "Skipped"),
        ],
        compute="_compute_state",
        store=True,
        index=True,
    )
    can_make = fields.Boolean(compute="_compute_action_rights")
    can_skip = fields.Boolean(compute="_compute_action_rights")
    can_take_back = fields.Boolean(compute="_compute_action_rights")
    can_view_document = fields.Boolean(compute="_compute_action_rights")

    _rule_uniq = models.UniqueIndex(
        "(rule_id, date_from) WHERE rule_id IS NOT NULL",
        "This period of the rule has its planned bill already.",
    )
    _milestone_uniq = models.UniqueIndex(
        "(milestone_id) WHERE milestone_id IS NOT NULL",
        "This milestone has its planned bill already.",
    )

    # === COMPUTE METHODS === #

    @api.depends("name", "contract_id.display_name", "date_from", "date_to")
    def _compute_display_name(self):
        for bill in self:
            bill.display_name = f"{bill.contract_id.display_name} · {bill._get_title()}"

    @api.depends("ticket_ids.status")
    def _compute_ticket_id(self):
        for bill in self:
            bill.ticket_id = bill._get_standing_tickets()[:1]

    @api.depends(
        "ticket_ids.status",
        "ticket_ids.red_of_id",
        "move_id.state",
        "is_skipped",
        "error",
        "date_made",
        "output",
        "contract_id.billing_output",
    )
    def _compute_state(self):
        # sudo: what was made counts, whoever may see it
        for bill in self.sudo():
            has_ticket = bool(bill._get_standing_tickets())
            has_move = bill.move_id.state in ("draft", "posted")
            needs = bill._get_needs()
            if bill.is_skipped:
                state = "skipped"
            elif has_ticket or (has_move and "ticket" not in needs):
                state = "done"
            elif has_move:
                state = "begun"
            elif bill.date_made:
                state = "removed"
            else:
                state = "failed" if bill.error else "planned"
            bill.state = state
            bill.is_touched = state not in ("planned", "failed")

    @api.depends("state", "move_id", "ticket_ids.status", "contract_id.can_bill")
    @api.depends_context("uid", "allowed_company_ids")
    def _compute_action_rights(self):
        # sudo: what rules look at of documents, and nothing else of them
        made_sudo = self.sudo().filtered(lambda bill: bill.state in ("begun", "done"))
        for documents in (made_sudo.move_id, made_sudo.ticket_ids):
            documents.fetch(get_rule_fields(self.env[documents._name]))
        self._compute_can("make", "skip", "take_back", "view_document")

    def _get_title(self):
        """What it is for, with its period."""
        if self.date_from == self.date_to:
            return self.name
        return f"{self.name} {self.date_from} – {self.date_to}"

    def _get_row(self):
        """The row of the contract's plan that it is of."""
        return self.milestone_id or self.rule_id

    def _get_needs(self):
        """Which documents it becomes; of what was begun that does not change any more.

        :rtype: set[str]
        """
        output = self.output or self.contract_id.billing_output
        return {"invoice", "ticket"} if output == "both" else {output}

    def _get_standing_tickets(self):
        return self.ticket_ids.filtered(
            lambda ticket: ticket.status not in ("voided", "red") and not ticket.red_of_id
        )

    # === FOLLOWING THE PLANS === #

    @api.model
    def _follow_plans(self, contracts, bills=None):
        """Make what is planned and not made follow the milestones and rules of the contracts.

        What was made or skipped stays, whatever became of the plan. Contracts that are not
        active plan nothing.

        :param invoice.contract contracts: in any environment
        :param bills: all that they planned before, if it is read; see ``_read_plan``
        """
        contracts = proven(contracts)
        if bills is None:
            bills = contracts._read_plan()
        known = {bill._get_key(): bill for bill in bills}
        wanted = {}
        for contract in contracts.filtered(lambda c: c.milestone_ids or c.billing_rule_ids):
            wanted.update(contract._get_billing_plan())
        stale = bills.browse()
        for key, bill in known.items():
            if bill.is_touched:
                continue
            values = wanted.get(key)
            if not values:
                stale |= bill
            elif changed := {f: values[f] for f in FOLLOWING if bill[f] != values[f]}:
                bill.write(changed)
        stale.unlink()
        # What is new is made of nothing yet, which needs no look at its documents.
        new = {"state": "planned", "is_touched": False}
        bills.create([{**values, **new} for key, values in wanted.items() if key not in known])

    def _get_key(self):
        """What there is one bill for."""
        if self.milestone_id:
            return "milestone", self.milestone_id.id
        return "rule", self.rule_id.id, self.date_from

    @api.model
    def _get_due_domain(self, company, today):
        """Bills that the job makes: due, in a company that lets it, since it lets it."""
        return (
            Domain("company_id", "=", company.id)
            & Domain("contract_id.state", "=", "active")
            & Domain("contract_id.active", "=", True)
            & Domain("state", "in", ("planned", "failed", "begun"))
            & Domain("date", "<=", today)
            & Domain("date", ">=", company.billing_plan_since or today)
        )

    @api.model
    def _get_horizon(self, company):
        return company._get_today() + relativedelta(months=MONTHS_AHEAD)

    # === WINDOW ACTIONS === #

    def action_view_document(self):
        """Open what was made of the bill.

        :raise UserError: if nothing was, or it may not be read
        """
        self.ensure_one()
        self._check_can("view_document")
        document = self._get_document()
        return {
            "type": "ir.actions.act_window",
            "res_model": document._name,
            "res_id": document.id,
            "views": [(False, "form")],
        }

    def _get_document(self):
        """What was made of it: the ticket, or the invoice while there is none."""
        return self.ticket_id or self.move_id

    def _get_cannot_view_document_reason(self):
        if self.state not in ("begun", "done"):
            return self.env._("Nothing stands of what was made.")
        if not self._get_document().has_access("read"):
            return self.env._("You may not read what was made.")
        return False
