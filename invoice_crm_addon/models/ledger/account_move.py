from collections import defaultdict

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain
from odoo.tools import SQL

from ..base.action_mixin import rewrite_rows
from ..base.proof import is_proven, proven
from ..base.words import words

# A posted credit note that was matched with an invoice by hand.
REVERSES_NOTHING = SQL("credit.state = 'posted' AND credit.reversed_entry_id IS NULL")
# What may belong to a contract.
BILLING_TYPES = ("out_invoice", "out_refund")


class CarriedContract(int):
    """The contract of an invoice, on its way to what core copies of it.

    Whoever corrects an invoice need not be able to read its contract. Only code makes such a
    number: what comes by a remote call is a plain one, and is held to what the caller may read.
    """


class BilledContract(fields.Many2one):
    """The contract of an invoice: not stored, and yet the database filters and groups by it."""

    def to_sql(self, model, alias):
        return model._get_billed_contract_sql(alias)


class AccountMove(models.Model):
    """A customer invoice, and the contract that it bills.

    Where it bills sales orders, these say the contract. Where it bills none, it says that itself:
    the plan of the contract made it, or finance chose the contract.
    """

    _name = "account.move"
    _inherit = ["account.move", "invoice.ticketable.mixin"]

    _checks_core_relations = False
    _ticketing_fields = ("state", "invoice_contract_id")
    _ticketed_terms = ("partner_id", "currency_id", "company_id")

    invoice_contract_id = fields.Many2one(
        "invoice.contract",
        string="Contract Without Order",
        index="btree_not_null",
        copy=False,
        ondelete="restrict",
        check_company=True,
        domain="[('state', '=', 'active'), '|', ('partner_id', '=', commercial_partner_id), "
        "('billed_partner_ids', '=', commercial_partner_id)]",
        help="Contract that the invoice bills, unless its sales orders say one.",
    )
    billed_contract_id = BilledContract(
        "invoice.contract",
        string="Contract",
        compute="_compute_billed_contract_id",
        search="_search_billed_contract_id",
        compute_sudo=True,
        help="Contract that the invoice bills: of its sales orders, else its own. The first one of "
        "several.",
    )
    ticket_count = fields.Integer(
        compute="_compute_ticket_count",
        groups="invoice_crm_addon.group_ticket_user,invoice_crm_addon.group_ticket_auditor",
    )

    def _compute_ticket_count(self):
        self._count_tickets()

    @api.depends_context("show_to_ticket")
    def _compute_display_name(self):
        result = super()._compute_display_name()
        self._show_what_is_left()
        return result

    # === CONTRACT === #

    @api.depends("invoice_contract_id", "line_ids.sale_line_ids.order_id.invoice_contract_id")
    def _compute_billed_contract_id(self):
        for move in self:
            orders = move.line_ids.sale_line_ids.order_id
            of_orders = orders.invoice_contract_id.sorted("id")[:1]
            move.billed_contract_id = move.invoice_contract_id or of_orders

    @api.model
    def _search_billed_contract_id(self, operator, value):
        """Looked up in the database: whoever reads invoices may not be able to read orders."""
        if operator in Domain.NEGATIVE_OPERATORS:
            return NotImplemented
        if operator == "in" and False in value:
            known = self._search_billed_contract_id("in", [v for v in value if v])
            return known | ~self._get_billing_domain(SQL("IS NOT NULL"))
        if operator == "in" and all(isinstance(v, int) for v in value):
            contracts = self.env["invoice.contract"].browse(value)
        elif operator in ("any", "any!"):
            contracts = self.env["invoice.contract"].search(value)
        else:
            contracts = self.env["invoice.contract"].search([("display_name", operator, value)])
        return self._get_billing_domain(SQL("IN %s", tuple(contracts.ids) or (None,)))

    @api.model
    def _get_billing_domain(self, condition):
        """:param SQL condition: that a contract is to meet"""
        self.flush_model(["invoice_contract_id"])
        self.env["sale.order"].flush_model(["invoice_contract_id"])
        self.env["account.move.line"].flush_model(["move_id", "sale_line_ids"])
        billing = SQL(
            """(
            SELECT move.id FROM account_move move WHERE move.invoice_contract_id %(condition)s
             UNION
            SELECT line.move_id
              FROM sale_order
              JOIN sale_order_line order_line ON order_line.order_id = sale_order.id
              JOIN sale_order_line_invoice_rel rel ON rel.order_line_id = order_line.id
              JOIN account_move_line line ON line.id = rel.invoice_line_id
             WHERE sale_order.invoice_contract_id %(condition)s
            )""",
            condition=condition,
        )
        return Domain.custom(
            to_sql=lambda model, alias, query: SQL("%s IN %s", SQL.identifier(alias, "id"), billing)
        )

    @api.model
    def _get_billed_contract_sql(self, alias):
        """``billed_contract_id`` as SQL."""
        order, line = self.env["sale.order"]._fields, self.env["account.move.line"]._fields
        return SQL(
            """COALESCE(%s, (
                SELECT MIN(%s)
                  FROM account_move_line line
                  JOIN sale_order_line_invoice_rel rel ON rel.invoice_line_id = line.id
                  JOIN sale_order_line order_line ON order_line.id = rel.order_line_id
                  JOIN sale_order ON sale_order.id = %s
                 WHERE %s = %s))""",
            self._field_to_sql(alias, "invoice_contract_id"),
            SQL.identifier(
                "sale_order", "invoice_contract_id", to_flush=order["invoice_contract_id"]
            ),
            SQL.identifier(
                "order_line",
                "order_id",
                to_flush=self.env["sale.order.line"]._fields["order_id"],
            ),
            SQL.identifier("line", "move_id", to_flush=line["move_id"]),
            SQL.identifier(alias, "id"),
        )

    @api.constrains(
        "invoice_contract_id", "partner_id", "move_type", "line_ids", "invoice_line_ids"
    )
    def _check_invoice_contract(self):
        """The contract bills the customer, no order says another one, and no ticket does."""
        # sudo: contracts, orders and tickets that the user cannot read are held to it too
        for move in self.sudo().filtered("invoice_contract_id"):
            contract = move.invoice_contract_id
            if move.move_type not in BILLING_TYPES:
                raise ValidationError(
                    self.env._(
                        "Only customer invoices and their credit notes belong to a contract. Take "
                        "the contract off %s.",
                        move._get_readable_names(),
                    )
                )
            if move.state != "cancel":
                contract.with_env(self.env)._check_customers_of(move.with_env(self.env))
            orders = move.line_ids.sale_line_ids.order_id
            if others := orders.filtered(lambda order, c=contract: order.invoice_contract_id != c):
                raise ValidationError(
                    self.env._(
                        "%(invoice)s bills the orders %(orders)s, which say the contract. Leave it "
                        "empty on the invoice, or add these orders to the contract first.",
                        invoice=move._get_readable_names(),
                        orders=others._get_readable_names(),
                    )
                )
            move._get_taking_tickets()._check_one_contract()

    @api.constrains("invoice_contract_id")
    def _check_invoice_contract_open(self):
        if is_proven(self.env):
            # It corrects what was invoiced, or the plan saw to it.
            return
        # sudo: only the state, of a contract that the user may not be able to read
        for move in self.sudo().filtered(lambda m: m.move_type == "out_invoice"):
            contract = move.invoice_contract_id
            if contract and contract.state != "active":
                raise UserError(
                    self.env._(
                        "The contract %s is not active: nothing more is invoiced on it. Have it "
                        "reopened, or choose another one.",
                        contract._get_readable_names(),
                    )
                )

    @api.model_create_multi
    def create(self, vals_list):
        """What core copies of an invoice takes its contract over, whoever may read that."""
        named = [vals.get("invoice_contract_id") for vals in vals_list]
        carried = [isinstance(value, CarriedContract) for value in named]
        moves = super().create(
            [
                dict(vals, invoice_contract_id=False) if is_carried else vals
                for vals, is_carried in zip(vals_list, carried, strict=True)
            ]
        )
        for move, contract_id, is_carried in zip(moves, named, carried, strict=True):
            if is_carried:
                proven(move).invoice_contract_id = int(contract_id)
        # sudo: contracts that the user cannot read are claimed too
        moves.sudo().invoice_contract_id._claim_to_invoice()
        return moves

    def write(self, vals):
        if "invoice_contract_id" not in vals:
            return super().write(vals)
        # Before anything is read of it.
        self._refuse_unreadable(vals)
        # sudo: contracts, payments and tickets of others follow
        moves_sudo = self.sudo()
        contract_sudo = moves_sudo.invoice_contract_id.browse(vals["invoice_contract_id"] or [])
        contract_sudo = contract_sudo.exists()
        claimed = moves_sudo.invoice_contract_id | contract_sudo
        changed = moves_sudo.filtered(lambda move: move.invoice_contract_id != contract_sudo)
        excess = contract_sudo.amount_ticket_excess
        result = super().write(vals)
        if changed:
            claimed._claim_to_invoice()
            payments_sudo = changed.reconciled_payment_ids | changed.matched_payment_ids
            payments_sudo._forget_contract()
            payments_sudo._find_contract()
        if contract_sudo.amount_ticket_excess > excess:
            contract_sudo.with_env(self.env)._refuse_excess()
        return result

    def copy_data(self, default=None):
        """A correction – credit or debit note, invoice written anew – stays with the contract."""
        vals_list = super().copy_data(default)
        if self.env.context.get("include_business_fields"):
            # sudo: account.move - whether it is reversed, however
            for move_sudo, vals in zip(self.sudo(), vals_list, strict=True):
                contract_sudo = move_sudo.invoice_contract_id
                if contract_sudo and move_sudo._is_corrected_by(vals):
                    vals.setdefault("invoice_contract_id", CarriedContract(contract_sudo.id))
        return vals_list

    def _is_corrected_by(self, vals):
        """Whether an entry of such values corrects this one, or replaces it once it is reversed.

        :param dict vals: as core copies them
        """
        origins = (vals.get("reversed_entry_id"), vals.get("debit_origin_id"))
        return self.id in origins or bool(self.reversal_move_ids)

    def _get_fields_to_copy_recurring_entries(self, values):
        """What is invoiced again and again stays with the contract, as long as that is active."""
        values = super()._get_fields_to_copy_recurring_entries(values)
        # sudo: invoice.contract - its state
        if contract_sudo := self.sudo().invoice_contract_id:
            if contract_sudo.state == "active":
                values["invoice_contract_id"] = CarriedContract(contract_sudo.id)
            else:
                self._message_log(
                    body=self.env._(
                        "The contract is not active any more, so the next invoice is made without "
                        "it. Delete that, or choose another contract there."
                    )
                )
        return values

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
            move: max(move.amount_total - credited.get(move, 0.0), 0.0) if move in posted else 0.0
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
