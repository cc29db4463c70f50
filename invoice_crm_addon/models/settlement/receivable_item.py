from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..ledger.bare_payments import get_share_left
from .settlement_scope import find_bare, get_scope

#: Columns of the ageing, with the last day of each, counted from the due date.
BUCKETS = {
    "amount_not_due": 0,
    "amount_30": 30,
    "amount_60": 60,
    "amount_90": 90,
    "amount_180": 180,
    "amount_over": None,
}

# Kinds of items that the books do not know.
UNBOOKED = ("ticket", "used")

# Amounts as of one day are none of another.
AS_OF = {"depends_context": ("receivable_as_of",)}


class InvoiceReceivableItem(models.Model):
    """What customers owe: each journal item of a receivable account, as of a day.

    The day is ``receivable_as_of`` of the context, default: today. As of a day, an item is open
    for what journal entries and reconciliations up to that day leave of it: reconciliations that
    are dated later are taken back from what is open now. An instalment is an item of its own.
    A payment that core keeps without an entry stands here with nothing open, less what bank
    items brought of it. What is due of issued tickets and stands on no posted invoice is owed too:
    a ticket is an item of its own, with what is due of it now.

    Role        Rows
    =====================================================================================
    user        of customers whose salesperson they are; of customers without one, if theirs
                is the latest contract
    department  of customers whose salesperson is of the department
    finance     all of the allowed companies; manager and auditor too
    employee    no access, nor have portal users
    =====================================================================================
    """

    _name = "invoice.receivable.item"
    _inherit = ["invoice.query.rows.mixin"]
    _description = "Receivable Item"
    _auto = False
    _rec_name = "name"
    _order = "date desc, id desc"
    _depends = {
        "account.move": [
            "amount_total_signed",
            "commercial_partner_id",
            "move_type",
            "name",
            "origin_payment_id",
            "statement_line_id",
            "state",
        ],
        "account.move.line": [
            "amount_currency",
            "amount_residual",
            "amount_residual_currency",
            "balance",
            "company_id",
            "currency_id",
            "date",
            "date_maturity",
            "move_id",
            "parent_state",
            "partner_id",
            "reconciled",
        ],
        "account.partial.reconcile": ["amount", "credit_move_id", "debit_move_id", "max_date"],
        "account.payment": [
            "amount",
            "date",
            "invoice_ids",
            "move_id",
            "partner_id",
            "partner_type",
            "payment_method_line_id",
            "payment_type",
            "state",
        ],
        "invoice.contract": ["partner_id", "user_id"],
        "invoice.ticket": [
            "amount_company",
            "amount_due",
            "amount_total",
            "company_id",
            "currency_id",
            "date_due",
            "department_id",
            "issue_date",
            "partner_id",
            "state",
            "user_id",
        ],
        "invoice.ticket.path": [
            "amount",
            "amount_paid",
            "amount_payment",
            "is_issued",
            "move_id",
            "payment_id",
            "ticket_id",
        ],
        "res.partner": ["commercial_partner_id", "customer_level_id", "user_id"],
    }

    name = fields.Char(string="Document")
    kind = fields.Selection(
        selection=[
            ("invoice", "Customer Invoice"),
            ("credit_note", "Credit Note"),
            ("payment", "Payment"),
            ("ticket", "Ticket"),
            ("used", "Paid for a Ticket"),
            ("other", "Other Entry"),
        ]
    )
    partner_id = fields.Many2one("res.partner", string="Customer")
    company_id = fields.Many2one("res.company")
    user_id = fields.Many2one("res.users", string="Salesperson")
    department_id = fields.Many2one("hr.department")
    customer_level_id = fields.Many2one("invoice.customer.level")
    move_id = fields.Many2one("account.move", string="Journal Entry")
    payment_id = fields.Many2one("account.payment")
    ticket_id = fields.Many2one("invoice.ticket")
    journal_id = fields.Many2one("account.journal")
    payment_method_line_id = fields.Many2one("account.payment.method.line", string="Payment Method")
    date = fields.Date()
    date_due = fields.Date(string="Due Date")
    days_overdue = fields.Integer(aggregator="max", **AS_OF)
    currency_id = fields.Many2one("res.currency")
    company_currency_id = fields.Many2one("res.currency")
    amount_currency = fields.Monetary(
        string="Amount in Currency", help="What the customer paid is negative."
    )
    amount = fields.Monetary(currency_field="company_currency_id")
    amount_due_currency = fields.Monetary(string="Due in Currency", **AS_OF)
    amount_due = fields.Monetary(currency_field="company_currency_id", **AS_OF)
    is_open = fields.Boolean(string="Open", **AS_OF)
    settled = fields.Char(
        string="Settled With",
        help="Entries with which the item is reconciled, and the amounts.",
        **AS_OF,
    )

    # === DAY === #

    @api.model
    def _get_as_of(self):
        """The day that the context names, or today.

        :rtype: datetime.date
        :raise UserError: if the context names something else
        """
        return self._read_day(self.env.context.get("receivable_as_of")) or (
            fields.Date.context_today(self)
        )

    @api.model
    def _read_day(self, day):
        """:raise UserError: if it is no day"""
        try:
            return fields.Date.to_date(day or False) or False
        except (AttributeError, TypeError, ValueError):
            raise UserError(
                self.env._(
                    "%(value)s is no day. Write it as year-month-day, such as 2026-12-31.",
                    value=str(day)[:40],
                )
            ) from None

    # === QUERY === #

    @api.model
    def _within(self, customer):
        """The model, asked for the items of one customer only: see ``settlement_scope``.

        :param customer: a commercial entity
        """
        return self.with_context(settlement_scope=find_bare(customer))

    @property
    def _table_query(self):
        day, scope = self._get_as_of(), get_scope(self.env)
        parts = [self._get_items_sql(day), self._get_ticket_items_sql(day)]
        parts.append(self._get_used_items_sql(day))
        if not scope or scope.has_bare:
            parts.append(self._get_bare_payments_sql(day))
        # PostgreSQL leaves out what nobody asks for as long as a column has one type in all parts:
        # 0 for 0.0 in one of them, and all of it is reckoned.
        return SQL(" UNION ALL ").join(parts)

    @api.model
    def _get_later_sql(self, day):
        """What reconciliations after a day took of each item."""
        return SQL(
            """SELECT line_id, SUM(amount) AS amount, SUM(amount_currency) AS amount_currency
            FROM (
                SELECT debit_move_id AS line_id, amount, debit_amount_currency AS amount_currency
                FROM account_partial_reconcile WHERE max_date > %(day)s
                UNION ALL
                SELECT credit_move_id, -amount, -credit_amount_currency
                FROM account_partial_reconcile WHERE max_date > %(day)s
            ) later_partial
            GROUP BY line_id""",
            day=day,
        )

    @api.model
    def _get_receivables_sql(self):
        """The receivable accounts as an array, which the database makes once for a query."""
        return SQL("ARRAY(SELECT id FROM account_account WHERE account_type = 'asset_receivable')")

    @api.model
    def _get_open_amounts_sql(self, day):
        """What is open as of a day, item by item, and of whom: all that sums by customer need.

        Items that are open still are in an index; the others are those that were settled later.
        Tickets have negative ids, and so has what they take of credits: overdue for -1 days.
        """
        booked = [
            SQL(
                """SELECT
                    line.id, line.company_id, partner.commercial_partner_id AS partner_id,
                    line.currency_id,
                    GREATEST(%(day)s - COALESCE(line.date_maturity, line.date), 0) AS days_overdue,
                    line.amount_residual_currency + COALESCE(later.amount_currency, 0)
                        AS amount_due_currency,
                    line.amount_residual + COALESCE(later.amount, 0) AS amount_due
                FROM account_move_line line
                JOIN res_partner partner ON partner.id = line.partner_id
                %(join)s JOIN (%(later)s) later ON later.line_id = line.id
                WHERE line.account_id = ANY(%(receivables)s) AND %(state)s
                    AND line.parent_state = 'posted' AND line.date <= %(day)s""",
                day=day,
                join=join,
                state=state,
                later=self._get_later_sql(day),
                receivables=self._get_receivables_sql(),
            )
            for join, state in (
                (SQL("LEFT"), SQL("line.reconciled IS NOT TRUE")),
                (SQL("INNER"), SQL("line.reconciled")),
            )
        ]
        return SQL(" UNION ALL ").join([*booked, self._get_ticket_amounts_sql(day)])

    @api.model
    def _get_items_sql(self, day):
        return SQL(
            """SELECT
                line.id,
                move.name,
                %(kind)s AS kind,
                %(customer)s,
                line.company_id,
                line.move_id,
                move.origin_payment_id AS payment_id,
                line.journal_id,
                payment.payment_method_line_id,
                line.date,
                COALESCE(line.date_maturity, line.date) AS date_due,
                GREATEST(%(day)s - COALESCE(line.date_maturity, line.date), 0) AS days_overdue,
                line.currency_id,
                company.currency_id AS company_currency_id,
                line.amount_currency,
                line.balance AS amount,
                line.amount_residual_currency + COALESCE(later.amount_currency, 0)
                    AS amount_due_currency,
                line.amount_residual + COALESCE(later.amount, 0) AS amount_due,
                line.reconciled IS NOT TRUE OR later.line_id IS NOT NULL AS is_open,
                (
                    SELECT STRING_AGG(
                        FORMAT('%%s (%%s)', other_move.name, ROUND(partial.amount_currency, 2)),
                        ', ' ORDER BY other.date, other.id
                    )
                    FROM (
                        SELECT credit_move_id AS other_id, debit_amount_currency AS amount_currency
                        FROM account_partial_reconcile
                        WHERE debit_move_id = line.id AND max_date <= %(day)s
                        UNION ALL
                        SELECT debit_move_id, credit_amount_currency
                        FROM account_partial_reconcile
                        WHERE credit_move_id = line.id AND max_date <= %(day)s
                    ) partial
                    JOIN account_move_line other ON other.id = partial.other_id
                    JOIN account_move other_move ON other_move.id = other.move_id
                ) AS settled,
                NULL::int AS ticket_id
            FROM account_move_line line
            JOIN account_account account ON account.id = line.account_id
            JOIN account_move move ON move.id = line.move_id
            JOIN res_company company ON company.id = line.company_id
            LEFT JOIN account_payment payment ON payment.id = move.origin_payment_id
            LEFT JOIN (%(later)s) later ON later.line_id = line.id
            %(joins)s
            WHERE account.account_type = 'asset_receivable'
                AND line.parent_state = 'posted' AND line.date <= %(day)s""",
            kind=SQL(
                """CASE
                    WHEN move.move_type = 'out_invoice' THEN 'invoice'
                    WHEN move.move_type = 'out_refund' THEN 'credit_note'
                    WHEN COALESCE(move.origin_payment_id, move.statement_line_id) IS NOT NULL
                        THEN 'payment'
                    ELSE 'other'
                END"""
            ),
            customer=self._get_customer_columns_sql(SQL("line.company_id")),
            joins=self._get_customer_joins_sql(SQL("line.partner_id"), SQL("line.company_id")),
            later=self._get_later_sql(day),
            day=day,
        )

    @api.model
    def _get_bare_payments_sql(self, day):
        """Payments that core keeps without an entry, less what bank items brought of them."""
        sign = SQL("CASE payment.payment_type WHEN 'inbound' THEN -1 ELSE 1 END")
        return SQL(
            """SELECT
                -4 * payment.id, payment.name, 'payment', %(customer)s, payment.company_id,
                NULL::int, payment.id, payment.journal_id, payment.payment_method_line_id,
                payment.date, payment.date, 0, payment.currency_id, company.currency_id,
                ROUND(%(sign)s * payment.amount * left_over.share, 4),
                ROUND(-payment.amount_company_currency_signed * left_over.share, 4),
                0.0, 0.0, FALSE,
                (
                    SELECT STRING_AGG(invoice.name, ', ' ORDER BY invoice.id)
                    FROM account_move__account_payment link
                    JOIN account_move invoice ON invoice.id = link.invoice_id
                    WHERE link.payment_id = payment.id
                ),
                NULL::int
            FROM account_payment payment
            JOIN res_company company ON company.id = payment.company_id
            CROSS JOIN LATERAL (%(share)s) left_over
            %(joins)s
            WHERE payment.move_id IS NULL AND payment.partner_type = 'customer'
                AND payment.state IN ('in_process', 'paid') AND payment.date <= %(day)s
                AND left_over.share > 0""",
            customer=self._get_customer_columns_sql(SQL("payment.company_id")),
            joins=self._get_customer_joins_sql(
                SQL("payment.partner_id"), SQL("payment.company_id")
            ),
            sign=sign,
            day=day,
            share=self._get_share_sql(day),
        )

    @api.model
    def _get_share_sql(self, day, counts=None):
        """The share of ``payment`` that no bank item brought, as a query: planned and run once.

        :param date day: as of which it counts
        :param SQL counts: of which payments it is asked for, those of others being 0
        """
        scope = get_scope(self.env)
        if scope and not scope.has_brought:
            return SQL("SELECT CASE WHEN %s THEN 1 ELSE 0 END AS share", counts or SQL("TRUE"))
        return SQL(
            "SELECT CASE WHEN %s THEN %s ELSE 0 END AS share OFFSET 0",
            counts or SQL("TRUE"),
            get_share_left(day),
        )

    # === CUSTOMER === #

    @api.model
    def _get_customer_columns_sql(self, company_id):
        """Who answers for a customer; of one customer only if somebody reads it.

        :param SQL company_id: of the row, whose customer is ``customer``
        """
        if get_scope(self.env):
            user = SQL(
                """COALESCE(customer.user_id, (
                    SELECT contract.user_id FROM invoice_contract contract
                    WHERE contract.partner_id = customer.id AND contract.company_id = %s
                    ORDER BY contract.id DESC LIMIT 1
                ))""",
                company_id,
            )
            return SQL(
                """partner.commercial_partner_id AS partner_id,
                %(user)s AS user_id,
                (
                    SELECT version.department_id
                    FROM hr_employee employee
                    JOIN hr_version version ON version.id = employee.current_version_id
                    WHERE employee.user_id = %(user)s AND employee.company_id = %(company_id)s
                        AND employee.active
                ) AS department_id,
                customer.customer_level_id""",
                user=user,
                company_id=company_id,
            )
        return SQL(
            """partner.commercial_partner_id AS partner_id,
            COALESCE(customer.user_id, holder.user_id) AS user_id,
            version.department_id,
            customer.customer_level_id"""
        )

    @api.model
    def _get_customer_joins_sql(self, partner_id, company_id):
        """Who answers for a customer, and their department.

        Of a customer without a salesperson it is the owner of the latest contract.
        """
        if get_scope(self.env):
            return SQL(
                """JOIN res_partner partner ON partner.id = %s
                JOIN res_partner customer ON customer.id = partner.commercial_partner_id""",
                partner_id,
            )
        return SQL(
            """JOIN res_partner partner ON partner.id = %(partner_id)s
            JOIN res_partner customer ON customer.id = partner.commercial_partner_id
            LEFT JOIN LATERAL (
                SELECT contract.user_id FROM invoice_contract contract
                WHERE customer.user_id IS NULL AND contract.partner_id = customer.id
                    AND contract.company_id = %(company_id)s
                ORDER BY contract.id DESC LIMIT 1
            ) holder ON TRUE
            LEFT JOIN hr_employee employee
                ON employee.user_id = COALESCE(customer.user_id, holder.user_id)
                AND employee.company_id = %(company_id)s AND employee.active
            LEFT JOIN hr_version version ON version.id = employee.current_version_id""",
            partner_id=partner_id,
            company_id=company_id,
        )

    # === ACTION METHODS === #

    def action_open_document(self):
        """Open the payment, the invoice, the entry or the ticket behind the item."""
        self.ensure_one()
        self.check_access("read")
        document = self._get_document()
        return {
            "type": "ir.actions.act_window",
            "res_model": document._name,
            "res_id": document.id,
            "views": [(False, "form")],
        }
