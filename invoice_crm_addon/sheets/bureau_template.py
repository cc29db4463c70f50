"""Reads and fills the tax bureau's workbook for bulk issue, and leaves all else as it is.

The workbook is refused when its version is old, or when styles, validations or hidden sheets are
not those of the bureau. So it is filled within its own XML: only the rows below the headings of
four sheets are written, every other part of the file stays byte by byte.
"""

import io
import re
import zipfile
from contextlib import contextmanager
from dataclasses import dataclass, field
from posixpath import join, normpath

from lxml import etree

from .bureau_columns import (
    KNOWN_BY,
    LIMITS,
    NEEDED,
    SERIAL_KEY,
    key,
    match,
    match_special,
)
from .reader import Limits, SheetError, _check_package

_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_RELS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_XML = "http://www.w3.org/XML/1998/namespace"
_HEADINGS_WITHIN = 20
_LAST_COLUMN = 200
_VERSION_SHEET = "excelversion"
_PLACE = re.compile(r"([A-Z]{1,3})([0-9]{1,7})")
_MOST = re.compile(r"限\s*(\d{1,4})")
# A row of rules and a mark beside the heading say that a cell must be filled.
_ALWAYS = re.compile(r"^\s*必填")
_INVALID = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
LIMIT = Limits(size=5 * 2**20, unpacked=50 * 2**20, rows=20_000)


@dataclass(frozen=True)
class Sheet:
    """A sheet that is filled.

    :param str part: its file in the package
    :param int first: number of the row below the headings
    :param dict columns: position by name; of special business by group and name
    :param dict limits: characters that a column takes, by name
    :param tuple unknown: headings of columns that must be filled, and whose meaning is not known
    """

    part: str
    first: int
    columns: dict
    limits: dict = field(default_factory=dict)
    unknown: tuple[str, ...] = ()


@dataclass(frozen=True)
class Template:
    """What a workbook asks for.

    :param str version: as its sheet ``excelVersion`` says, empty if it has none
    :param dict sheets: ``basic``, ``lines``, ``special``, ``extra``, as far as they are there
    """

    version: str
    sheets: dict[str, Sheet]

    def has(self, kind, name):
        """Whether there is a column."""
        return kind in self.sheets and name in self.sheets[kind].columns

    def limit(self, kind, name):
        """Characters that a column takes, or None."""
        limits = self.sheets[kind].limits if kind in self.sheets else LIMITS[kind]
        return limits.get(name)

    @property
    def unknown(self):
        """Headings of columns that must be filled, and whose meaning is not known."""
        return [heading for sheet in self.sheets.values() for heading in sheet.unknown]


def read_template(content, limits=LIMIT):
    """What a workbook is.

    :param bytes content: the file
    :rtype: Template
    :raise SheetError: ``no_template`` with ``missing`` headings, if it is not that workbook; else
        see ``read_table``
    """
    with _open(content, limits) as package:
        return _read(package)


def fill_template(content, template, rows, limits=LIMIT):
    """The workbook with rows below its headings; what stood there is gone.

    :param bytes content: the file
    :param Template template: what ``read_template`` said of it
    :param dict rows: for each sheet a list of rows, each a text by column; columns that the
        workbook lacks are left out
    :rtype: bytes
    """
    parts = {sheet.part: (sheet, rows.get(kind, ())) for kind, sheet in template.sheets.items()}
    output = io.BytesIO()
    with _open(content, limits) as package, zipfile.ZipFile(output, "w") as filled:
        for info in package.infolist():
            data = package.read(info)
            if info.filename in parts:
                data = _fill_sheet(data, *parts[info.filename])
            filled.writestr(info, data, compress_type=info.compress_type)
    return output.getvalue()


# === PACKAGE === #


