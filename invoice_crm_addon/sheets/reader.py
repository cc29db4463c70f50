"""An Excel file or a CSV text, to rows of texts by column. Files come from anybody."""

import csv
import io
import re
import unicodedata
import zipfile
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import partial
from itertools import chain, islice

from .headings import IGNORED, PROBLEM, UNKNOWN, match_headings

_OLD_EXCEL = b"\xd0\xcf\x11\xe0"
_ZIP = b"PK\x03\x04"
# Longer whole numbers lose digits in a spreadsheet, which keeps 15.
_EXACT = 10**15
_ZEROS = re.compile(r"0+")
_DELIMITERS = ",;\t|"
# Characters of a text in which its headings stand.
_HEAD = 65536
# What stands above the headings: a name of the table, or a line of hints.
_HEADINGS_WITHIN = 20
# Columns of which one must be there: without it nobody knows whose data they are.
_NAMING = {"name", "title", "vat"}
# Of a sheet of Excel.
_LAST_ROW = 2**20


@dataclass(frozen=True)
class Limits:
    """How large a file may be; whatever is larger is refused before it is read.

    :param int size: bytes of the file
    :param int unpacked: bytes of all that an Excel file holds
    :param int rows: rows below the headings
    :param int columns: columns that are looked at
    :param int cell: characters of a cell that are kept
    """

    size: int = 20 * 2**20
    unpacked: int = 150 * 2**20
    parts: int = 1000
    rows: int = 50_000
    columns: int = 100
    cell: int = 2000


class SheetError(Exception):
    """A file cannot be read.

    :param str code: ``empty``, ``too_large``, ``too_many_rows``, ``old_excel``, ``not_a_table``,
        ``damaged``, ``encoding``, ``no_headings`` or ``quotes``
    :param values: what a sentence about it names
    """

    def __init__(self, code, **values):
        super().__init__(code)
        self.code = code
        self.values = values


@dataclass
class Row:
    """A row of the file.

    :param int number: as Excel counts rows
    :param dict cells: text by column, of cells that are not empty
    """

    number: int
    cells: dict[str, str]


@dataclass
class Table:
    """What a file says.

    :param dict headings: heading by name of the columns that were found; that of an unknown one
        is ``?`` and its heading
    :param list unknown: headings that name no column
    :param list double: headings of columns that stood there already
    """

    headings: dict[str, str]
    rows: list[Row] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)
    double: list[str] = field(default_factory=list)


def read_table(content, filename="", limits=None):
    """Read an Excel file (xlsx) or a CSV text in UTF-8, UTF-16 or GB18030.

    :param bytes content: the file
    :param str filename: not trusted: what a file is, its bytes say
    :param Limits limits: how large it may be
    :rtype: Table
    :raise SheetError: if it is none, damaged, too large, or has no headings that are known
    """
    limits = limits or Limits()
    if _is_excel(content, limits):
        return _read_excel(content, limits)
    return _read_csv(content, limits)


def read_grids(content, limits=None):
    """The same files as plain rows, for tables of another kind than those of customers.

    :param bytes content: the file
    :param Limits limits: how large it may be
    :return: for each sheet the number and the texts of its rows that are not empty
    :rtype: list[list[tuple[int, list[str]]]]
    :raise SheetError: if it is none, damaged or too large
    """
    limits = limits or Limits()
    if _is_excel(content, limits):
        return _read_book(content, limits, lambda sheets: [_fill_grid(s, limits) for s in sheets])
    text = _decode_table(content)
    delimiter = max(_DELIMITERS, key=lambda mark: _count_cells(text, mark, limits))
    return [_fill_grid(_iterate_csv(text, delimiter, limits), limits)]


def read_sheets(content, read, limits=None):
    """Read a workbook sheet by sheet, without holding more of it than a row at a time.

    :param bytes content: the file
    :param read: function of a list of pairs: the name of a sheet that is seen, and a function
        that begins to read it and yields the number and the texts of each of its rows
    :param Limits limits: how large it may be
    :return: what ``read`` returns
    :raise SheetError: if it is no workbook, damaged or too large
    """
    limits = limits or Limits()
    if not _is_excel(content, limits):
        raise SheetError("not_a_table")
    return _open_book(content, limits, lambda book: read(_name_sheets(book, limits)))


