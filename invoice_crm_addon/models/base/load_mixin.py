from psycopg2 import InternalError, OperationalError
from psycopg2.errors import NotNullViolation

from odoo import api, models
from odoo.exceptions import ConcurrencyError, UserError

_KEY = "invoice_load"
# So many rows are written together.
CHUNK = 250
# With so many errors, and one in so many rows, core looks no further.
MOST_FAULTS = 10


class _Refused(Exception):
    """Some of the rows are bad. Core says no error of this kind, and asks for each row: of an
    error that it says it would blame the first row as well, whichever is bad."""


class _Load:
    """What became of the rows of one import, which core gives as the same dicts each time.

    It stands in the context as an object, which no caller can send.
    """

    def __init__(self):
        self.rows, self.faults = {}, {}
        self.begin(0)

    def __repr__(self):
        return "<rows of an import>"

    def begin(self, count):
        self.count, self.tried, self.failed, self.again = count, 0, 0, 0

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
    request may. Here rows are written in chunks, and a chunk with a bad row is halved until the
    row is found. Core then asks for each row, is told at once, and takes all back as always.
    """

    _name = "invoice.load.mixin"
    _description = "Document That Is Imported"

    @api.model
    def load(self, fields: list[str], data: list):
        """Import a matrix of texts, see core.

        :param list fields: names of the columns
        :param list data: rows, each a list of texts
        :return: dict with ``ids`` or False, and ``messages``
        """
        loading = self.with_context(**{_KEY: _Load()})
        return super(InvoiceLoadMixin, loading).load(fields, data)

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
        try:
            with self.env.cr.savepoint():
                records = super()._load_records(rows, update)
            load.keep(rows)
            return records
        except (ConcurrencyError, OperationalError, InternalError):
            raise  # Nothing that a row could do about it.
        except Exception as fault:
            load.again += len(rows)
            if len(rows) == 1:
                load.keep(rows, self._explain_missing(fault))
                return self.browse()
        half = len(rows) // 2
        records = self._load_part(load, rows[:half], update)
        return records + self._load_part(load, rows[half:], update)

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
