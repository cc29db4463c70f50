from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..ticket.ticket_ledger_mixin import HOLDING_STATES


class InvoiceTicketType(models.Model):
    """Whether tickets of a type take what they document, or only say that it came in."""

    _inherit = "invoice.ticket.type"

    takes_amount = fields.Boolean(
        string="Takes the Amount",
        default=True,
        help="What a ticket of this type documents is ticketed then. A receipt only says that "
        "money came in: a fapiao for the same money can still be issued.",
    )

    @api.constrains("is_fapiao", "takes_amount")
    def _check_fapiao_takes_amount(self):
        for ticket_type in self:
            if ticket_type.is_fapiao and not ticket_type.takes_amount:
                raise ValidationError(
                    self.env._(
                        "A fapiao takes the amount that it documents. Let the type %s take it, or "
                        "make it no fapiao.",
                        ticket_type.name,
                    )
                )

    @api.onchange("is_fapiao")
    def _onchange_is_fapiao(self):
        self.takes_amount = self.takes_amount or self.is_fapiao

    def write(self, vals):
        changed = self.browse()
        if "takes_amount" in vals:
            changed = self.filtered(lambda t: t.takes_amount != bool(vals["takes_amount"]))
        result = super().write(vals)
        changed._settle_tickets()
        return result

    def _settle_tickets(self):
        """What tickets of the types took is free again, or taken from now on.

        :raise UserError: if that is more than there is, and the policy is to block
        """
        if not self:
            return
        # sudo: the ledger is laid of all that is connected, whoever shapes the types
        Ticket_sudo = self.env["invoice.ticket"].sudo().with_context(active_test=False)
        tickets_sudo = Ticket_sudo.search(
            [("type_id", "in", self.ids), ("state", "in", HOLDING_STATES)]
        )
        tickets_sudo._settle()
        tickets_sudo._check_over_issue()
