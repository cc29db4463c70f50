from odoo import models


class AccountMove(models.Model):
    """A customer invoice that is picked on a ticket."""

    _name = "account.move"
    _inherit = ["account.move", "invoice.pickable.mixin"]

    # What was invoiced to a customer: core has no index for it.
    _customer_idx = models.Index(
        "(commercial_partner_id) "
        "WHERE move_type IN ('out_invoice', 'out_refund') AND state = 'posted'"
    )
