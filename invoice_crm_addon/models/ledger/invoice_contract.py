from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL, split_every

from ..base.action_mixin import rewrite_rows
from ..base.newest_rows import NewestRows
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

    newest_order_ids = NewestRows(
        "sale.order",
        string="Newest Sales Orders",
        path="invoice_contract_id",
        limit=10,
        depends=["sale_order_ids"],
    )
    newest_ticket_ids = NewestRows(
        "invoice.ticket", string="Newest Tickets", path="contract_id", depends=["ticket_ids"]
    )
    newest_shipment_ids = NewestRows(
        "invoice.shipment",
        string="Newest Shipments",
        path="ticket_ids.contract_id",
        depends=["shipment_ids"],
    )
    newest_payment_ids = NewestRows(
        "account.payment",
        string="Newest Collections",
        path="invoice_contract_id",
        depends=["payment_ids"],
    )
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

    unrated_note = fields.Char(
        compute="_compute_unrated_note", export_string_translation=False, exportable=False
    )
    _signed_idx = models.Index("(date_signed DESC, id DESC)")
    _archived_idx = models.Index("(id) WHERE active IS NOT TRUE")
    _unticketed_idx = models.Index("(id) WHERE amount_received_unticketed > 0")
    _unpaid_idx = models.Index("(id) WHERE amount_ticketed_unpaid > 0")

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

    @api.depends("has_tickets", "amount_ticketed", "amount_in_progress")
    def _compute_ticket_count(self):
        self._count_tickets()

    @api.depends_context("uid", "allowed_company_ids")
    def _compute_invoice_count(self):
        """Invoices and credit notes of the contract or its orders, of those one may read."""
        counts = self._count_invoices()
        for contract in self:
            contract.invoice_count = counts.get(contract._origin.id, 0)

    def _count_invoices(self):
        """One query for all of them; an invoice of two contracts counts for both.

        :rtype: dict[int, int]
        """
        Move = self.env["account.move"]
        if not self.ids or not Move.has_access("read"):
            return {}
        found = Move._search([("billed_contract_id", "in", self.ids)])
        self.env["sale.order.line"].flush_model(["order_id"])
        self.env["account.move.line"].flush_model(["move_id"])
        return dict(
            self.env.execute_query(
                SQL(
                    """
                    SELECT part.contract_id, COUNT(DISTINCT part.move_id)
                      FROM (
                           SELECT id AS move_id, invoice_contract_id AS contract_id
                             FROM account_move WHERE invoice_contract_id IN %(contracts)s
                        UNION ALL
                           SELECT line.move_id, sale_order.invoice_contract_id
                             FROM sale_order
                             JOIN sale_order_line order_line ON order_line.order_id = sale_order.id
                             JOIN sale_order_line_invoice_rel rel
                                  ON rel.order_line_id = order_line.id
                             JOIN account_move_line line ON line.id = rel.invoice_line_id
                            WHERE sale_order.invoice_contract_id IN %(contracts)s
                           ) AS part
                     WHERE part.move_id IN %(found)s
                  GROUP BY part.contract_id
                    """,
                    contracts=tuple(self.ids),
                    found=found.subselect(),
                )
            )
        )

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
        :raise UserError: if something is invoiced in a currency that no rate converts
        """
        self.ensure_one()
        # sudo: what is left, whoever invoiced the rest
        contract_sudo = self.sudo()
        left = contract_sudo.amount_total
        for currency, amount, date in contract_sudo._get_invoiced_parts():
            contract_sudo._check_rate_of(currency, date)
            left -= currency._convert(
                amount, contract_sudo.currency_id, contract_sudo.company_id, date
            )
        return contract_sudo.currency_id.round(left)

    def _get_invoiced_parts(self):
        """What invoices and credit notes that are not cancelled bill of the contract.

        Those that say it themselves as a whole; of the others what they bill of its orders, also
        of one that was cancelled afterwards.

        :return: currency, amount with tax, negative of credit notes, and day of each
        :rtype: list[tuple]
        """
        own = self._get_standing_invoices()
        parts = [
            (
                move.currency_id,
                move.amount_total * (-1 if move.move_type == "out_refund" else 1),
                move.invoice_date or move.date or fields.Date.context_today(self),
            )
            for move in own
        ]
        for model in ("account.move", "account.move.line", "sale.order.line"):
            self.env[model].flush_model()
        for part in self.sale_order_ids._get_billed_parts():
            _order, move_id, _original, move_type, state, currency_id, amount, date = part
            if state != "cancel" and move_id not in own._ids:
                parts.append(
                    (
                        self.currency_id.browse(currency_id),
                        -amount if move_type == "out_refund" else amount,
                        date or fields.Date.context_today(self),
                    )
                )
        return parts

    def _check_rate_of(self, currency, date):
        """:raise UserError: if no rate converts the currency into the contract's"""
        if currency == self.currency_id:
            return
        if unrated := (currency | self.currency_id)._get_unrated(self.company_id, date):
            raise UserError(
                words(self.env)._(
                    "There is no exchange rate of %(currency)s, so nobody can say what is left to "
                    "invoice of %(contract)s. Enter the rate first.",
                    currency=unrated[:1].name,
                    contract=self.display_name,
                )
            )

    def _get_invoiced_reason(self):
        """Why the contract cannot be given up now, or False: something is invoiced of it."""
        # sudo: an invoice that the user cannot read stands too
        standing = self.sudo()._get_standing_invoices()
        standing = standing.filtered(lambda move: move.move_type == "out_invoice")
        # Most often one of the first is open; of very many the sentence names some.
        for part in split_every(50, standing.ids, standing.browse):
            limits = part._get_ticketable_limits()
            if open_sudo := part.filtered(
                lambda m, limits=limits: (
                    m.state == "draft" or m.currency_id.compare_amounts(limits[m], 0.0) > 0
                )
            ):
                break
        else:
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

    @api.depends("currency_id", "has_tickets", "amount_ticketed", "amount_in_progress")
    def _compute_unrated_note(self):
        """Tickets of before rates were asked for: the ledger counts them one to one."""
        taken = {}
        for contract, currency in self._get_foreign_currencies():
            taken[contract.id] = taken.get(contract.id, currency) | currency
        for contract in self:
            currencies = taken.get(contract.id, self.env["res.currency"])
            if currencies:
                currencies |= contract.currency_id
            unrated = currencies._get_unrated(contract.company_id)
            contract.unrated_note = bool(unrated) and self.env._(
                "There is no exchange rate of %s: tickets in another currency than the contract "
                "count one to one. Enter the rate, and they are reckoned anew.",
                ", ".join(unrated.mapped("name")),
            )

    def _get_foreign_currencies(self):
        """Currencies of tickets that take of the contracts in another one than theirs.

        Each currency is looked up once: tickets may be very many.

        :return: pairs of a contract and a currency
        :rtype: list[tuple]
        """
        if not self.ids:
            return []
        self.env["invoice.ticket"].flush_model(
            ["ledger_contract_id", "held_contract_id", "is_foreign_to_contract", "currency_id"]
        )
        self.flush_recordset(["currency_id"])
        rows = self.env.execute_query(
            SQL(
                """
                SELECT contract.id, currency.id
                  FROM invoice_contract AS contract, res_currency AS currency
                 WHERE contract.id = ANY(%s) AND currency.id <> contract.currency_id
                   AND COALESCE(
                       (SELECT TRUE FROM invoice_ticket AS ticket
                         WHERE ticket.ledger_contract_id = contract.id
                           AND ticket.currency_id = currency.id
                           AND ticket.is_foreign_to_contract IS TRUE
                         LIMIT 1),
                       (SELECT TRUE FROM invoice_ticket AS ticket
                         WHERE ticket.held_contract_id = contract.id
                           AND ticket.currency_id = currency.id
                         LIMIT 1))
              ORDER BY contract.id, currency.id
                """,
                self.ids,
            )
        )
        currencies = self.env["res.currency"]
        return [(self.browse(contract), currencies.browse(row)) for contract, row in rows]

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
                ", ".join(self._get_tickets_on_their_way().mapped("name")),
            )
        return False

    def _get_tickets_on_their_way(self):
        """Tickets that take a part and are not issued, in superuser mode; some of very many."""
        # sudo: invoice.ticket.path - a reason for all who look
        paths_sudo = self.env["invoice.ticket.path"].sudo()
        on_the_way = [("contract_id", "in", self.ids), ("is_issued", "=", False)]
        return paths_sudo._get_some_tickets(on_the_way, 20, newest=True)

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

    def action_view_orders(self):
        """Open the sales orders of the contract."""
        return self._open_rows("sale.action_orders", "newest_order_ids")

    def action_view_shipments(self):
        """Open the parcels in which tickets of the contract are."""
        return self._open_rows("invoice_crm_addon.invoice_shipment_action", "newest_shipment_ids")

    def action_view_payments(self):
        """Open what was collected of the contract, and refunded."""
        return self._open_rows("account.action_account_all_payments", "newest_payment_ids")

    def _open_rows(self, xmlid, fname):
        """All of what a list on the form shows the newest of."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(xmlid)
        domain = [(self._fields[fname].path, "=", self.id)]
        return dict(action, domain=domain, context={"create": False})

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
