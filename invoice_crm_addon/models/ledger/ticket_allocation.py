from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Command
from odoo.tools import formatLang

from ..base.words import words
from ..ticket.ticket_ledger_mixin import HOLDING_STATES
from .chain_nodes import RATE_TOLERANCE


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
        domain="[('move_type', '=', 'out_invoice'), ('state', '=', 'posted'), "
        "('commercial_partner_id', '=?', customer_id), ('amount_to_ticket', '>', 0)]",
    )
    payment_id = fields.Many2one(
        "account.payment",
        index="btree_not_null",
        ondelete="restrict",
        check_company=True,
        domain="[('partner_type', '=', 'customer'), ('payment_type', '=', 'inbound'), "
        "('state', 'in', ('in_process', 'paid')), ('partner_id', 'child_of', customer_id or []), "
        "('amount_to_ticket', '>', 0)]",
    )
    customer_id = fields.Many2one(related="ticket_id.partner_id.commercial_partner_id")
    currency_id = fields.Many2one(
        "res.currency", compute="_compute_currency_id", store=True, precompute=True
    )
    amount = fields.Monetary(
        compute="_compute_amount",
        store=True,
        readonly=False,
        precompute=True,
        required=True,
        help="Part of the invoice or payment that the ticket documents, tax included.",
    )
    ticket_currency_id = fields.Many2one(related="ticket_id.currency_id", string="Ticket Currency")
    amount_paid = fields.Monetary(
        compute="_compute_amount_paid",
        currency_field="ticket_currency_id",
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
            ticketable = allocation._get_ticketable()
            allocation.currency_id = ticketable.currency_id or allocation.ticket_id.currency_id

    @api.depends("move_id", "payment_id")
    def _compute_amount(self):
        """Propose what is left of it, as far as the ticket has room; never nothing."""
        for allocation in self:
            if allocation._get_ticketable():
                allocation.amount = allocation._get_proposed_amount()
            else:
                allocation.amount = allocation.amount

    @api.depends("move_id", "payment_id", "ticket_id.path_ids.amount_paid")
    def _compute_amount_paid(self):
        for allocation in self:
            paths = allocation.ticket_id.path_ids
            paths = paths.filtered("move_id" if allocation.move_id else "payment_id")
            documented = allocation._get_ticketable()._origin
            allocation.amount_paid = sum(
                path.amount_paid for path in paths if documented in (path.move_id, path.payment_id)
            )

    # === CONSTRAINT METHODS === #

    @api.constrains("move_id", "payment_id", "ticket_id")
    def _check_customer(self):
        for allocation in self:
            ticketable = allocation._get_ticketable()
            customer = ticketable.partner_id.commercial_partner_id
            ticket_customer = allocation.ticket_id.partner_id.commercial_partner_id
            if not customer or not ticket_customer or customer == ticket_customer:
                continue
            if not allocation._is_billed_together(customer | ticket_customer):
                raise ValidationError(
                    self.env._(
                        "%(documented)s belongs to another customer than the ticket %(ticket)s.",
                        documented=ticketable.display_name,
                        ticket=allocation.ticket_id.display_name,
                    )
                )

    def _is_billed_together(self, customers):
        """Whether a contract or an order of the ticket says that it is billed to all of them."""
        self.ensure_one()
        sources = [*self.ticket_id._get_contracts(), *self.ticket_id.sale_order_id]
        return any(not customers - source._get_billable_customers() for source in sources)

    @api.constrains("amount")
    def _check_amount_given(self):
        for allocation in self:
            if allocation.currency_id.is_zero(allocation.amount):
                raise ValidationError(
                    self.env._(
                        "Enter how much of %(documented)s the ticket %(ticket)s documents.",
                        documented=allocation._get_ticketable().display_name,
                        ticket=allocation.ticket_id.display_name,
                    )
                )

    @api.constrains("move_id", "payment_id")
    def _check_ticketable(self):
        for allocation in self.filtered(lambda a: not a.ticket_id.red_of_id):
            if reason := allocation._get_ticketable()._get_cannot_be_ticketed_reason():
                raise ValidationError(reason)

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        allocations = super().create(vals_list)
        allocations._mark_ticketed()
        allocations._follow_tickets(allocations.ticket_id)
        return allocations

    def write(self, vals):
        tickets = self.ticket_id
        result = super().write(vals)
        self._mark_ticketed()
        self._follow_tickets(tickets | self.ticket_id)
        return result

    def unlink(self):
        tickets = self.ticket_id
        result = super().unlink()
        self._follow_tickets(tickets.exists())
        return result

    # === BUSINESS METHODS === #

    def _mark_ticketed(self):
        """From now on, what happens to what they name concerns a ticket."""
        # sudo: a mark of the program on invoices and payments that users may not write
        allocations_sudo = self.sudo()
        for records in (allocations_sudo.move_id, allocations_sudo.payment_id):
            records._mark_ticketed()

    def _get_undocumented_amount(self):
        """What of the ticket no other row of the same kind documents, in the currency of the row.

        An invoice and its payment document the same money.
        """
        self.ensure_one()
        ticket, fname = self.ticket_id, "move_id" if self.move_id else "payment_id"
        others = ticket.allocation_ids.filtered(
            lambda row: row[fname] and (row._origin or row) != (self._origin or self)
        )
        left = ticket.amount_total - sum(row._get_amount_of_ticket() for row in others)
        documented = self._get_ticketable()
        return ticket.currency_id._convert(
            max(left, 0.0), documented.currency_id, ticket.company_id, documented.date
        )

    def _get_amount_of_ticket(self):
        """The amount in the currency of the ticket, at the day of what is documented."""
        self.ensure_one()
        ticket = self.ticket_id
        # sudo: only the day, of an invoice or payment that salespeople cannot read
        date = self.sudo()._get_ticketable().date or fields.Date.context_today(self)
        return self.currency_id._convert(self.amount, ticket.currency_id, ticket.company_id, date)

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

    def _get_ticket_problem(self):
        """Why what a ticket documents does not fit its total, or False.

        Invoices and payments are added up apart: a ticket may name an invoice and its payment.
        """
        ticket = self.ticket_id
        currency, total = ticket.currency_id, abs(ticket.amount_total)
        if any((row.amount < 0) != bool(ticket.red_of_id) for row in self):
            return words(self.env)._(
                "The invoices or payments of %s are entered with the wrong sign. A ticket takes "
                "an amount of them, and a red letter gives it back.",
                ticket.display_name,
            )
        if ticket.red_of_id and (problem := self._get_given_back_problem()):
            return problem
        for fname in ("move_id", "payment_id"):
            rows = self.filtered(fname)
            documented = abs(sum(row._get_amount_of_ticket() for row in rows))
            is_foreign = any(row.currency_id != currency for row in rows)
            tolerance = total * float(RATE_TOLERANCE) if is_foreign else 0.0
            if currency.compare_amounts(documented - tolerance, total) > 0:
                return words(self.env)._(
                    "The invoices or payments of %s are entered with more than its total. Correct "
                    "their amounts.",
                    ticket.display_name,
                )
            if is_foreign and currency.compare_amounts(documented + tolerance, total) < 0:
                return words(self.env)._(
                    "The invoices or payments of %(ticket)s are in another currency, and come to "
                    "%(documented)s of %(total)s at the rate of their day. Correct their amounts.",
                    ticket=ticket.display_name,
                    documented=formatLang(self.env, documented, currency_obj=currency),
                    total=formatLang(self.env, total, currency_obj=currency),
                )
        return False

    def _get_given_back_problem(self):
        """Why a red letter gives back more of a document than its original took, or False."""
        original = self.ticket_id.red_of_id
        rows = original.allocation_ids | original._get_red_letters().allocation_ids
        for documented, parts in rows.grouped(lambda row: row._get_ticketable()).items():
            currency = documented.currency_id
            if currency.compare_amounts(sum(parts.mapped("amount")), 0.0) < 0:
                return self.env._(
                    "%(letter)s gives back more of %(documented)s than %(original)s took of it. "
                    "Correct the amounts.",
                    letter=self.ticket_id.display_name,
                    documented=documented.display_name,
                    original=original.display_name,
                )
        return False

    def _follow_tickets(self, tickets):
        """What holds an amount already is checked as if it were submitted now.

        :raise UserError: if more is documented than the ticket or what it documents amounts to
        """
        # sudo: the ledger is laid of all that is connected, whoever changes a part of it
        holding_sudo = tickets.sudo().filtered(lambda t: t.state in HOLDING_STATES)
        if not holding_sudo:
            return
        for ticket in holding_sudo:
            allocations = ticket.allocation_ids
            if problem := allocations and allocations._get_ticket_problem():
                raise UserError(problem)
        holding_sudo._settle()
        holding_sudo._check_over_issue()
