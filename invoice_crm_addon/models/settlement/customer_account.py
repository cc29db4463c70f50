from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.tools import SQL

from ..base.public_methods import Text
from .receivable_item import AS_OF, BUCKETS, UNBOOKED, InvoiceReceivableItem

# What was invoiced within so many days stands behind the days that sales are outstanding.
DSO_DAYS = 365
PAGE_ACTION = "invoice_crm_addon.invoice_customer_account_action_page"
# What the page of a customer shows of an item; who answers for it is not looked up.
PAGE_FIELDS = (
    *("name", "kind", "company_id", "move_id", "payment_id", "journal_id"),
    *("payment_method_line_id", "date", "date_due", "days_overdue", "currency_id"),
    *("amount_currency", "amount", "amount_due_currency", "amount_due", "settled", "ticket_id"),
)


class InvoiceCustomerAccount(models.Model):
    """What each customer owes as of a day, by how long it is overdue.

    A row is a customer in a company and a currency. Amounts are in the company's currency; what
    is due in the customer's currency stands beside. The day is ``receivable_as_of`` of the
    context, default: today. Rights are those of ``invoice.receivable.item``.

    Column      Meaning
    =====================================================================================
    amount_due  open as of the day: the columns of the ageing, less what is on account
    ticketed    of it, what is due of issued tickets and stands on no posted invoice: as of now,
                of the tickets issued up to the day
    on account  payments and credit notes that are not reconciled, as a negative amount
    ageing      by due date of each instalment: not due on the day, overdue for 1–30,
                31–60, 61–90, 91–180 and over 180 days
    dso         days of sales outstanding: due as of the day of what was invoiced ÷ invoiced
                within the 365 days up to it (with tax, less credit notes) × 365; empty if
                nothing was invoiced, or if more is on account than due
    =====================================================================================
    """

    _name = "invoice.customer.account"
    _inherit = ["invoice.settlement.page.mixin", "invoice.query.rows.mixin"]
    _description = "Customer Account"
    _auto = False
    _rec_name = "partner_id"
    _order = "amount_due desc, id"
    _depends = InvoiceReceivableItem._depends

    partner_id = fields.Many2one("res.partner", string="Customer")
    company_id = fields.Many2one("res.company")
    user_id = fields.Many2one("res.users", string="Salesperson")
    department_id = fields.Many2one("hr.department")
    customer_level_id = fields.Many2one("invoice.customer.level")
    currency_id = fields.Many2one("res.currency")
    company_currency_id = fields.Many2one("res.currency")
    amount_due_currency = fields.Monetary(string="Due in Currency", **AS_OF)
    amount_due = fields.Monetary(
        currency_field="company_currency_id",
        help="What is open as of the day, invoiced or only ticketed, less what is on account. More "
        "may be overdue than due: as long as nobody matched what is on account, it makes "
        "nothing less overdue.",
        **AS_OF,
    )
    amount_overdue = fields.Monetary(
        string="Overdue",
        currency_field="company_currency_id",
        help="Before what is on account is taken off.",
        **AS_OF,
    )
    amount_ticketed = fields.Monetary(
        string="Ticketed, Not Invoiced",
        currency_field="company_currency_id",
        help="Part of what is due: of issued tickets, what stands on no posted invoice. Of a past "
        "day it is what is due now of the tickets issued by then.",
        **AS_OF,
    )
    amount_not_due = fields.Monetary(
        string="Not Due", currency_field="company_currency_id", **AS_OF
    )
    amount_30 = fields.Monetary(string="1–30 Days", currency_field="company_currency_id", **AS_OF)
    amount_60 = fields.Monetary(string="31–60 Days", currency_field="company_currency_id", **AS_OF)
    amount_90 = fields.Monetary(string="61–90 Days", currency_field="company_currency_id", **AS_OF)
    amount_180 = fields.Monetary(
        string="91–180 Days", currency_field="company_currency_id", **AS_OF
    )
    amount_over = fields.Monetary(
        string="Over 180 Days", currency_field="company_currency_id", **AS_OF
    )
    amount_on_account = fields.Monetary(
        string="On Account",
        currency_field="company_currency_id",
        help="Payments and credit notes that are not reconciled yet.",
        **AS_OF,
    )
    days_overdue = fields.Integer(string="Oldest, Days Overdue", aggregator="max", **AS_OF)
    amount_invoiced = fields.Monetary(
        string="Invoiced, 365 Days",
        currency_field="company_currency_id",
        help="With tax, less credit notes, within the 365 days up to the day.",
        **AS_OF,
    )
    dso = fields.Float(
        string="DSO",
        digits=(16, 1),
        aggregator=None,
        help="Days of sales outstanding: what is due as of the day of what was invoiced, divided "
        "by what was invoiced within the 365 days up to it, times 365. What is only ticketed "
        "does not count.",
        **AS_OF,
    )

    # === QUERY === #

    @property
    def _table_query(self):
        Item = self.env["invoice.receivable.item"]
        day = Item._get_as_of()
        columns = [
            SQL("SUM(amount_due) FILTER (WHERE %s) AS %s", condition, SQL.identifier(name))
            for name, condition in self._get_bucket_conditions()
        ]
        return SQL(
            """SELECT
                account.*,
                company.currency_id AS company_currency_id,
                COALESCE(customer.user_id, holder.user_id) AS user_id,
                version.department_id,
                customer.customer_level_id,
                invoiced.amount AS amount_invoiced,
                CASE WHEN invoiced.amount > 0 AND account.amount_booked >= 0 THEN
                    ROUND(account.amount_booked / invoiced.amount * %(days)s, 1)
                END AS dso
            FROM (
                SELECT
                    MIN(id) AS id, company_id, partner_id, currency_id,
                    SUM(amount_due_currency) AS amount_due_currency,
                    SUM(amount_due) AS amount_due,
                    SUM(amount_due) FILTER (WHERE amount_due > 0 AND days_overdue > 0)
                        AS amount_overdue,
                    SUM(amount_due) FILTER (WHERE amount_due < 0 OR days_overdue < 0)
                        AS amount_on_account,
                    SUM(amount_due) FILTER (WHERE id < 0) AS amount_ticketed,
                    COALESCE(SUM(amount_due) FILTER (WHERE id > 0), 0) AS amount_booked,
                    MAX(days_overdue) FILTER (WHERE amount_due > 0 AND days_overdue >= 0)
                        AS days_overdue,
                    %(columns)s
                FROM (%(items)s) item
                WHERE amount_due <> 0 OR amount_due_currency <> 0
                GROUP BY company_id, partner_id, currency_id
            ) account
            JOIN res_company company ON company.id = account.company_id
            %(joins)s
            LEFT JOIN (
                SELECT
                    move.company_id, move.commercial_partner_id, move.currency_id,
                    SUM(move.amount_total_signed) AS amount
                FROM account_move move
                WHERE move.move_type IN ('out_invoice', 'out_refund') AND move.state = 'posted'
                    AND move.date > %(since)s AND move.date <= %(day)s
                GROUP BY move.company_id, move.commercial_partner_id, move.currency_id
            ) invoiced
                ON invoiced.company_id = account.company_id
                AND invoiced.commercial_partner_id = account.partner_id
                AND invoiced.currency_id = account.currency_id""",
            columns=SQL(", ").join(columns),
            items=Item._get_open_amounts_sql(day),
            joins=Item._get_customer_joins_sql(
                SQL("account.partner_id"), SQL("account.company_id")
            ),
            days=DSO_DAYS,
            since=day - relativedelta(days=DSO_DAYS),
            day=day,
        )

    @api.model
    def _get_bucket_conditions(self):
        """Names of the columns of the ageing, each with what its items have in common."""
        first = None
        for name, last in BUCKETS.items():
            parts = [SQL("amount_due > 0 AND days_overdue >= 0")]
            if first is not None:
                parts.append(SQL("days_overdue > %s", first))
            if last is not None:
                parts.append(SQL("days_overdue <= %s", last))
            yield name, SQL(" AND ").join(parts)
            first = last

    # === ACTION METHODS === #

    def action_open_page(self):
        """Open the account of the customer, as of the same day."""
        self.ensure_one()
        self.check_access("read")
        # The stored action has an address of its own, which a reload opens again.
        action = self.env["ir.actions.actions"]._for_xml_id(PAGE_ACTION)
        context = {"active_id": self.partner_id.id}
        if day := self.env.context.get("receivable_as_of"):
            context["receivable_as_of"] = day
        return {**action, "context": context}

    # === PAGE === #

    @api.model
    @api.readonly
    def get_page(self, res_model: str, res_id: int, date_from: Text = None, date_to: Text = None):
        """Account of a customer: arrears, ageing, open items and payments; one SQL query.

        :param str res_model: ``res.partner``
        :param int res_id: the customer, or a contact of it
        :param str date_from: payments from this day on, default: all
        :param str date_to: as of this day, default: today
        :return: see ``invoice.settlement.page.mixin``
        :rtype: dict
        :raise AccessError: if the user may not read accounts, or this customer
        :raise UserError: if there is no such customer, or a day is none
        """
        customer = self._get_page_record(res_model, res_id).commercial_partner_id
        first, day = self._read_period(date_from, date_to)
        day = day or fields.Date.context_today(self)
        Item = self.env["invoice.receivable.item"].with_context(receivable_as_of=str(day))
        Item = Item._within(customer)
        items = Item.search_fetch(
            [
                ("partner_id", "=", customer.id),
                ("company_id", "in", self.env.companies.ids),
                "|",
                "|",
                ("is_open", "=", True),
                ("kind", "=", "payment"),
                ("date", ">", day - relativedelta(days=DSO_DAYS)),
            ],
            PAGE_FIELDS,
            order="date, id",
        )
        owed = items.filtered(lambda item: item.amount_due or item.amount_due_currency)
        paid = items.filtered(lambda i: i.kind == "payment" and (not first or i.date >= first))
        return {
            "title": self.env._("Account of %s", customer.display_name),
            "date_from": first and str(first),
            "date_to": str(day),
            "is_as_of": True,
            "cards": self._prepare_account_cards(items, owed, day),
            "tables": [
                self._prepare_ageing_table(owed),
                self._prepare_open_table(owed),
                self._prepare_payment_table(paid),
            ],
        }

    def _prepare_account_cards(self, items, owed, day):
        cards = []
        since = day - relativedelta(days=DSO_DAYS)
        for company, rows in items.grouped("company_id").items():
            due = sum((rows & owed).mapped("amount_due"))
            ticketed = sum(
                (rows & owed).filtered(lambda i: i.kind in UNBOOKED).mapped("amount_due")
            )
            late = rows & owed.filtered(lambda i: i.amount_due > 0 and i.days_overdue)
            invoiced = sum(
                rows.filtered(
                    lambda i: i.kind in ("invoice", "credit_note") and i.date > since
                ).mapped("amount")
            )
            name = company.name if len(items.company_id) > 1 else ""
            currency = company.currency_id.id
            cards += [
                self._prepare_card(self.env._("Amount Due"), due, currency, name),
                self._prepare_card(
                    self.env._("Overdue"), sum(late.mapped("amount_due")), currency, name
                ),
            ]
            if ticketed:
                label = self._fields["amount_ticketed"]._description_string(self.env)
                card = self._prepare_card(label, ticketed, currency, name)
                cards.append({**card, "note": self.env._("part of what is due")})
            booked = due - ticketed
            if invoiced > 0 and booked >= 0:
                cards.append(
                    {
                        "label": self.env._("DSO"),
                        "value": round(booked / invoiced * DSO_DAYS, 1),
                        "note": self.env._("due ÷ invoiced within 365 days × 365"),
                    }
                )
        return cards

    def _prepare_ageing_table(self, owed):
        """By currency of the customer, in that currency."""
        names = [*BUCKETS, "amount_on_account", "amount_due"]
        rows = []
        for (company, currency), items in owed.grouped(
            lambda item: (item.company_id, item.currency_id)
        ).items():
            values = dict.fromkeys(names, 0.0)
            for item in items:
                values[self._get_bucket(item)] += item.amount_due_currency
                values["amount_due"] += item.amount_due_currency
            label = currency.name
            if len(owed.company_id) > 1:
                label = f"{company.name} {label}"
            rows.append({"values": {"name": label, **values}, "currency_id": currency.id})
        labels = {name: self._fields[name]._description_string(self.env) for name in names}
        return {
            "name": "ageing",
            "title": self.env._("Ageing by Due Date"),
            "columns": [
                self._prepare_column("name", self.env._("Currency")),
                *(self._prepare_column(name, labels[name], "money") for name in names),
            ],
            "rows": rows,
        }

    @api.model
    def _get_bucket(self, item):
        if item.amount_due < 0 or item.kind == "used":
            return "amount_on_account"
        return next(
            name for name, last in BUCKETS.items() if last is None or item.days_overdue <= last
        )

    def _prepare_open_table(self, owed):
        rows = [
            self._prepare_row(
                item._get_document(),
                item.currency_id,
                date=item.date,
                name=item.name,
                date_due=item.date_due,
                days=item.days_overdue if item.amount_due > 0 else 0,
                amount=item.amount_currency,
                due=item.amount_due_currency,
            )
            for item in owed.sorted(lambda item: (item.date_due, item.id))
        ]
        return {
            "name": "open",
            "title": self.env._("Open Items"),
            "columns": [
                self._prepare_column("date", self.env._("Date"), "date"),
                self._prepare_column("name", self.env._("Document")),
                self._prepare_column("date_due", self.env._("Due Date"), "date"),
                self._prepare_column("days", self.env._("Days Overdue"), "number"),
                self._prepare_column("amount", self.env._("Amount"), "money"),
                self._prepare_column("due", self.env._("Amount Due"), "money"),
            ],
            "rows": rows,
        }

    def _prepare_payment_table(self, paid):
        # sudo: names of journals and methods say how the customer paid
        paid_sudo = paid.sudo()
        methods = {m: m._get_own_name() for m in paid_sudo.payment_method_line_id}
        rows = [
            self._prepare_row(
                item.payment_id or item.move_id,
                item.currency_id,
                date=item.date,
                name=item.name,
                method=methods.get(item_sudo.payment_method_line_id) or "",
                journal=item_sudo.journal_id.name,
                amount=-item.amount_currency,
                settled=item.settled or "",
                due=-item.amount_due_currency,
            )
            for item, item_sudo in zip(paid, paid_sudo, strict=True)
        ]
        rows.reverse()
        return {
            "name": "payments",
            "title": self.env._("Payments"),
            "columns": [
                self._prepare_column("date", self.env._("Date"), "date"),
                self._prepare_column("name", self.env._("Document")),
                self._prepare_column("journal", self.env._("Journal")),
                self._prepare_column("method", self.env._("Payment Method")),
                self._prepare_column("amount", self.env._("Amount"), "money"),
                self._prepare_column("settled", self.env._("What It Paid")),
                self._prepare_column("due", self.env._("Not Allocated"), "money"),
            ],
            "rows": rows,
        }
