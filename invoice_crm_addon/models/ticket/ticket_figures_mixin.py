from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

# Something of it is still to come in. Its indexes say the same.
OPEN = Domain("state", "=", "issued") & Domain("amount_due", ">", 0)
COMPARISONS = {op: SQL(op) for op in (">", ">=", "<", "<=")}


class DaysOverdue(fields.Integer):
    """Not stored, since it grows by itself, and yet the database sorts and groups it."""

    def to_sql(self, model, alias):
        return model._get_days_overdue_sql(alias)


class InvoiceTicketFiguresMixin(models.AbstractModel):
    """What of a ticket is added up, and what is overdue.

    The amounts of a ticket say what it asks for, whatever became of it. Totals of them would mix
    drafts, what waits for approval and what was voided with what is issued, so they have none:
    no footer, no measure. These have one:

    Measure                Issued           Red letter       Any other state
    =====================================================================================
    amount_issued          tax included     negative         0
    amount_issued_untaxed  without the tax  negative         0
    amount_issued_tax      the tax          negative         0
    amount_open            still to be paid 0                0
    =====================================================================================

    They are in the currency of the company, at the rate of the day of issue. Receipts are in none
    of them: they say that money came in, for which a fapiao is issued as well. Nor are tickets in
    a currency that has no rate, until somebody enters one.
    """

    _name = "invoice.ticket.figures.mixin"
    _inherit = ["invoice.names.mixin"]
    _description = "Ticket That Is Added Up"

    company_currency_id = fields.Many2one("res.currency")
    amount_issued = fields.Monetary(
        string="Issued Total",
        compute="_compute_amount_issued",
        currency_field="company_currency_id",
        store=True,
        compute_sudo=True,
        help="Of issued tickets, tax included, in the currency of the company; red letters are "
        "negative. Drafts, tickets on their way and voided ones count nothing.",
    )
    amount_issued_untaxed = fields.Monetary(
        string="Issued Untaxed",
        compute="_compute_amount_issued",
        currency_field="company_currency_id",
        store=True,
        compute_sudo=True,
    )
    amount_issued_tax = fields.Monetary(
        string="Issued Tax",
        compute="_compute_amount_issued",
        currency_field="company_currency_id",
        store=True,
        compute_sudo=True,
    )
    amount_open = fields.Monetary(
        string="Issued, Not Collected",
        compute="_compute_amount_open",
        currency_field="company_currency_id",
        store=True,
        compute_sudo=True,
        help="What of issued tickets is still to come in, in the currency of the company at the "
        "rate of the day of issue.",
    )
    days_overdue = DaysOverdue(
        compute="_compute_days_overdue",
        search="_search_days_overdue",
        aggregator="max",
        help="Days since the due date of an issued ticket that is not fully paid.",
    )

    # Sums of a company are read from here alone, by month, type and status; tickets are wide.
    _figures_idx = models.Index(
        "(company_id, issue_date) "
        "INCLUDE (type_id, state, status, amount_issued, amount_issued_tax) WHERE active IS TRUE"
    )

    # === COMPUTE METHODS === #

    @api.depends(
        "state", "type_id.takes_amount", "amount_company", "amount_untaxed", "amount_total"
    )
    def _compute_amount_issued(self):
        for ticket in self:
            # A receipt is for money that a fapiao is issued for as well.
            is_issued = ticket.state == "issued" and ticket.type_id.takes_amount
            total = ticket.amount_company if is_issued else 0.0
            untaxed = ticket._get_share(total, ticket.amount_untaxed)
            ticket.amount_issued = total
            ticket.amount_issued_untaxed = untaxed
            ticket.amount_issued_tax = total - untaxed

    @api.depends("state", "amount_company", "amount_due", "amount_total")
    def _compute_amount_open(self):
        for ticket in self:
            # What a red letter takes back is taken off what its original is due.
            is_open = ticket.state == "issued" and ticket.amount_due > 0
            ticket.amount_open = is_open and ticket._get_share(
                ticket.amount_company, ticket.amount_due
            )

    def _get_unrated(self):
        """Tickets whose currency no rate converts; core would count them one to one."""
        foreign = self.filtered(
            lambda t: (
                t.company_id
                and (t.currency_id or t.company_id.currency_id) != t.company_id.currency_id
            )
        )
        if not foreign:
            return foreign
        rated, today = foreign.currency_id._get_rated(), fields.Date.context_today(self)
        return foreign.filtered(
            lambda t: t.currency_id._lacks_rate(t.company_id, t.issue_date or today, rated)
        )

    def _convert_again(self):
        """Reckon the amounts in the company's currency anew, with all that is made of them.

        Those in a contract's currency that nothing converted so far, too.
        """
        self.env.add_to_compute(self._fields["amount_company"], self)
        self.modified(["amount_company"])
        of_contract = self.filtered(lambda t: t.contract_id and not t.amount_contract)
        self.env.add_to_compute(self._fields["amount_contract"], of_contract)
        of_contract.modified(["amount_contract"])

    @api.model
    def _get_unrated_domain(self):
        return [("amount_total", "!=", 0), ("amount_company", "=", 0)]

    @api.model
    def _get_unrated_contract_domain(self):
        """Tickets in another currency than their contract's that nothing converts into it."""
        return [
            ("amount_total", "!=", 0),
            ("amount_contract", "=", 0),
            ("contract_id", "!=", False),
        ]

    def _get_share(self, total, part):
        """What a part of the ticket's total is of the same total in the company's currency."""
        self.ensure_one()
        whole = self.amount_total
        return self.company_currency_id.round(total * part / whole) if total and whole else 0.0

    @api.depends("state", "amount_due", "date_due")
    @api.depends_context("tz")
    def _compute_days_overdue(self):
        today = fields.Date.context_today(self)
        for ticket in self:
            is_open = ticket.state == "issued" and ticket.amount_due > 0
            is_late = is_open and ticket.date_due and ticket.date_due < today
            ticket.days_overdue = (today - ticket.date_due).days if is_late else 0

    @api.model
    def _search_days_overdue(self, operator, value):
        if operator in COMPARISONS:
            comparison = SQL("%s %s", COMPARISONS[operator], value)
        elif operator == "in":
            comparison = SQL("IN %s", tuple(value) or (None,))
        else:
            return NotImplemented
        days = Domain.custom(
            to_sql=lambda model, alias, _query: SQL(
                "%s %s", model._get_days_overdue_sql(alias), comparison
            )
        )
        # Who asks for overdue ones is answered by their index.
        is_late = operator == ">" and value >= 0 or operator == ">=" and value > 0
        return OPEN & Domain("date_due", "<", "today") & days if is_late else days

    @api.model
    def _get_days_overdue_sql(self, alias):
        """``days_overdue`` as SQL."""
        return SQL(
            "CASE WHEN %(state)s = 'issued' AND %(due)s > 0 AND %(date)s < %(today)s "
            "THEN %(today)s - %(date)s ELSE 0 END",
            state=self._field_to_sql(alias, "state"),
            due=self._field_to_sql(alias, "amount_due"),
            date=self._field_to_sql(alias, "date_due"),
            today=SQL("%s::date", fields.Date.context_today(self)),
        )