@contextmanager
def _open(content, limits):
    """:raise SheetError: if it is no workbook, or cannot be read"""
    if not content:
        raise SheetError("empty")
    if len(content) > limits.size:
        raise SheetError("too_large", size=limits.size // 2**20)
    if content.startswith(b"\xd0\xcf\x11\xe0"):
        raise SheetError("old_excel")
    if not content.startswith(b"PK\x03\x04"):
        raise SheetError("not_a_table")
    _check_package(content, limits)
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as package:
            if package.testzip() is None:
                yield package
                return
    except SheetError:
        raise
    except Exception as error:
        # So do the libraries of archives, of compression and of XML.
        raise SheetError("damaged") from error
    raise SheetError("damaged")


def _parse(package, name):
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    return etree.fromstring(package.read(name), parser)


def _tag(name):
    return f"{{{_MAIN}}}{name}"


def _read(package):
    texts = _read_texts(package)
    sheets, version, seen = {}, "", []
    for name, part in _list_sheets(package):
        grid = _read_grid(_parse(package, part), texts)
        if name.strip().casefold() == _VERSION_SHEET:
            version = next((text for _n, row in grid for text in row if text), "")
            continue
        found = _know_sheet(part, grid)
        seen += [text for _number, row in grid[:3] for text in row if text][:8]
        if found and found[0] not in sheets:
            sheets[found[0]] = found[1]
    missing = [
        heading
        for kind, names in NEEDED.items()
        for heading in names
        if kind not in sheets or heading not in sheets[kind].columns
    ]
    if missing:
        raise SheetError("no_template", headings=", ".join(text[:30] for text in seen[:8]))
    return Template(version, sheets)


def _list_sheets(package):
    """Names and parts of the sheets, in their order."""
    book = _parse(package, "xl/workbook.xml")
    targets = {
        relation.get("Id"): relation.get("Target", "")
        for relation in _parse(package, "xl/_rels/workbook.xml.rels")
    }
    names = set(package.namelist())
    for sheet in book.iter(_tag("sheet")):
        target = targets.get(sheet.get(f"{{{_RELS}}}id"), "")
        part = normpath(target.lstrip("/") if target.startswith("/") else join("xl", target))
        if part in names:
            yield sheet.get("name", ""), part


def _read_texts(package):
    """The texts that cells name by their number."""
    if "xl/sharedStrings.xml" not in package.namelist():
        return []
    # Of a text in pieces all pieces, but not how it is read aloud.
    return [
        "".join(t.text or "" for t in item.iter(_tag("t")) if t.getparent().tag != _tag("rPh"))
        for item in _parse(package, "xl/sharedStrings.xml").iter(_tag("si"))
    ]


def _read_grid(tree, texts):
    """Number and texts of the first rows of a sheet."""
    grid = []
    for row, cells in _iterate_rows(tree):
        if row > _HEADINGS_WITHIN:
            break
        line = []
        for position, cell in cells:
            if position < _LAST_COLUMN:
                line += [""] * (position + 1 - len(line))
                line[position] = _read_cell(cell, texts).strip()
        grid.append((row, line))
    return grid


def _iterate_rows(tree):
    """Numbers of rows, and positions of cells: a file may leave out both."""
    number = 0
    for row in tree.iter(_tag("row")):
        number = _read_number(row.get("r"), number + 1)
        cells, position = [], -1
        for cell in row.iterchildren(_tag("c")):
            place = _PLACE.fullmatch(cell.get("r") or "")
            position = _read_column(place[1]) if place else position + 1
            cells.append((position, cell))
        yield number, cells


def _read_number(text, default):
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 8 else default


def _read_column(letters):
    position = 0
    for letter in letters:
        position = position * 26 + ord(letter) - 64
    return position - 1


def _write_column(position):
    letters = ""
    position += 1
    while position:
        position, rest = divmod(position - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def _read_cell(cell, texts):
    if cell.get("t") == "inlineStr":
        return "".join(t.text or "" for t in cell.iter(_tag("t")))
    value = cell.findtext(_tag("v")) or ""
    if cell.get("t") == "s":
        number = _read_number(value, -1)
        return texts[number] if 0 <= number < len(texts) else ""
    return value


def _know_sheet(part, grid):
    """What a sheet is, and its columns; None if it is none of ours."""
    for index, (number, texts) in enumerate(grid):
        if SERIAL_KEY not in map(key, texts):
            continue
        above = grid[index - 1][1] if index else []
        for kind, names in KNOWN_BY.items():
            columns = match(kind, texts)
            if all(name in columns for name in names):
                return kind, _make_sheet(part, number, kind, columns, texts, above)
        columns = match_special(texts, above)
        if columns:
            serial = [key(text) for text in texts].index(SERIAL_KEY)
            columns = {**columns, "serial": serial}
            return "special", Sheet(part, number + 1, columns)
    return None


def _make_sheet(part, number, kind, columns, headings, rules):
    limits, unknown = dict(LIMITS[kind]), []
    names = {position: name for name, position in columns.items()}
    for position, heading in enumerate(headings):
        rule = rules[position] if position < len(rules) else ""
        name = names.get(position)
        if name and (most := _MOST.search(rule)):
            limits[name] = int(most[1])
        if heading and not name and (_ALWAYS.match(rule) or "*" in heading):
            unknown.append(heading)
    return Sheet(part, number + 1, columns, limits, tuple(unknown))


# === FILL === #


def _fill_sheet(data, sheet, rows):
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, remove_blank_text=False
    )
    tree = etree.fromstring(data, parser)
    table = tree.find(_tag("sheetData"))
    if table is None:
        raise SheetError("damaged")
    there = {}
    for (number, cells), row in zip(
        list(_iterate_rows(tree)), list(tree.iter(_tag("row"))), strict=True
    ):
        row.set("r", str(number))
        for position, cell in cells:
            cell.set("r", f"{_write_column(position)}{number}")
            if number >= sheet.first:
                _empty(cell)
        there[number] = row, dict(cells)
    styles = {p: c.get("s") for p, c in there.get(sheet.first, (None, {}))[1].items()}
    for number, values in enumerate(rows, start=sheet.first):
        if number not in there:
            row = etree.SubElement(table, _tag("row"), r=str(number))
            there[number] = row, {}
        _fill_row(number, *there[number], _place(sheet, values), styles)
    table[:] = sorted(table, key=lambda row: int(row.get("r") or 0))
    _widen(tree, there)
    return etree.tostring(tree, xml_declaration=True, encoding="UTF-8", standalone=True)


def _empty(cell):
    for child in list(cell):
        cell.remove(child)
    cell.attrib.pop("t", None)


def _place(sheet, values):
    """Texts by position, without empty ones and those for which there is no column."""
    return {
        sheet.columns[name]: text for name, text in values.items() if text and name in sheet.columns
    }


def _fill_row(number, row, cells, texts, styles):
    for position, text in texts.items():
        cell = cells.get(position)
        if cell is None:
            cell = etree.SubElement(row, _tag("c"), r=f"{_write_column(position)}{number}")
            if style := styles.get(position):
                cell.set("s", style)
            cells[position] = cell
        _empty(cell)
        cell.set("t", "inlineStr")
        # A text is one, whatever it looks like: neither a formula nor a number.
        element = etree.SubElement(etree.SubElement(cell, _tag("is")), _tag("t"))
        element.text = _INVALID.sub("", text)
        element.set(f"{{{_XML}}}space", "preserve")
    row[:] = [cell for _position, cell in sorted(cells.items())]
    row.attrib.pop("spans", None)


def _widen(tree, there):
    """Some readers believe what a sheet says of its own size."""
    size = tree.find(_tag("dimension"))
    if size is not None:
        columns = [position for _row, cells in there.values() for position in cells]
        if columns:
            size.set("ref", f"A1:{_write_column(max(columns))}{max(there)}")
