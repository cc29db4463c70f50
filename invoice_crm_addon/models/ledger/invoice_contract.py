from odoo import api, fields, models
from odoo.tools import SQL

from ..base.words import words


class InvoiceContract(models.Model):
    """What is ticketed and collected of a contract.

    Figures are tax-inclusive and in the contract's currency. What is ticketed follows from the
    paths of the money, what is received from the payments: a ticket that is voided,
    red-lettered or deleted, and a payment that is cancelled or refunded, correct them by
    themselves.
    """

    _name = "invoice.contract"
    _inherit = ["invoice.contract", "invoice.ticketable.mixin"]

    _ticketing_fields = ("amount_total", "state")
    _ticketed_terms = ("partner_id", "currency_id", "company_id")

    ticket_count = fields.Integer(compute="_compute_ticket_count")
    amount_received = fields.Monetary(
        string="Received",
        compute="_compute_amount_received",
        store=True,
        compute_sudo=True,
        help="Payments of the contract, less refunds.",
    )
    amount_received_unticketed = fields.Monetary(
        string="Received, Not Ticketed", compute="_compute_balance", store=True, compute_sudo=True
    )
    amount_ticketed_unpaid = fields.Monetary(
        string="Ticketed, Not Paid", compute="_compute_balance", store=True, compute_sudo=True
    )

    # === COMPUTE METHODS === #

    @api.depends(
        "currency_id",
        "payment_ids.state",
        "payment_ids.amount",
        "payment_ids.payment_type",
        "payment_ids.date",
        "payment_ids.currency_id",
    )
    def _compute_amount_received(self):
        received = self._get_received_amounts()
        for contract in self:
            contract.amount_received = received.get(contract._origin, 0.0)

    @api.depends("amount_received", "amount_ticketed")
    def _compute_balance(self):
        for contract in self:
            balance = contract.amount_received - contract.amount_ticketed
            contract.amount_received_unticketed = max(balance, 0.0)
            contract.amount_ticketed_unpaid = max(-balance, 0.0)

    def _compute_ticket_count(self):
        self._count_tickets()

    # === WHAT CAN BE TICKETED === #

    def _get_ticketable_limits(self):
        """What was agreed; nothing of a contract that is given up."""
        limits = super()._get_ticketable_limits()
        return limits | {contract: 0.0 for contract in self if contract.state == "cancelled"}

    @api.model
    def _get_ticketable_limit_sql(self, alias):
        return SQL(
            "CASE WHEN %s = 'cancelled' THEN 0 ELSE %s END",
            self._field_to_sql(alias, "state"),
            super()._get_ticketable_limit_sql(alias),
        )

    @api.model
    def _get_limit_dependencies(self):
        return [*super()._get_limit_dependencies(), "state"]

    def _get_cannot_be_ticketed_reason(self):
        if self.state != "active":
            return words(self.env)._(
                "The contract %s is not active, so nothing of it can be ticketed.",
                self.display_name,
            )
        return self._get_amount_waiting_reason() or super()._get_cannot_be_ticketed_reason()

    def _get_amount_waiting_reason(self):
        """Why no ticket may use the contract now, or False: its amount may go back."""
        old_values = self._get_latest_request().old_values
        if self._is_change_waiting() and "amount_total" in old_values:
            return words(self.env)._(
                "A change of the amount of the contract %s waits for approval. It must be decided "
                "first.",
                self.display_name,
            )
        return False

    def _get_ticketing_contracts(self):
        return self

    # === CHANGES === #

    def _settle_tickets(self, *seeds):
        """A contract does not fall below what is ticketed of it."""
        worse = self.env["invoice.ticket.path"]._settle(*seeds)
        worse[self._name]._refuse_excess()

    def _get_cannot_close_reason(self):
        if reason := super()._get_cannot_close_reason():
            return reason
        if not self.currency_id.is_zero(self.amount_in_progress):
            return self.env._(
                "These tickets are on their way: %s. Issue or withdraw them first.",
                ", ".join(
                    self._get_taking_tickets()
                    .filtered(lambda ticket: ticket.state != "issued")
                    .mapped("name")
                ),
            )
        return False

    def _get_cannot_cancel_reason(self):
        if reason := super()._get_cannot_cancel_reason():
            return reason
        return self._get_held_reason()

    # === ACTION METHODS === #

    def action_view_tickets(self):
        """Open the tickets of the contract, wherever along the way of its money they were made."""
        active = self.state == "active"
        return self._open_taking_tickets(
            self._prepare_ticket_context() if active else {"create": False}
        )

    # === SUMS === #

    def _get_received_amounts(self):
        """Payments less refunds, in the currency of each contract, at the payment's date.

        :rtype: dict
        """
        received = {}
        payments = self.env["account.payment"].search_fetch(
            [("invoice_contract_id", "in", self.ids), ("state", "in", ("in_process", "paid"))],
            ["amount", "currency_id", "company_id", "date", "payment_type", "invoice_contract_id"],
        )
        for payment in payments:
            contract = payment.invoice_contract_id
            amount = payment.currency_id._convert(
                payment.amount, contract.currency_id, payment.company_id, payment.date
            )
            sign = 1 if payment.payment_type == "inbound" else -1
            received[contract] = received.get(contract, 0.0) + sign * amount
        return received
