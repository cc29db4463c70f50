from odoo import api, fields, models
from odoo.tools import SQL

from ..ledger.bare_payments import get_brought_query, get_named_query
from ..settlement.receivable_item import InvoiceReceivableItem

AS_OF = {"depends_context": ("receivable_as_of",)}


class InvoiceReminderItem(models.Model):
    """What customers are to pay, each amount once: what they can be reminded of.

    Kind      What of it
    =====================================================================================
    invoice   what is open of each instalment of a posted customer invoice, and of other
              entries on receivable accounts, as ``invoice.receivable.item`` says; less payments
              without an entry that name the invoice, the earliest instalment first
    ticket    what is due of an issued ticket, without what its posted invoices say already
    =====================================================================================

    Rights are those of ``invoice.receivable.item``. What nobody sells to, the person in charge of
    the ticket answers for.
    """

    _name = "invoice.reminder.item"
    _inherit = ["invoice.labels.mixin"]
    _description = "Open Item of a Customer"
    _auto = False
    _rec_name = "name"
    _order = "date_due, id"
    _depends = InvoiceReceivableItem._depends

    name = fields.Char(string="Document")
    key = fields.Char(export_string_translation=False)
    partner_id = fields.Many2one("res.partner", string="Customer")
    company_id = fields.Many2one("res.company")
    user_id = fields.Many2one("res.users", string="Salesperson")
    department_id = fields.Many2one("hr.department")
    customer_level_id = fields.Many2one("invoice.customer.level")
    move_id = fields.Many2one("account.move", string="Journal Entry")
    ticket_id = fields.Many2one("invoice.ticket")
    date_due = fields.Date(string="Due Date")
    currency_id = fields.Many2one("res.currency")
    amount = fields.Monetary(string="Amount Due", **AS_OF)

    @property
    def _table_query(self):
        day = self.env["invoice.receivable.item"]._get_as_of()
        return SQL("%s UNION ALL %s", self._get_items_sql(day), self._get_tickets_sql())

    @api.model
    def _get_items_sql(self, day):
        Item = self.env["invoice.receivable.item"]
        return SQL(
            """SELECT
                owed.id, owed.name, 'item' || owed.id AS key, owed.partner_id, owed.company_id,
                owed.user_id, owed.department_id, owed.customer_level_id, owed.move_id,
                NULL::int AS ticket_id, owed.date_due, owed.currency_id,
                owed.amount_due_currency - GREATEST(COALESCE(paid.amount, 0), 0) AS amount
            FROM (%(items)s) owed
            LEFT JOIN LATERAL (
                SELECT
                    SUM(named.amount)
                    - COALESCE((SELECT brought.amount FROM (%(brought)s) brought), 0)
                    - COALESCE((
                        SELECT SUM(earlier.amount_residual_currency)
                        FROM account_move_line earlier
                        WHERE earlier.move_id = owed.move_id
                            AND earlier.account_id = ANY(%(receivables)s)
                            AND earlier.amount_residual_currency > 0
                            AND (COALESCE(earlier.date_maturity, earlier.date), earlier.id)
                                < (owed.date_due, owed.id)
                    ), 0) AS amount
                FROM (%(named)s) named
                WHERE named.move_id = owed.move_id
                GROUP BY named.move_id
            ) paid ON TRUE
            WHERE owed.is_open AND owed.kind IN ('invoice', 'other')
                AND owed.amount_due_currency > GREATEST(COALESCE(paid.amount, 0), 0)""",
            items=Item._get_items_sql(day),
            brought=get_brought_query(SQL("item.move_id = owed.move_id")),
            receivables=Item._get_receivables_sql(),
            named=get_named_query(
                SQL(
                    """bare.id IN (
                        SELECT payment_id FROM account_move__account_payment
                        WHERE invoice_id = owed.move_id
                    )"""
                )
            ),
        )

    @api.model
    def _get_tickets_sql(self):
        """What is due of tickets beside what stands on posted invoices."""
        Item = self.env["invoice.receivable.item"]
        return SQL(
            """SELECT
                -ticket.id, ticket.name, 'ticket' || ticket.id, %(owner)s, NULL::int,
                ticket.id, ticket.date_to_pay, ticket.currency_id, ticket.amount_unbooked
            FROM (%(tickets)s) ticket
            %(joins)s""",
            owner=Item._get_ticket_customer_sql(SQL("ticket.company_id,")),
            tickets=Item._get_due_tickets_sql(),
            joins=Item._get_ticket_joins_sql(),
        )

    # === READ === #

    @api.model
    def _get_customers(self, company, partner_ids=None):
        """Customers of whom something is open, of those that the caller may remind.

        :param list partner_ids: of these only
        :rtype: res.partner
        """
        domain = [("company_id", "=", company.id)]
        if partner_ids is not None:
            domain.append(("partner_id", "in", partner_ids))
        rows = self._read_group(domain, ["partner_id"])
        return self.env["res.partner"].union(*(partner for [partner] in rows))

    def action_open_document(self):
        """Open the ticket or the invoice."""
        self.ensure_one()
        self.check_access("read")
        document = self.ticket_id or self.move_id
        return {
            "type": "ir.actions.act_window",
            "res_model": document._name,
            "res_id": document.id,
            "views": [(False, "form")],
        }
