from odoo import api, fields, models
from odoo.tools import SQL

from ..base.action_mixin import rewrite_rows
from ..base.words import words
from .collection_query import get_contract_query

# Where it stands what came in.
BOOKS = (
    "account.payment",
    "account.move",
    "account.move.line",
    "account.partial.reconcile",
    "sale.order",
    "sale.order.line",
    "invoice.ticket.path",
)


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
    invoice_count = fields.Integer(string="Invoices", compute="_compute_invoice_count")
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

    # Of what the books say further on, they tell the contract: see ``_refresh_received``.
    @api.depends(
        "currency_id",
        "sale_order_ids",
        "move_ids",
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
        groups = self.env["invoice.ticket.path"]._read_group(
            [("contract_id", "in", self.ids), ("is_issued", "=", True), ("amount", "!=", 0)],
            ["contract_id"],
            ["amount_contract:sum", "paid_contract:sum"],
        )
        figures = {contract.id: amounts for contract, *amounts in groups}
        for contract in self:
            ticketed, paid = figures.get(contract._origin.id, (0.0, 0.0))
            received = contract.amount_received
            contract.amount_received_unticketed = max(received - paid, 0.0)
            contract.amount_ticketed_unpaid = max(ticketed - paid, 0.0)

    def _compute_ticket_count(self):
        self._count_tickets()

    def _compute_invoice_count(self):
        """Invoices and credit notes of the contract or its orders, of those one may read."""
        Move = self.env["account.move"]
        may_read = Move.has_access("read")
        for contract in self:
            is_shown = may_read and contract.ids
            domain = contract._get_invoices_domain()
            contract.invoice_count = Move.search_count(domain) if is_shown else 0

    # === INVOICES === #

    def _claim_to_invoice(self):
        """Of two who invoice a contract at once, the second one sees what the first did."""
        rewrite_rows(self)

    def _get_standing_invoices(self):
        """Invoices and credit notes that say the contract themselves and are not cancelled."""
        return self.move_ids.filtered(lambda move: move.state != "cancel")

    def _get_invoices_domain(self):
        """Invoices and credit notes of the contract and of its orders."""
        return [("billed_contract_id", "=", self.id)]

    def _get_amount_to_invoice(self):
        """What was agreed and is neither invoiced of it nor on a draft, tax included.

        :return: in the contract's currency
        :rtype: float
        """
        self.ensure_one()
        # sudo: what is left, whoever invoiced the rest
        contract_sudo = self.sudo()
        orders_sudo = contract_sudo.sale_order_ids.filtered(lambda order: order.state == "sale")
        moves_sudo = orders_sudo.order_line.invoice_lines.move_id | contract_sudo.move_ids
        left = contract_sudo.amount_total
        for move in moves_sudo.filtered(
            lambda m: m.move_type in ("out_invoice", "out_refund") and m.state != "cancel"
        ):
            left -= move.currency_id._convert(
                move.amount_total if move.move_type == "out_invoice" else -move.amount_total,
                contract_sudo.currency_id,
                move.company_id,
                move.invoice_date or move.date or fields.Date.context_today(self),
            )
        return contract_sudo.currency_id.round(left)

    def _get_invoiced_reason(self):
        """Why the contract cannot be given up now, or False: something is invoiced of it."""
        # sudo: an invoice that the user cannot read stands too
        standing = self.sudo()._get_standing_invoices()
        standing = standing.filtered(lambda move: move.move_type == "out_invoice")
        limits = standing._get_ticketable_limits()
        open_sudo = standing.filtered(
            lambda m: m.state == "draft" or m.currency_id.compare_amounts(limits[m], 0.0) > 0
        )
        if not open_sudo:
            return False
        return self.env._(
            "%(contract)s is invoiced: %(invoices)s. Credit or cancel that first, or take the "
            "contract off it.",
            contract=self.display_name,
            invoices=open_sudo._get_readable_names(),
        )

    def action_view_invoices(self):
        """Open the invoices and credit notes of the contract and of its orders."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "account.action_move_out_invoice_type"
        )
        return dict(action, domain=self._get_invoices_domain(), context={"create": False})

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
        return self._get_held_reason() or self._get_invoiced_reason()

    # === ACTION METHODS === #

    def action_view_tickets(self):
        """Open the tickets of the contract, wherever along the way of its money they were made."""
        active = self.state == "active"
        return self._open_taking_tickets(
            self._prepare_ticket_context() if active else {"create": False}
        )

    # === SUMS === #

    def _refresh_received(self):
        """Look into the books again for what came in, and what of the tickets is paid."""
        for fname in ("amount_received", "amount_received_unticketed", "amount_ticketed_unpaid"):
            self.env.add_to_compute(self._fields[fname], self)
        self.modified(["amount_received"])

    def _get_received_amounts(self):
        """Collections less refunds, in the currency of each contract, at the day they came in.

        :rtype: dict
        """
        received = {}
        if not self.ids:
            return received
        for model in BOOKS:
            self.env[model].flush_model()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT contract_id, currency_id, company_id, date, SUM(amount)
                  FROM (%s) AS collection
                 WHERE contract_id IN %s
              GROUP BY contract_id, currency_id, company_id, date
                """,
                get_contract_query(tuple(self.ids)),
                tuple(self.ids),
            )
        )
        for contract_id, currency_id, company_id, date, amount in rows:
            contract = self.browse(contract_id)
            currency = self.env["res.currency"].browse(currency_id)
            company = self.env["res.company"].browse(company_id)
            amount = currency._convert(float(amount), contract.currency_id, company, date)
            received[contract] = received.get(contract, 0.0) + amount
        return received
