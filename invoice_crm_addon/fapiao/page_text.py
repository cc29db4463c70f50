"""Characters of a page by their places: rows, and the words in them.

Reading order in a file means nothing: producers place labels and values in any order. What
stands beside a label is found by where it stands.
"""

import re
from collections import namedtuple
from collections.abc import Iterable, Iterator
from functools import cached_property
from operator import attrgetter

#: Parts of a character's size: a blank inside a text, and the gap that ends a text.
_BLANK, _GAP = 0.3, 1.4
#: How far a row may lean, as a part of a character's size.
_ROW = 0.35
_BROKEN = re.compile("[0-9A-Za-z]{2}")
#: Points by which lines that meet may miss each other.
_TOUCH = 1.5
#: Part of a cell's width that a line must run through to divide it.
_DIVIDES = 0.7
#: Pairs of lines for which those that run between them are kept.
_MOST_KEPT = 1000


_X0, _X1, _BOTTOM = attrgetter("x0"), attrgetter("x1"), attrgetter("bottom")
_MIDDLE, _SIZE = attrgetter("middle"), attrgetter("size")


class Box(namedtuple("Box", "x0 top x1 bottom")):
    """A part of a page, in points; ``top`` and ``bottom`` from the top of the page."""

    __slots__ = ()


class Char:
    """A character and its box, in points; ``top`` and ``bottom`` from the top of the page."""

    __slots__ = ("bottom", "center", "middle", "size", "text", "top", "x0", "x1")

    def __init__(self, text: str, x0: float, x1: float, top: float, bottom: float):
        self.text, self.x0, self.x1, self.top, self.bottom = text, x0, x1, top, bottom
        size = bottom - top
        self.size = size if size > 1.0 else 1.0
        self.middle = (top + bottom) / 2
        self.center = (x0 + x1) / 2

    def __repr__(self):
        return f"Char({self.text!r}, {self.x0:.1f}, {self.top:.1f})"


class Word(namedtuple("Word", "text x0 x1 start")):
    """Text without a wide gap in it; ``start`` is the place of its first character in the row."""

    __slots__ = ()


