from odoo import models


class AccountPaymentRegister(models.TransientModel):
    _inherit = "account.payment.register"

    def _create_payments(self):
        # Made, posted and reconciled one after the other, all by core.
        with self.env["invoice.ticket.path"]._settled_once():
            return super()._create_payments()
