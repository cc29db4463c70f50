from odoo import api, fields, models
from odoo.tools import SQL

LINKS = ("partner_id", "company_id", "contract_id", "sale_order_id", "move_id")
LINKS += ("entry_id", "ticket_id", "payment_id")
STEPS = ("ordered", "invoiced", "ticketed", "collected")
# What an event has in the columns that its query does not fill.
COLUMNS = {
    "name": "NULL::varchar",
    "date": "NULL::date",
    **dict.fromkeys(LINKS, "NULL::int"),
    **{f"amount_{step}": "0::numeric" for step in (*STEPS, "settled")},
}


class InvoiceSettlementCheck(models.Model):
    """What was ordered, invoiced, ticketed and collected: one row for each event.

    Amounts are tax-inclusive, in the company's currency, at the rate of the event. Sums over
    any rows – of a contract, an order, a customer, a period – agree if they are equal.

    A red letter counts on the day of the ticket that it takes back: what a period shows as
    ticketed is what is still valid of it. A credit note counts on its own day, as in the books.

    Kind         Row
    =====================================================================================
    order        a confirmed order, on its day
    contract     what a contract agrees on beyond its orders, on the day of signature
    invoice      a posted customer invoice, parted by the orders of its lines
    credit_note  the same of a credit note, negative
    ticket       what an issued ticket takes, less red letters, by the paths of its money
    payment      what came in, parted by the invoices with which it is reconciled
    refund       what was paid back, negative
    write_off    what an invoice was settled with without money: written off, discounted
    exchange     the same by a difference of exchange rates
    =====================================================================================

    Role        Rows
    =====================================================================================
    user        of contracts and orders that they are in charge of, and of customers whose
                salesperson they are
    department  the same of the department
    finance     all of the allowed companies; manager and auditor too
    employee    no access, nor have portal users
    =====================================================================================
    """

    _name = "invoice.settlement.check"
    _inherit = ["invoice.settlement.page.mixin", "invoice.query.rows.mixin"]
    _description = "Three-Way Check"
    _auto = False
    _rec_name = "name"
    _order = "date, id"

    _depends = {
        "account.move": [
            "amount_total",
            "amount_total_signed",
            "commercial_partner_id",
            "date",
            "invoice_contract_id",
            "invoice_date",
            "move_type",
            "name",
            "origin_payment_id",
            "reversed_entry_id",
            "statement_line_id",
            "state",
        ],
        "account.move.line": [
            "balance",
            "display_type",
            "move_id",
            "parent_state",
            "partner_id",
            "price_total",
            "sale_line_ids",
        ],
        "account.partial.reconcile": [
            "amount",
            "credit_move_id",
            "debit_move_id",
            "exchange_move_id",
        ],
        "account.payment": [
            "amount_company_currency_signed",
            "invoice_contract_id",
            "invoice_ids",
            "move_id",
            "partner_id",
            "partner_type",
            "sale_order_id",
            "state",
        ],
        "invoice.contract": ["amount_total", "department_id", "partner_id", "state", "user_id"],
        "invoice.ticket": [
            "amount_company",
            "amount_total",
            "issue_date",
            "red_of_id",
            "sale_order_id",
            "state",
            "type_id",
        ],
        "invoice.ticket.allocation": ["payment_id", "ticket_id"],
        "invoice.ticket.type": ["takes_amount"],
        "invoice.ticket.path": [
            "amount",
            "amount_move",
            "amount_paid",
            "contract_id",
            "is_issued",
            "ticket_id",
        ],
        "res.partner": ["commercial_partner_id", "user_id"],
        "sale.order": [
            "amount_total",
            "currency_rate",
            "date_order",
            "invoice_contract_id",
            "partner_id",
            "state",
            "user_id",
        ],
    }

    name = fields.Char(string="Document")
    kind = fields.Selection(
        selection=[
            ("contract", "Contract"),
            ("order", "Sales Order"),
            ("invoice", "Customer Invoice"),
            ("credit_note", "Credit Note"),
            ("ticket", "Ticket"),
            ("payment", "Payment"),
            ("refund", "Refund"),
            ("write_off", "Written Off"),
            ("exchange", "Exchange Difference"),
        ]
    )
    date = fields.Date()
    partner_id = fields.Many2one("res.partner", string="Customer")
    salesperson_id = fields.Many2one("res.users")
    user_id = fields.Many2one("res.users", string="In Charge")
    department_id = fields.Many2one("hr.department")
    company_id = fields.Many2one("res.company")
    currency_id = fields.Many2one("res.currency")
    contract_id = fields.Many2one("invoice.contract")
    sale_order_id = fields.Many2one("sale.order")
    move_id = fields.Many2one("account.move", string="Customer Invoice")
    entry_id = fields.Many2one("account.move", string="Journal Entry")
    ticket_id = fields.Many2one("invoice.ticket")
    payment_id = fields.Many2one("account.payment")
    amount_ordered = fields.Monetary(string="Ordered")
    amount_invoiced = fields.Monetary(string="Invoiced")
    amount_ticketed = fields.Monetary(string="Ticketed")
    amount_collected = fields.Monetary(string="Collected")
    amount_settled = fields.Monetary(
        string="Settled Without Money",
        help="Written off, discounted, or a difference of exchange rates.",
    )
    amount_to_invoice = fields.Monetary(string="Ordered, Not Invoiced")
    amount_to_ticket = fields.Monetary(string="Invoiced, Not Ticketed")
    amount_to_collect = fields.Monetary(string="Invoiced, Not Collected")
    amount_ticketed_ahead = fields.Monetary(
        string="Ticketed, Not Collected", help="Negative: collected, and not ticketed."
    )

    @property
    def _table_query(self):
        return SQL(
            """%(tables)s SELECT
                event.*,
                %(answerable)s,
                event.amount_ordered - event.amount_invoiced AS amount_to_invoice,
                event.amount_invoiced - event.amount_ticketed AS amount_to_ticket,
                event.amount_invoiced - event.amount_collected - event.amount_settled
                    AS amount_to_collect,
                event.amount_ticketed - event.amount_collected AS amount_ticketed_ahead
            FROM (%(events)s) event
            %(joins)s""",
            tables=self._get_tables_sql(),
            answerable=self._get_answerable_columns_sql(),
            joins=self._get_answerable_joins_sql(),
            events=SQL(" UNION ALL ").join(self._get_events_sql()),
        )

    @api.model
    def _get_events_sql(self):
        """Queries of the events, all with the same columns; those that find nothing left out.

        A number in each stands for its source: see ``_get_event_sql``.
        """
        scope = self._get_scope()
        return [
            self._get_orders_sql(),
            *([] if scope and scope.is_of_order else [self._get_contracts_sql()]),
            self._get_invoices_sql(),
            self._get_paths_sql(),
            self._get_other_tickets_sql(),
            self._get_settled_parts_sql(),
            *([] if scope and not scope.has_exchange else [self._get_exchange_gains_sql()]),
            self._get_free_collections_sql(),
            *([] if scope and not scope.has_bare else [self._get_bare_collections_sql()]),
        ]

    @api.model
    def _get_event_sql(self, source, tables, key, kind, **columns):
        """A query with all columns of an event; those that are not given are empty.

        It stands in the union as it is: wrapped once more, each would be worked into the whole
        when that is planned, which takes a quarter longer.

        :param int source: below 16, and no other query's: ids of events go on meaning the same
        :param SQL key: a number that is unique among the rows of the query
        """
        given = COLUMNS | dict.fromkeys(columns, "%s")
        # One text: an object for each column of each query is a good part of what Python does.
        selected = ", ".join(f'{value} AS "{name}"' for name, value in given.items())
        return SQL(
            f"SELECT (%s) * 16 + %s AS id, %s AS kind, {selected} %s",
            *(key, source, kind),
            *(columns[name] for name in given if name in columns),
            tables,
        )

    @api.model
    def _get_orders_sql(self):
        return self._get_event_sql(
            0,
            SQL(
                "FROM sale_order so %s WHERE so.state = 'sale'",
                self._get_partner_join_sql(SQL("so.partner_id")),
            ),
            SQL("so.id::bigint"),
            SQL("'order'"),
            name=SQL("so.name"),
            date=SQL("(so.date_order AT TIME ZONE 'UTC' AT TIME ZONE %s)::date", self.env.tz.zone),
            partner_id=SQL("p.commercial_partner_id"),
            company_id=SQL("so.company_id"),
            contract_id=SQL("so.invoice_contract_id"),
            sale_order_id=SQL("so.id"),
            amount_ordered=SQL(
                "ROUND((so.amount_total / COALESCE(NULLIF(so.currency_rate, 0), 1))::numeric, 2)"
            ),
        )

    @api.model
    def _get_contracts_sql(self):
        """What a contract agrees on beyond its orders, at the rate of the day of signature."""
        day = SQL("COALESCE(c.date_signed, c.create_date::date)")
        of_one = self._is_of_one()
        return self._get_event_sql(
            1,
            SQL(
                """FROM invoice_contract c
                LEFT JOIN res_company cc ON cc.id = c.company_id
                LEFT JOIN %(lateral)s (
                    SELECT so.invoice_contract_id,
                        SUM(so.amount_total) FILTER (WHERE so.currency_id = k.currency_id) AS own,
                        SUM(so.amount_total / COALESCE(NULLIF(so.currency_rate, 0), 1))
                            FILTER (WHERE so.currency_id <> k.currency_id) AS other
                    FROM sale_order so %(of_contract)s
                    GROUP BY so.invoice_contract_id
                ) o ON o.invoice_contract_id = c.id
                CROSS JOIN LATERAL (
                    SELECT ROUND((
                        (c.amount_total - COALESCE(o.own, 0)) * %(company_rate)s / %(own_rate)s
                        - COALESCE(o.other, 0))::numeric, 2) AS amount
                ) beyond
                WHERE c.state IN ('active', 'closed') AND beyond.amount > 0""",
                lateral=SQL("LATERAL") if of_one else SQL(""),
                of_contract=self._get_of_contract_sql(),
                company_rate=self._get_rate_sql(SQL("cc.currency_id"), day),
                own_rate=self._get_rate_sql(SQL("c.currency_id"), day),
            ),
            SQL("c.id::bigint"),
            SQL("'contract'"),
            name=SQL("COALESCE(c.number, c.name)"),
            date=day,
            partner_id=SQL("c.partner_id"),
            company_id=SQL("c.company_id"),
            contract_id=SQL("c.id"),
            amount_ordered=SQL("beyond.amount"),
        )

    @api.model
    def _get_of_contract_sql(self):
        """Confirmed orders ``so`` of contracts ``k``: of one, or of each with what is ordered."""
        if self._is_of_one():
            return SQL(
                """CROSS JOIN LATERAL (SELECT c.currency_id) k
                WHERE so.state = 'sale' AND so.invoice_contract_id = c.id"""
            )
        return SQL(
            """JOIN invoice_contract k ON k.id = so.invoice_contract_id WHERE so.state = 'sale'"""
        )

    @api.model
    def _get_invoices_sql(self):
        return self._get_event_sql(
            2,
            SQL(
                """FROM %(bills)s m
                %(shares)s
                WHERE m.move_type IN ('out_invoice', 'out_refund') AND m.state = 'posted'
                    AND %(found)s""",
                bills=self._get_bills_sql(),
                shares=self._get_shares_sql(),
                found=self._in_scope_sql("m.id", "moves"),
            ),
            SQL("m.id::bigint * 1000 + COALESCE(s.rank, 0)"),
            SQL("CASE m.move_type WHEN 'out_invoice' THEN 'invoice' ELSE 'credit_note' END"),
            name=SQL("m.name"),
            date=SQL("COALESCE(m.invoice_date, m.date)"),
            partner_id=SQL("m.commercial_partner_id"),
            company_id=SQL("m.company_id"),
            contract_id=SQL("COALESCE(so.invoice_contract_id, m.invoice_contract_id)"),
            sale_order_id=SQL("so.id"),
            move_id=SQL("COALESCE(m.reversed_entry_id, m.id)"),
            entry_id=SQL("m.id"),
            amount_invoiced=SQL("m.amount_total_signed * COALESCE(s.share, 1)"),
        )

    @api.model
    def _get_paths_sql(self):
        """What issued tickets take, in the company's currency.

        Of an invoice at the rate of that, so that one that is ticketed as a whole differs in
        nothing; of anything else at the rate of the ticket.
        """
        return self._get_event_sql(
            3,
            SQL(
                """FROM invoice_ticket_path path
                JOIN invoice_ticket t ON t.id = path.ticket_id
                %s
                LEFT JOIN account_move m ON m.id = path.move_id
                WHERE path.is_issued""",
                self._get_partner_join_sql(SQL("t.partner_id")),
            ),
            SQL("path.id::bigint"),
            SQL("'ticket'"),
            name=SQL("t.name"),
            date=SQL("t.issue_date"),
            partner_id=SQL("p.commercial_partner_id"),
            company_id=SQL("t.company_id"),
            contract_id=SQL("path.contract_id"),
            sale_order_id=SQL("path.sale_order_id"),
            move_id=SQL("path.move_id"),
            ticket_id=SQL("t.id"),
            payment_id=SQL("path.payment_id"),
            amount_ticketed=SQL(
                """COALESCE(
                    path.amount_move::numeric * m.amount_total_signed / NULLIF(m.amount_total, 0),
                    path.amount::numeric
                        * COALESCE(t.amount_company / NULLIF(t.amount_total, 0), 1))"""
            ),
        )

    @api.model
    def _get_other_tickets_sql(self):
        """What issued tickets document that is tied to nothing; receipts take nothing."""
        of_one = self._is_of_one()
        return self._get_event_sql(
            4,
            SQL(
                """FROM invoice_ticket t
                JOIN invoice_ticket_type type ON type.id = t.type_id AND type.takes_amount
                %(partner)s
                LEFT JOIN %(lateral)s (
                    SELECT ticket_id, SUM(amount)::numeric AS amount
                    FROM invoice_ticket_path WHERE is_issued AND %(of_path)s GROUP BY ticket_id
                ) path ON path.ticket_id = t.id
                LEFT JOIN %(lateral)s (
                    SELECT red_of_id, SUM(amount_total) AS amount
                    FROM invoice_ticket
                    WHERE state = 'issued' AND red_of_id IS NOT NULL AND %(of_red)s
                    GROUP BY red_of_id
                ) red ON red.red_of_id = t.id
                CROSS JOIN LATERAL (
                    SELECT t.amount_total + COALESCE(red.amount, 0) - COALESCE(path.amount, 0)
                        AS amount
                ) rest
                WHERE t.state = 'issued' AND t.red_of_id IS NULL AND ABS(rest.amount) > 0.005""",
                partner=self._get_partner_join_sql(SQL("t.partner_id")),
                lateral=SQL("LATERAL") if of_one else SQL(""),
                of_path=SQL("ticket_id = t.id") if of_one else SQL("TRUE"),
                of_red=SQL("red_of_id = t.id") if of_one else SQL("TRUE"),
            ),
            SQL("t.id::bigint"),
            SQL("'ticket'"),
            name=SQL("t.name"),
            date=SQL("t.issue_date"),
            partner_id=SQL("p.commercial_partner_id"),
            company_id=SQL("t.company_id"),
            contract_id=SQL("t.contract_id"),
            sale_order_id=SQL("t.sale_order_id"),
            ticket_id=SQL("t.id"),
            amount_ticketed=SQL(
                "rest.amount * COALESCE(t.amount_company / NULLIF(t.amount_total, 0), 1)"
            ),
        )
