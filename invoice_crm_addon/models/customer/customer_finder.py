import re

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from ...fapiao import (
    correct_tax_id,
    is_anybody,
    is_id_card,
    name_key,
    name_parts,
    near_name_key,
    rank_name,
)
from ..base.tools import index_texts

# So many customers are compared at most; nobody reads more in a drop-down.
MOST_CANDIDATES = 200
NUMBER_START = re.compile(r"[0-9A-Z]{4,20}")
# Long enough for a tax number, also for one that lacks a few of its digits.
WHOLE_NUMBER = re.compile(r"(?=(?:[A-Z]*[0-9]){8})[0-9A-Z]{13,20}")
MISREAD = str.maketrans("OI", "01")
DIGITS = re.compile(r"[0-9]{3}")
RANK_OF_NUMBER = -1
RANK_OF_OTHERS = 9


class InvoiceCustomerFinder(models.AbstractModel):
    """Customers are found by their tax number or their name, however these are typed.

    A field of a view asks for it with ``invoice_customer_search`` in its context. What nobody
    has yet becomes a new customer, a tax number in its field and a name as name and title.
    """

    _name = "invoice.customer.finder"
    _description = "Customer Found by Number or Name"

    billing_near_key = fields.Char(
        compute="_compute_billing_near_key",
        store=True,
        index="trigram",
        export_string_translation=False,
    )

    # What core looks into when a name is typed, and by whose customers one filters.
    _names_idx = models.Index(
        index_texts("complete_name", "email", "ref", "vat", "company_registry")
    )
    _salesperson_idx = models.Index("(user_id) WHERE user_id IS NOT NULL")

    @api.depends("invoice_title", "name")
    def _compute_billing_near_key(self):
        for partner in self:
            name = partner.invoice_title or partner.name
            # Whoever is sold to as 个人 is somebody else each time.
            partner.billing_near_key = (not is_anybody(name) and near_name_key(name)) or False

    @api.model
    def _is_customer_search(self):
        return bool(self.env.context.get("invoice_customer_search"))

    # === SEARCH === #

    @api.model
    def _search_customers(self, typed, domain, limit):
        """Customers whose tax number starts with a text, or whose name is near to it.

        :param str typed: part of a number, or a name
        :param domain: which partners there are to choose from
        :param int limit: how many at most
        :return: customers that the user may read, best first
        """
        limit = min(limit or MOST_CANDIDATES, MOST_CANDIDATES)
        scope = Domain(domain or Domain.TRUE)
        found = self.browse()
        for stage in self._get_search_stages(typed):
            if len(found) < limit:
                found |= self.search(stage & scope, limit=MOST_CANDIDATES)
        if len(found) < limit and (near := self._get_near_domain(typed)):
            # Half a name alone makes no customer near.
            halves = self.search(near & scope, limit=MOST_CANDIDATES) - found
            found |= halves.filtered(lambda c: c._rank_customer(typed) != RANK_OF_OTHERS)
        return found.sorted(lambda c: (c._rank_customer(typed), len(c.billing_name_key or "")))[
            :limit
        ]

    @api.model
    def _get_search_stages(self, typed):
        """Domains to search one after the other, until there is enough."""
        key, near_key = name_key(typed), near_name_key(typed)
        exact = Domain("billing_name_key", "=", key) | Domain("billing_near_key", "=", near_key)
        if not key:
            exact = Domain.FALSE
        yield exact | self._get_number_domain(typed)
        contained = Domain("display_name", "ilike", typed)
        if near_key:
            contained |= Domain("billing_near_key", "ilike", near_key)
        yield contained
        yield self._get_foreign_number_domain(typed)

    @api.model
    def _get_number_domain(self, typed):
        return Domain.OR(
            [Domain("vat", "=like", f"{number}%") for number in self._get_numbers(typed)]
        )

    @api.model
    def _get_numbers(self, typed):
        """How tax numbers may start, the letters O and I taken for the digits as well."""
        number = correct_tax_id(typed)
        if not NUMBER_START.fullmatch(number):
            return []
        return sorted({number, number.translate(MISREAD)})

    @api.model
    def _get_foreign_number_domain(self, typed):
        """Numbers of customers abroad are kept as they are written, blanks and all."""
        number = correct_tax_id(typed)
        if not NUMBER_START.fullmatch(number) or not DIGITS.search(number):
            return Domain.FALSE
        starts_with = Domain.custom(
            to_sql=lambda _model, alias, _query: SQL(
                "UPPER(REGEXP_REPLACE(%s, '[^A-Za-z0-9]', '', 'g')) LIKE %s",
                SQL.identifier(alias, "vat"),
                f"{number}%",
            )
        )
        abroad = Domain("country_id", "!=", False) & Domain("country_id.code", "!=", "CN")
        return abroad & Domain("vat", "!=", False) & starts_with

    @api.model
    def _get_near_domain(self, typed):
        parts = name_parts(near_name_key(typed))
        return parts and Domain.OR([Domain("billing_near_key", "ilike", part) for part in parts])

    def _rank_customer(self, typed):
        self.ensure_one()
        if correct_tax_id(self.vat).startswith(tuple(self._get_numbers(typed))):
            return RANK_OF_NUMBER
        ranks = [rank_name(typed, name) for name in {self.invoice_title, self.name} if name]
        return min((rank for rank in ranks if rank is not None), default=RANK_OF_OTHERS)

    # === NEW CUSTOMERS === #

    @api.model
    def _is_whole_number(self, typed):
        """Whether somebody typed a tax number, and no name."""
        return bool(WHOLE_NUMBER.fullmatch(correct_tax_id(typed)))

    @api.model
    def _place_typed_text(self, values, fnames):
        """Put what was typed where it belongs on a new customer.

        :param dict values: defaults, changed in place
        :param list fnames: the fields that are asked for
        """
        typed = values.get("name")
        if not isinstance(typed, str) or not typed.strip():
            return
        if not self._is_whole_number(typed):
            if values.get("is_company") and "invoice_title" in fnames:
                values.setdefault("invoice_title", typed)
            return
        del values["name"]
        if "vat" in fnames:
            values["vat"] = correct_tax_id(typed)
        if is_id_card(correct_tax_id(typed)) and "is_company" in fnames:
            values["is_company"] = False
