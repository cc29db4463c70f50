from odoo import api, fields, models
from odoo.tools import SQL

from .settlement_scope import get_scope


class InvoiceReceivableItem(models.Model):
    """What is ticketed and not in the books: owed like what is invoiced, each amount once.

    Accounts, ageing, statements, the settlement page and reminders all count it from here. Of a
    past day it is what is due now of the tickets issued by then.

    What came in for such a ticket is on account in the books, and pays the ticket already: an item
    of the kind ``used`` takes it off what is on account.
    """

    _inherit = "invoice.receivable.item"

    # === QUERY === #

    @api.model
    def _get_due_tickets_sql(self, day=None):
        """What is due of tickets beside what stands on posted invoices, as ``amount_unbooked``.

        :param date day: of those issued by then; default: all
        """
        if day and day >= fields.Date.context_today(self):
            # As of now: also what is dated by a clock that is ahead of the reader's.
            day = None
        return SQL(
            """SELECT
                ticket.*, COALESCE(ticket.date_due, ticket.issue_date) AS date_to_pay,
                ROUND((ticket.amount_due - COALESCE(invoiced.amount, 0))::numeric, 6)
                    AS amount_unbooked
            FROM (
                SELECT
                    id, name, partner_id, company_id, currency_id, date_due, issue_date,
                    amount_due, amount_total, amount_company, user_id, department_id
                FROM invoice_ticket
                WHERE state = 'issued' AND amount_due > 0 AND %(is_issued)s
            ) ticket
            JOIN res_currency currency ON currency.id = ticket.currency_id
            LEFT JOIN LATERAL (
                SELECT SUM(path.amount - path.amount_paid) AS amount
                FROM invoice_ticket_path path
                JOIN account_move move ON move.id = path.move_id AND move.state = 'posted'
                WHERE path.ticket_id = ticket.id AND path.is_issued
            ) invoiced ON TRUE
            WHERE ticket.amount_due - COALESCE(invoiced.amount, 0) >= currency.rounding / 2""",
            is_issued=SQL("issue_date <= %s", day) if day else SQL("TRUE"),
        )

    @api.model
    def _get_ticket_customer_sql(self, company=None):
        """Columns of who answers for the customer of a ticket, or else for the ticket.

        :param SQL company: what stands behind the customer
        """
        return SQL(
            """partner.commercial_partner_id AS partner_id, %s
            COALESCE(customer.user_id, holder.user_id, ticket.user_id) AS user_id,
            CASE WHEN COALESCE(customer.user_id, holder.user_id) IS NULL
                THEN ticket.department_id ELSE version.department_id END AS department_id,
            customer.customer_level_id""",
            company or SQL(),
        )

    @api.model
    def _get_ticket_joins_sql(self):
        """Joins that the columns of the customer of a ticket need."""
        # Also of one customer only: nobody's ticket is somebody's.
        return self.with_context(settlement_scope=None)._get_customer_joins_sql(
            SQL("ticket.partner_id"), SQL("ticket.company_id")
        )

    @api.model
    def _get_ticket_company_amount_sql(self):
        """What is due, in the company's currency: at the rate of the ticket."""
        return SQL(
            """COALESCE(ROUND(
                (ticket.amount_company * ticket.amount_unbooked::numeric
                    / NULLIF(ticket.amount_total, 0))::numeric, 2
            ), 0)"""
        )

    @api.model
    def _get_ticket_items_sql(self, day):
        """Tickets with the columns of items."""
        return SQL(
            """SELECT
                -4 * ticket.id - 1, ticket.name, 'ticket', %(customer)s, ticket.company_id,
                NULL::int, NULL::int, NULL::int, NULL::int, ticket.issue_date, ticket.date_to_pay,
                GREATEST(%(day)s - ticket.date_to_pay, 0), ticket.currency_id, company.currency_id,
                ticket.amount_total, ticket.amount_company, ticket.amount_unbooked, %(amount)s,
                TRUE, NULL::text, ticket.id
            FROM (%(tickets)s) ticket
            JOIN res_company company ON company.id = ticket.company_id
            %(joins)s""",
            customer=self._get_ticket_customer_sql(),
            day=day,
            amount=self._get_ticket_company_amount_sql(),
            tickets=self._get_due_tickets_sql(day),
            joins=self._get_ticket_joins_sql(),
        )

    @api.model
    def _get_ticket_amounts_sql(self, day):
        """Tickets with the columns of ``_get_open_amounts_sql``."""
        return SQL(
            """SELECT
                -4 * ticket.id - 1, ticket.company_id, partner.commercial_partner_id,
                ticket.currency_id, GREATEST(%(day)s - ticket.date_to_pay, 0),
                ticket.amount_unbooked, %(amount)s
            FROM (%(tickets)s) ticket
            JOIN res_partner partner ON partner.id = ticket.partner_id
            UNION ALL
            SELECT
                -4 * line.id - 2, line.company_id, partner.commercial_partner_id,
                line.currency_id, -1, %(used)s, %(used_company)s
            %(credits)s
            JOIN res_partner partner ON partner.id = line.partner_id
            WHERE %(is_credit)s""",
            day=day,
            amount=self._get_ticket_company_amount_sql(),
            tickets=self._get_due_tickets_sql(day),
            **self._get_used_credit_parts(day),
        )

    @api.model
    def _get_used_items_sql(self, day):
        """Of payments, what tickets that stand on no posted invoice take, as items.

        Where a payment is in the books, that much less is on account. Where it has no entry, that
        much less is received and not booked.
        """
        booked = SQL(
            """SELECT
                -4 * line.id - 2, move.name, 'used', %(customer)s, line.company_id,
                NULL::int, payment.id, line.journal_id, payment.payment_method_line_id,
                line.date, line.date, 0, line.currency_id, company.currency_id,
                0.0, 0.0, %(used)s, %(used_company)s, TRUE, NULL::text, NULL::int
            %(credits)s
            JOIN res_company company ON company.id = line.company_id
            %(joins)s
            WHERE %(is_credit)s""",
            **self._get_used_credit_parts(day),
            customer=self._get_customer_columns_sql(SQL("line.company_id")),
            joins=self._get_customer_joins_sql(SQL("line.partner_id"), SQL("line.company_id")),
        )
        scope = get_scope(self.env)
        if scope and not scope.has_bare:
            return booked
        bare = SQL(
            """SELECT
                -4 * payment.id - 3, payment.name, 'used', %(customer)s, payment.company_id,
                NULL::int, payment.id, payment.journal_id, payment.payment_method_line_id,
                payment.date, payment.date, 0, payment.currency_id, company.currency_id,
                LEAST(taken.amount, payment.amount * left_over.share)::numeric, 0.0, 0.0, 0.0,
                FALSE, NULL::text, NULL::int
            FROM account_payment payment
            JOIN res_company company ON company.id = payment.company_id
            CROSS JOIN LATERAL (%(taken)s) taken
            CROSS JOIN LATERAL (%(share)s) left_over
            %(joins)s
            WHERE payment.move_id IS NULL AND payment.partner_type = 'customer'
                AND payment.payment_type = 'inbound'
                AND payment.state IN ('in_process', 'paid') AND payment.date <= %(day)s
                AND left_over.share > 0""",
            customer=self._get_customer_columns_sql(SQL("payment.company_id")),
            joins=self._get_customer_joins_sql(
                SQL("payment.partner_id"), SQL("payment.company_id")
            ),
            taken=self._get_taken_sql(),
            share=self._get_share_sql(day, SQL("taken.amount > 0")),
            day=day,
        )
        return SQL("%s UNION ALL %s", booked, bare)

    @api.model
    def _get_taken_sql(self):
        """What tickets that stand on no posted invoice take of ``payment``, in its currency."""
        return SQL(
            """SELECT SUM(path.amount_payment) AS amount
            FROM invoice_ticket_path path
            LEFT JOIN account_move invoice ON invoice.id = path.move_id
            WHERE path.payment_id = payment.id AND path.is_issued
                AND invoice.state IS DISTINCT FROM 'posted'"""
        )

    @api.model
    def _get_used_credit_parts(self, day):
        """Parts of a query on open credits in the books of which tickets take something.

        :return: ``credits``: where from, with ``line``, ``move`` and ``payment``; ``is_credit``:
            which; ``used`` and ``used_company``: how much
        """
        used = SQL("LEAST(taken.amount, -line.amount_residual_currency)::numeric")
        return {
            "credits": SQL(
                """FROM account_move_line line
                JOIN account_move move ON move.id = line.move_id
                JOIN account_payment payment ON payment.id = move.origin_payment_id
                CROSS JOIN LATERAL (%s) taken""",
                self._get_taken_sql(),
            ),
            "is_credit": SQL(
                """line.account_id = ANY(%s) AND line.reconciled IS NOT TRUE
                AND line.parent_state = 'posted' AND line.date <= %s
                AND line.amount_residual_currency < 0 AND taken.amount > 0""",
                self._get_receivables_sql(),
                day,
            ),
            "used": used,
            "used_company": SQL(
                "ROUND(line.amount_residual * %s / line.amount_residual_currency, 2)", used
            ),
        }

    # === DOCUMENT === #

    def _get_document(self):
        """The payment, the entry or the ticket behind an item."""
        return self.payment_id or self.move_id or self.ticket_id
