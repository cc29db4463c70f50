"""Helpers without a model of their own."""

import unicodedata


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
