from odoo import api, models


class ResCurrencyRate(models.Model):
    _inherit = "res.currency.rate"

    @api.model_create_multi
    def create(self, vals_list):
        rates = super().create(vals_list)
        rates._convert_tickets()
        return rates

    def _convert_tickets(self):
        """Convert the tickets that no rate did; what one converted stays as it was reported."""
        # sudo: invoice.ticket - whoever enters a rate need not read the tickets
        Ticket_sudo = self.env["invoice.ticket"].sudo().with_context(active_test=False)
        of_currency = [
            "|",
            ("currency_id", "in", self.currency_id.ids),
            ("company_id.currency_id", "in", self.currency_id.ids),
        ]
        unrated_sudo = Ticket_sudo.search([*of_currency, *Ticket_sudo._get_unrated_domain()])
        unrated_sudo._convert_again()
