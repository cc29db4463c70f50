"""Reads the tax bureau's list of all fapiao (全量发票查询导出结果) to plain values.

No Odoo inside: the package needs Python 3.10 and openpyxl, and uses relative imports only. ::

    summary = read_list(content, {"91110108MA01TEST18"}, take)

``take`` gets what our companies issued, some hundred rows at a time; what others issued to us is
counted, and what cannot be read is named with sheet, row and column. Numbers that a spreadsheet
destroyed (2.63E+19) are never guessed.
"""

from .document import KINDS, STATUSES, Fault, Issued, Rate, Summary
from .gaps import Gap, find_gaps
from .reader import read_list

__all__ = [
    "Fault",
    "Gap",
    "Issued",
    "KINDS",
    "Rate",
    "STATUSES",
    "Summary",
    "find_gaps",
    "read_list",
]