def _name_sheets(book, limits):
    def begin(sheet):
        sheet.reset_dimensions()
        return _bound(_iterate_sheet(sheet, limits), limits)

    seen = [sheet for sheet in book.worksheets if sheet.sheet_state == "visible"]
    return [(sheet.title, partial(begin, sheet)) for sheet in seen]


def _is_excel(content, limits):
    """:raise SheetError: if it is neither that nor a text, or too large"""
    if not content.strip(b"\0 \r\n\t"):
        raise SheetError("empty")
    if len(content) > limits.size:
        raise SheetError("too_large", size=limits.size // 2**20)
    if content.startswith(_OLD_EXCEL):
        raise SheetError("old_excel")
    return content.startswith(_ZIP)


def _fill_grid(numbered, limits):
    grid = []
    for number, texts in _bound(numbered, limits):
        if any(texts):
            if len(grid) >= limits.rows:
                raise SheetError("too_many_rows", rows=limits.rows)
            grid.append((number, texts))
    return grid


def _count_cells(text, delimiter, limits):
    """Cells of the first rows that hold something: the right mark between them makes most."""
    head = _iterate_csv(text[:_HEAD], delimiter, limits, most=_HEADINGS_WITHIN)
    return sum(sum(map(bool, texts)) for _number, texts in head)


# === TABLES === #


def _read_rows(numbered, limits):
    """The table in numbered lists of texts.

    :return: table, or None if no row of the first has headings that are known; and that row
    :rtype: tuple[Table, list[str]]
    """
    filled = ((number, texts) for number, texts in _bound(numbered, limits) if any(texts))
    first = list(islice(filled, _HEADINGS_WITHIN))
    matches = [match_headings(texts) for _number, texts in first]
    best = max(matches, key=lambda match: len(_named(match[0])), default=None)
    if best is None or not _NAMING & set(best[0].values()):
        return None, first[0][1] if first else []
    positions, unknown, double = best
    texts = first[matches.index(best)][1]
    names = {**_named(positions), **_name_others(texts, unknown + double)}
    table = Table({n: texts[p] for p, n in sorted(names.items())}, [], unknown, double)
    for number, texts in chain(first[matches.index(best) + 1 :], filled):
        cells = {name: texts[p] for p, name in names.items() if p < len(texts) and texts[p]}
        if cells:
            if len(table.rows) >= limits.rows:
                raise SheetError("too_many_rows", rows=limits.rows)
            table.rows.append(Row(number, cells))
    return table, []


def _named(positions):
    """Positions of the columns that are read, if one of them says whose data they are."""
    found = {p: name for p, name in positions.items() if name not in (PROBLEM, IGNORED)}
    return found if _NAMING & set(found.values()) else {}


def _name_others(texts, others):
    """Columns that mean nothing, or nothing more: their cells stay in the row."""
    return {p: f"{UNKNOWN}{text}" for p, text in enumerate(texts) if text in others}


def _bound(numbered, limits):
    for number, texts in numbered:
        if number > _LAST_ROW:
            raise SheetError("too_many_rows", rows=limits.rows)
        yield number, texts


def _clean(text, limits):
    """A text without invisible characters; one that is too long keeps one character too many."""
    if not text.isprintable():
        text = "".join(
            c if unicodedata.category(c)[0] not in "CZ" else " "
            for c in text.replace("\u200b", "").replace("\ufeff", "")[: limits.cell + 1]
        )
    return text.strip()[: limits.cell + 1]


# === EXCEL === #


def _read_excel(content, limits):
    return _read_book(content, limits, lambda sheets: _find_table(sheets, limits))


def _find_table(sheets, limits):
    headings = []
    for rows in sheets:
        table, found = _read_rows(rows, limits)
        if table is not None:
            return table
        headings = headings or found
    raise SheetError("no_headings", headings=_list_headings(headings))


def _read_book(content, limits, read):
    """What a function reads of the visible sheets, each an iterator of numbered rows."""
    return _open_book(content, limits, lambda book: read(_iterate_sheets(book, limits)))


def _open_book(content, limits, read):
    """What a function reads of a workbook."""
    from openpyxl import load_workbook

    _check_package(content, limits)
    book = None
    try:
        book = load_workbook(io.BytesIO(content), read_only=True, data_only=True, keep_links=False)
        return read(book)
    except SheetError:
        raise
    except Exception as error:
        # The library raises whatever comes on damaged files.
        raise SheetError("damaged") from error
    finally:
        if book is not None:
            book.close()


def _iterate_sheets(book, limits):
    for sheet in book.worksheets:
        if sheet.sheet_state == "visible":
            # What the file says of its own size is not believed.
            sheet.reset_dimensions()
            yield _iterate_sheet(sheet, limits)


def _check_package(content, limits):
    """:raise SheetError: if the file is no workbook, or unpacks to more than it may"""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as package:
            parts = package.infolist()
            names = {part.filename for part in parts}
            # Python reads no more of a part than it says here.
            if len(parts) > limits.parts or sum(p.file_size for p in parts) > limits.unpacked:
                raise SheetError("too_large", size=limits.unpacked // 2**20)
            if any(part.flag_bits & 1 for part in parts):
                raise SheetError("old_excel")
            if "[Content_Types].xml" not in names or not any(n.startswith("xl/") for n in names):
                raise SheetError("not_a_table")
            for part in parts:
                if part.filename.endswith((".xml", ".rels")):
                    with package.open(part) as stream:
                        if b"<!DOCTYPE" in stream.read(4096):
                            raise SheetError("damaged")
    except SheetError:
        raise
    except Exception as error:
        # So do the library of archives and that of compression.
        raise SheetError("damaged") from error


def _iterate_sheet(sheet, limits):
    for number, cells in enumerate(sheet.iter_rows(max_col=limits.columns), start=1):
        yield number, [_read_cell(cell, limits) for cell in cells]


def _read_cell(cell, limits):
    value = cell.value
    if value is None:
        return ""
    if isinstance(value, str):
        return _clean(value, limits)
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, (int, float)):
        return _read_number(value, cell.number_format)
    if isinstance(value, datetime):
        return value.date().isoformat()
    return value.isoformat() if isinstance(value, date) else str(value)


def _read_number(value, number_format):
    """A number as a text; one that lost digits as a spreadsheet shows it: 9.14403E+17."""
    if abs(value) >= _EXACT:
        return f"{value:.5E}"
    if value == int(value):
        text = str(int(value))
        # 00000000 keeps the zeros in front.
        return text.zfill(len(number_format)) if _ZEROS.fullmatch(number_format or "") else text
    return repr(value)


# === CSV === #


def _read_csv(content, limits):
    text = _decode_table(content)
    # The headings say what stands between cells.
    delimiter = max(_DELIMITERS, key=lambda mark: _count_headings(text, mark, limits))
    table, first = _read_rows(_iterate_csv(text, delimiter, limits), limits)
    if table is None:
        raise SheetError("no_headings", headings=_list_headings(first))
    return table


def _count_headings(text, delimiter, limits):
    head = _iterate_csv(text[:_HEAD], delimiter, limits, most=_HEADINGS_WITHIN)
    return max((len(_named(match_headings(texts)[0])) for _number, texts in head), default=0)


def _decode_table(content):
    text = _decode(content)
    if "\0" in text:
        raise SheetError("not_a_table")
    return text


def _decode(content):
    """:raise SheetError: if it is no text in an encoding that is known"""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        encodings = ["utf-16"]
    else:
        encodings = ["utf-8-sig", "gb18030"]
    for encoding in encodings:
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise SheetError("encoding")


def _iterate_csv(text, delimiter, limits, most=None):
    # An apostrophe, or ="…", is how a number is kept as a text for Excel.
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    number = 0
    while most is None or number < most:
        number += 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            if most is not None:
                return
            raise SheetError("quotes", row=number) from error
        yield number, [_read_text(cell, limits) for cell in cells[: limits.columns]]


def _read_text(text, limits):
    text = _clean(text, limits)
    if text.startswith('="') and text.endswith('"'):
        text = text[2:-1]
    return text.removeprefix("'")


def _list_headings(texts):
    return ", ".join(text[:30] for text in texts[:8])
