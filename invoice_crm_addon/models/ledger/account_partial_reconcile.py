from odoo import api, models


class AccountPartialReconcile(models.Model):
    _inherit = "account.partial.reconcile"

    # What was settled after a day is taken back from what is open on it.
    _max_date_idx = models.Index("(max_date)")

    @api.model_create_multi
    def create(self, vals_list):
        partials = super().create(vals_list)
        partials._settle_tickets(*partials._get_touched_by_tickets())
        partials._find_contracts()
        return partials

    def unlink(self):
        if not self:
            # Core unmatches entries over and over, most of which nothing was matched with.
            return super().unlink()
        touched, contracts = self._get_touched_by_tickets(), self._get_contracts()
        payments_sudo = self._get_payments_sudo()
        result = super().unlink()
        self._settle_tickets(*touched)
        contracts._refresh_received()
        payments_sudo._forget_contract()
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

    # === CONTRACTS === #

    def _get_contracts(self):
        """Contracts of which invoices are paid, in superuser mode."""
        return self._get_invoices_sudo()._get_ticketing_contracts()

    def _get_invoices_sudo(self):
        # sudo: account.move - who reconciles items says what came in of contracts of others
        moves_sudo = (self.debit_move_id | self.credit_move_id).sudo().move_id
        return moves_sudo.filtered(lambda move: move.move_type in ("out_invoice", "out_refund"))

    def _find_contracts(self):
        """A payment of a contract's invoices is one of the contract."""
        invoices_sudo = self._get_invoices_sudo()
        contracts = invoices_sudo._get_ticketing_contracts()
        if contracts:
            contracts._refresh_received()
        if contracts or any(invoices_sudo.mapped("has_tickets")):
            self._get_payments_sudo()._find_contract()

    def _get_payments_sudo(self):
        items_sudo = (self.debit_move_id | self.credit_move_id).sudo()  # sudo: see above
        return items_sudo.move_id.origin_payment_id
