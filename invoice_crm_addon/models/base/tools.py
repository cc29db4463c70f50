"""Helpers without a model of their own."""

import unicodedata

from odoo.modules.db import FunctionStatus


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
