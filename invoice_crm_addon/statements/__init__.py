"""Reads bank statements – tables of Chinese banks and OFX files – to entries.

No Odoo inside: beside the package ``sheets``, which reads the tables, it needs nothing, uses
relative imports only and loads under any name. ::

    statement = read_statement(content, "statement.csv")
    for entry in statement.entries:
        print(entry.date, entry.amount, entry.name)

What a column is called, :mod:`~.headings` says.
"""

from .document import Entry, Problem, Statement, StatementError
from .keys import make_keys
from .reader import read_statement
from .values import parse_account as normalize_account

__all__ = [
    "Entry",
    "Problem",
    "Statement",
    "StatementError",
    "make_keys",
    "normalize_account",
    "read_statement",
]
