from collections import defaultdict

from odoo import api, fields, models
from odoo.tools import SQL

from ..base.action_mixin import rewrite_rows
from ..base.words import words

# A posted credit note that was matched with an invoice by hand.
REVERSES_NOTHING = SQL("credit.state = 'posted' AND credit.reversed_entry_id IS NULL")


class AccountMove(models.Model):
    """A customer invoice that is ticketed, in part or whole."""

    _name = "account.move"
    _inherit = ["account.move", "invoice.ticketable.mixin"]

    _checks_core_relations = False
    _ticketing_fields = ("state", "invoice_contract_id")
    _ticketed_terms = ("partner_id", "currency_id", "company_id")

    ticket_count = fields.Integer(
        compute="_compute_ticket_count",
        groups="invoice_crm_addon.group_ticket_user,invoice_crm_addon.group_ticket_auditor",
    )

    @api.depends("has_tickets", "amount_ticketed", "amount_in_progress")
    def _compute_ticket_count(self):
        self._count_tickets()

    # What core names an entry of, so that a list reads that and not all columns.
    @api.depends("name", "ref")
    @api.depends_context("show_to_ticket")
    def _compute_display_name(self):
        result = super()._compute_display_name()
        self._show_what_is_left()
        return result

    # === LIMIT === #

    @api.model
    def _get_limit_dependencies(self):
        return ["amount_total", "state", "move_type"]

    def _is_ticketable_invoice(self):
        return self.move_type == "out_invoice" and self.state == "posted"

    def _get_ticketable_limits(self):
        """Posted customer invoices, less their posted credit notes."""
        posted = self.filtered(lambda move: move._is_ticketable_invoice())
        credited = posted._get_credited_amounts()
        return {
            move: max(move.currency_id.round(move.amount_total - credited.get(move, 0.0)), 0.0)
            if move in posted
            else 0.0
            for move in self
        }

    @api.model
    def _get_ticketable_limit_sql(self, alias):
        """Credit notes in another currency than what they reverse are left out."""
        reversing = SQL(
            """(SELECT SUM(credit.amount_total) FROM account_move AS credit
                 WHERE credit.reversed_entry_id = %s AND credit.state = 'posted'
                   AND credit.move_type = 'out_refund' AND credit.currency_id = %s)""",
            SQL.identifier(alias, "id"),
            self._field_to_sql(alias, "currency_id"),
        )
        reconciled = SQL(
            "(SELECT SUM(credited.amount) FROM (%s) AS credited)",
            self._get_reconciled_credits_query(
                SQL("line.move_id = %s AND %s", SQL.identifier(alias, "id"), REVERSES_NOTHING)
            ),
        )
        return SQL(
            "CASE WHEN %s = 'posted' AND %s = 'out_invoice' "
            "THEN GREATEST(%s - COALESCE(%s, 0) - COALESCE(%s, 0), 0) ELSE 0 END",
            self._field_to_sql(alias, "state"),
            self._field_to_sql(alias, "move_type"),
            self._field_to_sql(alias, "amount_total"),
            reversing,
            reconciled,
        )

    @api.model
    def _get_reconciled_credits_query(self, condition):
        """Query of what credit notes are reconciled with invoices for.

        :param SQL condition: on ``line``, an item of the invoice, and ``credit``, the credit note
        :return: id of each invoice, and the amount in its currency
        """
        self.env["account.partial.reconcile"].flush_model()
        self.env["account.move.line"].flush_model(["move_id"])
        self.env["account.move"].flush_model(["move_type", "state", "reversed_entry_id"])
        return SQL(
            """
            SELECT line.move_id, SUM(partial.debit_amount_currency) AS amount
              FROM account_move_line line
              JOIN account_partial_reconcile partial ON partial.debit_move_id = line.id
              JOIN account_move_line credit_line ON credit_line.id = partial.credit_move_id
              JOIN account_move credit ON credit.id = credit_line.move_id
             WHERE credit.move_type = 'out_refund' AND %s
          GROUP BY line.move_id
            """,
            condition,
        )

    def _get_credited_amounts(self):
        """What posted credit notes take back of invoices, in the currency of these.

        :rtype: dict
        """
        credited = defaultdict(float)
        if not self.ids:
            return credited
        groups = self.env["account.move"]._read_group(
            [
                ("reversed_entry_id", "in", self.ids),
                ("state", "=", "posted"),
                ("move_type", "=", "out_refund"),
            ],
            ["reversed_entry_id", "currency_id"],
            ["amount_total:sum"],
        )
        for move, currency, amount in groups:
            date = move.invoice_date or move.date
            credited[move] += currency._convert(amount, move.currency_id, move.company_id, date)
        # What reverses an invoice is counted above, reconciled or not.
        query = self._get_reconciled_credits_query(
            SQL("line.move_id IN %s AND %s", tuple(self.ids), REVERSES_NOTHING)
        )
        for move_id, amount in self.env.execute_query(query):
            credited[self.browse(move_id)] += float(amount)
        return credited

    # === CAN === #

    def _get_cannot_be_ticketed_reason(self):
        if not self._is_ticketable_invoice():
            return words(self.env)._(
                "%s is no posted customer invoice, so it cannot be ticketed.", self.display_name
            )
        return super()._get_cannot_be_ticketed_reason()

    def _get_cannot_create_ticket_reason(self):
        if not self._is_ticketable_invoice():
            return self.env._("Only a posted customer invoice can be ticketed.")
        return super()._get_cannot_create_ticket_reason()

    # === CHANGES === #

    def _get_touched_by_tickets(self):
        """Credit notes change what they reverse, and invoices the orders that they bill."""
        billing = self.filtered(lambda move: move.move_type in ("out_invoice", "out_refund"))
        credited = billing._get_credited_invoices()
        # A credit note must collide with a ticket that is being made of its invoice.
        rewrite_rows(credited)
        # sudo: orders and payments that the user cannot read are settled all the same
        moves_sudo, billing_sudo = self.sudo(), billing.sudo()
        touched = [
            billing.filtered("has_tickets"),
            credited.filtered("has_tickets"),
            billing_sudo.line_ids.sale_line_ids.order_id.filtered("has_tickets"),
            billing_sudo.invoice_contract_id.filtered("has_tickets"),
            # The entry of a refund is posted and reset after the refund.
            moves_sudo.origin_payment_id._get_refunded_payments().filtered("has_tickets"),
        ]
        return [self, *touched] if any(touched) else []

    def _get_credited_invoices(self):
        """Invoices that credit notes reverse, or are reconciled with."""
        manual = self.filtered(lambda m: m.move_type == "out_refund" and not m.reversed_entry_id)
        # Most are not reconciled: the number says so without a query.
        items = manual.line_ids.filtered("matching_number")
        reconciled = items.matched_debit_ids.debit_move_id.move_id
        return self.reversed_entry_id | reconciled

    def _get_ticketing_contracts(self):
        # All items: they are at hand where core posts and reconciles.
        orders = self.line_ids.sale_line_ids.order_id
        return orders.invoice_contract_id | self.invoice_contract_id

    def _get_contracts_to_pay(self):
        """Contracts that the invoice was made for: its own, of its orders, else of its tickets."""
        self.ensure_one()
        paths = self.env["invoice.ticket.path"]
        return (
            self._get_ticketing_contracts()
            or paths.search([("move_id", "=", self.id), ("contract_id", "!=", False)]).contract_id
        )

    def _settle_tickets(self, *seeds):
        result = super()._settle_tickets(*seeds)
        # Posted again, its items may be due on other days.
        self._refresh_due_dates()
        return result

    def _refresh_due_dates(self):
        # sudo: tickets of others are due when the invoice is
        rows_sudo = self.env["invoice.ticket.allocation"].sudo()
        tickets_sudo = rows_sudo.search(
            [("move_id", "in", self.filtered("has_tickets").ids)]
        ).ticket_id
        self.env.add_to_compute(tickets_sudo._fields["date_due"], tickets_sudo)

    # === ACTION METHODS === #

    def action_view_tickets(self):
        """Open the tickets that document the invoice, wherever they were made."""
        return self._open_taking_tickets()

    def _prepare_ticket_lines(self):
        Line = self.env["invoice.ticket.line"]
        result = {}
        for move in self:
            # sudo: account.move.line - who may read an invoice tickets it as a whole
            lines_sudo = move.sudo().invoice_line_ids
            # Filtered here: a filtered recordset would fetch the taxes invoice by invoice.
            result[move] = [
                line_sudo._prepare_ticket_line_values()
                for line_sudo in lines_sudo
                if line_sudo.display_type == "product"
            ]
            Line._agree_on_total(result[move], move.amount_total, move.currency_id)
        return result

    def _prepare_ticket_context(self):
        """Defaults of a ticket for the invoices: all that is known of them, and what is left."""
        return {
            **self._prepare_common_context(self.invoice_user_id[:1]),
            "default_content": ", ".join(move.ref or move.name for move in self),
            "default_date_due": max(filter(None, self.mapped("invoice_date_due")), default=False),
            "default_tax_included": False,
            "default_line_ids": self._prepare_ticket_line_commands(),
            "default_allocation_ids": self._prepare_allocation_commands("move_id"),
        }
