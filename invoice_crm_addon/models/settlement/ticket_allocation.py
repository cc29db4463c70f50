from odoo import api, fields, models

from ..ticket.ticket_ledger_mixin import HOLDING_STATES


class InvoiceTicketLedgerMixin(models.AbstractModel):
    """Whose invoices and payments are offered for the ticket."""

    _inherit = "invoice.ticket.ledger.mixin"

    # Chosen in the form, and kept nowhere.
    shows_billed_together = fields.Boolean(
        string="Also of Other Customers",
        store=False,
        help="Offer the invoices and payments of all to whom the contract or the order of the "
        "ticket is billed.",
    )


class InvoiceTicketAllocation(models.Model):
    """What is offered for a row, and how much of it is proposed."""

    _inherit = "invoice.ticket.allocation"

    offered_partner_ids = fields.Many2many(
        "res.partner", compute="_compute_offered_partner_ids", export_string_translation=False
    )

    @api.depends(
        "ticket_id.partner_id",
        "ticket_id.contract_id",
        "ticket_id.sale_order_id",
        "ticket_id.shows_billed_together",
    )
    def _compute_offered_partner_ids(self):
        for allocation in self:
            ticket = allocation.ticket_id
            partners = ticket.partner_id.commercial_partner_id
            if ticket.shows_billed_together:
                for source in filter(None, (ticket.contract_id, ticket.sale_order_id)):
                    partners |= source._get_billable_customers().sudo(False)
            allocation.offered_partner_ids = partners

    def _get_proposed_amount(self):
        """What the row is for when an invoice or a payment is chosen, in its currency.

        What is left of it, as far as the ticket has room; if there is none left or no room, what
        there is of one of them, which whoever enters it corrects.
        """
        self.ensure_one()
        documented, ticket = self._get_ticketable(), self.ticket_id
        if ticket.red_of_id:
            return -self._get_given_amount()
        is_holding = ticket.state in HOLDING_STATES
        left = documented.amount_unnamed if is_holding else documented.amount_to_ticket
        room = self._get_undocumented_amount() if ticket.amount_total > 0 else left
        candidates = (min(left, room), left, room, documented._get_amount_to_show())
        return next(
            (a for a in candidates if documented.currency_id.compare_amounts(a, 0.0) > 0), 0
        )

    def _get_given_amount(self):
        """What the original of a red letter took of it."""
        documented, original = self._get_ticketable(), self.ticket_id.red_of_id
        rows = original.allocation_ids.filtered(lambda row: row._get_ticketable() == documented)
        return sum(rows.mapped("amount")) or documented._get_amount_to_show()
