from odoo import models
from odoo.exceptions import UserError

from .input_faults import naming_wrong_input
from .names_mixin import get_rule_fields


class InvoiceQueryRowsMixin(models.AbstractModel):
    """Rows that a query works out: none of them is looked up a second time."""

    _name = "invoice.query.rows.mixin"
    _inherit = ["invoice.names.mixin"]
    _description = "Rows of a Query"

    @naming_wrong_input
    def _determine_fields_to_fetch(self, field_names=None, ignore_when_in_cache=False):
        # Record rules look at columns that a list does not show: fetched apart, the whole query
        # would run again for them.
        self._check_known(field_names or ())
        missing = super()._determine_fields_to_fetch(field_names, ignore_when_in_cache)
        if not missing or field_names is None or self.env.su:
            return missing
        return super()._determine_fields_to_fetch([*field_names, *get_rule_fields(self)])

    def _export_rows(self, fields, **kwargs):
        """Names stand in a file as on the screen: also of what the user may not open.

        An auditor sees the journal of a receivable, and has no right to journals. Core reads
        them with the rights of the user, and refuses the whole file.
        """
        if self._abstract:
            raise UserError(
                self.env._("“%s” holds no records; call the method of a document.", self._name)
            )
        # Columns of other relations come as empty paths.
        self._check_known({path[0] for path in fields if path} - {".id"})
        named = {
            place: path[0]
            for place, path in enumerate(fields)
            if len(path) == 1
            and path[0] in self._fields
            and self._fields[path[0]].type == "many2one"
            and self._has_field_access(self._fields[path[0]], "read")
        }
        paths = [[".id"] if place in named else path for place, path in enumerate(fields)]
        rows = super()._export_rows(paths, **kwargs)
        # sudo: names of what rows that the user reads belong to
        by_id = {record.id: record for record in self.sudo()}
        for row in rows:
            for place, fname in named.items():
                # More lines of a record, for what it has several of, are empty here.
                row[place] = row[place] and by_id[int(row[place])][fname].display_name or ""
        return rows

    def _check_known(self, names):
        """:raise UserError: if there is no such field"""
        if unknown := set(names) - set(self._fields):
            names = ", ".join(sorted(map(str, unknown)))
            raise UserError(self.env._("There is no field “%s”.", names))
