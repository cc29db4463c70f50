from collections import defaultdict

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from ..base.proof import proven

MANAGER = "invoice_crm_addon.group_ticket_manager"


class InvoiceContract(models.Model):
    """A contract with a customer, and what became of its money.

    State      Meaning                                  Next
    =====================================================================================
    draft      being written                            pending, active (no flow)
    pending    waits for approval                       active, draft (rejected, withdrawn)
    active     may be ticketed and collected            closed, cancelled
    closed     done                                     active (reopened)
    cancelled  given up; kept with its tickets          draft (reset)
    =====================================================================================

    Action     Group        Restriction
    =====================================================================================
    Submit     User         own draft; department's with department rights
    Close      User         active
    Reopen     Manager      closed
    Cancel     User         draft or active, and no ticket holds part of it
    Reset      User         cancelled
    =====================================================================================

    What is ticketed and collected of it: see the ledger.
    """

    _name = "invoice.contract"
    _description = "Contract"
    _inherit = [
        "invoice.found.by.name.mixin",
        "mail.thread.main.attachment",
        "mail.activity.mixin",
        "invoice.responsible.mixin",
        "invoice.approval.mixin",
        "invoice.approval.reader.mixin",
    ]
    _order = "date_signed desc, id desc"
    _rec_names_search = ["name", "number", "partner_id.complete_name"]
    _check_company_auto = True

    _guarded_fields = ("state",)
    name = fields.Char(string="Subject", required=True, tracking=True, index="trigram")
    number = fields.Char(
        string="Contract Number", copy=False, index="trigram", help="Given when left empty."
    )
    active = fields.Boolean(default=True)
    state = fields.Selection(
        selection=[
            ("draft", "Draft"),
            ("pending", "Waiting for Approval"),
            ("active", "Active"),
            ("closed", "Closed"),
            ("cancelled", "Cancelled"),
        ],
        default="draft",
        required=True,
        index=True,
    )
    partner_id = fields.Many2one(
        "res.partner",
        string="Customer",
        required=True,
        index=True,
        ondelete="restrict",
        check_company=True,
        tracking=True,
    )
    billed_partner_ids = fields.Many2many(
        "res.partner",
        "invoice_contract_billed_partner_rel",
        "contract_id",
        "partner_id",
        string="Also Billed To",
        check_company=True,
        domain="[('parent_id', '=', False), ('id', '!=', partner_id)]",
        tracking=True,
        help="Further companies whose tickets may document the contract, such as a subsidiary, "
        "the head office or a lessor. So may those to whom its sales orders are invoiced.",
    )
    user_id = fields.Many2one(string="Owner")
    department_id = fields.Many2one(tracking=False)
    amount_total = fields.Monetary(
        string="Amount", tracking=True, help="Contract amount, tax included."
    )
    date_signed = fields.Date(string="Signed On", default=fields.Date.context_today)
    date_start = fields.Date(string="From")
    date_end = fields.Date(string="Until")
    ticket_template_id = fields.Many2one(
        "invoice.ticket.template",
        index="btree_not_null",
        ondelete="set null",
        check_company=True,
        help="Proposed on new tickets.",
    )
    note = fields.Html()
    sale_order_ids = fields.One2many("sale.order", "invoice_contract_id", string="Sales Orders")
    milestone_ids = fields.One2many(
        "invoice.contract.milestone", "contract_id", string="Milestones", copy=True
    )
    ticket_ids = fields.One2many("invoice.ticket", "contract_id", string="Tickets")
    shipment_ids = fields.Many2many(
        "invoice.shipment", string="Shipments", compute="_compute_shipment_ids"
    )
    payment_ids = fields.One2many("account.payment", "invoice_contract_id", string="Collections")
    move_ids = fields.One2many(
        "account.move",
        "invoice_contract_id",
        string="Invoices Without Order",
        help="Customer invoices and credit notes that say the contract themselves.",
    )

    can_create_ticket = fields.Boolean(compute="_compute_action_rights")
    can_close = fields.Boolean(compute="_compute_action_rights")
    can_reopen = fields.Boolean(compute="_compute_action_rights")
    can_cancel = fields.Boolean(compute="_compute_action_rights")
    can_reset = fields.Boolean(compute="_compute_action_rights")

    _number_uniq = models.UniqueIndex(
        "(company_id, number) WHERE number IS NOT NULL",
        "Another contract of the company has this number.",
    )
    _amount_positive = models.Constraint(
        "CHECK(amount_total >= 0)", "The amount of a contract cannot be negative."
    )

    # === COMPUTE METHODS === #

    @api.depends("ticket_ids.shipment_ids")
    def _compute_shipment_ids(self):
        # Of thousands of tickets few have a parcel of their own.
        rows = self.env["invoice.ticket"]._read_group(
            [("contract_id", "in", self.ids), ("shipment_ids", "!=", False)],
            ["contract_id", "shipment_ids"],
        )
        shipments = defaultdict(self.env["invoice.shipment"].browse)
        for contract, shipment in rows:
            shipments[contract] |= shipment
        for contract in self:
            contract.shipment_ids = shipments[contract._origin]

    @api.depends("state", "approval_request_ids.state")
    @api.depends_context("uid")
    def _compute_action_rights(self):
        self._compute_can("create_ticket", "close", "reopen", "cancel", "reset")

    @api.depends("number", "name")
    def _compute_display_name(self):
        for contract in self:
            parts = filter(None, [contract.number, contract.name])
            contract.display_name = " ".join(parts)

    # === CONSTRAINT METHODS === #

    @api.constrains("date_start", "date_end")
    def _check_dates(self):
        for contract in self:
            if (
                contract.date_start
                and contract.date_end
                and contract.date_end < contract.date_start
            ):
                raise ValidationError(
                    self.env._("%s ends before it starts. Correct the dates.", contract.name)
                )

    @api.constrains("partner_id", "billed_partner_ids")
    def _check_customers_of_documents(self):
        """Whom tickets, orders and payments name already can still be billed."""
        # sudo: documents that the user cannot read are held to it too
        for contract in self.sudo().with_context(active_test=False):
            tickets = contract.ticket_ids.filtered(lambda ticket: ticket.state != "voided")
            for documents in (tickets, contract.sale_order_ids, contract.payment_ids):
                contract._check_customers_of(documents)
            contract._check_customers_of(contract._get_standing_invoices())
            contract.sale_order_ids._check_customers_of_tickets()
            tickets.allocation_ids._check_customer()
            contract._check_customers_that_may_return()

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        contracts = super().create(vals_list)
        for company, numberless in (
            proven(contracts.filtered(lambda c: not c.number)).grouped("company_id").items()
        ):
            names = self.env["ir.sequence"]._next_codes(
                "invoice.contract", company, len(numberless)
            )
            for contract, number in zip(numberless, names, strict=True):
                contract.number = number
        return contracts

    @api.ondelete(at_uninstall=False)
    def _unlink_except_used(self):
        # sudo: a ticket or an invoice that the user cannot read keeps the contract too
        for contract in self.sudo():
            if contract.state not in ("draft", "cancelled"):
                raise UserError(
                    self.env._(
                        "%s was submitted and must be kept. Cancel or archive it instead.",
                        contract.display_name,
                    )
                )
            if contract.with_context(active_test=False).ticket_ids:
                raise UserError(
                    self.env._(
                        "%s has tickets and must be kept. Archive it instead.",
                        contract.display_name,
                    )
                )
            if contract.move_ids:
                raise UserError(
                    self.env._(
                        "%s has invoices and must be kept. Archive it instead.",
                        contract.display_name,
                    )
                )

    # === GUARD === #

    @api.model
    def _get_content_fields(self):
        """Names of the fields that cannot be changed once the contract is no draft.

        :rtype: list[str]
        """
        return ["partner_id", "company_id", "currency_id", "amount_total", "number"]

    @api.model
    def _get_approval_trigger_fields(self):
        return [
            "amount_total",
            "partner_id",
            "billed_partner_ids",
            "name",
            "number",
            "date_signed",
            "date_start",
            "date_end",
            "milestone_ids",
            "user_id",
            "note",
        ]

    @api.model
    def _get_approval_row_fields(self):
        return {"milestone_ids": ["name", "kind", "date_due", "amount"]}

    @api.model
    def _get_lockable_fields(self):
        return super()._get_lockable_fields() | {*self._get_content_fields()}

    def _get_state_locks(self):
        locks = super()._get_state_locks()
        if self.state != "draft":
            reason = self.env._("It is no draft any more.")
            locks.update(dict.fromkeys(self._get_content_fields(), reason))
        return locks

    # === ACTION METHODS === #

    def action_submit(self):
        """Submit drafts for approval; contracts to which no flow applies become active."""
        self._submit_for_approval()
        return True

    def action_close(self):
        """Close active contracts: nothing more is ticketed or collected."""
        return self._do_transition("close", "closed")

    def action_reopen(self):
        """Make closed contracts active again."""
        return self._do_transition("reopen", "active")

    def action_cancel(self):
        """Give up contracts of which no ticket holds a part."""
        return self._do_transition("cancel", "cancelled")

    def action_reset(self):
        """Take cancelled contracts back to draft."""
        return self._do_transition("reset", "draft")

    def action_create_ticket(self):
        """Open a new ticket, filled with what the contract knows."""
        self.ensure_one()
        self._check_can("create_ticket")
        return self.env["invoice.ticket"]._open_new(self._prepare_ticket_context())

    # === BUSINESS METHODS === #

    def _get_billable_customers(self):
        """Commercial entities whose tickets may document the contract.

        :rtype: res.partner
        """
        self.ensure_one()
        # sudo: compared; those to whom the orders of colleagues are invoiced as well
        contract_sudo = self.sudo()
        billed = contract_sudo.billed_partner_ids
        old_values = contract_sudo._get_latest_request().old_values or {}
        if contract_sudo._is_change_waiting() and "billed_partner_ids" in old_values:
            # Who is added counts once that is approved.
            billed &= billed.browse(old_values["billed_partner_ids"])
        orders = contract_sudo.sale_order_ids.filtered(lambda order: order.state == "sale")
        partners = contract_sudo.partner_id | billed | orders.partner_invoice_id
        return partners.commercial_partner_id

    def _do_transition(self, action, state):
        self._check_can(action, claim=True)
        proven(self).state = state
        label = dict(self._fields["state"]._description_selection(self.env))[state]
        self._message_log_batch(bodies=dict.fromkeys(self.ids, label))
        return True

    def _prepare_ticket_context(self):
        """Defaults of a new ticket of the contract."""
        self.ensure_one()
        owner = self.env["invoice.ticket"]._get_owner(self.user_id, self.company_id)
        return {
            "default_partner_id": self.partner_id.commercial_partner_id.id,
            "default_contract_id": self.id,
            "default_company_id": self.company_id.id,
            "default_content": self.name,
            "default_user_id": owner.id,
        }

    # === APPROVAL === #

    def _get_unsubmittable_reason(self):
        self.ensure_one()
        if self.state != "draft":
            return self.env._("Only a draft can be submitted.")
        if not self.has_access("write"):
            return self.env._("You may not change this contract.")
        return super()._get_unsubmittable_reason()

    def _get_cannot_submit_reason(self):
        if reason := super()._get_cannot_submit_reason():
            return reason
        if self.currency_id.is_zero(self.amount_total):
            return self.env._("Enter the amount of the contract first.")
        return False

    def _is_approval_watched(self):
        # A closed one can be reopened as it is.
        return self.state in ("active", "closed")

    def _get_approval_owner(self):
        return self.user_id

    def _get_approval_department(self):
        return self.department_id

    def _get_approval_contract_owner(self):
        return self.user_id

    def _get_approval_summary(self):
        return {
            "partner_id": self.partner_id.id,
            "summary": self.name,
            "currency_id": self.currency_id.id,
            "amount": self.amount_total,
        }

    def _approval_on_submitted(self):
        self.state = "pending"

    def _approval_on_approved(self):
        self.state = "active"

    def _approval_on_rejected(self):
        self.state = "draft"

    def _approval_on_withdrawn(self):
        self.state = "draft"

    # === REASONS === #

    def _get_cannot_reason(self, action):
        if action in ("close", "reopen", "cancel"):
            if reason := self._get_change_waiting_reason():
                return reason
        return super()._get_cannot_reason(action)

    def _get_cannot_create_ticket_reason(self):
        if self.state != "active":
            return self.env._("Only an active contract can be ticketed.")
        if not self.env["invoice.ticket"].has_access("create"):
            return self.env._("You may not create tickets.")
        return False

    def _get_cannot_close_reason(self):
        return self._get_wrong_state_reason("active")

    def _get_cannot_reopen_reason(self):
        if not self.env.user.has_group(MANAGER):
            return self.env._("Only a manager can reopen a contract.")
        return self._get_wrong_state_reason("closed")

    def _get_cannot_cancel_reason(self):
        return self._get_wrong_state_reason("draft", "active")

    def _get_cannot_reset_reason(self):
        return self._get_wrong_state_reason("cancelled")

    def _get_wrong_state_reason(self, *states):
        if self.state not in states:
            labels = dict(self._fields["state"]._description_selection(self.env))
            return self.env._(
                "%(contract)s is in the state “%(state)s”.",
                contract=self.display_name,
                state=labels[self.state],
            )
        if not self.has_access("write"):
            return self.env._("You may not change this contract.")
        return False
