import logging

from odoo import api, models
from odoo.exceptions import MissingError

from .words import KeptText, fetch_named

_logger = logging.getLogger(__name__)


def fetch_names(records):
    """Read what names the records, and none of their other columns.

    :param recordset records: in superuser mode, as core names what a document refers to
    """
    records.fetch(["display_name"])
    name = records._fields.get(records._rec_name or "")
    if name and name.inherited:
        parent, _name = name.related.split(".")
        records[parent].fetch([name.related_field.name])


class InvoiceNamesMixin(models.AbstractModel):
    """A list reads the names of what its rows refer to, and not all that there is to know of it.

    Core reads a name, and a related field, as any other value of that record: with all its
    columns, of which a customer has seventy and a company a hundred and twenty. A form, which goes
    on with what it refers to, is read as core does.
    """

    _name = "invoice.names.mixin"
    _description = "Document That Names Others"

    @api.model
    @api.private
    @api.readonly
    def search_fetch(
        self,
        domain: list,
        field_names: list[str] | None = None,
        offset: int = 0,
        limit: int | None = None,
        order: str | None = None,
    ):
        """Read what the record rules look at as well: core asks them again of what was found."""
        if field_names and not self.env.su:
            field_names = dict.fromkeys([*field_names, *self._get_rule_fields()])
        return super().search_fetch(domain, field_names, offset=offset, limit=limit, order=order)

    @api.model
    def _get_rule_fields(self):
        """Names of the fields that record rules look at, as far as the user may read them.

        :rtype: list[str]
        """
        domain = self.env["ir.rule"]._compute_domain(self._name)
        fnames = {condition.field_expr.split(".")[0] for condition in domain.iter_conditions()}
        return [
            fname
            for fname in sorted(fnames & self._fields.keys())
            if self._fields[fname].column_type
            and self._has_field_access(self._fields[fname], "read")
        ]

    def web_read(self, specification: dict[str, dict]) -> list[dict]:
        if len(self) > 1:
            if self._determine_fields_to_fetch(specification, ignore_when_in_cache=True):
                self.fetch(specification)
            try:
                for fname, shown in specification.items():
                    self._fetch_shown(self._fields[fname], shown or {})
            except MissingError:
                _logger.debug("A row of %s was deleted meanwhile; core leaves it out", self)
        return super().web_read(specification)

    def _fetch_shown(self, field, shown):
        path = [] if field.store or not field.related else field.related.split(".")
        if len(path) == 2 and field.compute_sudo:
            # sudo: res.company and others - a related field is read in this way
            self.sudo()[path[0]].fetch([path[1]])
        if isinstance(field, KeptText):
            fetch_named(self.env, map(field._get_cache(self.env).get, self._ids))
        elif field.type == "many2one" and "display_name" in (shown.get("fields") or ()):
            # sudo: res.partner and others - core names what a document refers to in this way
            fetch_names(self[field.name].sudo())
        elif field.type.endswith("2many") and "display_name" in (shown.get("fields") or ()):
            self._fetch_rows(field, shown.get("limit"))

    def _fetch_rows(self, field, most):
        """Read what core looks at of the rows of each record, before it looks one by one.

        :param int most: so many rows of each are shown; None if all
        """
        known = field._get_cache(self.env)
        ids = {id_ for record_id in self._ids for id_ in known.get(record_id, ())[:most]}
        rows = self.env[field.comodel_name].browse(ids)
        if isinstance(rows, InvoiceNamesMixin):
            active = [rows._active_name] if rows._active_name else []
            # sudo: nothing is shown of it but what core lets the user read, as ever
            rows.sudo().fetch(["display_name", *active, *rows._get_rule_fields()])
