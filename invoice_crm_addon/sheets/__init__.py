"""Reads tables of customers – Excel files and CSV texts – to rows of plain texts.

No Odoo inside: the package needs Python 3.10 and openpyxl, uses relative imports only and loads
under any name. ::

    table = read_table(content, "customers.xlsx")
    for row in table.rows:
        print(row.number, row.cells.get("vat"))

What a column is called, :mod:`~.headings` says; what a file may be, :class:`Limits`.
"""

from .headings import COLUMNS, IGNORED, PROBLEM, UNKNOWN, Column, match_headings
from .reader import Limits, Row, SheetError, Table, read_grids, read_table

__all__ = [
    "COLUMNS",
    "IGNORED",
    "PROBLEM",
    "UNKNOWN",
    "Column",
    "Limits",
    "Row",
    "SheetError",
    "Table",
    "match_headings",
    "read_grids",
    "read_table",
]
