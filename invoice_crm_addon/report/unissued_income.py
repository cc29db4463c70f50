from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from .vat_lines import get_line_sql, get_rate_sql, get_refunded_line_sql, get_sort_sql

# Amounts of one month are none of another.
OF_MONTH = {"depends_context": ("vat_month",)}


class InvoiceUnissuedIncome(models.Model):
    """What of customer invoices no fapiao documents: the unissued income of a month.

    The month is ``vat_month`` of the context, a day of it, default: the last one that is over.
    A row is a line of an invoice, with the share of it that was open when the month ended: what
    the invoice comes to, less its credit notes, less what fapiao of it asked for by then. So a
    month stays as it was declared, whatever is issued later.

    Rows          Amount
    =====================================================================================
    of the month  open when the month ended
    is_earlier    of invoices of former months: what the month changed. Negative where a fapiao
                  was issued for what had been declared without, positive where a red letter took
                  one back
    =====================================================================================

    Finance and auditors read it; it needs no right to the invoices.
    """

    _name = "invoice.unissued.income"
    _description = "Unissued Income"
    _auto = False
    _rec_name = "name"
    _order = "date, name, id"
    _depends = {
        "account.move": [
            "amount_total",
            "commercial_partner_id",
            "company_id",
            "date",
            "invoice_date",
            "move_type",
            "name",
            "reversed_entry_id",
            "state",
        ],
        "account.move.line": [
            "balance",
            "display_type",
            "move_id",
            "name",
            "price_subtotal",
            "price_total",
            "product_id",
            "tax_ids",
        ],
        "account.tax": ["amount", "amount_type", "is_vat_refunded", "vat_method"],
        "invoice.ticket": ["issue_date", "state", "type_id"],
        "invoice.ticket.allocation": ["amount", "move_id", "ticket_id"],
        "invoice.ticket.path": ["amount_move", "is_issued", "move_id", "ticket_id"],
        "invoice.ticket.type": ["is_fapiao"],
        "product.template": ["type"],
    }

    name = fields.Char(string="Customer Invoice")
    move_id = fields.Many2one("account.move", string="Journal Entry")
    date = fields.Date(string="Invoice Date")
    partner_id = fields.Many2one("res.partner", string="Customer")
    company_id = fields.Many2one("res.company")
    currency_id = fields.Many2one("res.currency")
    label = fields.Char(string="Goods or Service")
    is_earlier = fields.Boolean(string="Of Former Months", **OF_MONTH)
    vat_line = fields.Selection(
        selection=lambda self: (
            self.env["invoice.ticket.analysis"]._fields["vat_line"]._description_selection(self.env)
        ),
        string="Line of the VAT Return",
    )
    vat_line_refunded = fields.Selection(
        selection=lambda self: (
            self.env["invoice.ticket.analysis"]
            ._fields["vat_line_refunded"]
            ._description_selection(self.env)
        ),
        string="Line of What Is Refunded Upon Levy",
    )
    amount_untaxed = fields.Monetary(string="Unissued", **OF_MONTH)
    amount_tax = fields.Monetary(string="Unissued Tax", **OF_MONTH)

    # === MONTH === #

    @api.model
    def _get_month(self, day=None):
        """First and last day of a month.

        :param day: a day of it as a date or a text, such as ``2026-03-01`` or ``2026-03``;
            default: the month that the context names, else the last one that is over
        :raise UserError: if it is no day
        """
        day = day or self.env.context.get("vat_month")
        if isinstance(day, str) and len(day) == 7:
            day = f"{day}-01"
        today = fields.Date.context_today(self)
        read = self.env["invoice.receivable.item"]._read_day(day) or today - relativedelta(months=1)
        if not 1900 < read.year < 9000:
            raise UserError(self.env._("Choose a month, such as 2026-03."))
        first = read.replace(day=1)
        return first, first + relativedelta(months=1, days=-1)

    # === QUERY === #

    @property
    def _table_query(self):
        first, last = self._get_month()
        rate = get_rate_sql(
            SQL("taxed.treatment"),
            SQL("taxed.percent"),
            SQL("line.price_subtotal"),
            SQL("(line.price_total - line.price_subtotal)"),
        )
        sort = get_sort_sql(SQL("NULL"), SQL("template.type"), SQL("line.name"))
        vat_line = get_line_sql(rate, sort, SQL("taxed.method"))
        return SQL(
            """SELECT
                line.id,
                move.name,
                move.id AS move_id,
                %(date)s AS date,
                move.commercial_partner_id AS partner_id,
                move.company_id,
                company.currency_id,
                line.name AS label,
                %(date)s < %(first)s AS is_earlier,
                %(vat_line)s AS vat_line,
                %(vat_line_refunded)s AS vat_line_refunded,
                -line.balance * open.share AS amount_untaxed,
                COALESCE(-line.balance * open.share
                    * (line.price_total - line.price_subtotal) / NULLIF(line.price_subtotal, 0), 0)
                    AS amount_tax
            FROM account_move move
            JOIN res_company company ON company.id = move.company_id
            JOIN LATERAL (%(share)s) open ON open.share != 0
            JOIN account_move_line line
                ON line.move_id = move.id AND line.display_type = 'product'
            LEFT JOIN product_product product ON product.id = line.product_id
            LEFT JOIN product_template template ON template.id = product.product_tmpl_id
            CROSS JOIN LATERAL (
                SELECT
                    MAX(tax.amount) FILTER (WHERE tax.amount_type = 'percent') AS percent,
                    (ARRAY_AGG(tax.vat_method ORDER BY tax.amount DESC)
                        FILTER (WHERE tax.amount_type = 'percent'))[1] AS method,
                    BOOL_OR(tax.is_vat_refunded) AS is_refunded,
                    CASE
                        WHEN COUNT(*) = 0 THEN 'exempt'
                        WHEN line.price_total = line.price_subtotal AND line.price_subtotal != 0
                            THEN 'zero'
                        ELSE 'taxed'
                    END AS treatment
                FROM account_move_line_account_tax_rel rel
                JOIN account_tax tax ON tax.id = rel.account_tax_id
                WHERE rel.account_move_line_id = line.id
            ) taxed
            WHERE move.state = 'posted'
                AND (
                    move.move_type IN ('out_invoice', 'out_receipt')
                    OR move.move_type = 'out_refund' AND move.reversed_entry_id IS NULL
                )
                AND %(date)s <= %(last)s
                AND (%(date)s >= %(first)s OR move.id IN (%(touched)s))""",
            date=SQL("COALESCE(move.invoice_date, move.date)"),
            first=first,
            last=last,
            vat_line=vat_line,
            vat_line_refunded=get_refunded_line_sql(vat_line, sort, SQL("taxed.is_refunded")),
            share=self._get_share_sql(first, last),
            touched=self._get_touched_sql(first, last),
        )

    @api.model
    def _get_share_sql(self, first, last):
        """Which share of ``move`` the month declares, as a query."""
        return SQL(
            """SELECT
                (%(now)s - CASE WHEN COALESCE(move.invoice_date, move.date) < %(first)s
                    THEN %(before)s ELSE 0 END) / NULLIF(move.amount_total, 0) AS share""",
            now=self._get_open_sql(last),
            before=self._get_open_sql(first - relativedelta(days=1)),
            first=first,
        )

    @api.model
    def _get_open_sql(self, day):
        """What of ``move`` no fapiao documents at the end of a day, in its currency.

        What a ticket names itself is known of that day. What it covers by an order or a contract
        is known as it is now.
        """
        return SQL(
            """GREATEST(move.amount_total - COALESCE((
                SELECT SUM(refund.amount_total) FROM account_move refund
                WHERE refund.reversed_entry_id = move.id AND refund.move_type = 'out_refund'
                    AND refund.state = 'posted'
                    AND COALESCE(refund.invoice_date, refund.date) <= %(day)s
            ), 0) - GREATEST(
                (
                    SELECT ABS(SUM(allocation.amount))
                    FROM invoice_ticket_allocation allocation
                    JOIN invoice_ticket ticket ON ticket.id = allocation.ticket_id
                    JOIN invoice_ticket_type type ON type.id = ticket.type_id
                    WHERE allocation.move_id = move.id AND ticket.state = 'issued'
                        AND type.is_fapiao AND ticket.issue_date <= %(day)s
                ),
                (
                    SELECT ABS(SUM(path.amount_move))::numeric
                    FROM invoice_ticket_path path
                    JOIN invoice_ticket ticket ON ticket.id = path.ticket_id
                    JOIN invoice_ticket_type type ON type.id = ticket.type_id
                    WHERE path.move_id = move.id AND path.is_issued
                        AND type.is_fapiao AND ticket.issue_date <= %(day)s
                ),
                0
            ), 0)""",
            day=day,
        )

    @api.model
    def _get_touched_sql(self, first, last):
        """Invoices of which the month may change what is open."""
        return SQL(
            """SELECT path.move_id
            FROM invoice_ticket ticket
            JOIN invoice_ticket_path path ON path.ticket_id = ticket.id
            WHERE ticket.issue_date BETWEEN %(first)s AND %(last)s
            UNION ALL
            SELECT allocation.move_id
            FROM invoice_ticket ticket
            JOIN invoice_ticket_allocation allocation ON allocation.ticket_id = ticket.id
            WHERE ticket.issue_date BETWEEN %(first)s AND %(last)s
            UNION ALL
            SELECT refund.reversed_entry_id
            FROM account_move refund
            WHERE refund.move_type = 'out_refund' AND refund.state = 'posted'
                AND refund.reversed_entry_id IS NOT NULL
                AND COALESCE(refund.invoice_date, refund.date) BETWEEN %(first)s AND %(last)s""",
            first=first,
            last=last,
        )

    # === ACTION METHODS === #

    def action_open_invoice(self):
        """Open the invoice of the line."""
        self.ensure_one()
        self.check_access("read")
        return {
            "type": "ir.actions.act_window",
            "res_model": "account.move",
            "res_id": self.move_id.id,
            "views": [(False, "form")],
        }
