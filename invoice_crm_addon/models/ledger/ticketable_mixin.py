from odoo import api, models
from odoo.exceptions import UserError
from odoo.tools import formatLang

from ..ticket.ticket import HOLDING_STATES

# Issued tickets count, and those on their way that ask for something: a red letter frees its
# amount once it is issued, not before. Voided ones hold nothing.
HOLDING = [
    "|",
    ("state", "=", "issued"),
    "&",
    ("state", "in", HOLDING_STATES),
    ("amount_total", ">", 0),
]


class InvoiceTicketableMixin(models.AbstractModel):
    """What a ticket can document: a contract, a customer invoice, a payment.

    Ticketed ≤ what is being ticketed. All amounts are tax-inclusive, in the currency of the
    record. Who checks claims the records first: of two users who submit at the same instant,
    the second one is run again and sees what the first one took.
    """

    _name = "invoice.ticketable.mixin"
    _inherit = ["invoice.action.mixin"]
    _description = "What a Ticket Can Document"

    # Field of the allocations that names the record.
    _allocation_field = None

    def _get_ticketable_limit(self):
        """How much may be ticketed of the record, in its currency, tax included."""
        self.ensure_one()
        return abs(self.amount_total)

    def _get_ticketed_totals(self):
        """What tickets hold of each record.

        :return: amount in the record's currency, tax included, by record
        :rtype: dict
        """
        # An archived ticket is out of sight, not out of the books.
        allocations_sudo = (
            self.env["invoice.ticket.allocation"].sudo().with_context(active_test=False)
        )
        domain = [(self._allocation_field, "in", self.ids), ("ticket_id", "any", HOLDING)]
        return dict(allocations_sudo._read_group(domain, [self._allocation_field], ["amount:sum"]))

    def _claim_for_ticketing(self):
        """Make two transactions that ticket the same record collide."""
        self._collide_with_concurrent_writers()

    def _get_over_issue_reasons(self):
        """Sentences about the records that are ticketed for more than their amount.

        :rtype: dict[recordset, str]
        """
        totals = self._get_ticketed_totals()
        return {
            record: reason
            for record in self
            if (reason := record._get_over_issue_reason(totals.get(record, 0.0)))
        }

    def _get_over_issue_reason(self, ticketed):
        """:param float ticketed: what tickets hold of the record"""
        self.ensure_one()
        limit, currency = self._get_ticketable_limit(), self.currency_id
        if currency.compare_amounts(ticketed, limit) <= 0:
            return False
        return self.env._(
            "%(document)s amounts to %(limit)s, but its tickets would amount to %(ticketed)s: "
            "%(excess)s too much. Lower the amount, or void a ticket first.",
            document=self.display_name,
            limit=formatLang(self.env, limit, currency_obj=currency),
            ticketed=formatLang(self.env, ticketed, currency_obj=currency),
            excess=formatLang(self.env, ticketed - limit, currency_obj=currency),
        )

    # === TICKETS === #

    @api.model
    def _check_tickets(self, tickets):
        """Apply the policy of each company to tickets that start to hold an amount.

        :raise UserError: if too much is ticketed, and the policy is to block
        """
        for company, group in tickets.sudo().grouped("company_id").items():
            if company.ticket_over_issue == "off":
                continue
            problems = self._get_ticket_problems(group)
            if problems and company.ticket_over_issue == "block":
                raise UserError("\n".join(problems.values()))
            if problems:
                tickets._message_log_batch(bodies={t.id: text for t, text in problems.items()})

    @api.model
    def _get_ticket_problems(self, tickets):
        """Sentences about what the tickets document, where it is ticketed for too much.

        :return: sentence by ticket
        :rtype: dict
        """
        for documented in tickets._get_ticketables():
            documented._claim_for_ticketing()
        self.env.flush_all()
        reasons = {}
        for documented in tickets._get_ticketables():
            reasons.update(documented._get_over_issue_reasons())
        return {
            ticket: reasons[record]
            for ticket in tickets.filtered(lambda ticket: ticket.amount_total > 0)
            for documented in ticket._get_ticketables()
            for record in documented
            if record in reasons
        }
