"""Writes tables for spreadsheet programs: what is a text stays one.

A value that begins like a formula would be calculated by whoever opens the file, and of a long
number such as that of a fapiao or an account a spreadsheet keeps the first 15 digits.
"""

import re

# What makes a spreadsheet calculate, after blanks that it may cut off; full width counts as well.
FORMULA = re.compile(r"\s*[=+\-@＝＋－＠]|[\t\r\n]")  # noqa: RUF001
# More digits than a spreadsheet shows, or zeros that it leaves out in front.
LONG_NUMBER = re.compile(r"\d{12,}|0\d+")
# Texts that a workbook of somebody else's would make a formula or a link of.
ACTIVE = re.compile(r"=|\{=|(?:https?|ftp|mailto|internal|external):", re.IGNORECASE)


def open_book(output, **options):
    """A new workbook, in which a text is a text, whatever it looks like.

    :param output: path, or a file that is open for writing bytes
    :param options: more of xlsxwriter's
    :rtype: xlsxwriter.Workbook
    """
    import xlsxwriter

    return xlsxwriter.Workbook(
        output,
        {
            "strings_to_formulas": False,
            "strings_to_numbers": False,
            "strings_to_urls": False,
            "in_memory": True,
            **options,
        },
    )


def make_csv_cell(value, is_number_kept=True):
    """A value as a CSV file has it, so that a spreadsheet reads a text.

    :param value: a text with an apostrophe in front if it looks like a formula, and a tab if it
        is a long number; anything else as it is
    :param bool is_number_kept: else numbers stay as they are, for files that are read in again
    """
    if not isinstance(value, str):
        return value
    if FORMULA.match(value):
        return f"'{value}"
    if is_number_kept and LONG_NUMBER.fullmatch(value):
        return f"\t{value}"
    return value


def make_inactive(value):
    """A text with a blank in front where a workbook would make a formula or a link of it."""
    return f" {value}" if isinstance(value, str) and ACTIVE.match(value) else value
