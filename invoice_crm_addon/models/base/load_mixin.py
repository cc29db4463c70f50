from psycopg2 import DatabaseError, InternalError, OperationalError
from psycopg2.errors import NotNullViolation

from odoo import api, models
from odoo.exceptions import ConcurrencyError, UserError
from odoo.models import fix_import_export_id_paths

from .told_rows import MOST_TOLD, find_told

_KEY = "invoice_load"
# So many rows are written together.
CHUNK = 250
# With so many errors, and one in so many rows, core looks no further.
MOST_FAULTS = 10
# So often rows of a file are tried apart because of what an error says.
MOST_GUESSES = 3


class _Refused(Exception):
    """Some of the rows are bad. Core says no error of this kind, and asks for each row: of an
    error that it says it would blame the first row as well, whichever is bad."""


class _Suspected(Exception):
    """Constraints refuse records, and which row is to blame has to be tried."""

    def __init__(self, refused):
        """:param refused: pairs of a row and its error"""
        super().__init__()
        self.suspects = [row for row, _fault in refused]
        self.fault = refused[-1][1] if refused else None


class _Load:
    """What became of the rows of one import, which core gives as the same dicts each time.

    It stands in the context as an object, which no caller can send.
    """

    def __init__(self, model):
        self.model = model
        self.rows, self.faults, self.refused, self.part = {}, {}, None, []
        self.begin(0)

    def __repr__(self):
        return "<rows of an import>"

    def begin(self, count):
        self.count, self.tried, self.failed, self.again, self.guesses = count, 0, 0, 0, 0

    def keep(self, rows, fault=None):
        self.tried += len(rows)
        self.rows.update((id(row), row) for row in rows)
        if fault:
            self.failed += 1
            self.faults[id(rows[0])] = fault

    def is_hopeless(self):
        """Whether to look no further: core, which is told row by row, gives up at the last one
        that was tried, or what was written again is as much as the file."""
        return self.failed >= MOST_FAULTS and (
            self.failed >= self.tried / MOST_FAULTS or self.again > self.count
        )


