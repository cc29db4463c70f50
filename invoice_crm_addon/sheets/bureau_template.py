"""Reads and fills the tax bureau's workbook for bulk issue, and leaves all else as it is.

The workbook is refused when its version is old, or when styles, validations or hidden sheets are
not those of the bureau. So it is filled within its own XML: only the rows below the headings of
four sheets are written, every other part of the file stays byte by byte.
"""

import io
import re
import zipfile
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from posixpath import join, normpath

from lxml import etree

from .bureau_cells import (
    iterate_rows,
    parse,
    parse_head,
    read_choices,
    read_grid,
    read_texts,
    tag,
    write_column,
)
from .bureau_columns import (
    KNOWN_BY,
    LIMITS,
    NEEDED,
    SERIAL_KEY,
    SPECIAL,
    key,
    match,
    match_special,
)
from .reader import Limits, SheetError, _check_package

_RELS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_XML = "http://www.w3.org/XML/1998/namespace"
_VERSION_SHEET = "excelversion"
_MOST = re.compile(r"限\s*(\d{1,4})")
# A row of rules and a mark beside the heading say that a cell must be filled.
_ALWAYS = re.compile(r"^\s*必填")
_INVALID = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
# Columns where more may stand behind what the workbook lists.
_PLACES = {
    (group, name)
    for group, columns in SPECIAL.items()
    for name in columns
    if name in ("place", "departure", "destination")
}
LIMIT = Limits(size=5 * 2**20, unpacked=50 * 2**20, rows=20_000)


@dataclass(frozen=True)
class Sheet:
    """A sheet that is filled.

    :param str part: its file in the package
    :param int first: number of the row below the headings
    :param dict columns: position by name; of special business by group and name
    :param dict limits: characters that a column takes, by name
    :param tuple unknown: headings of columns that must be filled, and whose meaning is not known;
        of special business such headings by group, as pairs
    :param tuple required: names of columns that must be filled, of special business
    :param dict choices: texts that a column takes, by name, where it takes no others
    """

    part: str
    first: int
    columns: dict
    limits: dict = field(default_factory=dict)
    unknown: tuple = ()
    required: tuple = ()
    choices: dict = field(default_factory=dict)


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

    def get_choices(self, kind, name):
        """Texts that a column takes, none if it takes any."""
        return self.sheets[kind].choices.get(name, ()) if kind in self.sheets else ()

    def choose(self, kind, name, text):
        """A text as the workbook has it in its list, or None if there is none like it.

        A place may be followed by more of the address.
        """
        choices = self.get_choices(kind, name)
        if not choices or not text or text in choices:
            return text
        if name in _PLACES:
            return text if text.startswith(choices) else None
        longer = [choice for choice in choices if choice.startswith(text)]
        return longer[0] if len(longer) == 1 else None

    @property
    def unknown(self):
        """Headings of columns that must be filled, and whose meaning is not known.

        What only tickets of a special business need is said with these.
        """
        return [
            heading
            for kind, sheet in self.sheets.items()
            if kind != "special"
            for heading in sheet.unknown
        ]


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


def _read(package):
    texts = read_texts(package)
    sheets, version, seen = {}, "", []
    parts = dict(_list_sheets(package))
    for name, part in parts.items():
        grid = read_grid(parse_head(package, part), texts)
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
    lists = {}
    for kind, sheet in sheets.items():
        choices = read_choices(package, sheet, parts, texts, lists)
        sheets[kind] = replace(sheet, choices=choices)
    return Template(version, sheets)


def _list_sheets(package):
    """Names and parts of the sheets, in their order."""
    book = parse(package, "xl/workbook.xml")
    targets = {
        relation.get("Id"): relation.get("Target", "")
        for relation in parse(package, "xl/_rels/workbook.xml.rels")
    }
    names = set(package.namelist())
    for sheet in book.iter(tag("sheet")):
        target = targets.get(sheet.get(f"{{{_RELS}}}id"), "")
        part = normpath(target.lstrip("/") if target.startswith("/") else join("xl", target))
        if part in names:
            yield sheet.get("name", ""), part


def _know_sheet(part, grid):
    """What a sheet is, and its columns; None if it is none of ours."""
    for index, (number, texts) in enumerate(grid):
        if SERIAL_KEY not in map(key, texts):
            continue
        above = [row for _number, row in grid[:index]]
        for kind, names in KNOWN_BY.items():
            columns = match(kind, texts)
            if all(name in columns for name in names):
                return kind, _make_sheet(part, number, kind, columns, texts, above)
        columns, strange = match_special(texts, above)
        if columns:
            return "special", _make_special_sheet(part, number, columns, strange, texts, above)
    return None


def _make_special_sheet(part, number, columns, strange, headings, above):
    rules = dict(enumerate(above[-1])) if above else {}
    limits, required = {}, []
    for name, position in columns.items():
        rule = rules.get(position, "")
        if most := _MOST.search(rule):
            limits[name] = int(most[1])
        if _ALWAYS.match(rule):
            required.append(name)
    unknown = [
        (group, headings[position])
        for group, positions in strange.items()
        for position in positions
        if _ALWAYS.match(rules.get(position, "")) or "*" in headings[position]
    ]
    serial = [key(text) for text in headings].index(SERIAL_KEY)
    return Sheet(
        part,
        number + 1,
        {**columns, "serial": serial},
        limits,
        tuple(unknown),
        tuple(required),
    )


def _make_sheet(part, number, kind, columns, headings, above):
    rules = above[-1] if above else []
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
    table = tree.find(tag("sheetData"))
    if table is None:
        raise SheetError("damaged")
    there = {}
    for (number, cells), row in zip(
        list(iterate_rows(tree)), list(tree.iter(tag("row"))), strict=True
    ):
        row.set("r", str(number))
        for position, cell in cells:
            cell.set("r", f"{write_column(position)}{number}")
            if number >= sheet.first:
                _empty(cell)
        there[number] = row, dict(cells)
    styles = {p: c.get("s") for p, c in there.get(sheet.first, (None, {}))[1].items()}
    for number, values in enumerate(rows, start=sheet.first):
        if number not in there:
            row = etree.SubElement(table, tag("row"), r=str(number))
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
            cell = etree.SubElement(row, tag("c"), r=f"{write_column(position)}{number}")
            if style := styles.get(position):
                cell.set("s", style)
            cells[position] = cell
        _empty(cell)
        cell.set("t", "inlineStr")
        # A text is one, whatever it looks like: neither a formula nor a number.
        element = etree.SubElement(etree.SubElement(cell, tag("is")), tag("t"))
        element.text = _INVALID.sub("", text)
        element.set(f"{{{_XML}}}space", "preserve")
    row[:] = [cell for _position, cell in sorted(cells.items())]
    row.attrib.pop("spans", None)


def _widen(tree, there):
    """Some readers believe what a sheet says of its own size."""
    size = tree.find(tag("dimension"))
    if size is not None:
        columns = [position for _row, cells in there.values() for position in cells]
        if columns:
            size.set("ref", f"A1:{write_column(max(columns))}{max(there)}")
