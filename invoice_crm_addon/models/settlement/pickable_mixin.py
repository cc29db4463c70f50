import re
import unicodedata

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL, float_is_zero

from ..ledger.chain_steps import COLUMNS, KIND_OF
from ..ledger.ticketable_mixin import SEARCHES, AmountToTicket


class AmountUnnamed(AmountToTicket):
    """What no ticket names yet: not stored, and yet searched in the database."""

    def to_sql(self, model, alias):
        return model._get_amount_unnamed_sql(alias)


class InvoicePickableMixin(models.AbstractModel):
    """An invoice or a payment that is picked on a ticket.

    It is found by its number, its customer, its reference and its amount. A draft takes of what
    is left to ticket. A ticket that takes its amount already – of a contract, say – is tied to
    what came in for it later: to what no ticket names yet, whatever is laid upon it.
    """

    _name = "invoice.pickable.mixin"
    _description = "What Is Picked on a Ticket"

    currency_id = fields.Many2one("res.currency")
    amount_unnamed = AmountUnnamed(
        string="Tied to No Ticket",
        currency_field="currency_id",
        compute="_compute_amount_unnamed",
        search="_search_amount_unnamed",
        compute_sudo=True,
        help="What may be ticketed, less what tickets name of it.",
    )

    # === COMPUTE METHODS === #

    def _compute_amount_unnamed(self):
        limits = self._get_ticketable_limits()
        named = self._get_named_amounts()
        for record in self:
            left = limits[record] - named.get(record._origin, 0.0)
            record.amount_unnamed = record.currency_id.round(max(left, 0.0))

    @api.model
    def _search_amount_unnamed(self, operator, value):
        if operator not in SEARCHES:
            return NotImplemented
        return Domain.custom(
            to_sql=lambda model, alias, query: SQL(
                "%s %s %s", model._get_amount_unnamed_sql(alias), SEARCHES[operator], value
            )
        )

    @api.model
    def _get_naming_domain(self):
        """Allocations that count: a red letter gives back once it is issued."""
        return Domain("ticket_id.state", "=", "issued") | (
            Domain("ticket_id.state", "in", ("pending", "approved"))
            & Domain("ticket_id.red_of_id", "=", False)
        )

    def _get_named_amounts(self):
        """:rtype: dict"""
        column = COLUMNS[KIND_OF[self._name]]
        # sudo: invoice.ticket.allocation - what others ticket counts too
        allocations_sudo = self.env["invoice.ticket.allocation"].sudo()
        groups = allocations_sudo._read_group(
            self._get_naming_domain() & Domain(column, "in", self.ids), [column], ["amount:sum"]
        )
        return {self.browse(record.id): amount for record, amount in groups}

    @api.model
    def _get_amount_unnamed_sql(self, alias):
        """``amount_unnamed`` as SQL.

        :raise ValueError: of a model without records, as core says that it cannot be sorted
        """
        if self._name not in KIND_OF:
            raise ValueError(f"{self._name} holds no amounts")
        column = COLUMNS[KIND_OF[self._name]]
        # sudo: invoice.ticket.allocation - what others ticket counts too
        naming = self.env["invoice.ticket.allocation"].sudo()._search(self._get_naming_domain())
        return SQL(
            "GREATEST(%s - COALESCE((SELECT SUM(named.amount) FROM invoice_ticket_allocation named"
            " WHERE named.%s = %s AND named.id IN %s), 0), 0)",
            self._get_ticketable_limit_sql(alias),
            SQL.identifier(column),
            SQL.identifier(alias, "id"),
            naming.subselect(),
        )

    # === SEARCH === #

    @api.model
    def _search_display_name(self, operator, value):
        """Who picks it may type the name of the customer, the reference, or the amount."""
        domain = Domain(super()._search_display_name(operator, value))
        is_text = isinstance(value, str) and operator in ("ilike", "=ilike", "like", "=like", "=")
        if not self.env.context.get("show_to_ticket") or not value or not is_text:
            return domain
        for fname in self._get_picked_texts():
            domain |= Domain(fname, operator, value)
        amount = self._parse_amount(value)
        if not float_is_zero(amount, precision_digits=2):
            domain |= Domain(self._get_picked_amount(), "=", amount)
            domain |= Domain("amount_to_ticket", "=", amount)
        return domain

    @api.model
    def _parse_amount(self, text):
        """The amount that somebody typed, or 0."""
        plain = unicodedata.normalize("NFKC", text).replace(",", "").strip(" ¥$€元")
        return float(plain) if re.fullmatch(r"\d{1,12}(\.\d{1,4})?", plain) else 0.0

    @api.model
    def _get_picked_texts(self):
        return ["partner_id.name", "partner_id.commercial_partner_id.name"]

    @api.model
    def _get_picked_amount(self):
        return "amount_total"