class InvoiceLoadMixin(models.AbstractModel):
    """Rows that core's import writes: a bad one costs little more than a good one.

    Core writes all rows together, and where one is wrong, each again on its own to find it: for
    ten thousand customers with one number twice that takes eight times as long, and more than a
    request may. Here rows are written in chunks. What a constraint refuses is found among its
    records, those first of whom it tells, and the chunk goes on, as all of it is taken back. After
    other errors, the chunk is written without the row that the error tells most of, which is to
    blame if nothing else fails, or else it is halved until the row is found. Core then asks for
    each row, is told at once, and takes all back as always.
    """

    _name = "invoice.load.mixin"
    _description = "Document That Is Imported"

    @api.model
    def load(self, fields: list[str], data: list[list[str | bytes | int | float | None]]):
        """Import a matrix of texts, see core.

        :param list fields: names of the columns
        :param list data: rows, each a list of texts, or of numbers such as IDs
        :return: dict with ``ids`` or False, and ``messages``
        :raise UserError: if there is no such column, or a row is no list of as many texts
        """
        for name in fields:
            self._check_column(name)
        for number, row in enumerate(data, start=1):
            if len(row) < len(fields):
                raise UserError(self.env._("Row %s has fewer cells than columns.", number))
        # Core takes a number for an ID alone.
        texts = [
            [
                str(cell) if isinstance(cell, (int, float)) and cell is not False else cell
                for cell in row
            ]
            for row in data
        ]
        loading = self.with_context(**{_KEY: _Load(self._name)})
        return super(InvoiceLoadMixin, loading).load(fields, texts)

    @api.model
    def _check_column(self, name):
        """:raise UserError: if a column is none of the fields, nor of what they name"""
        model = self
        for part in fix_import_export_id_paths(name):
            if part in ("id", ".id"):
                return
            # A custom field stands behind the field that holds it.
            field = model._fields.get(part.partition(".")[0])
            if not field:
                raise UserError(self.env._("There is no field “%s”.", name))
            if not field.comodel_name:
                return
            model = self.env[field.comodel_name]

    def _load_records(self, data_list, update=False):
        load = self.env.context.get(_KEY)
        if not isinstance(load, _Load):
            return super()._load_records(data_list, update)
        if all(id(row) in load.rows for row in data_list):
            return self._tell_loaded(load, data_list)
        load.begin(len(data_list))
        records = self.browse()
        for start in range(0, len(data_list), CHUNK):
            records += self._load_part(load, data_list[start : start + CHUNK], update)
        if not load.failed:
            return records
        if len(data_list) == 1:
            raise load.faults[id(data_list[0])]
        if rest := [row for row in data_list if id(row) not in load.rows]:
            load.keep(rest, UserError(self._get_rest_text()))
        raise _Refused

    @api.model
    def _get_rest_text(self):
        return self.env._(
            "From this row on nothing was checked: too many rows before it are wrong. Correct "
            "these, and import the file again."
        )

    def _load_part(self, load, rows, update):
        """Write rows together; if one of them fails, those around it all the same.

        :return: records of those that could be written
        """
        if load.is_hopeless():
            return self.browse()
        load.refused, load.part = {} if len(rows) > 1 else None, rows
        try:
            with self.env.cr.savepoint():
                records = super()._load_records(rows, update)
                bad = self._get_refused(load, records, rows)
            load.keep([row for row in rows if row is not bad])
            if bad:
                load.keep([bad], *load.refused.values())
            return records
        except (ConcurrencyError, OperationalError, InternalError):
            raise  # Nothing that a row could do about it.
        except Exception as fault:
            load.again += len(rows)
            why = fault.fault if isinstance(fault, _Suspected) else self._explain_missing(fault)
            if len(rows) == 1:
                load.keep(rows, why)
                return self.browse()
            suspects = self._get_suspects(load, fault, rows)
            # Another error may name the row that was there first.
            is_told_apart = len(suspects) == 1 and isinstance(fault, _Suspected | DatabaseError)
        finally:
            load.refused = None
        half = len(rows) // 2
        parts = (rows[:half], rows[half:])
        if suspects:
            # Those of whom nothing is known come first: of two that exclude each other, one stays.
            apart = {id(row) for row in suspects}
            parts = ([row for row in rows if id(row) not in apart], suspects)
            if is_told_apart:
                return self._load_without(load, why, *parts, update)
        return self.browse().concat(*[self._load_part(load, part, update) for part in parts])

    def _load_without(self, load, fault, rows, suspects, update):
        """Write rows without the one that an error tells of.

        :return: records of those that could be written
        """
        failed = load.failed
        records = self._load_part(load, rows, update)
        if load.failed > failed or load.is_hopeless():
            return records + self._load_part(load, suspects, update)
        # Nothing is wrong without it, so it was to blame: no need to see it fail once more.
        load.keep(suspects, fault)
        return records

    # === WHICH ROW IT IS === #

    def _validate_fields(self, field_names, excluded_names=()):
        """While rows are imported, note which records are refused, and go on."""
        load = self.env.context.get(_KEY)
        field_names = set(field_names)  # core gives what can be read once
        try:
            return super()._validate_fields(field_names, excluded_names)
        except UserError as fault:
            if not isinstance(load, _Load) or load.refused is None:
                raise
            refused = self._guess_refused(load, fault, field_names, excluded_names)
            if not refused:
                refused = self._find_refused(field_names, excluded_names)
            if not refused:
                raise
            load.refused.update(refused)

    def _guess_refused(self, load, fault, field_names, excluded_names):
        """Put those aside of whom errors tell, until a constraint refuses nothing any more.

        :return: errors by model and id; none if that does not come out
        """
        refused, rest = {}, list(zip(self, load.part, strict=False))
        if self._name != load.model or len(self) != len(load.part):
            return refused
        while len(refused) < MOST_TOLD:
            told = find_told(fault, [row["values"] for _record, row in rest])
            if not told or len(rest) == 1:
                break
            record, _row = rest.pop(told[0])
            refused[self._name, record.id] = fault
            others = self.browse(record.id for record, _row in rest)
            try:
                super(InvoiceLoadMixin, others)._validate_fields(field_names, excluded_names)
            except UserError as next_fault:
                fault = next_fault
            else:
                return refused
        return {}

    def _find_refused(self, field_names, excluded_names):
        """Halve records until those are found that a constraint refuses.

        :return: errors by model and id; none if there are many, or if all are refused together only
        """
        parts, refused = [self], {}
        while parts:
            part = parts.pop()
            try:
                super(InvoiceLoadMixin, part)._validate_fields(field_names, excluded_names)
            except UserError as fault:
                if len(part) > 1:
                    half = len(part) // 2
                    parts += [part[:half], part[half:]]
                    continue
                refused[self._name, part.id] = fault
                if len(refused) > MOST_TOLD:
                    return {}
        return refused

    def _get_refused(self, load, records, rows):
        """Get the one row that constraints refuse, if any.

        :raise _Suspected: if they refuse several, maybe because of each other, or other records
        """
        if not load.refused:
            return None
        refused = [
            (row, load.refused[self._name, record.id])
            for record, row in zip(records, rows, strict=True)
            if (self._name, record.id) in load.refused
        ]
        if len(refused) == len(load.refused) == 1:
            return refused[0][0]
        # The first one may stay, if it is because of each other.
        raise _Suspected(refused[1:])

    def _get_suspects(self, load, fault, rows):
        """Get rows to be tried apart from the others; whether they are bad is seen then.

        :return: some of the rows, or none if nothing hints at any
        """
        if load.guesses >= MOST_GUESSES:
            return []
        load.guesses += 1
        if isinstance(fault, _Suspected):
            return fault.suspects
        return [rows[index] for index in find_told(fault, [row["values"] for row in rows])]

    @api.model
    def _explain_missing(self, fault):
        """What is missing of a row, or of a row of its rows, of which core knows no name."""
        if not isinstance(fault, NotNullViolation):
            return fault
        table, fname = fault.diag.table_name, fault.diag.column_name
        for Model in self.env.registry.values():
            if Model._table == table and Model._auto and fname in Model._fields:
                text = self.env._(
                    "“%(field)s” of %(document)s is missing. Fill in its column.",
                    field=Model._fields[fname]._description_string(self.env),
                    document=self.env["ir.model"]._get(Model._name).name,
                )
                return UserError(text)
        return fault

    def _tell_loaded(self, load, data_list):
        """What is wrong with a row that was tried; nothing is written any more.

        :raise Exception: what the row raised
        """
        for row in data_list:
            if fault := load.faults.get(id(row)):
                raise fault
        return self.browse()
