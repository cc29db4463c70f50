"""Characters of a page by their places: rows, and the words in them.

Reading order in a file means nothing: producers place labels and values in any order. What
stands beside a label is found by where it stands.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

#: Parts of a character's size: a blank inside a text, and the gap that ends a text.
_BLANK, _GAP = 0.3, 1.4


@dataclass(frozen=True)
class Char:
    """A character and its box, in points; ``top`` and ``bottom`` from the top of the page."""

    text: str
    x0: float
    x1: float
    top: float
    bottom: float

    @property
    def size(self) -> float:
        return max(self.bottom - self.top, 1.0)

    @property
    def middle(self) -> float:
        return (self.top + self.bottom) / 2


@dataclass(frozen=True)
class Word:
    """Text without a wide gap in it.

    :param start: place of its first character in the text of the row
    """

    text: str
    x0: float
    x1: float
    start: int


class Row:
    """Characters that stand beside each other, left to right."""

    def __init__(self, chars: list[Char]):
        chars = sorted(chars, key=lambda char: char.x0)
        self.middle = sum(char.middle for char in chars) / len(chars)
        self.size = sorted(char.size for char in chars)[len(chars) // 2]
        pieces: list[str] = []
        #: Place of each character of ``text``, and whether a wide gap stands before it.
        self.places: list[Char] = []
        self.gaps: list[bool] = []
        last, blank = None, False
        for char in chars:
            if not char.text.strip():
                blank = True
                continue
            distance = char.x0 - last.x1 if last else 0.0
            if last and (blank or distance > _BLANK * self.size):
                pieces.append(" ")
                self.places.append(last)
                self.gaps.append(False)
            for letter in char.text:
                pieces.append(letter)
                self.places.append(char)
                self.gaps.append(distance > _GAP * self.size)
                distance = 0.0
            last, blank = char, False
        self.text = "".join(pieces)

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


def build_rows(chars: Iterable[Char]) -> list[Row]:
    """Rows of a page, top to bottom."""
    return [Row(group) for group in _group(sorted(chars, key=lambda char: char.middle))]


def _group(chars: list[Char]) -> Iterator[list[Char]]:
    """Characters whose middles lie close to each other."""
    group: list[Char] = []
    for char in chars:
        if group and char.middle - group[-1].middle > 0.35 * min(char.size, group[-1].size):
            yield group
            group = []
        group.append(char)
    if group:
        yield group
