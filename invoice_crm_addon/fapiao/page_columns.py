"""Columns of a table of goods: where they begin and end, and which word of a row is whose.

Ruled columns end at their lines. Where none are drawn, words are told by the heads that they
are aligned with, and texts by the gap that runs through all rows.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from .page_text import Char, Sheet

TEXTS = ("name", "specification", "unit")
#: Texts that may fill their column, and columns that are not known.
_WIDE = ("name", "specification", "")
FIGURES = ("quantity", "unit_price", "amount", "tax_rate", "tax_amount")

_FIGURE = re.compile(r"[-+]?[\d,]*\.?\d+%?|\*{1,6}|[-—/]{1,4}|免税|不征税|零税率|普通零税率|出口零税率|0%")
_DIGIT = re.compile(r"[\d.,%*¥￥-]")
# Parts of a character's size: the gap between two words, and what touches.
_APART, _TOUCHES = 0.22, 0.12
#: Points: a narrower strip ends no column.
_NARROWEST = 1.0
# What it costs to put a word where it does not fit, in sizes of a character.
_OUTSIDE, _WRONG, _SECOND = 3.0, 8.0, 2.5


@dataclass
class Column:
    """A column by its printed head.

    :param field: of :class:`~.document.Line`, "" for one that it does not know
    :param left: where it begins, ``None`` if nothing tells
    """

    field: str
    x0: float
    x1: float
    left: float | None = None
    right: float | None = None

    @property
    def center(self) -> float:
        return (self.x0 + self.x1) / 2

    def distance(self, token: "Token") -> float:
        """How badly a word fits into the column, in sizes of a character."""
        size = token.size
        cost = _WRONG if self.field in FIGURES and not _FIGURE.fullmatch(token.text) else 0.0
        if self.field == "unit" and _FIGURE.fullmatch(token.text):
            cost += _WRONG / 2
        for bound, outside in ((self.left, -1), (self.right, 1)):
            if bound is not None and outside * (token.center - bound) > 0:
                cost += _OUTSIDE + abs(token.center - bound) / size
        if (self.left is None or self.right is None) and self.field not in _WIDE:
            edges = (token.x0 - self.x0, token.center - self.center, token.x1 - self.x1)
            cost += min(map(abs, edges)) / size
        return cost


@dataclass
class Token:
    """A word of a row.

    :param is_apart: whether a blank stands before it, and not only a line
    """

    chars: list[Char]
    is_apart: bool

    def __post_init__(self):
        self.text = "".join(char.text for char in self.chars)
        self.x0, self.x1 = self.chars[0].x0, self.chars[-1].x1
        self.center = (self.x0 + self.x1) / 2
        self.size = self.chars[0].size


def rule_columns(sheet: Sheet, columns: list[Column], y: float) -> list[float]:
    """Let columns end at the lines between their heads; the lines are returned."""
    lines = []
    for column, following in zip(columns, columns[1:], strict=False):
        if found := sheet.lines_between(column.center, following.center, y):
            column.right = following.left = found[-1]
            lines += found
    return lines


def split_tokens(chars: Iterable[Char], lines: list[float]) -> list[Token]:
    """Words of a row: blanks, gaps and lines end one."""
    tokens: list[Token] = []
    word: list[Char] = []
    apart, blank = True, False
    for char in sorted(chars, key=lambda char: char.x0):
        if not char.text.strip():
            blank = True
            continue
        if word:
            last = word[-1]
            gap = (char.x0 - last.x1) / char.size
            crossed = any(last.center < line <= char.center for line in lines)
            # A text may run over the line that ends its column; figures beside it are two.
            if crossed and gap < _TOUCHES:
                crossed = bool(_DIGIT.match(char.text) and _DIGIT.match(last.text))
            if blank or gap > _APART or crossed:
                tokens.append(Token(word, apart))
                word, apart = [], blank or gap > _APART
        word.append(char)
        blank = False
    if word:
        tokens.append(Token(word, apart))
    return tokens


def part_texts(columns: list[Column], rows: list[list[Token]]) -> None:
    """Let columns of texts that no line ends do so at the gap that runs through all rows."""
    for column, following in zip(columns, columns[1:], strict=False):
        if column.right is not None or column.field not in _WIDE:
            continue
        ink = sorted(
            (token.x0, token.x1)
            for row in rows
            for token in row
            if column.x0 < token.x1 and token.x0 < following.x1
        )
        # Free strips between the heads; the column ends in the one nearest to the next head.
        strips, reached = [], column.center
        for x0, x1 in [*ink, (following.x1, following.x1)]:
            if x0 - reached > _NARROWEST:
                strips.append((reached, x0))
            reached = max(reached, x1)
        edge = following.x0
        if strips:
            start, end = min(strips, key=lambda s: max(s[0] - edge, edge - s[1], 0))
            edge = max(start + _NARROWEST / 2, min(end, edge) - _NARROWEST / 2)
        column.right = following.left = edge


def place_tokens(columns: list[Column], tokens: list[Token]) -> dict[int, list[Token]]:
    """Words of a row by the position of their column: the cheapest order from left to right."""
    # cost and choice for the words so far, by the column of the last one
    best: list[tuple[float, list[int]]] = [(0.0, [])]
    for token in tokens:
        costs = [column.distance(token) for column in columns]
        following: list[tuple[float, list[int]]] = []
        for index, cost in enumerate(costs):
            options = []
            for before, chosen in best:
                last = chosen[-1] if chosen else -1
                if last > index:
                    continue
                second = last == index and columns[index].field in FIGURES
                options.append((before + cost + (_SECOND if second else 0), chosen))
            if options:
                total, chosen = min(options, key=lambda option: option[0])
                following.append((total, [*chosen, index]))
        best = following or best
    _cost, chosen = min(best, key=lambda option: option[0])
    placed: dict[int, list[Token]] = {}
    for token, index in zip(tokens, chosen, strict=False):
        placed.setdefault(index, []).append(token)
    return placed
