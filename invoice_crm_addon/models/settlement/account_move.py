from odoo import models


class AccountMove(models.Model):
    """A customer invoice that is picked on a ticket."""

    _name = "account.move"
    _inherit = ["account.move", "invoice.pickable.mixin"]
