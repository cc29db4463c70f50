from odoo import api, models
from odoo.fields import Domain
from odoo.tools import SQL

PATTERNS = ("like", "ilike", "=like", "=ilike")


class InvoiceFoundByNameMixin(models.AbstractModel):
    """A document that is found by names of its own, or by what its customer or contract is called.

    In one OR no index serves both tables: PostgreSQL would look at every document for the name of
    the other. In a union each part is found by an index of its own.
    """

    _name = "invoice.found.by.name.mixin"
    _description = "Document Found by Several Names"

    @api.model
    def _search_display_name(self, operator, value):
        domain = super()._search_display_name(operator, value)
        own, others = [], []
        for path in self._rec_names_search:
            is_own = "." not in path and not self._fields[path].relational
            (own if is_own else others).append(path)
        if operator not in PATTERNS or not value or not (own and others):
            return domain
        parts = [self._search_names(own, operator, value)]
        parts += [self._search_names([path], operator, value) for path in others]
        return Domain.custom(
            to_sql=lambda model, alias, _query: SQL(
                "%s IN (%s)",
                SQL.identifier(alias, "id"),
                SQL(" UNION ").join(model._select_found(part) for part in parts),
            ),
            predicate=lambda record: bool(record.filtered_domain(domain)),
        )

    @api.model
    def _search_names(self, paths, operator, value):
        return Domain.OR(
            [(f"{path}.display_name" if self._is_relational(path) else path, operator, value)]
            for path in paths
        )

    @api.model
    def _is_relational(self, path):
        return "." not in path and self._fields[path].relational

    @api.model
    def _select_found(self, domain):
        """IDs of documents; who may read them, and which are archived, says what they are for."""
        every = self.with_context(active_test=False)
        return every._search(domain, bypass_access=True).select()
