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

_NOTHING = r"|\*{1,6}|[-—/]{1,4}"
_NUMBER = re.compile(r"[-+]?[¥￥]?[\d,]*\.?\d+" + _NOTHING)
_RATE = re.compile(r"\d{1,2}(?:\.\d+)?%|免税|不征税|(?:普通|出口)?零税率" + _NOTHING)
#: What may be printed for each figure.
_SHAPES = {name: _RATE if name == "tax_rate" else _NUMBER for name in FIGURES}
# Parts of a character's size: the gap between two words, and what touches.
_APART, _TOUCHES = 0.22, 0.12
#: Part of a character's size: a wider strip without a text parts two columns.
_STRIP = 0.6
# How far a text may stand from the middle or the beginning of its head.
_ALIGNED = 0.4
# What it costs to put a word where it does not fit, in sizes of a character.
_OUTSIDE, _WRONG, _SECOND = 3.0, 8.0, 2.5


@dataclass
class Column:
    """A column by its printed head.

    :param field: of :class:`~.document.Line`, "" for one that it does not know
    :param left: where it begins, ``None`` if nothing tells
    :param is_ruled: whether a line ends it
    """

    field: str
    x0: float
    x1: float
    left: float | None = None
    right: float | None = None
    is_ruled: bool = False

    @property
    def center(self) -> float:
        return (self.x0 + self.x1) / 2

    def is_aligned(self, token: "Token") -> bool:
        """Whether a text stands where the lines say or, without lines, its head."""
        edges = (token.x0 - self.x0, token.center - self.center)
        return self.is_ruled or min(map(abs, edges)) < _ALIGNED * token.size

    def distance(self, token: "Token") -> float:
        """How badly a word fits into the column, in sizes of a character."""
        size = token.size
        shape = _SHAPES.get(self.field)
        cost = _WRONG if shape and not shape.fullmatch(token.text) else 0.0
        if self.field == "unit" and _NUMBER.fullmatch(token.text):
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

    :param is_over: whether it runs over the line that ends its column
    """

    chars: list[Char]
    is_over: bool = False

    def __post_init__(self):
        self.text = "".join(char.text for char in self.chars)
        self.x0, self.x1 = self.chars[0].x0, self.chars[-1].x1
        self.center = (self.x0 + self.x1) / 2
        self.size = self.chars[0].size


@dataclass(frozen=True)
class Line:
    """A line that ends a column.

    :param parts_figures: whether figures stand on either side of it
    """

    x: float
    parts_figures: bool


def rule_columns(sheet: Sheet, columns: list[Column], y: float) -> list[Line]:
    """Let columns end at the lines between their heads; the lines are returned."""
    lines = []
    for column, following in zip(columns, columns[1:], strict=False):
        if found := sheet.lines_between(column.center, following.center, y):
            column.right = following.left = found[-1]
            column.is_ruled = following.is_ruled = True
            parts_figures = column.field in FIGURES and following.field in FIGURES
            lines += (Line(x, parts_figures) for x in found)
    return lines


def split_tokens(chars: Iterable[Char], lines: list[Line]) -> list[Token]:
    """Words of a row: blanks, gaps and lines end one."""
    tokens: list[Token] = []
    word: list[Char] = []
    over, blank = False, False
    for char in sorted(chars, key=lambda char: char.x0):
        if not char.text.strip():
            blank = True
            continue
        if word:
            last = word[-1]
            gap = (char.x0 - last.x1) / char.size
            crossed = [line for line in lines if last.center < line.x <= char.center]
            # What runs over a line may be one text too long, or two figures without a gap.
            runs_over = bool(crossed) and gap < _TOUCHES
            is_parted = bool(crossed) and (not runs_over or crossed[0].parts_figures)
            if blank or gap > _APART or is_parted:
                tokens.append(Token(word, over or runs_over))
                word, over = [], runs_over
            else:
                over = over or runs_over
        word.append(char)
        blank = False
    if word:
        tokens.append(Token(word, over))
    return tokens


def part_texts(columns: list[Column], rows: list[list[Token]]) -> bool:
    """Let columns of texts that no line ends do so at the strips that run through all rows.

    :return: whether each text stands under one head only
    """
    count = next((i for i, column in enumerate(columns) if column.field in FIGURES), len(columns))
    texts = columns[:count]
    if not texts or all(column.right is not None for column in texts):
        return True
    end = columns[count].x0 if count < len(columns) else float("inf")
    blocks = _merge_ink(token for row in rows for token in row if token.x1 < end)
    owners = _owners(texts, blocks)
    for index, (column, following) in enumerate(zip(texts, texts[1:], strict=False)):
        if column.right is not None:
            continue
        before = [x1 for (_x0, x1), owner in zip(blocks, owners, strict=True) if owner <= index]
        after = [x0 for (x0, _x1), owner in zip(blocks, owners, strict=True) if owner > index]
        left, right = max(before, default=column.x1), min(after, default=following.x0)
        column.right = following.left = (left + right) / 2 if left < right else following.x0
    if texts[-1].right is None:
        inside = [x1 for (_x0, x1), owner in zip(blocks, owners, strict=True) if owner == count - 1]
        texts[-1].right = max([texts[-1].x1, *inside]) + 1
    return all(_heads_over(texts, block) <= 1 for block in blocks)


def _merge_ink(tokens: Iterable[Token]) -> list[tuple[float, float]]:
    """Parts of the width that texts cover in any row; blanks inside a text are covered too."""
    blocks: list[tuple[float, float]] = []
    for token in sorted(tokens, key=lambda token: token.x0):
        if blocks and token.x0 - blocks[-1][1] < _STRIP * token.size:
            blocks[-1] = (blocks[-1][0], max(blocks[-1][1], token.x1))
        else:
            blocks.append((token.x0, token.x1))
    return blocks


def _owners(columns: list[Column], blocks: list[tuple[float, float]]) -> list[int]:
    """Column of each block of texts: the one whose head stands over it, or the nearest without
    a block of its own."""
    taken = {
        index
        for index, column in enumerate(columns)
        if any(column.x0 < x1 and x0 < column.x1 for x0, x1 in blocks)
    }
    owners = []
    for x0, x1 in blocks:
        distances = [max(column.x0 - x1, x0 - column.x1) for column in columns]
        nearest = sorted(range(len(columns)), key=distances.__getitem__)
        if len(nearest) > 1 and distances[nearest[0]] > 0:
            first, second = nearest[:2]
            if first in taken and second not in taken and abs(first - second) == 1:
                nearest = [second]
        owners.append(nearest[0])
    return owners


def _heads_over(columns: list[Column], block: tuple[float, float]) -> int:
    return sum(column.x0 < block[1] and block[0] < column.x1 for column in columns)


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


def is_figure(field: str, text: str) -> bool:
    """Whether a text can be printed for a figure."""
    return bool(_SHAPES[field].fullmatch(text))
