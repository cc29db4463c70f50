from odoo import models
from odoo.fields import Domain


class InvoiceQueryRowsMixin(models.AbstractModel):
    """Rows that a query works out: none of them is looked up a second time."""

    _name = "invoice.query.rows.mixin"
    _description = "Rows of a Query"

    def _determine_fields_to_fetch(self, field_names=None, ignore_when_in_cache=False):
        # Record rules look at columns that a list does not show: fetched apart, the whole query
        # would run again for them.
        missing = super()._determine_fields_to_fetch(field_names, ignore_when_in_cache)
        if not missing or field_names is None or self.env.su:
            return missing
        return super()._determine_fields_to_fetch([*field_names, *self._get_fields_of_rules()])

    def _get_fields_of_rules(self):
        domain = Domain(self.env["ir.rule"]._compute_domain(self._name, "read"))
        return {condition.field_expr.split(".")[0] for condition in domain.iter_conditions()}
