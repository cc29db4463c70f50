from odoo import api, fields, models

from .ticketable_mixin import HOLDING

WAITING_CHANGE = [("state", "=", "pending"), ("is_change", "=", True)]


class InvoiceContract(models.Model):
    """What is ticketed and collected of a contract.

    Figures are tax-inclusive, in the contract's currency, and derived from the rows each time:
    a ticket that is voided, red-lettered or deleted, and a payment that is cancelled or
    refunded, correct them by themselves.
    """

    _name = "invoice.contract"
    _inherit = ["invoice.contract", "invoice.ticketable.mixin"]

    amount_ticketed = fields.Monetary(
        string="Ticketed", compute="_compute_figures", compute_sudo=True, help="Issued tickets."
    )
    amount_in_progress = fields.Monetary(
        string="In Progress",
        compute="_compute_figures",
        compute_sudo=True,
        help="Tickets that are submitted or approved, but not issued yet.",
    )
    amount_to_ticket = fields.Monetary(
        string="To Ticket",
        compute="_compute_figures",
        compute_sudo=True,
        help="What may still be ticketed: amount less issued tickets and tickets in progress.",
    )
    amount_received = fields.Monetary(
        string="Received",
        compute="_compute_figures",
        compute_sudo=True,
        help="Payments of the contract, less refunds.",
    )
    amount_received_unticketed = fields.Monetary(
        string="Received, Not Ticketed", compute="_compute_figures", compute_sudo=True
    )
    amount_ticketed_unpaid = fields.Monetary(
        string="Ticketed, Not Paid", compute="_compute_figures", compute_sudo=True
    )

    # === COMPUTE METHODS === #

    @api.depends(
        "amount_total",
        "ticket_ids.state",
        "ticket_ids.amount_contract",
        "payment_ids.state",
        "payment_ids.amount",
    )
    def _compute_figures(self):
        ticketed, in_progress = self._get_ticketed_amounts()
        received = self._get_received_amounts()
        for contract in self:
            origin = contract._origin
            contract.amount_ticketed = ticketed.get(origin, 0.0)
            contract.amount_in_progress = in_progress.get(origin, 0.0)
            contract.amount_to_ticket = (
                contract.amount_total - contract.amount_ticketed - contract.amount_in_progress
            )
            contract.amount_received = received.get(origin, 0.0)
            balance = contract.amount_received - contract.amount_ticketed
            contract.amount_received_unticketed = max(balance, 0.0)
            contract.amount_ticketed_unpaid = max(-balance, 0.0)

    # === WHAT CAN BE TICKETED === #

    def _get_cannot_be_ticketed_reason(self):
        """Why no ticket may take a part of the contract now, or False."""
        self.ensure_one()
        if self.state != "active":
            return self.env._(
                "The contract %s is not active, so nothing of it can be ticketed.",
                self.display_name,
            )
        return self._get_amount_waiting_reason()

    def _get_amount_waiting_reason(self):
        """Why no ticket may use the contract now, or False: its amount may go back."""
        request = self.approval_request_id
        if self._is_change_waiting() and "amount_total" in request.old_values:
            return self.env._(
                "A change of the amount of the contract %s waits for approval. It must be decided "
                "first.",
                self.display_name,
            )
        return False

    # === SUMS === #

    def _get_ticketed_totals(self):
        tickets = self.env["invoice.ticket"].with_context(active_test=False)
        domain = [("contract_id", "in", self.ids), *HOLDING]
        totals = dict(tickets._read_group(domain, ["contract_id"], ["amount_contract:sum"]))
        waiting = [*domain, ("approval_request_ids", "any", WAITING_CHANGE)]
        for ticket in tickets.search(waiting, order="id"):
            totals[ticket.contract_id] += ticket._get_amount_given_up()
        return totals

    def _get_ticketed_amounts(self):
        """Sums of issued tickets, and of tickets on their way, by contract.

        A red letter on its way frees nothing before it is issued.

        :rtype: tuple[dict, dict]
        """
        # An archived ticket is out of sight, not out of the books.
        groups = (
            self.env["invoice.ticket"]
            .with_context(active_test=False)
            ._read_group(
                [
                    ("contract_id", "in", self.ids),
                    "|",
                    ("state", "=", "issued"),
                    "&",
                    ("state", "in", ("pending", "approved")),
                    ("amount_total", ">", 0),
                ],
                ["contract_id", "state"],
                ["amount_contract:sum"],
            )
        )
        ticketed, in_progress = {}, {}
        for contract, state, amount in groups:
            sums = ticketed if state == "issued" else in_progress
            sums[contract] = sums.get(contract, 0.0) + amount
        return ticketed, in_progress

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
