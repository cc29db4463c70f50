from odoo import api, models
from odoo.exceptions import UserError
from odoo.tools import formatLang

from ..base.tools import rewrite_rows
from ..ticket.ticket import HOLDING_STATES

WAITING_CHANGE = [("state", "=", "pending"), ("is_change", "=", True)]


class InvoiceTicket(models.Model):
    """Ticketed ≤ what is being ticketed: contract, customer invoice or payment.

    Issued tickets and tickets on their way count, voided ones do not, a red letter counts
    against it once it is issued. All sums are tax-inclusive, in the currency of the contract,
    invoice or payment. The owner of the total is rewritten first, so two users who submit at
    the same instant cannot both see the amount as free.
    """

    _inherit = "invoice.ticket"

    def _check_over_issue(self):
        """Apply the company's policy to tickets that start to hold an amount.

        :raise UserError: if too much is ticketed, and the policy is to block
        """
        for company, tickets in self.sudo().grouped("company_id").items():
            if company.ticket_over_issue == "off":
                continue
            for source in tickets._get_sources():
                rewrite_rows(source)
            problems = tickets._get_over_issues()
            if problems and company.ticket_over_issue == "block":
                raise UserError("\n".join(problems.values()))
            if problems:
                self._message_log_batch(bodies={t.id: text for t, text in problems.items()})

    def _get_sources(self):
        """Contracts, invoices and payments that the tickets document, as recordsets."""
        return (
            self.contract_id,
            self.allocation_ids.move_id,
            self.allocation_ids.payment_id,
        )

    def _get_over_issues(self):
        """Sentences about the sources that are ticketed for more than their amount.

        :return: sentence by ticket
        :rtype: dict
        """
        self.env.flush_all()
        totals = {}
        for source in self._get_sources():
            totals.update(self._get_ticketed_totals(source))
        problems = {}
        for ticket in self.filtered(lambda t: t.amount_total > 0):
            for source in ticket._get_sources():
                for document in source:
                    problem = self._get_over_issue(document, totals.get(document, 0.0))
                    if problem:
                        problems[ticket] = problem
        return problems

    @api.model
    def _get_ticketed_totals(self, sources):
        """What is ticketed of each contract, invoice or payment, in its own currency.

        :param sources: records of one of these models
        :rtype: dict
        """
        holding = ["|", ("state", "=", "issued"), "&", ("state", "in", HOLDING_STATES)]
        if sources._name == "invoice.contract":
            domain = [("contract_id", "in", sources.ids), *holding, ("amount_total", ">", 0)]
            tickets = self.with_context(active_test=False)
            totals = dict(tickets._read_group(domain, ["contract_id"], ["amount_contract:sum"]))
            waiting = [*domain, ("approval_request_ids", "any", WAITING_CHANGE)]
            for ticket in tickets.search(waiting, order="id"):
                totals[ticket.contract_id] += ticket._get_amount_given_up()
            return totals
        fname = "move_id" if sources._name == "account.move" else "payment_id"
        domain = [
            (fname, "in", sources.ids),
            ("ticket_id", "any", [*holding, ("amount_total", ">", 0)]),
        ]
        return dict(
            self.env["invoice.ticket.allocation"]
            .sudo()
            .with_context(active_test=False)
            ._read_group(domain, [fname], ["amount:sum"])
        )

    def _get_amount_given_up(self):
        """What the ticket held before a change that waits: it is held until that is decided.

        :return: in the currency of the contract, tax included
        """
        self.ensure_one()
        approved = self.approval_request_ids.filtered(lambda r: r.state == "approved")
        before = approved.sorted("id")[-1:].amount
        if before <= self.amount_total:
            return 0.0
        return self.amount_contract * (before / self.amount_total - 1)

    @api.model
    def _get_over_issue(self, document, ticketed):
        limit = document.amount if document._name == "account.payment" else document.amount_total
        currency = document.currency_id
        if currency.compare_amounts(ticketed, abs(limit)) <= 0:
            return False
        return self.env._(
            "%(document)s amounts to %(limit)s, but its tickets would amount to %(ticketed)s: "
            "%(excess)s too much. Lower the amount, or void a ticket first.",
            document=document.display_name,
            limit=formatLang(self.env, abs(limit), currency_obj=currency),
            ticketed=formatLang(self.env, ticketed, currency_obj=currency),
            excess=formatLang(self.env, ticketed - abs(limit), currency_obj=currency),
        )