class Row:
    """Characters that stand beside each other, left to right."""

    def __init__(self, chars: list[Char]):
        self.chars = chars = sorted(chars, key=_X0)
        self.middle = sum(map(_MIDDLE, chars)) / len(chars)
        self.size = size = sorted(map(_SIZE, chars))[len(chars) // 2]
        pieces: list[str] = []
        #: Place of each character of ``text``; a blank stands where the text before it ends.
        self.places: list[Char] = []
        places = self.places
        #: Whether a blank is written before the first letter, and after the last.
        self.leads = bool(chars) and not chars[0].text.strip()
        self.ends = bool(chars) and not chars[-1].text.strip()
        last, blank, narrow = None, False, _BLANK * size
        for char in chars:
            text = char.text
            if text.isspace() or not text:
                blank = True
                continue
            if last and (blank or char.x0 - last.x1 > narrow):
                pieces.append(" ")
                places.append(last)
            pieces.append(text)
            places.append(char)
            if len(text) > 1:
                places += [char] * (len(text) - 1)
            last, blank = char, False
        self.text = "".join(pieces)

    @cached_property
    def gaps(self) -> list[bool]:
        """Whether a wide gap stands before each character of ``text``."""
        wide = _GAP * self.size
        pairs = zip(self.places, self.places[1:], strict=False)
        return [False, *(char is not last and char.x0 - last.x1 > wide for last, char in pairs)]

    @property
    def x0(self) -> float:
        return self.places[0].x0

    @property
    def x1(self) -> float:
        return self.places[-1].x1

    def words(self) -> list[Word]:
        """Texts between the wide gaps."""
        starts = [i for i, is_gap in enumerate(self.gaps) if is_gap or i == 0]
        words = []
        for start, end in zip(starts, [*starts[1:], len(self.text)], strict=True):
            text = self.text[start:end].strip()
            if text:
                last = start + len(self.text[start:end].rstrip()) - 1
                words.append(Word(text, self.places[start].x0, self.places[last].x1, start))
        return words

    def value_after(self, position: int, end: int | None = None) -> str:
        """Text from a position on, up to the next wide gap or to ``end``."""
        end = len(self.text) if end is None else end
        while position < end and self.text[position] in " :：":
            position += 1
        stop = next((i for i in range(position + 1, end) if self.gaps[i]), end)
        return self.text[position:stop].strip()


def join_rows(rows: list[Row], right: float | None = None, numbers_go_on: bool = False) -> str:
    """Text of the rows of one cell.

    :param right: how far a row may reach, if that is known: after a row that ends earlier, a new
        line was meant, unless a number or a word goes on in it
    :param numbers_go_on: whether a digit below a digit belongs to the same number, whatever blank
        is written between them
    """
    pieces = []
    for row, following in zip(rows, [*rows[1:], None], strict=True):
        pieces.append(row.text)
        if not following:
            break
        edge = row.text[-1] + following.text[0]
        has_room = right is not None and right - row.x1 > following.places[0].size * 1.5
        is_written = row.ends or following.leads
        if is_written or (has_room and not _BROKEN.fullmatch(edge)):
            if not (numbers_go_on and edge.isdecimal()):
                pieces.append(" ")
    return "".join(pieces)


def build_rows(chars: Iterable[Char]) -> list[Row]:
    """Rows of a page, top to bottom."""
    rows = map(Row, _group(sorted(chars, key=_MIDDLE)))
    return [row for row in rows if row.text]


def rows_above(rows: list[Row], bottom: float) -> list[Row]:
    """Rows of what stands above a place of the page.

    :param rows: those of the page
    """
    above = []
    for row in rows:
        chars = [char for char in row.chars if char.middle < bottom]
        if len(chars) == len(row.chars):
            above.append(row)
            continue
        return above + build_rows(chars)
    return above


def _group(chars: list[Char]) -> Iterator[list[Char]]:
    """Characters whose middles lie close to each other."""
    group: list[Char] = []
    total, count, size = 0.0, 0, 0.0
    for char in chars:
        middle, last, size = char.middle, size, char.size
        if count and middle - total / count > _ROW * (size if size < last else last):
            yield group
            group, total, count = [], 0.0, 0
        group.append(char)
        total += middle
        count += 1
    if group:
        yield group


class Sheet:
    """A page: its characters, and the lines that rule it."""

    def __init__(self, chars: list[Char], rules: Iterable[Box], width: float, height: float):
        self.chars = chars
        self.width = max(width, max(map(_X1, chars), default=0.0))
        self.height = max(height, max(map(_BOTTOM, chars), default=0.0))
        self._down: list[Box] = []
        self._across: list[Box] = []
        for rule in rules:
            is_down = rule.bottom - rule.top > rule.x1 - rule.x0
            (self._down if is_down else self._across).append(rule)
        self._across = list(_merge_across(self._across))
        self._walls: list[tuple[float, float, float]] | None = None
        #: Sorted heights of the lines that run from one place to another.
        self._floors: dict[tuple[float, float], list[float]] = {}
        #: Where the leftmost character begins and the rightmost ends.
        self._left = min(map(_X0, chars), default=0.0)
        self._right = max(map(_X1, chars), default=width)

    def part(self, top: float, bottom: float) -> "Sheet":
        """What stands between two places of the page."""
        chars = [char for char in self.chars if top <= char.middle < bottom]
        rules = [
            rule
            for rule in (*self._down, *self._across)
            if top <= (rule.top + rule.bottom) / 2 < bottom
        ]
        return Sheet(chars, rules, self.width, self.height)

    def add_edge(self, x: float, top: float, bottom: float) -> None:
        """Let a block end where no line is drawn."""
        self._down.append(Box(x, top, x, bottom))
        self._walls = None

    def cell_at(self, x: float, y: float) -> Box:
        """The part of the page around a place that no line divides."""
        x0, x1 = _around(self._find_walls(y), x, self.width)
        floors = self._floors.get((x0, x1))
        if floors is None:
            if len(self._floors) >= _MOST_KEPT:
                self._floors.clear()
            floors = self._floors[x0, x1] = self._find_floors(x0, x1)
        top, bottom = _around(floors, y, self.height)
        return Box(x0, top, x1, bottom)

    def _find_walls(self, y: float) -> list[float]:
        """Places of the lines that run downwards past a height."""
        if self._walls is None:
            self._walls = self._sort_walls()
        return [x for x, top, bottom in self._walls if top <= y <= bottom]

    def _sort_walls(self) -> list[tuple[float, float, float]]:
        """Lines that run downwards from left to right, each with where it begins and ends."""
        return sorted(
            ((x0 + x1) / 2, top - _TOUCH, bottom + _TOUCH) for x0, top, x1, bottom in self._down
        )

    def _find_floors(self, x0: float, x1: float) -> list[float]:
        """Heights of the lines that run through what is printed between two places."""
        left, right = max(x0, self._left), min(x1, self._right)
        needed = _DIVIDES * (right - left)
        return sorted(
            {
                (top + bottom) / 2
                for rule_x0, top, rule_x1, bottom in self._across
                if (rule_x1 if rule_x1 < right else right) - (rule_x0 if rule_x0 > left else left)
                >= needed
            }
        )

    def lines_between(self, x0: float, x1: float, y: float) -> list[float]:
        """Places of the lines that run downwards between two places of a row."""
        return [x for x in self._find_walls(y) if x0 < x < x1]


def _around(places: list[float], here: float, most: float) -> tuple[float, float]:
    """The places before and behind one, or the edges of the page."""
    before = 0.0
    for place in places:
        if place > here:
            return before, place if place < most else most
        if place > 0:
            before = place
    return before, most


def _merge_across(rules: list[Box]) -> Iterator[Box]:
    """Lines across the page; one that is drawn piece by piece is one line."""
    merged: list[Box] = []
    for rule in sorted(rules, key=lambda rule: (round(rule.top / _TOUCH), rule.x0)):
        last = merged[-1] if merged else None
        if last and abs(last.top - rule.top) <= _TOUCH and rule.x0 <= last.x1 + 2 * _TOUCH:
            merged[-1] = Box(last.x0, last.top, max(last.x1, rule.x1), last.bottom)
        else:
            merged.append(rule)
    return iter(merged)
