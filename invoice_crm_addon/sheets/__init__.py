"""Reads tables of customers – Excel files and CSV texts – to rows of plain texts.

No Odoo inside: the package needs Python 3.10 and openpyxl, uses relative imports only and loads
under any name. ::

    table = read_table(content, "customers.xlsx")
    for row in table.rows:
        print(row.number, row.cells.get("vat"))

What a column is called, :mod:`~.headings` says; what a file may be, :class:`Limits`. What is
written for spreadsheets goes through :mod:`~.writer`, which needs xlsxwriter for workbooks.
"""

from .headings import COLUMNS, IGNORED, PROBLEM, UNKNOWN, Column, match_headings
from .reader import Limits, Row, SheetError, Table, read_grids, read_sheets, read_table
from .writer import make_csv_cell, make_inactive, open_book

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
    "make_csv_cell",
    "make_inactive",
    "match_headings",
    "open_book",
    "read_grids",
    "read_sheets",
    "read_table",
]
