from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Domain
from odoo.tools import SQL, formatLang

from ..base.days import word_day
from ..base.proof import is_proven
from ..base.words import words
from .chain_steps import COLUMNS, KIND_OF

# What the ledger keeps of each record.
STORED_FIGURES = (
    "has_tickets",
    "amount_ticketable",
    "amount_ticketed",
    "amount_in_progress",
    "amount_ticket_free",
    "ticketing_state",
)
SEARCHES = {">": SQL(">"), ">=": SQL(">="), "<": SQL("<"), "<=": SQL("<=")}


class AmountToTicket(fields.Monetary):
    """What may still be ticketed: not stored, and yet the database sorts, groups and sums it."""

    def to_sql(self, model, alias):
        return model._get_amount_to_ticket_sql(alias)

    def keep(self, records, amounts):
        """Keep what was computed, without comparing each record with what it had before.

        :param list[float] amounts: rounded, in the currency of each record
        """
        self._get_cache(records.env).update(zip(records._ids, amounts, strict=True))


class InvoiceTicketableMixin(models.AbstractModel):
    """What a ticket can document: a contract, a sales order, a customer invoice, a payment.

    Ticketed ≤ what is being ticketed. All amounts are tax-inclusive, in the currency of the
    record. The figures are those of the paths of the money, see ``invoice.ticket.path``: they
    are kept on the record whenever the paths are laid, and the check of a ticket reads them where
    the screens do. A record that no ticket ever touched keeps none, and costs nothing.

    Who checks claims the records first: of two users who submit at the same instant, the second
    one is run again and sees what the first one took.
    """

    _name = "invoice.ticketable.mixin"
    _inherit = ["invoice.readable.mixin", "invoice.action.mixin"]
    _description = "What a Ticket Can Document"

    # Fields whose change asks for a new look at the tickets, and those that stay once a ticket
    # holds a part.
    _ticketing_fields = ()
    _ticketed_terms = ()

    currency_id = fields.Many2one("res.currency")
    has_tickets = fields.Boolean(
        readonly=True, copy=False, export_string_translation=False, help="A ticket touched it."
    )
    amount_ticketable = fields.Monetary(
        string="Ticketable", readonly=True, copy=False, help="How much of it may be ticketed."
    )
    amount_ticketed = fields.Monetary(
        string="Ticketed",
        readonly=True,
        copy=False,
        help="Issued tickets, wherever along the way of the money they were made: of the "
        "contract, the order, the invoice or the payment. Less red letters.",
    )
    amount_in_progress = fields.Monetary(
        string="Ticket in Progress",
        readonly=True,
        copy=False,
        help="Tickets that are submitted or approved, but not issued yet.",
    )
    amount_ticket_free = fields.Monetary(
        string="Free to Ticket",
        readonly=True,
        copy=False,
        help="What a ticket can still take here without taking too much further along the way.",
    )
    ticketing_state = fields.Selection(
        selection=[
            ("partial", "Partly Ticketed"),
            ("full", "Ticketed"),
            ("excess", "Ticketed Too Much"),
        ],
        string="Ticketing",
        readonly=True,
        copy=False,
        index="btree_not_null",
    )
    amount_to_ticket = AmountToTicket(
        string="To Ticket",
        compute="_compute_amount_to_ticket",
        search="_search_amount_to_ticket",
        compute_sudo=True,
        help="What may still be ticketed: less issued tickets and tickets in progress.",
    )
    amount_ticket_excess = fields.Monetary(
        string="Ticketed Too Much", compute="_compute_amount_ticket_excess", compute_sudo=True
    )

    # === COMPUTE METHODS === #

    @api.model
    def _get_limit_dependencies(self):
        """Names of the fields on which it depends how much may be ticketed."""
        return ["amount_total"]

    @api.depends(
        lambda self: ["has_tickets", "amount_ticket_free", *self._get_limit_dependencies()]
    )
    def _compute_amount_to_ticket(self):
        untouched = self.filtered(lambda record: not record.has_tickets)
        limits = untouched._get_limits_within_contracts()
        amounts = [
            record.amount_ticket_free if record.has_tickets else limits[record] for record in self
        ]
        self._fields["amount_to_ticket"].keep(self, amounts)

    @api.depends("amount_ticketable", "amount_ticketed", "amount_in_progress", "ticketing_state")
    def _compute_amount_ticket_excess(self):
        self.amount_ticket_excess = 0.0
        for record in self.filtered(lambda record: record.ticketing_state == "excess"):
            taken = record.amount_ticketed + record.amount_in_progress
            record.amount_ticket_excess = taken - record.amount_ticketable

    @api.model
    def _search_amount_to_ticket(self, operator, value):
        if operator in ("in", "not in") and all(isinstance(v, int | float) for v in value):
            return Domain.custom(
                to_sql=lambda model, alias, query: SQL(
                    "%s %s %s",
                    model._field_to_sql(alias, "amount_to_ticket", query),
                    SQL("IN") if operator == "in" else SQL("NOT IN"),
                    tuple(value) or (None,),
                )
            )
        if operator not in SEARCHES:
            return NotImplemented
        return Domain.custom(
            to_sql=lambda model, alias, query: SQL(
                "%s %s %s",
                model._field_to_sql(alias, "amount_to_ticket", query),
                SEARCHES[operator],
                value,
            )
        )

    @api.model
    def _get_amount_to_ticket_sql(self, alias):
        """``amount_to_ticket`` as SQL."""
        return SQL(
            "CASE WHEN %s THEN %s ELSE %s END",
            self._field_to_sql(alias, "has_tickets"),
            self._field_to_sql(alias, "amount_ticket_free"),
            self._get_limit_within_contract_sql(alias),
        )

    def _show_what_is_left(self):
        """Who looks for what a ticket documents sees customer, date, amount and what is left."""
        picked = self.env.context.get("show_to_ticket")
        if not picked:
            return
        left = "amount_unnamed" if picked == "unnamed" else "amount_to_ticket"
        for record in self:
            amounts = [
                formatLang(self.env, amount, currency_obj=record.currency_id)
                for amount in (record._get_amount_to_show(), record[left])
            ]
            # sudo: res.partner - the name of the customer, who is part of what is shown
            parts = (
                record.display_name,
                word_day(self.env, record.date),
                self.env._("%(left)s left of %(amount)s", left=amounts[1], amount=amounts[0]),
                record.sudo().partner_id.name,
            )
            record.display_name = " · ".join(filter(None, parts))

    def _get_amount_to_show(self):
        return self.amount_total

    # === CUSTOMERS === #

    def _get_billable_customers(self):
        """Commercial entities whose tickets, orders and payments may stand on the record.

        :rtype: res.partner
        """
        self.ensure_one()
        return self.sudo().partner_id.commercial_partner_id  # sudo: compared

    def _check_customers_of(self, documents):
        """:raise ValidationError: if one of the documents is of somebody who is not billed"""
        self.ensure_one()
        billable = self._get_billable_customers()
        # sudo: compared, and named only to those who may read both
        for document_sudo in documents.sudo():
            customer_sudo = document_sudo.partner_id.commercial_partner_id
            if customer_sudo and customer_sudo not in billable:
                self._raise_customer_differs(document_sudo.sudo(False), customer_sudo)

    def _check_customers_that_may_return(self):
        """A rejection of a change puts back what a ticket named, and whom it was billed to.

        :raise ValidationError: if the record would not be billed to that customer any more
        """
        self.ensure_one()
        column = COLUMNS[KIND_OF[self._name]]
        waiting = self._get_taking_tickets()._get_values_before_change()
        for ticket_sudo, values in waiting.items():
            named = values.get(column, ticket_sudo[column].id)
            partner = values.get("partner_id", ticket_sudo.partner_id.id)
            customer_sudo = ticket_sudo.partner_id.browse(partner).exists().commercial_partner_id
            if named == self.id and customer_sudo - self._get_billable_customers():
                self._raise_customer_differs(ticket_sudo.sudo(False), customer_sudo)

    def _raise_customer_differs(self, document, customer_sudo):
        if not self.sudo(False).has_access("read") or not document.has_access("read"):
            raise ValidationError(
                self.env._("What the ticket documents belongs to another customer than it.")
            )
        raise ValidationError(
            self.env._(
                "%(document)s belongs to another customer, %(customer)s: %(billed)s is billed to "
                "%(customers)s. Choose the same customer, or add this one there to those who are "
                "billed.",
                document=document.display_name,
                customer=customer_sudo.name,
                billed=self.display_name,
                customers=", ".join(self._get_billable_customers().mapped("name")),
            )
        )

    # === CRUD METHODS === #

    @api.model
    def default_get(self, fields: list[str]):
        values = super().default_get(fields)
        return {fname: value for fname, value in values.items() if fname not in STORED_FIGURES}

    @api.model_create_multi
    def create(self, vals_list):
        self._refuse_figures(set().union(*vals_list))
        records = super().create(vals_list)
        records._follow_tickets(set().union(*vals_list))
        return records

    def write(self, vals):
        self._refuse_figures(vals)
        self._check_ticketed_terms(vals)
        result = super().write(vals)
        self._follow_tickets(vals.keys())
        return result

    def unlink(self):
        touched = self.filtered("has_tickets")
        if not touched:
            return super().unlink()
        tickets_sudo = touched._get_taking_tickets()
        result = super().unlink()
        # The database took their paths away by itself.
        tickets_sudo.modified(["path_ids"])
        self.env["invoice.ticket.path"]._settle(tickets_sudo)
        return result

    def _refuse_figures(self, fnames):
        """:raise AccessError: if a caller gives what the ledger derives"""
        if not is_proven(self.env) and (given := set(STORED_FIGURES).intersection(fnames)):
            raise AccessError(
                self.env._(
                    "%s cannot be set: it follows from the tickets.",
                    ", ".join(self._fields[fname]._description_string(self.env) for fname in given),
                )
            )

    # === LIMIT === #

    def _get_ticketable_limits(self):
        """How much may be ticketed of each record, rounded in its currency, tax included.

        :rtype: dict
        """
        return {record: record.amount_total for record in self}

    @api.model
    def _get_ticketable_limit_sql(self, alias):
        """The same as SQL, for records that no ticket touched."""
        return SQL("COALESCE(%s, 0)", self._field_to_sql(alias, "amount_total"))

    def _get_limits_within_contracts(self):
        """How much may be ticketed of records that no ticket touched: not more than the contract.

        :rtype: dict
        """
        limits = self._get_ticketable_limits()
        if "invoice_contract_id" not in self._fields:
            return limits
        # sudo: what can be ticketed does not hang on who looks
        for record in self.sudo().filtered("invoice_contract_id"):
            contract = record.invoice_contract_id
            left = contract.currency_id._convert(
                contract.amount_to_ticket, record.currency_id, record.company_id
            )
            limits[record] = min(limits[record], left)
        return limits

    @api.model
    def _get_limit_within_contract_sql(self, alias):
        """The same as SQL, where the contract is in the same currency."""
        limit = self._get_ticketable_limit_sql(alias)
        if "invoice_contract_id" not in self._fields:
            return limit
        return SQL(
            """LEAST(%s, (SELECT CASE WHEN contract.has_tickets THEN contract.amount_ticket_free
                                      WHEN contract.state = 'cancelled' THEN 0
                                      ELSE contract.amount_total END
                           FROM invoice_contract AS contract
                          WHERE contract.id = %s AND contract.currency_id = %s))""",
            limit,
            self._field_to_sql(alias, "invoice_contract_id"),
            self._field_to_sql(alias, "currency_id"),
        )

    def _get_cannot_be_ticketed_reason(self):
        """Why no ticket may take a part of it now, or False."""
        self.ensure_one()
        return False

    def _get_ticketing_contracts(self):
        """Contracts that the money of the records belongs to."""
        return self.invoice_contract_id

    # === CHANGES OF WHAT IS TICKETED === #

    def _check_ticketed_terms(self, vals):
        """:raise UserError: if customer, currency or company change under tickets"""
        terms = [fname for fname in self._ticketed_terms if fname in vals]
        if not terms:
            return
        for record in self.filtered(lambda r: r.has_tickets and r.ticketing_state):
            changed = [f for f in terms if record._is_term_changed(f, vals[f])]
            if changed:
                raise UserError(
                    words(self.env)._(
                        "%(fields)s of %(document)s cannot change: its tickets were made for what "
                        "it says now. Void them, or take it off their documents, first. Tickets: "
                        "%(tickets)s.",
                        fields=", ".join(
                            self._fields[f]._description_string(self.env) for f in changed
                        ),
                        document=record.display_name,
                        tickets=record._get_taking_ticket_names(),
                    )
                )

    def _is_term_changed(self, fname, value):
        new = self.env[self._fields[fname].comodel_name].browse(value or [])
        old = self[fname]
        if fname == "partner_id":
            return old.commercial_partner_id != new.commercial_partner_id
        return old != new

    def _get_taking_ticket_names(self):
        """References of the tickets that take a part, as far as the caller may read them."""
        tickets = self._get_taking_tickets().with_env(self.env)
        readable = tickets._filtered_access("read")
        return ", ".join(readable.mapped("name") + ["…"] * (readable != tickets))

    def _get_taking_tickets(self):
        """Tickets that take a part of the records, in superuser mode."""
        column = COLUMNS[KIND_OF[self._name]]
        # sudo: invoice.ticket.path - callers act on the tickets, or filter what they show
        return self.env["invoice.ticket.path"].sudo().search([(column, "in", self.ids)]).ticket_id

    def _follow_tickets(self, fnames):
        """Look at the tickets again after a change.

        :param fnames: names of the fields that changed
        """
        if not self._is_ticketing_change(fnames):
            return
        if touched := self._get_touched_by_tickets():
            self._settle_tickets(*touched)

    @api.model
    def _is_ticketing_change(self, fnames):
        return not set(self._ticketing_fields).isdisjoint(fnames)

    def _get_touched_by_tickets(self):
        """Recordsets that tickets touched among the records and what they are connected with.

        It reads nothing that is not at hand: who does not ticket pays nothing.
        """
        touched = self.filtered("has_tickets")
        # sudo: contracts that the user cannot read are settled all the same
        contracts_sudo = self.sudo()._get_ticketing_contracts().filtered("has_tickets")
        if not (touched or contracts_sudo):
            return []
        return [self, contracts_sudo]

    def _settle_tickets(self, *seeds):
        """Lay the paths anew of what is connected with a source that changed.

        Core's books are not stopped: what is ticketed too much then shows as such.
        """
        self.env["invoice.ticket.path"]._settle_or_note(*seeds)

    # === TICKETS === #

    def _count_tickets(self):
        """Fill ``ticket_count`` with the tickets that take a part, wherever they were made."""
        column = COLUMNS[KIND_OF[self._name]]
        counts = self.env["invoice.ticket"]._count_by_document(column, self)
        for record in self:
            record.ticket_count = counts.get(record, 0)

    def _open_taking_tickets(self, context=None):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "invoice_crm_addon.invoice_ticket_action"
        )
        domain = self.env["invoice.ticket"]._get_document_domain(
            COLUMNS[KIND_OF[self._name]], self.ids
        )
        return dict(action, domain=list(domain), context=context or {})
