"""Helpers without a model of their own."""

import unicodedata

from odoo.tools import SQL


def rewrite_rows(records):
    """Make two transactions that derive something from the same rows collide.

    PostgreSQL runs in REPEATABLE READ here: who waits for a plain lock goes on with the totals
    that it saw before. Rewriting the rows makes the later transaction fail with a serialization
    error instead, which Odoo answers by running it again on fresh data.

    :param records: records of one model; the values of their rows stay as they are
    """
    if not records.ids:
        return
    records.env.cr.execute(
        SQL(
            "UPDATE %(table)s SET id = id WHERE id IN "
            "(SELECT id FROM %(table)s WHERE id IN %(ids)s ORDER BY id FOR UPDATE)",
            table=SQL.identifier(records._table),
            ids=tuple(records.ids),
        )
    )


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
