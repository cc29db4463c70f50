from odoo import api, models

from ..base.words import words

# What of an issued ticket its month shows.
_SHOWN = {
    "state",
    "issue_date",
    "fapiao_number",
    "fapiao_code",
    "company_id",
    "type_id",
    "line_ids",
    "buyer_name",
    "buyer_vat",
}


class InvoiceTicketMonthMixin(models.AbstractModel):
    """Ticket whose changes its month at the tax bureau learns of, see ``invoice.bureau.month``."""

    _name = "invoice.ticket.month.mixin"
    _description = "Ticket of a Month at the Tax Bureau"

    @api.model_create_multi
    def create(self, vals_list):
        tickets = super().create(vals_list)
        tickets._note_own_months()
        return tickets

    def write(self, vals):
        if _SHOWN.isdisjoint(vals):
            return super().write(vals)
        before = self._get_bureau_months()
        result = super().write(vals)
        self._note_months(before | self._get_bureau_months())
        return result

    def _get_bureau_months(self):
        """Companies and months in which the tickets stand.

        :rtype: set
        """
        # sudo: only companies and days
        return {
            (ticket_sudo.company_id.id, ticket_sudo.issue_date.replace(day=1))
            for ticket_sudo in self.sudo()
            if ticket_sudo.state in ("issued", "voided")
            and ticket_sudo.issue_date
            and ticket_sudo.is_fapiao
        }

    def _note_own_months(self):
        """What the tickets say changed where they stand."""
        self._note_months(self._get_bureau_months())

    def _note_months(self, keys):
        if keys:
            names = ", ".join(self[:3].mapped("name"))
            self.env["invoice.bureau.month"]._note_change(
                keys, words(self.env)._("The ticket %s was changed.", names)
            )
