from odoo import api, models


class AccountPartialReconcile(models.Model):
    _inherit = "account.partial.reconcile"

    @api.model_create_multi
    def create(self, vals_list):
        partials = super().create(vals_list)
        partials._settle_tickets(*partials._get_touched_by_tickets())
        return partials

    def unlink(self):
        touched = self._get_touched_by_tickets()
        result = super().unlink()
        self._settle_tickets(*touched)
        return result

    def _get_touched_by_tickets(self):
        """Invoices and payments that tickets touched, of those that are reconciled.

        Journal items and entries are at hand when core reconciles: this asks for nothing more.
        """
        # sudo: account.move - who reconciles items settles the tickets of their entries
        moves_sudo = (self.debit_move_id | self.credit_move_id).sudo().move_id
        return [
            moves_sudo.filtered("has_tickets"),
            moves_sudo.origin_payment_id.filtered("has_tickets"),
        ]

    @api.model
    def _settle_tickets(self, moves, payments):
        """What is paid ties a payment to its invoices, and so what their tickets take."""
        if not (moves or payments):
            return
        moves._settle_tickets(moves, payments)
