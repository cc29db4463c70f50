"""Cells of a workbook, read from its XML; and the lists that it lets people choose from."""

import re

from lxml import etree

_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_HEADINGS_WITHIN = 20
_LAST_COLUMN = 200
_PLACE = re.compile(r"([A-Z]{1,3})([0-9]{1,7})")
_AREA = re.compile(
    r"(?P<sheet>'[^']+'|[^!']+)!\$(?P<column>[A-Z]{1,3})\$(?P<first>\d{1,7})"
    r":\$(?P=column)\$(?P<last>\d{1,7})"
)


def parse(package, name):
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    return etree.fromstring(package.read(name), parser)


def parse_head(package, name):
    """The same without the rows that are below any headings: lists of places are long."""
    with package.open(name) as file:
        rows = etree.iterparse(
            file, tag=tag("row"), resolve_entities=False, no_network=True, load_dtd=False
        )
        for count, (_event, row) in enumerate(rows):
            if count == _HEADINGS_WITHIN:
                return row.getroottree().getroot()
        return rows.root


def tag(name):
    return f"{{{_MAIN}}}{name}"


def read_texts(package):
    """The texts that cells name by their number."""
    if "xl/sharedStrings.xml" not in package.namelist():
        return []
    # Of a text in pieces all pieces, but not how it is read aloud.
    return [
        "".join(t.text or "" for t in item.iter(tag("t")) if t.getparent().tag != tag("rPh"))
        for item in parse(package, "xl/sharedStrings.xml").iter(tag("si"))
    ]


def read_grid(tree, texts):
    """Number and texts of the first rows of a sheet."""
    grid = []
    for row, cells in iterate_rows(tree):
        if row > _HEADINGS_WITHIN:
            break
        line = []
        for position, cell in cells:
            if position < _LAST_COLUMN:
                line += [""] * (position + 1 - len(line))
                line[position] = _read_cell(cell, texts).strip()
        grid.append((row, line))
    return grid


def iterate_rows(tree):
    """Numbers of rows, and positions of cells: a file may leave out both."""
    number = 0
    for row in tree.iter(tag("row")):
        number = _read_number(row.get("r"), number + 1)
        cells, position = [], -1
        for cell in row.iterchildren(tag("c")):
            place = _PLACE.fullmatch(cell.get("r") or "")
            position = read_column(place[1]) if place else position + 1
            cells.append((position, cell))
        yield number, cells


def _read_number(text, default):
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 8 else default


def read_column(letters):
    position = 0
    for letter in letters:
        position = position * 26 + ord(letter) - 64
    return position - 1


def write_column(position):
    letters = ""
    position += 1
    while position:
        position, rest = divmod(position - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def _read_cell(cell, texts):
    if cell.get("t") == "inlineStr":
        return "".join(t.text or "" for t in cell.iter(tag("t")))
    value = cell.findtext(tag("v")) or ""
    if cell.get("t") == "s":
        number = _read_number(value, -1)
        return texts[number] if 0 <= number < len(texts) else ""
    return value


def read_choices(package, sheet, parts, texts, lists):
    """What the workbook lists for columns that are filled.

    :param dict parts: of all sheets by name: lists stand on sheets of their own
    :param dict lists: what was read already, by formula: several columns have the same places
    """
    names = {position: name for name, position in sheet.columns.items()}
    found = {}
    for rule in parse(package, sheet.part).iter(tag("dataValidation")):
        if rule.get("type") != "list":
            continue
        formula = (rule.findtext(tag("formula1")) or "").strip()
        for area in (rule.get("sqref") or "").split():
            place = _PLACE.fullmatch(area.partition(":")[0])
            name = names.get(read_column(place[1])) if place else None
            if name:
                if formula not in lists:
                    lists[formula] = tuple(_read_list(package, formula, parts, texts))
                found[name] = lists[formula]
    return {name: choices for name, choices in found.items() if choices}


def _read_list(package, formula, parts, texts):
    """The texts of a list: named one by one, or those of cells in a column of a sheet."""
    if formula.startswith('"'):
        yield from filter(None, (text.strip() for text in formula.strip('"').split(",")))
        return
    area = _AREA.fullmatch(formula)
    if not area or area["sheet"].strip("'") not in parts:
        return
    column, first, last = read_column(area["column"]), int(area["first"]), int(area["last"])
    for number, cells in iterate_rows(parse(package, parts[area["sheet"].strip("'")])):
        if first <= number <= last:
            text = next((_read_cell(cell, texts) for at, cell in cells if at == column), "")
            if text.strip():
                yield text.strip()
