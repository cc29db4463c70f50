from collections import defaultdict

from odoo import models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..ledger.account_payment import RECEIVED_STATES
from ..ticket.ticket_ledger_mixin import HOLDING_STATES


class SaleOrder(models.Model):
    """An order that is cancelled under its tickets."""

    _inherit = "sale.order"

    def action_open_cancel(self):
        """Cancel the order; if there are tickets of it, ask first what becomes of each.

        Those of its contract that are laid on it are named: they stay with the contract.
        """
        self.ensure_one()
        self.check_access("write")
        Wizard = self.env["invoice.source.cancel.wizard"]
        tickets_sudo = self._get_tickets_to_decide() or self._get_staying_tickets(limit=1)
        if tickets_sudo and Wizard.has_access("create"):
            return self._open_cancelling("sale_order_id")
        return self.action_cancel()

    def _action_cancel(self):
        """Also of many orders in the list, and of other flows of core.

        :raise UserError: if tickets hold a part of one, and the policy is to block
        """
        if reasons := list(filter(None, (o._get_held_reason() for o in self._get_blocking()))):
            raise UserError("\n".join(reasons))
        return super()._action_cancel()

    def write(self, vals):
        if vals.get("state") != "cancel":
            return super().write(vals)
        open_ = self.filtered(lambda order: order.has_tickets and order.state != "cancel")
        named = {order: order._name_held_tickets() for order in open_ - open_._get_blocking()}
        staying = self.filtered(lambda order: order.state != "cancel")._map_staying_tickets()
        result = super().write(vals)
        if held := {order: tickets for order, tickets in named.items() if tickets}:
            self._say_cancelled(held)
        if staying:
            self._say_staying(staying)
        return result

    def _map_staying_tickets(self):
        """Orders of contracts on which tickets of these are laid, each with their names."""
        # sudo: sale.order - whether it has a contract
        orders = self.filtered(lambda order: order.sudo().invoice_contract_id)
        if not orders or not orders._get_staying_tickets(limit=1):
            return {}
        named = ((order, order._name_staying_tickets()) for order in orders)
        return {order: tickets for order, tickets in named if tickets}

    def _get_blocking(self):
        """Orders with tickets in companies that block what is ticketed too much."""
        # sudo: res.company - only its policy; the others show what is too much then
        return self.filtered(
            lambda order: order.has_tickets and order.sudo().company_id.ticket_over_issue == "block"
        )

    # === WHAT CAME IN BEFORE THE INVOICE === #

    def _get_open_amounts(self):
        """What is still to be invoiced of each order and did not come in yet, in its currency.

        :return: for each order this, and what came in on account of it
        :rtype: dict[sale.order, tuple]
        """
        invoiced, _credited = self._get_billed_amounts(self._get_billed_parts())
        on_account = self._get_amounts_on_account()
        return {
            order: (
                order.currency_id.round(
                    max(order.amount_total - invoiced[order] - on_account[order], 0.0)
                ),
                order.currency_id.round(on_account[order]),
            )
            for order in self
        }

    def _get_amounts_on_account(self):
        """What came in on account of each order and pays no invoice yet, in its currency.

        A payment says its order; else a ticket does that was made of it and names the order.

        :rtype: dict
        """
        orders = {order.id: order for order in self}
        amounts, left = defaultdict(float), {}
        if not orders:
            return amounts
        for payment_id, order_id, tied, free, currency_id, date in self.env.execute_query(
            self._get_on_account_query()
        ):
            taken = min(left.setdefault(payment_id, float(free)), float(tied))
            left[payment_id] -= taken
            order = orders[order_id]
            currency = self.env["res.currency"].browse(currency_id)
            amounts[order] += currency._convert(taken, order.currency_id, order.company_id, date)
        return amounts

    def _get_on_account_query(self):
        """Payments of the orders: payment, order, how much is tied to it, what of the payment is
        free, currency of both, date."""
        for model in (
            "account.move.line",
            "account.payment",
            "invoice.ticket",
            "invoice.ticket.allocation",
            "invoice.ticket.type",
        ):
            self.env[model].flush_model()
        return SQL(
            """
            WITH tie AS (
                SELECT payment.id AS payment_id, payment.sale_order_id AS order_id,
                       payment.amount
                  FROM account_payment payment
                 WHERE payment.sale_order_id IN %(orders)s
             UNION ALL
                -- A receipt and a fapiao for the same money say it twice.
                SELECT row.payment_id, ticket.sale_order_id, GREATEST(
                           SUM(row.amount) FILTER (WHERE type.takes_amount),
                           SUM(row.amount) FILTER (WHERE NOT type.takes_amount))
                  FROM invoice_ticket ticket
                  JOIN invoice_ticket_type type ON type.id = ticket.type_id
                  JOIN invoice_ticket_allocation row ON row.ticket_id = ticket.id
                  JOIN account_payment payment ON payment.id = row.payment_id
                 WHERE ticket.sale_order_id IN %(orders)s AND payment.sale_order_id IS NULL
                   AND ticket.state IN %(holding)s
                   AND (ticket.red_of_id IS NULL OR ticket.state = 'issued')
              GROUP BY row.payment_id, ticket.sale_order_id
            )
            SELECT payment.id, tie.order_id, tie.amount,
                   CASE WHEN payment.move_id IS NULL THEN payment.amount - named.amount
                        ELSE entry.amount END AS free,
                   payment.currency_id, payment.date
              FROM tie
              JOIN account_payment payment ON payment.id = tie.payment_id
        CROSS JOIN LATERAL (
                SELECT COALESCE(-SUM(line.amount_residual_currency), 0) AS amount
                  FROM account_move_line line
                 WHERE line.move_id = payment.move_id
                   AND line.account_id = payment.destination_account_id
                   AND line.parent_state = 'posted'
              ) entry
        CROSS JOIN LATERAL (
                -- A payment without an entry only names its invoices.
                SELECT COALESCE(SUM(move.amount_total), 0) AS amount
                  FROM account_move__account_payment rel
                  JOIN account_move move ON move.id = rel.invoice_id
                 WHERE rel.payment_id = payment.id AND move.state = 'posted'
              ) named
             WHERE payment.state IN %(received)s AND payment.payment_type = 'inbound'
               AND payment.partner_type = 'customer' AND tie.amount > 0
               AND CASE WHEN payment.move_id IS NULL THEN payment.amount - named.amount
                        ELSE entry.amount END > 0
          ORDER BY payment.id, tie.order_id
            """,
            orders=tuple(self.ids),
            holding=HOLDING_STATES,
            received=RECEIVED_STATES,
        )
