import logging
from collections import defaultdict
from collections.abc import Sequence

from odoo import api, fields, models
from odoo.api import ValuesType
from odoo.exceptions import MissingError
from odoo.fields import Domain

from .input_faults import naming_wrong_input
from .words import KeptText, fetch_named

_logger = logging.getLogger(__name__)

# Fields whose value in the cache is the one that is read, and what stands for an empty one.
PLAIN = {
    fields.Boolean: False,
    fields.Char: False,
    fields.Date: False,
    fields.Datetime: False,
    fields.Float: 0.0,
    fields.Many2one: False,
    fields.Monetary: 0.0,
    fields.Selection: False,
    fields.Text: False,
}


def fetch_names(records, *fnames):
    """Read what names the records, and none of their other columns.

    :param recordset records: in superuser mode, as core names what a document refers to
    :param str fnames: columns that are read with it; ``partner_id.vat`` is one of its contact
    """
    for linked, columns in _fetch_own_columns(records, fnames):
        linked.fetch(columns)
    name = records._fields.get(records._rec_name or "")
    if name and name.recursive and not name.store:
        # Departments are called by all above them, which core puts together one by one.
        name.compute_value(records)


def _fetch_own_columns(records, fnames):
    """Read what names the records as far as it is in their own table.

    :return: records that they refer to, and what is left to read of these
    :rtype: list[tuple[recordset, list]]
    """
    name = records._fields.get(records._rec_name or "")
    if name and name.inherited:
        fnames = (*fnames, name.related)
    columns = {"": ["display_name"]}
    for fname in dict.fromkeys(fnames):
        place, _dot, column = fname.rpartition(".")
        columns.setdefault(place, []).append(column)
    records.fetch(columns.pop(""))
    return [(records[place], linked) for place, linked in columns.items()]


def get_rule_fields(Model, operation="read"):
    """Names of the columns that record rules look at, as far as the user may read them.

    :param str operation: what the rules are asked about
    :rtype: list[str]
    """
    return _get_columns(Model, Model.env["ir.rule"]._compute_domain(Model._name, operation))


def _get_columns(Model, domain):
    """Names of the columns of a domain that the user may read."""
    fnames = {condition.field_expr.split(".")[0] for condition in domain.iter_conditions()}
    return [
        fname
        for fname in sorted(fnames & Model._fields.keys())
        if Model._fields[fname].column_type
        and Model._has_field_access(Model._fields[fname], "read")
    ]


def _get_row_columns(Model):
    """What core looks at of the rows of a record: before it shows one, it asks for its rights.

    :rtype: list[str]
    """
    columns = get_rule_fields(Model)
    if Model._active_name:
        columns.append(Model._active_name)
    for condition in Model.env["ir.rule"]._compute_domain(Model._name).iter_conditions():
        if isinstance(condition.value, Domain):  # Users are read as their contacts are.
            place = condition.field_expr
            # sudo: what a rule looks at, whoever asks
            linked = Model.env[Model._fields[place].comodel_name].sudo()
            columns += [f"{place}.{fname}" for fname in _get_columns(linked, condition.value)]
    return columns


