from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Command

from ..ticket.ticket import HOLDING_STATES


class InvoiceTicketAllocation(models.Model):
    """What a ticket documents, and for how much: a customer invoice or a payment received.

    ``amount`` is tax-inclusive, in the currency of the invoice or payment, and negative for a
    red letter. How much of it is paid follows from the books.
    """

    _name = "invoice.ticket.allocation"
    _inherit = ["invoice.row.mixin"]
    _description = "Ticket Allocation"
    _order = "ticket_id, id"
    _check_company_auto = True

    _document_field = "ticket_id"
    _row_field = "allocation_ids"

    ticket_id = fields.Many2one(
        "invoice.ticket", required=True, index=True, ondelete="cascade", check_company=True
    )
    company_id = fields.Many2one(related="ticket_id.company_id", store=True, precompute=True)
    move_id = fields.Many2one(
        "account.move",
        string="Customer Invoice",
        index="btree_not_null",
        ondelete="restrict",
        check_company=True,
        domain=[("move_type", "in", ("out_invoice", "out_refund")), ("state", "=", "posted")],
    )
    payment_id = fields.Many2one(
        "account.payment",
        index="btree_not_null",
        ondelete="restrict",
        check_company=True,
        domain=[("partner_type", "=", "customer")],
    )
    currency_id = fields.Many2one(
        "res.currency", compute="_compute_currency_id", store=True, precompute=True
    )
    amount = fields.Monetary(
        required=True,
        help="Part of the invoice or payment that the ticket documents, tax included.",
    )
    ticket_currency_id = fields.Many2one(related="ticket_id.currency_id", string="Ticket Currency")
    amount_paid = fields.Monetary(
        compute="_compute_amount_paid",
        currency_field="ticket_currency_id",
        store=True,
        compute_sudo=True,
        help="Part that is paid, in the currency of the ticket.",
    )

    _one_ticketable = models.Constraint(
        "CHECK((move_id IS NULL) <> (payment_id IS NULL))",
        "An allocation names either a customer invoice or a payment.",
    )

    # === COMPUTE METHODS === #

    @api.depends("move_id", "payment_id")
    def _compute_currency_id(self):
        for allocation in self:
            ticketable = allocation.sudo()._get_ticketable()
            allocation.currency_id = ticketable.currency_id or allocation.ticket_id.currency_id

    @api.depends(
        "amount",
        "move_id.amount_residual",
        "move_id.amount_total",
        "move_id.state",
        "payment_id.state",
        "payment_id.amount",
        "ticket_id.currency_id",
    )
    def _compute_amount_paid(self):
        today = fields.Date.context_today(self)
        for allocation in self:
            ticket = allocation.ticket_id
            allocation.amount_paid = allocation.currency_id._convert(
                allocation.amount * allocation._get_paid_share(),
                ticket.currency_id,
                ticket.company_id,
                allocation._get_ticketable().date or today,
            )

    # === CONSTRAINT METHODS === #

    @api.constrains("move_id", "payment_id", "ticket_id")
    def _check_customer(self):
        for allocation in self:
            ticketable_sudo = allocation.sudo()._get_ticketable()
            customer = ticketable_sudo.partner_id.commercial_partner_id
            ticket_customer = allocation.ticket_id.partner_id.commercial_partner_id
            if customer and ticket_customer and customer != ticket_customer:
                raise ValidationError(
                    self.env._(
                        "%(documented)s belongs to another customer than the ticket %(ticket)s.",
                        documented=ticketable_sudo.display_name,
                        ticket=allocation.ticket_id.display_name,
                    )
                )

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        allocations = super().create(vals_list)
        allocations._check_amounts_held()
        return allocations

    def write(self, vals):
        result = super().write(vals)
        self._check_amounts_held()
        return result

    # === BUSINESS METHODS === #

    def _prepare_copy_commands(self, factor):
        """Commands that create the same allocations on a copy of the ticket, or on a part of it.

        :param float factor: by what the amounts are multiplied; negative for a red letter
        """
        return [
            Command.create(
                {
                    "move_id": allocation.move_id.id,
                    "payment_id": allocation.payment_id.id,
                    "amount": allocation.currency_id.round(factor * allocation.amount),
                }
            )
            for allocation in self
        ]

    def _get_ticketable(self):
        """The invoice or payment that the ticket documents."""
        self.ensure_one()
        return self.move_id or self.payment_id

    def _get_paid_share(self):
        """Share of it that the customer has paid, from 0 to 1."""
        self.ensure_one()
        if self.payment_id:
            return 1.0 if self.payment_id.state in ("in_process", "paid") else 0.0
        move = self.move_id
        if move.state != "posted" or move.currency_id.is_zero(move.amount_total):
            return 0.0
        return 1.0 - move.amount_residual / move.amount_total

    def _get_ticket_problem(self):
        """Why what a ticket documents does not fit its total, or False.

        Invoices and payments are added up apart: a ticket may name an invoice and its payment.
        """
        ticket, currency = self.ticket_id, self.ticket_id.currency_id
        for fname in ("move_id", "payment_id"):
            allocations = self.filtered(
                lambda a, fname=fname: a[fname] and a.currency_id == currency
            )
            wrong_sign = any(a.amount * ticket.amount_total < 0 for a in allocations)
            documented = abs(sum(allocations.mapped("amount")))
            if wrong_sign or currency.compare_amounts(documented, abs(ticket.amount_total)) > 0:
                return self.env._(
                    "The invoices or payments of %s are entered with more than its total, or with "
                    "the wrong sign. Correct their amounts.",
                    ticket.display_name,
                )
        return False

    def _check_amounts_held(self):
        """What holds an amount already is checked as if it were submitted now.

        :raise UserError: if more is documented than the ticket or what it documents amounts to
        """
        holding_sudo = self.ticket_id.sudo().filtered(lambda t: t.state in HOLDING_STATES)
        for ticket in holding_sudo:
            allocations = ticket.allocation_ids
            if problem := allocations and allocations._get_ticket_problem():
                raise UserError(problem)
        holding_sudo._check_over_issue()
