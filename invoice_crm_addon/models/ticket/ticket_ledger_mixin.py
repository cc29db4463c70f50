from odoo import api, fields, models
from odoo.exceptions import MissingError, UserError, ValidationError
from odoo.tools import SQL

from ..base.tools import group_by_id, keep_rows_in_cache, search_fetch_together
from ..base.words import words

# Tickets that hold part of the amount that they document. A red letter frees its amount once
# it is issued, not before.
HOLDING_STATES = ("pending", "approved", "issued")
# Fields of a ticket that say what it takes, beside its amount and its allocations.
TAKING_FIELDS = {"state", "type_id", "contract_id", "sale_order_id", "currency_id"}
# What quotas are looked up by.
CUSTOMER_FIELDS = (
    "commercial_partner_id",
    "customer_level_id",
    "ticket_quota",
    "ticket_quota_period",
)
# Where a ticket names what it documents, by the column of a path.
NAMES = {
    "contract_id": "contract_id",
    "sale_order_id": "sale_order_id",
    "move_id": "allocation_ids.move_id",
    "payment_id": "allocation_ids.payment_id",
}


class InvoiceTicketLedgerMixin(models.AbstractModel):
    """What a ticket takes of what it documents: see ``invoice.ticket.path``.

    A ticket takes from submission to the day it is voided; a red letter gives back once it is
    issued. While a change waits for approval, what it gives up is still taken.
    """

    _name = "invoice.ticket.ledger.mixin"
    _description = "Document That Takes Money"

    currency_id = fields.Many2one("res.currency")
    contract_id = fields.Many2one(
        "invoice.contract",
        index="btree_not_null",
        ondelete="restrict",
        check_company=True,
        domain="['|', ('partner_id', '=?', partner_id), ('billed_partner_ids', '=', partner_id), "
        "('state', '=', 'active')]",
        tracking=True,
    )
    sale_order_id = fields.Many2one(
        "sale.order", index="btree_not_null", ondelete="set null", check_company=True
    )
    allocation_ids = fields.One2many(
        "invoice.ticket.allocation", "ticket_id", string="Documents", copy=False
    )
    path_ids = fields.One2many(
        "invoice.ticket.path",
        "ticket_id",
        string="Paths of the Money",
        copy=False,
        readonly=True,
        bypass_search_access=True,
        export_string_translation=False,
    )
    # No Monetary: an approval would look the currency up for a sum that is rounded already.
    amount_approved = fields.Float(
        string="Approved Total",
        digits=0,
        aggregator=None,
        copy=False,
        readonly=True,
        help="As it was approved last, tax included.",
    )

    # It holds all that forms ask for, else PostgreSQL may rather walk through all tickets. So does
    # that of customers.
    _contract_newest_idx = models.Index(
        "(contract_id, id DESC) INCLUDE (company_id) "
        "WHERE contract_id IS NOT NULL AND active IS TRUE"
    )

    # === CONSTRAINT METHODS === #

    @api.constrains("contract_id", "sale_order_id")
    def _check_one_contract(self):
        for ticket in self:
            contracts = ticket._get_contracts()
            if len(contracts) > 1:
                readable = contracts.sudo(False)._filtered_access("read")
                names = readable.mapped("display_name") + ["…"] * (len(contracts) > len(readable))
                raise ValidationError(
                    words(self.env)._(
                        "%(ticket)s would belong to several contracts, since what it documents "
                        "does: %(contracts)s. Make a ticket for each of them.",
                        ticket=ticket.display_name,
                        contracts=", ".join(names),
                    )
                )

    # === CRUD METHODS === #

    def write(self, vals):
        if TAKING_FIELDS.isdisjoint(vals) or self._takes_the_same(vals):
            return super().write(vals)
        # sudo: compared; the ledger is laid of all that is connected
        tickets_sudo = self.sudo()
        if vals.keys() & TAKING_FIELDS == {"state"} and vals["state"] not in HOLDING_STATES:
            # Nothing is left to compare: what takes a part has paths, and leaves them, and a
            # letter gives back only once it is issued.
            letters = tickets_sudo._get_counting_letters()
            result = super().write(vals)
            present = tickets_sudo._get_present()._read_taking()
            (present.filtered("path_ids") | (present & letters))._settle()
            return result
        before = {ticket: ticket._get_taking_key() for ticket in tickets_sudo._get_present()}
        result = super().write(vals)
        changed = tickets_sudo.filtered(lambda t: t in before and t._get_taking_key() != before[t])
        # What takes nothing and took nothing needs no look at its paths.
        changed.filtered(lambda t: before[t] or t.red_of_id or t._names_anything())._settle()
        return result

    def _takes_the_same(self, vals):
        """Whether what is written says no more than that somebody approved the tickets."""
        if TAKING_FIELDS & vals.keys() != {"state"} or vals["state"] != "approved":
            return False
        tickets_sudo = self.sudo()  # sudo: compared
        return all(ticket.state == "pending" for ticket in tickets_sudo._get_present())

    def _get_present(self):
        """The tickets without those that somebody deleted in the database meanwhile.

        A request of such a one can still be closed. Reading finds out without a further query.
        """
        try:
            self.mapped("state")
        except MissingError:
            return self.exists()
        return self

    def _get_taking_key(self):
        """What decides on the paths of a ticket; whether it is approved yet does not."""
        self.ensure_one()
        if self.state not in HOLDING_STATES:
            return None
        return (
            self.state == "issued",
            self.contract_id.id,
            self.sale_order_id.id,
            self.currency_id.id,
        )

    # === WHAT IT DOCUMENTS === #

    def _get_ticketables(self):
        """Contracts, orders, invoices and payments that the tickets name, as recordsets."""
        allocations = self.allocation_ids
        return self.contract_id, self.sale_order_id, allocations.move_id, allocations.payment_id

    def _get_documented_orders(self):
        """Orders that the ticket names; else those of the invoices and payments that it names.

        :rtype: sale.order
        """
        if self.sale_order_id:
            return self.sale_order_id
        allocations = self.allocation_ids
        payments = allocations.payment_id
        moves = allocations.move_id | payments.reconciled_invoice_ids | payments.invoice_ids
        return payments.sale_order_id | moves.invoice_line_ids.sale_line_ids.order_id

    def _names_anything(self):
        """Whether the ticket documents something that can be ticketed too much."""
        return bool(self.contract_id or self.sale_order_id) or any(self._get_ticketables())

    def _get_contracts(self):
        """Contracts that the tickets name, and those of what they document."""
        contract, *others = self._get_ticketables()
        for documents in others:
            contract |= documents._get_ticketing_contracts()
        return contract

    def _get_not_ticketable_reason(self):
        """Why what the ticket documents cannot be ticketed now, or False."""
        self.ensure_one()
        contracts = self._get_contracts()
        if self.red_of_id:
            # It gives back, whatever became of the contract.
            reasons = (contract._get_amount_waiting_reason() for contract in contracts)
        else:
            reasons = (
                document._get_cannot_be_ticketed_reason()
                for documents in (contracts, *self._get_ticketables()[1:])
                for document in documents
            )
        if reason := next(filter(None, reasons), False):
            return reason
        return self.allocation_ids and self.allocation_ids._get_ticket_problem()

    # === SETTLE === #

    def _settle(self):
        """Lay the paths of the money anew: of these tickets, and of all that is connected."""
        # sudo: the ledger is laid of all that is connected
        tickets_sudo = self.sudo()
        tickets_sudo = tickets_sudo.filtered(lambda t: not t.red_of_id) | tickets_sudo.red_of_id
        taking = tickets_sudo._read_taking().filtered(lambda t: t.path_ids or t._names_anything())
        if taking:
            self.env["invoice.ticket.path"]._settle(taking)

    def _read_taking(self):
        """Read at once tickets of which nothing is known yet, with what taking looks at.

        That is what they name and take, their types, and the quotas of their customers. Call it
        in superuser mode.

        :return: the tickets
        """
        ids = tuple(self._fields["path_ids"]._cache_missing_ids(self))
        if not ids:
            return self
        env = self.with_context(active_test=False).env
        query = env["invoice.ticket"]._search([("id", "in", ids)])
        types, partners = (
            query.subselect(SQL.identifier(query.table, name)) for name in ("type_id", "partner_id")
        )
        _tickets, allocations, paths, *_rest = search_fetch_together(
            (env["invoice.ticket"], [("id", "in", ids)]),
            (env["invoice.ticket.allocation"], [("ticket_id", "in", ids)]),
            (env["invoice.ticket.path"], [("ticket_id", "in", ids)]),
            (env["invoice.ticket.type"], [("id", "in", types)]),
            (env["res.partner"], [("id", "in", partners)], CUSTOMER_FIELDS),
        )
        tickets = self.browse(ids)
        keep_rows_in_cache(tickets, "allocation_ids", group_by_id(allocations, "ticket_id"))
        keep_rows_in_cache(tickets, "path_ids", group_by_id(paths, "ticket_id"))
        return self

    def _check_over_issue(self):
        """:raise UserError: if these tickets take more than there is, see the ledger"""
        # sudo: only whether they name something; back in the environment of the caller
        naming = self.sudo().filtered(lambda ticket: ticket._names_anything())
        if naming:
            naming._check_rates()
            self.env["invoice.ticketable.mixin"]._check_tickets(naming.with_env(self.env))

    def _get_unrated_of(self, currencies):
        """Which currencies lack a rate where the ticket is held against others than its own.

        :param currencies: of what it documents
        """
        self.ensure_one()
        if currencies <= self.currency_id:
            return currencies.browse()
        return (currencies | self.currency_id)._get_unrated(self.company_id, self.issue_date)

    def _takes_foreign(self):
        """Whether the ticket takes of something in another currency than its own."""
        self.ensure_one()
        taken = self.path_ids
        currencies = taken.contract_id.currency_id | taken.sale_order_id.currency_id
        currencies |= taken.move_id.currency_id | taken.payment_id.currency_id
        return bool(currencies - self.currency_id)

    def _check_rates(self):
        """Without a rate nobody knows what a ticket takes; core would count one to one.

        :raise UserError: if it names what is in another currency, and one of them has no rate
        """
        # A red letter gives back what is counted, however that was converted.
        for ticket in self.filtered(lambda t: not t.red_of_id):
            # The contract may be that of the order, the invoice or the payment.
            named = ticket._get_contracts().currency_id | ticket.sale_order_id.currency_id
            named |= ticket.allocation_ids.currency_id
            if unrated := ticket._get_unrated_of(named):
                raise UserError(
                    words(self.env)._(
                        "There is no exchange rate of %(currency)s, so nobody can say what "
                        "%(ticket)s takes of what it documents. Enter the rate.",
                        currency=", ".join(unrated.mapped("name")),
                        ticket=ticket.display_name,
                    )
                )

    def _check_documented(self):
        """A ticket of nothing but invoices or payments takes as much of them as it amounts to.

        Else one invoice would do for any number of tickets. Of a ticket that is paid in part a
        payment may be all that is named, if nothing is left of it; and what finance ties to a
        ticket later came in piece by piece.

        :raise UserError: if they come to less, and the policy is to block
        """
        problems = {}
        # sudo: what is documented may belong to others; only the ticket's own gap is said
        for ticket in self.sudo():
            if not ticket.allocation_ids or ticket.red_of_id:
                continue
            if ticket.contract_id or ticket.sale_order_id:
                continue
            missing = ticket.amount_total - sum(ticket.path_ids.mapped("amount"))
            rows = ticket.allocation_ids
            is_foreign = any(row.currency_id != ticket.currency_id for row in rows)
            is_paid_in_part = not rows.move_id and not any(
                payment.currency_id.compare_amounts(payment.amount_to_ticket, 0.0) > 0
                for payment in rows.payment_id
            )
            is_whole = ticket.currency_id.compare_amounts(missing, 0.0) <= 0
            if not (is_whole or is_foreign or is_paid_in_part):
                problems[ticket] = words(self.env)._(
                    "%(ticket)s amounts to %(missing)s too much for the invoices and payments "
                    "that it documents. Raise their amounts, name others, or lower the ticket.",
                    ticket=ticket.display_name,
                    missing=words(self.env).amount(missing, ticket.currency_id),
                )
        self.env["invoice.ticketable.mixin"]._apply_policy(problems)

    def _check_change_leaves_amount(self):
        """Checked when it is approved: somebody may be on the way from the old lines to new ones.

        :raise UserError: if a change would leave nothing of what the ticket is for
        """
        for ticket in self:
            # As it was rounded when it was summed up: no currency is looked up for it.
            if ticket.amount_total <= 0:
                raise UserError(
                    words(self.env)._(
                        "Nothing would be left of %s. To take it back, reset it; once it is "
                        "issued, void it or write its red letter.",
                        ticket.display_name,
                    )
                )

    def _get_values_before_change(self):
        """Tickets of which a change waits for approval, with the values that it replaces.

        :rtype: dict[invoice.ticket, dict]
        """
        if not self.ids:
            return {}
        # sudo: invoice.approval.request - figures follow changes that the user cannot read
        requests_sudo = self.env["invoice.approval.request"].sudo()
        return {
            self.browse(request.res_id): request.old_values
            for request in requests_sudo.search(self._get_waiting_change_domain())
        }

    def _get_waiting_change_domain(self):
        """Requests of changes of these tickets that wait for approval."""
        return [
            ("res_model", "=", self._name),
            ("res_id", "in", self.ids),
            ("state", "=", "pending"),
            ("is_change", "=", True),
        ]

    def _keep_approved_amount(self):
        for ticket in self._get_present():
            if ticket.amount_approved != ticket.amount_total:
                ticket.amount_approved = ticket.amount_total