def _shows_names(shown):
    """Whether a column shows names of other records.

    :param dict shown: as of ``web_read``
    """
    return "display_name" in ((shown or {}).get("fields") or ())


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
            if self._asks_for_branches(field_names):
                # sudo: res.company - core looks whose branches the user's companies are
                self.env.companies.sudo().fetch(["parent_path"])
            field_names = dict.fromkeys([*field_names, *get_rule_fields(self)])
        return super().search_fetch(domain, field_names, offset=offset, limit=limit, order=order)

    @api.model
    def _asks_for_branches(self, field_names):
        """Whether rules compare with the companies above: own ones, or maybe those of others.

        :param field_names: many2many fields among them are read by the rules of their models
        """
        domain = self.env["ir.rule"]._compute_domain(self._name)
        many2many = {name for name, field in self._fields.items() if field.type == "many2many"}
        return not many2many.isdisjoint(field_names) or any(
            condition.operator == "parent_of" for condition in domain.iter_conditions()
        )

    def web_read(self, specification: dict[str, dict]) -> list[dict]:
        if len(self) > 1:
            if self._determine_fields_to_fetch(specification, ignore_when_in_cache=True):
                self.fetch(specification)
            try:
                self._fetch_shown(specification)
            except MissingError:
                _logger.debug("A row of %s was deleted meanwhile; core leaves it out", self)
        return super().web_read(specification)

    @naming_wrong_input
    def _read_format(self, fnames: Sequence[str], load: str = "_classic_read") -> list[ValuesType]:
        """Take plain columns as they are in the cache, where core goes from cell to cell."""
        plain = {}
        if load is None and len(self) > 1:
            columns = {fname: self._get_plain_column(fname) for fname in fnames}
            plain = {f: known for f, known in columns.items() if len(known) == len(self)}
        rows = super()._read_format([fname for fname in fnames if fname not in plain], load)
        for fname, known in plain.items():
            empty = PLAIN[type(self._fields[fname])]
            for row in rows:
                value = known[row["id"]]
                # As core reads it: zero is never below zero, and an empty text stays one.
                row[fname] = value if value or value == "" else empty
        return rows

    def _get_plain_column(self, fname):
        """What the cache has of a plain field, by id of the record; of others nothing.

        :rtype: dict
        """
        field = self._fields[fname]
        if type(field) not in PLAIN or field.translate or field.company_dependent:
            return {}
        if not field.store:
            try:
                # With the first of them, core reckons it of all.
                self[:1].with_prefetch(self._ids).mapped(fname)
            except MissingError:
                return {}
        elif field.compute:
            field.recompute(self)
        known = field._get_cache(self.env)
        # A copy: what is computed of the other columns may forget some of it.
        return {id_: known[id_] for id_ in self._ids if id_ in known}

    def _fetch_shown(self, specification):
        """Read what columns show of other records: of each model at once, and no more of it.

        :param dict specification: as of ``web_read``
        """
        wanted = defaultdict(lambda: (set(), set()))
        for fname, shown in specification.items():
            if found := self._find_shown(fname, shown):
                model, found_ids, found_columns = found
                ids, columns = wanted[model]
                ids.update(found_ids)
                columns.update(found_columns)
        # sudo: core reads names and related fields in this way, and of the rows of a record it
        # shows no more than it lets the user read, as ever
        env_sudo = self.env(su=True)
        for model in [name for name in wanted if env_sudo[name]._inherits]:
            # Users are called as their contacts are, which are read with other contacts.
            ids, columns = wanted[model]
            for linked, linked_columns in _fetch_own_columns(
                env_sudo[model].browse(ids), sorted(columns)
            ):
                ids, columns = wanted[linked._name]
                ids.update(linked.ids)
                columns.update(linked_columns)
        for model, (ids, columns) in wanted.items():
            if not env_sudo[model]._inherits:
                fetch_names(env_sudo[model].browse(ids), *sorted(columns))
        for fname, shown in specification.items():
            field = self._fields[fname]
            if isinstance(field, KeptText):
                fetch_named(self.env, map(field._get_cache(self.env).get, self._ids))
            elif field.type == "many2one" and not field.store and _shows_names(shown):
                fetch_names(self[fname].sudo())  # sudo: see above

    def _find_shown(self, fname, shown):
        """Which records a column shows something of, and what core looks at of them.

        :return: model, ids and columns; ``None`` if they are not known before it is worked out
        """
        field = self._fields[fname]
        if field.type in ("one2many", "many2many"):
            if not _shows_names(shown):
                return None
            known, most = field._get_cache(self.env), shown.get("limit")
            ids = [id_ for record_id in self._ids for id_ in known.get(record_id, ())[:most]]
            return field.comodel_name, ids, _get_row_columns(self.env[field.comodel_name])
        if field.store and field.type == "many2one" and _shows_names(shown):
            place, column = fname, "display_name"
        elif not field.store and field.compute_sudo and (field.related or "").count(".") == 1:
            place, column = field.related.split(".")
        else:
            return None
        # sudo: res.company and others - see above
        return self._fields[place].comodel_name, self.sudo()[place].ids, [column]
