from odoo import api, models
from odoo.fields import Domain
from odoo.tools import split_every

from .ticket_ledger_mixin import NAMES

BATCH = 1000


class ResCurrencyRate(models.Model):
    """Rates that come after the tickets of their day still convert these."""

    _inherit = "res.currency.rate"

    @api.model_create_multi
    def create(self, vals_list):
        rates = super().create(vals_list)
        rates._convert_tickets()
        return rates

    def write(self, vals):
        result = super().write(vals)
        if not vals.keys().isdisjoint(("name", "currency_id", "company_id")):
            self._convert_tickets()
        return result

    def _convert_tickets(self):
        """Convert the tickets that no rate did, or none of their day or before.

        What a rate of its day converted stays as it was reported.
        """
        # sudo: invoice.ticket - whoever enters a rate need not read the tickets
        Ticket_sudo = self.env["invoice.ticket"].sudo().with_context(active_test=False)
        domain = self._get_unrated_tickets_domain() | self._get_earlier_tickets_domain()
        domain |= self._get_unrated_paths_domain()
        for ids in split_every(BATCH, Ticket_sudo.search(domain).ids):
            tickets_sudo = Ticket_sudo.browse(ids)
            tickets_sudo._convert_again()
            # What they take of documents in another currency follows the rate, too.
            tickets_sudo.filtered(lambda ticket: ticket._takes_foreign())._settle()
            self.env.flush_all()

    def _get_unrated_tickets_domain(self):
        """Tickets that count nothing so far; a rate of the company's currency converts as well."""
        # sudo: res.company - whose currency it is, whoever enters the rate
        companies = (
            self.env["res.company"].sudo().search([("currency_id", "in", self.currency_id.ids)])
        )
        of_currency = Domain("currency_id", "in", self.currency_id.ids)
        if companies:
            of_currency |= Domain("company_id", "in", companies.ids)
        Ticket = self.env["invoice.ticket"]
        return of_currency & Domain(Ticket._get_unrated_domain()) | (
            of_currency | Domain("contract_id.currency_id", "in", self.currency_id.ids)
        ) & Domain(Ticket._get_unrated_contract_domain())

    def _get_unrated_paths_domain(self):
        """Tickets of which the ledger counts one to one, somewhere on the way of their money.

        Whatever they name themselves: an order in their own currency leads to its contract.
        """
        # sudo: res.currency.rate - whichever company's
        others = self.sudo()._read_group(
            [("currency_id", "in", self.currency_id.ids), ("id", "not in", self.ids)],
            ["currency_id", "company_id"],
        )
        # Where there was a rate already, it converted, if with one of another day.
        rated = {(currency.id, company.id) for currency, company in others}
        first = self.filtered(
            lambda rate: rated.isdisjoint(
                (rate.currency_id.id, company_id) for company_id in (False, rate.company_id.id)
            )
        )
        if not first:
            return Domain.FALSE
        domain = Domain.OR(
            Domain(f"path_ids.{column}.currency_id", "in", first.currency_id.ids)
            for column in NAMES
        )
        if not all(rate.company_id for rate in first):
            return domain
        return domain & Domain("company_id", "child_of", first.company_id.ids)

    def _get_earlier_tickets_domain(self):
        """Tickets that a later rate converted, since there was none of their day or before."""
        domain = Domain.FALSE
        for rate in self:
            # sudo: res.currency.rate - whichever company's
            others_sudo = self.sudo().search(
                [
                    ("currency_id", "=", rate.currency_id.id),
                    ("company_id", "in", (False, rate.company_id.id)),
                    ("id", "!=", rate.id),
                ],
                order="name",
                limit=1,
            )
            if not others_sudo or others_sudo.name <= rate.name:
                continue
            of_rate = Domain(
                [
                    ("currency_id", "=", rate.currency_id.id),
                    ("issue_date", ">=", rate.name),
                    ("issue_date", "<", others_sudo.name),
                ]
            )
            if rate.company_id:
                of_rate &= Domain("company_id", "child_of", rate.company_id.id)
            domain |= of_rate
        return domain
