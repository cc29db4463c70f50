from odoo import api, fields, models
from odoo.exceptions import AccessError

from ..base.proof import is_proven, proven
from ..base.words import words
from .buyer_mixin import CUSTOMER_FIELDS
from .ticket import FAPIAO_FIELDS, FINANCE
from .ticket_plan_mixin import PLANNED_FIELDS


class InvoiceTicket(models.Model):
    """The way of a ticket: what it lacks, its approval, issue, dispatch; what is locked when."""

    _inherit = "invoice.ticket"

    can_issue = fields.Boolean(compute="_compute_action_rights")
    can_open_issue = fields.Boolean(compute="_compute_action_rights")
    can_bureau = fields.Boolean(compute="_compute_action_rights")
    can_ship = fields.Boolean(compute="_compute_action_rights")
    can_send = fields.Boolean(compute="_compute_action_rights")
    can_reset = fields.Boolean(compute="_compute_action_rights")
    shipment_count = fields.Integer(compute="_compute_shipments")
    shipment_event_ids = fields.Many2many(
        "invoice.shipment.event", string="Events", compute="_compute_shipments"
    )
    lacks_tax = fields.Boolean(compute="_compute_lacks_tax", store=True)

    # === COMPUTE METHODS === #

    @api.depends(
        "state",
        "type_id",
        "fapiao_number",
        "red_of_id",
        "bureau_state",
        "approval_request_ids.state",
    )
    @api.depends_context("uid")
    def _compute_action_rights(self):
        self._compute_can("issue", "open_issue", "bureau", "ship", "send", "reset")

    @api.depends("shipment_ids.event_ids.date")
    def _compute_shipments(self):
        for ticket in self:
            parcels = ticket.shipment_ids
            ticket.shipment_count = len(parcels)
            ticket.shipment_event_ids = parcels.event_ids.sorted("date", reverse=True)

    @api.depends("line_ids.tax_treatment", "line_ids.tax_id", "line_ids.is_from_document")
    def _compute_lacks_tax(self):
        for ticket in self:
            ticket.lacks_tax = bool(ticket.line_ids._get_missing())

    # === GUARD === #

    @api.model
    def _get_content_fields(self):
        """Names of the fields that say what the ticket is about: frozen once it is no draft.

        :rtype: list[str]
        """
        return [
            "type_id",
            "partner_id",
            "buyer_name",
            "buyer_vat",
            "buyer_address",
            "buyer_phone",
            "buyer_bank_name",
            "buyer_bank_account",
            "contract_id",
            "company_id",
            "currency_id",
            "content",
            "tax_included",
            "properties",
            "sale_order_id",
            "line_ids",
            "special_ids",
        ]

    @api.model
    def _get_approval_trigger_fields(self):
        return [
            "line_ids",
            "type_id",
            "partner_id",
            "contract_id",
            "content",
            "tax_included",
            "buyer_name",
            "buyer_vat",
            "buyer_address",
            "buyer_phone",
            "buyer_bank_name",
            "buyer_bank_account",
            "date_due",
            "properties",
            "user_id",
            "note",
        ]

    @api.model
    def _get_approval_plain_fields(self):
        # Neither paths nor quotas hang on what a ticket says beside its money.
        return {*CUSTOMER_FIELDS, "content", "date_due", "properties", "user_id", "note"}

    @api.model
    def _get_approval_row_fields(self):
        return {"line_ids": self.env["invoice.ticket.line"]._get_approval_fields()}

    @api.model
    def _get_approval_row_extras(self):
        amounts = ["is_from_document", "document_untaxed", "document_tax"]
        amounts += ["agreed_untaxed", "agreed_tax"]
        return [*super()._get_approval_row_extras(), *amounts]

    @api.model
    def _get_fields_without_defaults(self):
        # Who may not enter numbers sets no default of them, and nothing is archived from birth.
        numbers = FAPIAO_FIELDS if self._get_cannot_number_reason() else set()
        return super()._get_fields_without_defaults() | {"active"} | numbers

    @api.model
    def _get_lock_dependencies(self):
        names = ["red_of_id", "active", "bureau_state", "issue_date"]
        return [*super()._get_lock_dependencies(), *names]

    @api.model
    def _get_lockable_fields(self):
        content = {*self._get_content_fields()}
        return super()._get_lockable_fields() | FAPIAO_FIELDS | PLANNED_FIELDS | content

    def _get_state_locks(self):
        locks = super()._get_state_locks()
        if self.red_of_id:
            reason = self.env._("A red letter repeats the ticket that it cancels.")
            locks.update(dict.fromkeys(self._get_content_fields(), reason))
            # Which invoice or payment it gives back of, finance says until it is issued.
            if self.state in ("issued", "voided") or not self.env.user.has_group(FINANCE):
                locks["allocation_ids"] = reason
        elif self.state != "draft":
            reason = self._get_at_bureau_reason() or self.env._(
                "It is no draft any more. Withdraw or reset it first; once issued, void or "
                "reissue it."
            )
            locks.update(dict.fromkeys(self._get_content_fields(), reason))
            # Finance reconciles at any time.
            if self.state == "voided" or not self.env.user.has_group(FINANCE):
                locks["allocation_ids"] = reason
        if self.state == "issued" and not self.partner_id and not self.red_of_id:
            # Of an e-invoice whose customer was unknown, somebody finds out later.
            locks.pop("partner_id", None)
        if reason := self._get_cannot_number_reason():
            locks.update(dict.fromkeys(FAPIAO_FIELDS, reason))
        elif self.state not in ("draft", "approved"):
            reason = self.env._("It is entered before the ticket is issued, once it is approved.")
            locks.update(dict.fromkeys(FAPIAO_FIELDS, reason))
        locks.update(self._get_planned_locks())
        if self.active and self.state != "draft":
            locks["active"] = self.env._("Only drafts are archived; others stay in sight.")
        return locks

    def _check_fapiao_rights(self, vals):
        """:raise AccessError: if a caller outside finance sets or clears number or date of issue"""
        if is_proven(self.env) or not any(
            vals[fname] or any(self._is_changed_by(fname, vals[fname]))
            for fname in vals.keys() & FAPIAO_FIELDS
        ):
            return
        if reason := self._get_cannot_number_reason():
            raise AccessError(reason)

    @api.model
    def _get_cannot_number_reason(self):
        if not self.env.user.has_group(FINANCE):
            return self.env._("Only finance enters the number and the date of an issued ticket.")
        return False

    # === ACTION METHODS === #

    def action_submit(self):
        """Submit drafts for approval; tickets to which no flow applies are approved at once.

        :raise UserError: with what is missing, or if more is ticketed than allowed
        """
        self._submit_for_approval()
        return True

    def action_issue(self):
        """Record that approved tickets are issued; number and date are frozen from then on.

        :raise UserError: if a ticket is not approved or its number is missing
        """
        self._check_can("issue", claim=True)
        proven(self)._do_issue()
        return True

    def action_open_issue(self):
        """Ask for the number of an approved fapiao, and issue it.

        :raise UserError: if the ticket is not approved, or has its number
        """
        self.ensure_one()
        self._check_can("open_issue")
        view = self.env.ref("invoice_crm_addon.invoice_ticket_view_form_issue")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Issue"),
            "res_model": self._name,
            "res_id": self.id,
            "views": [(view.id, "form")],
            "target": "new",
        }

    def action_ship(self):
        """Open a new parcel with the tickets in it.

        :raise UserError: if they are not issued, or go to several customers
        """
        Shipment = self.env["invoice.shipment"]
        Shipment.check_access("create")
        self._check_can("ship")
        values = Shipment._prepare_from_tickets(self)
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Ship"),
            "res_model": "invoice.shipment",
            "views": [(False, "form")],
            "context": {f"default_{fname}": value for fname, value in values.items()},
        }

    def action_reset(self):
        """Take approved tickets back to draft. The approvals stay in the history."""
        self._check_can("reset", claim=True)
        # A file that waited to be compared waits for another ticket now.
        proven(self).write({"state": "draft", "fapiao_attachment_id": False})
        self._message_log_batch(bodies=dict.fromkeys(self.ids, self.env._("Reset to draft.")))
        return True

    # === CAN === #

    def _get_cannot_reason(self, action):
        if action in ("issue", "open_issue", "void", "red", "send", "reset"):
            if reason := self._get_change_waiting_reason():
                return reason
        return super()._get_cannot_reason(action)

    def _get_unsubmittable_reason(self):
        if self.state != "draft":
            return self.env._("Only a draft can be submitted.")
        if not self.has_access("write"):
            return self.env._("You may not change this ticket.")
        return super()._get_unsubmittable_reason()

    def _get_cannot_submit_reason(self):
        if reason := super()._get_cannot_submit_reason():
            return reason
        if missing := self._get_missing():
            return self.env._("Fill in first: %s.", ", ".join(missing))
        if reason := self._get_impossible_buyer_reason():
            return reason
        # sudo: what it is made of may belong to others; the reason names what the ticket names
        return self._get_sign_problem() or self.sudo()._get_not_ticketable_reason()

    def _get_cannot_issue_reason(self):
        if reason := self._get_not_finance_reason():
            return reason
        if self.state != "approved":
            return words(self.env)._("Only an approved ticket can be issued.")
        # sudo: what it is made of may belong to others; the reason names what the ticket names
        ticket_sudo = self.sudo()
        original = ticket_sudo.red_of_id
        if original and (original.state != "issued" or original.status == "red"):
            return words(self.env)._("The ticket that it red-letters is not issued any more.")
        if self.is_fapiao and not self.fapiao_number:
            return words(self.env)._("Enter the fapiao number, or drop the e-invoice file, first.")
        return ticket_sudo._get_not_ticketable_reason()

    def _get_cannot_open_issue_reason(self):
        if reason := self._get_not_finance_reason():
            return reason
        if self.state != "approved":
            return words(self.env)._("Only an approved ticket can be issued.")
        if not self.is_fapiao or self.fapiao_number:
            return self.env._("Nothing more has to be entered: issue it.")
        return False

    def _get_cannot_ship_reason(self):
        if self.state != "issued":
            return self.env._("Only issued tickets travel.")
        if not self.env["invoice.shipment"].has_access("create"):
            return words(self.env)._("This is for finance to do.")
        return False

    def _get_cannot_send_reason(self):
        if self.state != "issued":
            return self.env._("Only an issued ticket can be sent.")
        if not self.has_access("write"):
            return self.env._("You may not change this ticket.")
        return False

    def _get_cannot_reset_reason(self):
        if self.state != "approved":
            return self.env._("Only an approved ticket can be reset to draft.")
        if not self.has_access("write"):
            return self.env._("You may not change this ticket.")
        return self._get_at_bureau_reason()

    def _get_not_finance_reason(self):
        if not self.env.user.has_group(FINANCE) or not self.has_access("write"):
            return words(self.env)._("This is for finance to do.")
        return False

    # === WHAT IS MISSING === #

    def _get_missing(self):
        """Labels of what the ticket lacks before it can be submitted.

        :rtype: list[str]
        """
        self.ensure_one()
        # sudo: only whether a field of the ticket is filled in
        ticket_sudo = self.sudo()
        missing = [
            self._fields[fname]._description_string(self.env)
            for fname in self.type_id._get_demanded_fields(ticket_sudo.partner_id)
            if not ticket_sudo[fname]
        ]
        missing += ticket_sudo.type_id._get_missing_custom_fields(ticket_sudo)
        if self.lacks_tax:
            missing += ticket_sudo.line_ids._get_missing()
        missing += ticket_sudo._get_missing_special()
        if self.currency_id.is_zero(self.amount_total):
            missing.append(self.env._("lines with an amount"))
        return missing

    # === APPROVAL === #

    def _get_approval_owner(self):
        return self.user_id

    def _get_approval_department(self):
        return self.department_id

    def _get_approval_contract_owner(self):
        return self.contract_id.user_id

    def _get_approval_summary(self):
        said, red_of = words(self.env), self.red_of_id
        # An amount below zero alone does not tell what is taken back.
        letter = red_of and said._("Red letter of %s", red_of.display_name)
        return {
            "partner_id": self.partner_id.id,
            "summary": said.join(" · ", [letter, said.names(self.type_id), self.content]),
            "currency_id": self.currency_id.id,
            "amount": self.amount_total,
        }

    def _approval_on_submitted(self):
        # The billing data are taken over while the ticket is a draft.
        self.flush_recordset()
        self.state = "pending"
        self._check_over_issue()
        self._check_quota()
        self._check_documented()

    def _approval_on_approved(self):
        self._keep_approved_amount()
        self._get_present().state = "approved"

    def _approval_on_rejected(self):
        # Read first: each that is present would be read by itself.
        self._read_taking()._get_present().state = "draft"

    def _approval_on_withdrawn(self):
        self._read_taking()._get_present().state = "draft"

    # === CHANGES AFTER APPROVAL === #

    def _is_approval_watched(self):
        return self.state in ("approved", "issued") and not self.red_of_id

    def _approval_on_change_submitted(self):
        self._settle()
        self._check_over_issue()
        self._check_quota_of_change()

    def _approval_on_change_approved(self):
        self._read_taking()._check_change_leaves_amount()
        self._check_quota_of_change()
        self._keep_approved_amount()
        self._settle()
        self._check_over_issue()

    def _approval_on_change_rejected(self):
        self._settle()

    def _approval_on_change_withdrawn(self):
        self._settle()

    # === ISSUE === #

    def _do_issue(self):
        today = fields.Date.context_today(self)
        self._keep_approved_amount()
        for date, tickets in self.grouped(lambda ticket: ticket.issue_date or today).items():
            tickets.write({"state": "issued", "issue_date": date, "issue_user_id": self.env.uid})
        self._check_over_issue()
        self._check_quota()
        self._mark_cancelled()
        self._message_log_batch(
            bodies={
                ticket.id: self.env._("Issued. Number: %s", ticket.fapiao_number or "–")
                for ticket in self
            }
        )

    # === WINDOW ACTIONS === #

    def action_view_contract(self):
        """Open the contract of the ticket."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "invoice.contract",
            "res_id": self.contract_id.id,
            "views": [(False, "form")],
        }

    def action_view_shipments(self):
        """Open the parcels in which the ticket travels."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "invoice_crm_addon.invoice_shipment_action"
        )
        if len(self.shipment_ids) == 1:
            return dict(action, res_id=self.shipment_ids.id, views=[(False, "form")])
        return dict(action, domain=[("ticket_ids", "in", self.ids)])

    def _open_tickets(self, tickets):
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "invoice_crm_addon.invoice_ticket_action"
        )
        if len(tickets) == 1:
            return dict(action, res_id=tickets.id, views=[(False, "form")], context={})
        return dict(action, domain=[("id", "in", tickets.ids)], context={})

    @api.model
    def _open_new(self, context):
        """Action that opens a new ticket with these defaults."""
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("New Ticket"),
            "res_model": self._name,
            "views": [(False, "form")],
            "context": context,
        }
