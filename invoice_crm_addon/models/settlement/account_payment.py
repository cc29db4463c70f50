from odoo import models
from odoo.fields import Command

from ..ledger.account_payment import AccountPayment as LedgerPayment
from ..ledger.chain_loader import Chain


class AccountPayment(models.Model):
    """A ticket of what came in: of the goods of the invoices that it pays."""

    _name = "account.payment"
    _inherit = ["account.payment", "invoice.pickable.mixin", "invoice.order.payment.mixin"]

    # What came in last of a customer: core has no index for it.
    _partner_date_idx = models.Index("(partner_id, date DESC, id DESC)")

    _ticketing_fields = (*LedgerPayment._ticketing_fields, "sale_order_id")

    # === CHANGES === #

    def _get_touched_by_tickets(self):
        """A ticket of the order documents what came in on account of it."""
        touched = super()._get_touched_by_tickets()
        # sudo: orders that the user cannot read are settled all the same
        orders_sudo = self.sudo().sale_order_id.filtered("has_tickets")
        return touched or ([self, orders_sudo] if orders_sudo else [])

    # === PICK === #

    def _get_picked_texts(self):
        return [*super()._get_picked_texts(), "memo", "payment_reference"]

    def _get_picked_amount(self):
        return "amount"

    # === CAN === #

    def _get_cannot_create_ticket_reason(self):
        if not self._is_ticketable_payment():
            return self.env._("Only a collection that came in can be ticketed.")
        return super()._get_cannot_create_ticket_reason()

    # === VALUES === #

    def _map_making_contracts(self):
        """Those of the invoices that it pays, where the payment itself names none."""
        result = super()._map_making_contracts()
        for payment, move_sudo, _amount in self._get_paid_shares():
            if not payment.sudo().invoice_contract_id:  # sudo: compared
                result[payment] |= move_sudo._get_making_contracts()
        return result

    def _get_paid_shares(self):
        """What each payment pays of customer invoices in its currency.

        :return: payment, invoice in superuser mode, and amount
        :rtype: list[tuple]
        """
        # sudo: invoices of payments that the user may read; callers look at what they take
        payments_sudo = self.sudo()
        moves_sudo = payments_sudo.env["account.move"]
        rows = [
            (payment_id, moves_sudo.browse(move_id), float(amount))
            for payment_id, move_id, _of_move, amount in Chain.get_reconciled(payments_sudo)
        ]
        # Without an outstanding account, a payment only names its invoices.
        for payment_sudo in payments_sudo.filtered(lambda payment: not payment.move_id):
            left = payment_sudo.amount
            for move_sudo in payment_sudo.invoice_ids.sorted("id"):
                amount = min(move_sudo.amount_total, left)
                rows.append((payment_sudo.id, move_sudo, amount))
                left -= amount
        moves_sudo = moves_sudo.union(*(row[1] for row in rows))
        return [
            (payment, move_sudo.with_prefetch(moves_sudo.ids), amount)
            for payment_id, move_sudo, amount in rows
            if move_sudo.move_type == "out_invoice"
            and move_sudo.currency_id == (payment := self.browse(payment_id)).currency_id
            and amount > 0
        ]

    def _prepare_ticket_lines(self):
        """The lines of the invoices that a payment pays, each for the part that is paid.

        What is paid beyond them is one more line, taxed like them. Without an invoice in its
        currency that the user may read, nothing is known.
        """
        shares = self._get_paid_shares()
        invoices = self.env["account.move"].browse({move_sudo.id for _p, move_sudo, _a in shares})
        # Also of a payment that the caller reads in superuser mode.
        invoices = invoices.sudo(False)._filtered_access("read")
        invoice_lines = invoices._prepare_ticket_lines()
        scale = self.env["invoice.ticket.line"]._scale_values
        result = {payment: [] for payment in self}
        for payment, move_sudo, amount in shares:
            lines = invoice_lines.get(move_sudo.sudo(False), [])
            result[payment] += scale(lines, amount, payment.currency_id)
        for payment, lines in result.items():
            if lines:
                lines += payment._prepare_rest_lines(lines)
        return result

    def _prepare_rest_lines(self, lines):
        """Values of the line of what a payment pays beyond its invoices, if there is something."""
        paid = sum(values["agreed_untaxed"] + values["agreed_tax"] for values in lines)
        rest = self.currency_id.round(self.amount - paid)
        if self.currency_id.compare_amounts(rest, 0.0) <= 0:
            return []
        rate = self.env["account.tax"].browse(lines[0]["tax_id"] or []).amount
        untaxed = self.currency_id.round(rest / (1 + rate / 100))
        return [
            {
                "name": self.memo or self.env._("Payment on account"),
                "quantity": 1.0,
                "price_unit": untaxed,
                "tax_id": lines[0]["tax_id"],
                "tax_treatment": lines[0]["tax_treatment"],
                "agreed_untaxed": untaxed,
                "agreed_tax": self.currency_id.round(rest - untaxed),
            }
        ]

    def _get_paid_user(self):
        """Who looks after the invoices that the payments pay."""
        users = (move_sudo.invoice_user_id for _p, move_sudo, _a in self._get_paid_shares())
        return next(filter(None, users), self.env["res.users"])

    def _get_order_on_account(self):
        """The confirmed order that all of the payments are on account of, if the user reads it."""
        order = self.sale_order_id
        same = len(order) == 1 and all(payment.sale_order_id for payment in self)
        # sudo: only whether it is confirmed; who may not read it names no order
        if not same or order.sudo().state != "sale":
            return order.browse()
        return order._filtered_access("read")

    def _prepare_ticket_context(self):
        """Defaults of a ticket for the payments: all that is known of them, and what is left."""
        contract = self._get_making_contracts()[:1]
        user = contract.user_id or self._get_paid_user()
        memos = filter(None, self.mapped("memo"))
        context = {
            **self._prepare_common_context(user),
            "default_sale_order_id": self._get_order_on_account().id,
            "default_content": ", ".join(dict.fromkeys(memos)) or contract.name,
            "default_allocation_ids": self._prepare_allocation_commands("payment_id"),
        }
        if lines := self._prepare_ticket_line_commands():
            return {**context, "default_tax_included": False, "default_line_ids": lines}
        amount = sum(self.mapped("amount_to_ticket"))
        line = self._prepare_single_line(amount, [contract.name, *self.mapped("memo")], context)
        commands = [Command.create(line)]
        return {**context, "default_tax_included": True, "default_line_ids": commands}
