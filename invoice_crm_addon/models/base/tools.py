"""Helpers without a model of their own."""

import itertools
import unicodedata

from dateutil.parser import isoparse

from odoo.modules.db import FunctionStatus
from odoo.tools import SQL

# Of a function of PostgreSQL.
MOST_ARGUMENTS = 100


def forget_rows(env):
    """Empty what the registry keeps in memory, now and when the transaction is committed.

    Whoever reads before the commit puts the old rows into memory again, for everybody.
    """
    env.registry.clear_cache()
    env.cr.postcommit.add(env.registry.clear_cache)


def clean_number(value):
    """Digits of a document number as typed: full width becomes half width, blanks go.

    :param str value: may be empty
    :return: the number, or False
    """
    return "".join(unicodedata.normalize("NFKC", value or "").split()) or False


def find_readable(model, res_id, fnames):
    """The record, if it is there and the user may read it, by one query; else none.

    What a page needs of it is read as well. Which of both it is, only who finds none must ask.

    :param model: empty recordset of a model that the user may read
    :param list fnames: fields that the page shows
    """
    found = model.with_context(active_test=False).search_fetch([("id", "=", res_id)], fnames)
    return found.with_env(model.env)


def keep_rows_in_cache(records, fname, rows):
    """Let a one2many know what was just read, so that it need not look once more.

    :param dict rows: all rows by id of the record, in the order of their model
    """
    field = records._fields[fname]
    field._insert_cache(records, [rows[id_]._ids if id_ in rows else () for id_ in records._ids])


def group_by_id(rows, fname):
    """Rows by the id of what a many2one says; see ``keep_rows_in_cache``."""
    return {record.id: group for record, group in rows.grouped(fname).items()}


def get_columns(model, alias, query, fnames=None):
    """What core reads of a record whenever it reads one, or columns of some fields.

    Nothing is flushed for it: what waits to be written is in the cache, and stays there.

    :param model: in superuser mode
    :param str alias: of the model's table in the query
    :param fnames: names of the fields, else all that core reads with any of them
    :return: fields, and the columns of the id and of each of them
    :rtype: tuple[list, list[SQL]]
    """
    fields = [
        field
        for field in model._determine_fields_to_fetch(fnames)
        if field.column_type and field.type != "binary" and field.name != "id"
    ]
    columns = [SQL.identifier(alias, "id")]
    for field in fields:
        column = model._field_to_sql(alias, field.name, query)
        # A text without a translation is that of the source language, which may wait as well.
        to_flush = [f for f in column.to_flush if f != field or field.translate]
        # Core's own text and parameters, with less to flush.
        # pylint: disable=sql-injection
        columns.append(SQL(column.code, *column.params, to_flush=to_flush))
    return fields, columns


def keep_columns(model, fields, rows):
    """Put what was read of ``get_columns`` into the cache, unless something is there already.

    :param rows: of each record its id and the values of the fields
    :return: the records, in the order of the rows
    """
    if not rows:
        return model.browse()
    ids, *columns = zip(*rows, strict=True)
    records = model.browse(ids)
    for field, values in zip(fields, columns, strict=True):
        field._insert_cache(records, values)
    return records


def search_fetch_together(*searches):
    """``search_fetch`` of several models by one query.

    :param searches: of each a model in superuser mode and a domain, and maybe names of fields
    :return: the records that each finds, in the order of their models
    :rtype: list
    """
    terms, fields_of = {}, {}
    for place, (model, domain, *fnames) in enumerate(searches):
        query = model._search(domain, order=model._order)
        if query.is_empty():
            continue
        fields_of[place], columns = get_columns(model, query.table, query, *fnames)
        parts = (
            SQL("json_build_array(%s)", SQL(", ").join(columns[start : start + MOST_ARGUMENTS]))
            for start in range(0, len(columns), MOST_ARGUMENTS)
        )
        row = SQL("json_build_array(%s)", SQL(", ").join(parts))
        terms[place] = SQL("ARRAY(%s)", query.select(row))
    records = [search[0].browse() for search in searches]
    if terms:
        select = SQL("SELECT %s", SQL(", ").join(terms.values()))
        [found] = searches[0][0].env.execute_query(select)
        for (place, fields), rows in zip(fields_of.items(), found, strict=True):
            rows = (itertools.chain.from_iterable(row) for row in rows)
            rows = [(id_, *map(read_json, fields, values)) for id_, *values in rows]
            records[place] = keep_columns(records[place], fields, rows)
    return records


def read_json(field, value):
    """A column as core would have read it: JSON knows no dates, and writes 2.0 as 2.

    :param field: of the column
    :param value: as JSON has it
    """
    if value is None:
        return None
    if field.type == "date":
        return field.to_date(value)
    if field.type == "datetime":
        return isoparse(value)
    # Seals of approvals tell these apart.
    return float(value) if field.type in ("float", "monetary") else value


def index_texts(*columns):
    """Definition of one index that finds a part of any of several texts, as a trigram one does.

    :param str columns: columns of core that it does not index so itself
    :return: what ``models.Index`` takes
    """

    def define(registry):
        if not registry.has_trigram:
            return ""
        is_bare = registry.has_unaccent != FunctionStatus.INDEXABLE
        parts = [f'"{name}"' if is_bare else registry.unaccent(f'"{name}"') for name in columns]
        return f"USING gin ({', '.join(f'{part} gin_trgm_ops' for part in parts)})"

    return define
