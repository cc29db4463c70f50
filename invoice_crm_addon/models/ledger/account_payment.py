from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..base.action_mixin import rewrite_rows
from ..base.words import words
from .chain_loader import Chain

RECEIVED_STATES = ("in_process", "paid")


class AccountPayment(models.Model):
    _name = "account.payment"
    _inherit = ["account.payment", "invoice.ticketable.mixin"]

    _checks_core_relations = False
    _ticketing_fields = ("state", "amount", "payment_type", "invoice_contract_id", "invoice_ids")
    _ticketed_terms = ("partner_id", "currency_id", "company_id")

    invoice_contract_id = fields.Many2one(
        "invoice.contract",
        string="Contract",
        index="btree_not_null",
        ondelete="restrict",
        check_company=True,
        domain="[('partner_id', 'parent_of', partner_id), ('state', '=', 'active')]",
    )
    is_contract_found = fields.Boolean(
        readonly=True,
        copy=False,
        export_string_translation=False,
        help="The contract is that of the invoices that it paid, and goes when they are unmatched.",
    )
    ticket_count = fields.Integer(
        compute="_compute_ticket_count",
        groups="invoice_crm_addon.group_ticket_user,invoice_crm_addon.group_ticket_auditor",
    )

    @api.depends("has_tickets", "amount_ticketed", "amount_in_progress")
    def _compute_ticket_count(self):
        self._count_tickets()

    @api.depends_context("show_to_ticket")
    def _compute_display_name(self):
        result = super()._compute_display_name()
        self._show_what_is_left()
        return result

    @api.constrains("invoice_contract_id", "partner_id")
    def _check_invoice_contract(self):
        for payment in self.filtered("invoice_contract_id"):
            payment.invoice_contract_id._check_customers_of(payment)

    @api.constrains("invoice_contract_id")
    def _check_invoice_contract_open(self):
        for payment in self.filtered("invoice_contract_id"):
            contract = payment.invoice_contract_id
            if contract.state in ("closed", "cancelled"):
                raise UserError(
                    self.env._(
                        "The contract %s is closed: nothing more is collected on it. Have it "
                        "reopened, or choose another one.",
                        contract.display_name,
                    )
                )

    def write(self, vals):
        if "invoice_contract_id" in vals and "is_contract_found" not in vals:
            vals = {**vals, "is_contract_found": False}
        return super().write(vals)

    def _find_contract(self):
        """Say the contract of payments that name none, if all of their invoices are of one.

        Where several contracts share a payment, or a part of it is on account, each invoice says
        what came in of its own: see ``collection_query``.
        """
        for payment in self.filtered(lambda p: not p.invoice_contract_id and p._is_used_up()):
            invoices = payment.reconciled_invoice_ids | payment.invoice_ids
            contracts = [invoice._get_contracts_to_pay() for invoice in invoices]
            contract = contracts[0] if contracts else payment.invoice_contract_id
            if (
                len(contract) == 1
                and all(other == contract for other in contracts)
                and contract.state == "active"
                and contract.company_id == payment.company_id
                and payment.partner_id.commercial_partner_id <= contract._get_billable_customers()
            ):
                payment.write({"invoice_contract_id": contract.id, "is_contract_found": True})

    def _is_used_up(self):
        """Whether nothing of the payment is on account."""
        items = self.move_id.line_ids.filtered(
            lambda item: item.account_id == self.destination_account_id
        )
        return all(items.mapped("reconciled"))

    def _forget_contract(self):
        """What was found by itself is found anew, now that invoices are unmatched."""
        found = self.exists().filtered("is_contract_found")
        found.write({"invoice_contract_id": False, "is_contract_found": False})
        found._find_contract()

    # === LIMIT === #

    @api.model
    def _get_limit_dependencies(self):
        return ["amount", "state", "payment_type", "partner_type"]

    def _is_ticketable_payment(self):
        return (
            self.state in RECEIVED_STATES
            and self.payment_type == "inbound"
            and self.partner_type == "customer"
        )

    def _get_ticketable_limits(self):
        """Collections that came in, less what was paid back of them."""
        received = self.filtered(lambda payment: payment._is_ticketable_payment())
        refunded = received._get_refunded_amounts()
        return {
            payment: payment.currency_id.round(
                max(payment.amount - refunded.get(payment.id, 0.0), 0.0)
            )
            if payment in received
            else 0.0
            for payment in self
        }

    def _get_refunded_amounts(self):
        """What refunds that are reconciled with collections pay back, by id, in their currency."""
        if not self.move_id:
            return {}
        query = self._get_refunds_query(SQL("payment.id IN %s", tuple(self.ids)))
        return {payment_id: float(amount) for payment_id, amount in self.env.execute_query(query)}

    @api.model
    def _get_refunds_query(self, condition):
        """:param SQL condition: on ``payment``, the collection"""
        self.env["account.partial.reconcile"].flush_model()
        self.env["account.move.line"].flush_model(["move_id", "parent_state"])
        self.flush_model(["move_id", "payment_type", "partner_type"])
        return SQL(
            """
            SELECT payment.id, SUM(partial.credit_amount_currency) AS amount
              FROM account_payment payment
              JOIN account_move_line line ON line.move_id = payment.move_id
              JOIN account_partial_reconcile partial ON partial.credit_move_id = line.id
              JOIN account_move_line back ON back.id = partial.debit_move_id
              JOIN account_payment refund ON refund.move_id = back.move_id
             WHERE refund.payment_type = 'outbound' AND refund.partner_type = 'customer'
               AND back.parent_state = 'posted' AND %s
          GROUP BY payment.id
            """,
            condition,
        )

    @api.model
    def _get_ticketable_limit_sql(self, alias):
        refunded = SQL(
            "(SELECT refunded.amount FROM (%s) AS refunded)",
            self._get_refunds_query(SQL("payment.id = %s", SQL.identifier(alias, "id"))),
        )
        return SQL(
            "CASE WHEN %s IN %s AND %s = 'inbound' AND %s = 'customer' "
            "THEN GREATEST(%s - COALESCE(%s, 0), 0) ELSE 0 END",
            self._field_to_sql(alias, "state"),
            RECEIVED_STATES,
            self._field_to_sql(alias, "payment_type"),
            self._field_to_sql(alias, "partner_type"),
            self._field_to_sql(alias, "amount"),
            refunded,
        )

    def _get_limits_within_contracts(self):
        """What came in for an invoice is ticketed with it, and not when it is credited."""
        limits = super()._get_limits_within_contracts()
        # sudo: what can be ticketed does not hang on who looks
        received = self.sudo().filtered(lambda payment: payment.move_id and limits[payment])
        rows = Chain.get_reconciled(received)
        moves_sudo = received.env["account.move"].browse({row[1] for row in rows})
        free = {move.id: move.amount_to_ticket for move in moves_sudo}
        for payment_id, move_id, of_move, of_payment in rows:
            lost = 1 - free[move_id] / float(of_move) if of_move else 0.0
            if lost > 0:
                payment = self.browse(payment_id)
                left = limits[payment] - float(of_payment) * lost
                limits[payment] = payment.currency_id.round(max(left, 0.0))
        return limits

    def _get_cannot_be_ticketed_reason(self):
        if not self._is_ticketable_payment():
            return words(self.env)._(
                "%s is no collection that came in, so it cannot be ticketed.", self.display_name
            )
        return super()._get_cannot_be_ticketed_reason()

    def _claim_for_ticketing(self):
        # Who reconciles the payment at the same instant writes its items, not the payment.
        rewrite_rows(self.move_id.line_ids)
        return super()._claim_for_ticketing()

    def _get_amount_to_show(self):
        return self.amount

    # === CHANGES === #

    def _follow_tickets(self, fnames):
        """An invoice that is put on the payment brings its tickets, and a refund takes back."""
        result = super()._follow_tickets(fnames)
        if self._is_ticketing_change(fnames):
            named = self.invoice_ids if "invoice_ids" in fnames else self.invoice_ids.browse()
            refunded = self._get_refunded_payments()
            if named.filtered("has_tickets") or refunded.filtered("has_tickets"):
                self._settle_tickets(self, named, refunded)
            # What has no entry is never reconciled: it pays the invoices that it names.
            unbooked_sudo = self.sudo().filtered(lambda payment: not payment.move_id)  # sudo: sums
            if contracts_sudo := unbooked_sudo.invoice_ids._get_ticketing_contracts():
                contracts_sudo._refresh_received()
                unbooked_sudo._find_contract()
        return result

    def _get_refunded_payments(self):
        """Collections that the refunds among the payments are reconciled with."""
        refunds = self.filtered(
            lambda p: p.payment_type == "outbound" and p.partner_type == "customer"
        )
        items = refunds.move_id.line_ids.filtered("matching_number")
        return items.matched_credit_ids.credit_move_id.move_id.origin_payment_id

    # === ACTION METHODS === #

    def action_view_tickets(self):
        """Open the tickets that document the payment, wherever they were made."""
        return self._open_taking_tickets()
