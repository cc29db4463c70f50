from odoo import models
from odoo.tools import SQL
from odoo.tools.sql import create_column, table_columns, table_exists

from .batches import Progress

_KEY = "invoice_new_columns"
# So many rows are in memory at a time.
BATCH = 2000


class NewColumns:
    """Columns that an installation or an update adds to tables with rows, and what fills them.

    Core computes a new column of all rows at once and holds every row until the end; a default it
    writes into each row. With a million customers or tickets neither ends well. Here defaults
    come with the column, which costs nothing, and the rest is computed in batches of which
    nothing is kept, before there are indexes to keep up with. All of it is in the transaction
    of the installation, as core's is.
    """

    def __init__(self, registry):
        self.registry = registry
        self.fields = []

    def fill(self, env):
        """Compute the columns, those first on which others depend."""
        env = env(context={"active_test": False, "tracking_disable": True})
        for level in self.get_levels():
            for model_name in dict.fromkeys(field.model_name for field in level):
                fields = [field for field in level if field.model_name == model_name]
                self._fill_table(env[model_name], fields)

    def _fill_table(self, Model, fields):
        env, table = Model.env, SQL.identifier(Model._table)
        ((total,),) = env.execute_query(SQL("SELECT count(*) FROM %s", table))
        fnames = [field.name for field in fields]
        progress, last = Progress(f"{Model._name}, new columns {', '.join(fnames)}", total), 0
        while rows := env.execute_query(
            SQL("SELECT id FROM %s WHERE id > %s ORDER BY id LIMIT %s", table, last, BATCH)
        ):
            ids = [row[0] for row in rows]
            Model.browse(ids)._fill_columns(fnames)
            env.flush_all()
            env.invalidate_all(flush=False)
            progress.add(len(ids))
            last = ids[-1]
        # Nothing is known of the new columns yet, and the data that follow are looked up by them.
        env.cr.execute(SQL("ANALYZE %s", table))

    def get_levels(self):
        """Fields in the order in which they are filled.

        What depends on other rows needs these to be filled before, all of them. What depends on
        its own row alone is computed with it.

        :return: fields by level; those that depend on rows of their own kind, around a circle,
            are in none of them
        :rtype: list[list]
        """
        levels = {}
        for field in self.fields:
            self._find_level(field, levels, ())
        found = sorted({level for level in levels.values() if level is not None})
        return [[field for field in self.fields if levels[field] == level] for level in found]

    def get_circular(self):
        """Fields that core has to compute, which takes each row when it is asked for."""
        sorted_out = {field for level in self.get_levels() for field in level}
        return [field for field in self.fields if field not in sorted_out]

    def _find_level(self, field, levels, path):
        if field not in levels:
            found = 0
            for needed, is_elsewhere in self._get_needed(field, False, set()):
                if needed is field and not is_elsewhere:
                    continue
                if needed in (field, *path):
                    # The one that comes first in the circle is as good as any other.
                    found = None if is_elsewhere else found
                else:
                    level = self._find_level(needed, levels, (*path, field))
                    if found is not None and level is not None:
                        found = max(found, level + is_elsewhere)
                    elif level is None:
                        found = None
                if found is None:
                    break
            levels[field] = found
        return levels[field]

    def _get_needed(self, field, is_elsewhere, seen):
        """New columns on which a field depends, and whether on those of other rows."""
        for sequence in field.resolve_depends(self.registry):
            needed, away = sequence[-1], is_elsewhere or len(sequence) > 1
            if (needed, away) in seen:
                continue
            seen.add((needed, away))
            if needed in self.fields:
                yield needed, away
            elif needed.compute and not needed.store:
                yield from self._get_needed(needed, away, seen)


class Base(models.AbstractModel):
    _inherit = "base"

    def _auto_init(self):
        fields = self._make_columns()
        super()._auto_init()
        if not fields:
            return
        new = getattr(self.pool, _KEY, None)
        if new is None:
            new = NewColumns(self.pool)
            setattr(self.pool, _KEY, new)
            # After the tables of all models are as they should be, before their indexes are made.
            self.pool.post_init(self._fill_new_columns)
        new.fields += fields

    def _make_columns(self):
        """Make the columns of the add-on that the table of this model has not got, with what is
        the default of each.

        :return: fields that are to be computed
        """
        # As core does: a default may read records of which other columns are not there yet.
        self = self.with_context(prefetch_fields=False)
        candidates = [
            field
            for field in self._fields.values()
            if "invoice_crm_addon" in field._modules and self._is_made_here(field)
        ]
        cr, table = self.env.cr, self._table
        if not candidates or not self._auto or self._abstract or not table_exists(cr, table):
            return []
        columns = table_columns(cr, table)
        missing = [field for field in candidates if field.name not in columns]
        if not missing or not self._table_has_rows():
            return []
        for field in missing:
            if field.compute:
                create_column(cr, table, field.name, field.column_type[1], field.string)
            else:
                self._make_default_column(field)
        return [field for field in missing if field.compute]

    def _is_made_here(self, field):
        if not field.store or not field.column_type or field.manual or field.company_dependent:
            return False
        if field.related:
            # Core copies what is beside it in one statement.
            return field.related.count(".") > 1 or bool(field.related_field.compute)
        return bool(field.compute or field.default)

    def _make_default_column(self, field):
        """Core would write the default into each row, and all indexes with it."""
        value = field.convert_to_write(field.default(self), self)
        value = field.convert_to_column_insert(value, self)
        if value is None:
            return
        names = {"table": SQL.identifier(self._table), "column": SQL.identifier(field.name)}
        self.env.cr.execute(
            SQL(
                "ALTER TABLE %(table)s ADD COLUMN %(column)s %(kind)s DEFAULT %(value)s",
                **names,
                kind=SQL(field.column_type[1]),
                value=value,
            )
        )
        self.env.cr.execute(
            SQL("ALTER TABLE %(table)s ALTER COLUMN %(column)s DROP DEFAULT", **names)
        )

    def _fill_new_columns(self):
        if self.pool._post_init_queue:
            # What core fills by itself, as related columns, comes first.
            self.pool.post_init(self._fill_new_columns)
            return
        new = getattr(self.pool, _KEY)
        delattr(self.pool, _KEY)
        for field in new.get_circular():
            Model = self.env[field.model_name]
            rows = self.env.execute_query(SQL("SELECT id FROM %s", SQL.identifier(Model._table)))
            self.env.add_to_compute(field, Model.browse(row[0] for row in rows))
        new.fill(self.env)

    def _fill_columns(self, fnames):
        """Compute columns that are new of these rows, which are some of many.

        :param list fnames: names of the fields
        """
        for fname in fnames:
            self.env.add_to_compute(self._fields[fname], self)
        self._recompute_recordset(fnames)
