"""The printed form of an invoice: its cells, its vertical words, and the labels in the cells.

A value lies in the cell of its label. Cells are ruled on most forms; where no line is drawn, the
vertical words at the edge of a block (购买方信息, 密码区, 备注) say where it begins.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property

from .page_text import Box, Char, Row, Sheet, build_rows

#: Words that stand beside a block, letter below letter, and what the block is.
_STACKS = (
    ("购买方信息", "buyer"),
    ("销售方信息", "seller"),
    ("购货单位", "buyer"),
    ("销货单位", "seller"),
    ("购买方", "buyer"),
    ("销售方", "seller"),
    ("密码区", "cipher"),
    ("备注", "remark"),
)
_STACK_LETTERS = frozenset("".join(word for word, _block in _STACKS))
# The cipher of the older form, and of Shenzhen's: never a value, whatever it stands beside.
_CIPHER = re.compile(
    r"(?=.*[<>]|.*\*.*[+/]|.*[+/].*\*|.+\+.*[/-]|.+[/-].*\+)[0-9+\-*/<>\s]{4,}|[０-９ａ-ｆ\s]{12,}"
)
#: Each letter is compared with all others; a page of 100 lines of goods has some hundred.
_MOST_LETTERS = 2000
# Letters of a vertical word stand below each other, by their size: sideways, and downwards.
_SIDE, _STEP = 0.4, 4.5
# How near a line ends the block of a vertical word, and how far it reaches up without one, by the
# distance of its letters.
_NEAR, _ABOVE = 2.5, 0.75
# Rows of which a block beside a vertical word has none: above the goods, theirs, and below.
_TITLE_ROW = re.compile(r"校\s*验\s*码|开\s*票\s*日\s*期")
_GOODS_ROW = re.compile(r"金\s*额.*税\s*[率额]")
_TOTAL_ROW = re.compile(r"价\s*税\s*合\s*计")
FOOT_ROW = re.compile(r"^\s*(?:收\s*款\s*人|复\s*核|开\s*票\s*人)\s*[:：]")


@dataclass(frozen=True)
class Stack:
    """A vertical word.

    :param block: ``buyer``, ``seller``, ``cipher`` or ``remark``
    :param box: with what the block may reach above and below it
    """

    block: str
    box: Box


@dataclass(eq=False)
class Label:
    """A printed label.

    :param start: place of its first character in the text of the row, ``end`` after its last
    """

    field: str
    row: Row
    start: int
    end: int
    party: str = ""

    @property
    def chars(self) -> list[Char]:
        return self.row.places[self.start : self.end]

    @property
    def x0(self) -> float:
        return self.row.places[self.start].x0

    @property
    def x1(self) -> float:
        return self.row.places[self.end - 1].x1

    @property
    def middle(self) -> float:
        return self.row.places[self.start].middle

    @property
    def size(self) -> float:
        return self.row.places[self.start].size


@dataclass
class Zone:
    """What stands in one cell."""

    box: Box
    chars: list[Char] = field(default_factory=list)

    @cached_property
    def rows(self) -> list[Row]:
        return build_rows(self.chars)


class Form:
    """A page taken apart into cells."""

    def __init__(self, sheet: Sheet):
        self.sheet = sheet
        stacks = list(_find_stacks(sheet))
        stacked = {id(char) for _block, chars in stacks for char in chars}
        others = [char for char in sheet.chars if id(char) not in stacked]
        runs = list(_drop_ciphers(find_runs(others)))
        self.chars = [char for run in runs for char in run]
        edges = _find_edges(self.rows) if stacks else []
        self.stacks = [Stack(block, _reach(chars, sheet, edges)) for block, chars in stacks]
        for stack in self.stacks:
            x0, top, x1, bottom = stack.box
            sheet.add_edge(x0, top, bottom)
            sheet.add_edge(x1, top, bottom)
        self.zones = self._find_zones(runs)

    @cached_property
    def rows(self) -> list[Row]:
        """Rows of the page, without its vertical words and the cipher."""
        return build_rows(self.chars)

    def block_at(self, x: float, y: float) -> str:
        """What the nearest vertical word to the left of a place says that it belongs to."""
        beside = [
            stack
            for stack in self.stacks
            if stack.box.x1 <= x + 1 and stack.box.top <= y <= stack.box.bottom
        ]
        return max(beside, key=lambda stack: stack.box.x1).block if beside else ""

    def stacks_of(self, block: str) -> Iterator[Stack]:
        return (stack for stack in self.stacks if stack.block == block)

    def _find_zones(self, runs: list[list[Char]]) -> list[Zone]:
        """Cells in the order of their characters; a text that leaves its cell stays in it."""
        zones: dict[Box, Zone] = {}
        known: dict[float, list[Box]] = {}
        for run in runs:
            cell = self._find_cell(run, known)
            zone = zones.get(cell)
            if not zone:
                zone = zones[cell] = Zone(cell)
            zone.chars += run
        return list(zones.values())

    def _find_cell(self, run: list[Char], known: dict[float, list[Box]]) -> Box:
        """The cell that most of a text stands in.

        :param known: cells by height: characters at one height between the same lines share theirs
        """
        parts: list[tuple[int, Box]] = []
        middle, x0, x1 = None, 0.0, 0.0
        for place, char in enumerate(run):
            x = char.center
            if char.middle == middle and x0 <= x < x1:
                continue
            middle = char.middle
            cells = known.setdefault(middle, [])
            cell = next((cell for cell in cells if cell[0] <= x < cell[2]), None)
            if not cell:
                cell = self.sheet.cell_at(x, middle)
                if cell[0] <= x < cell[2]:  # what lies beside the page is in none
                    cells.append(cell)
            x0, _top, x1, _bottom = cell
            parts.append((place, cell))
        if len(parts) == 1:
            return cell
        counts: Counter[Box] = Counter()
        ends = [*(start for start, _cell in parts[1:]), len(run)]
        for (start, cell), end in zip(parts, ends, strict=True):
            counts[cell] += end - start
        return max(counts, key=counts.get)


def find_runs(chars: list[Char]) -> Iterator[list[Char]]:
    """Characters written one behind the other without a gap."""
    run: list[Char] = []
    for char in chars:
        if run and not _follows(run[-1], char):
            yield run
            run = []
        run.append(char)
    if run:
        yield run


def _follows(last: Char, char: Char) -> bool:
    size = char.size
    return -0.3 < (char.x0 - last.x1) / size < 0.3 and abs(char.middle - last.middle) < 0.1 * size


def _drop_ciphers(runs: Iterable[list[Char]]) -> Iterator[list[Char]]:
    """Texts without ciphers; what stood before and behind one may be one text."""
    last: list[Char] = []
    is_dropped = False
    for run in runs:
        if _is_cipher(run):
            is_dropped = True
        elif is_dropped and last and _follows(last[-1], run[0]):
            last += run
        else:
            if last:
                yield last
            last, is_dropped = run, False
    if last:
        yield last


def _is_cipher(run: list[Char]) -> bool:
    return len(run) > 3 and bool(_CIPHER.fullmatch("".join(char.text for char in run).strip()))


def _find_edges(rows: list[Row]) -> list[float]:
    """Places of the rows that no block beside a vertical word reaches over."""
    goods = next((row.middle for row in rows if _GOODS_ROW.search(row.text)), None)
    total = next((row.middle for row in rows if _TOTAL_ROW.search(row.text)), None)
    edges = [goods, total]
    for row in rows:
        is_title = goods and row.middle < goods and _TITLE_ROW.search(row.text)
        is_foot = total and row.middle > total and FOOT_ROW.search(row.text)
        if is_title or is_foot:
            edges.append(row.middle)
    return [edge for edge in edges if edge is not None]


def _find_stacks(sheet: Sheet) -> Iterator[tuple[str, list[Char]]]:
    """What vertical words stand for, with their characters."""
    letters = [char for char in sheet.chars if char.text in _STACK_LETTERS]
    if len(letters) > _MOST_LETTERS:
        return
    used: set[int] = set()
    for first in sorted(letters, key=lambda char: char.middle):
        for word, block in _STACKS:
            if id(first) in used or first.text != word[0]:
                continue
            if chars := _read_down(first, word, letters, sheet):
                used |= {id(char) for char in chars}
                yield block, chars


def _read_down(first: Char, word: str, letters: list[Char], sheet: Sheet) -> list[Char]:
    """The letters of a word below each other, none if one is missing."""
    chars = [first]
    for letter in word[1:]:
        last = chars[-1]
        below = [
            char
            for char in letters
            if char.text == letter
            and abs(char.center - last.center) < _SIDE * last.size
            and 0.7 * last.size < char.middle - last.middle < _STEP * last.size
        ]
        if not below:
            return []
        chars.append(min(below, key=lambda char: char.middle))
    steps = [b.middle - a.middle for a, b in zip(chars, chars[1:], strict=False)]
    return chars if max(steps) < 1.6 * min(steps) else []


def _reach(chars: list[Char], sheet: Sheet, edges: list[float]) -> Box:
    """The box of a vertical word, up to what ends its block above and below."""
    first, last = chars[0], chars[-1]
    step = (last.middle - first.middle) / (len(chars) - 1)
    top = sheet.cell_at(first.center, first.middle).top
    bottom = sheet.cell_at(last.center, last.middle).bottom
    if first.top - top > _NEAR * step:
        top = first.top - _ABOVE * step
    if bottom - last.bottom > _NEAR * step:
        bottom = last.bottom + _NEAR * step
    above = [edge + 0.5 * first.size for edge in edges if edge < first.middle]
    below = [edge - 0.6 * last.size for edge in edges if edge > last.middle]
    top, bottom = max([top, *above]), min([bottom, *below])
    x0, x1 = min(char.x0 for char in chars), max(char.x1 for char in chars)
    return Box(x0 - 0.5, top, x1 + 0.5, bottom)


def find_labels(rows: list[Row], pattern: re.Pattern, fields: dict[str, str]) -> Iterator[Label]:
    """Labels in rows of one cell.

    :param pattern: with a group named for each label, and one named ``party`` perhaps
    :param fields: field by the name of the group
    """
    for row in rows:
        for match in pattern.finditer(row.text):
            group = next(name for name in fields if match[name])
            groups = match.groupdict()
            if groups.get("colon") == "" and match.start():
                continue  # a head such as 项目名称
            party = (groups.get("party") or "").strip()
            yield Label(fields[group], row, match.start(), match.end(), party)
