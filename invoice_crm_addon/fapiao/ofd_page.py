"""Characters of an OFD page by their places, as the readers of printed pages take them.

A text object (GB/T 33190, 11.3) stands in its ``Boundary`` (x, y, width, height in millimetres from
the upper left corner); ``CTM`` turns and scales what is in it. Its codes begin at ``X``, ``Y`` on
the base line, and ``DeltaX``/``DeltaY`` are the ways from glyph to glyph: ``g 4 1.5 3`` is four
times 1.5 and once 3.
"""

import math
from collections.abc import Iterator
from functools import lru_cache

from lxml import etree

from .page_text import Char
from .xml_tree import descendants

_POINTS = 72 / 25.4
#: Part of the letter size above the base line.
_ASCENT = 0.86
_FIRST_WIDE = "\u2e80"
_UPRIGHT = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)
_MAX_CHARS = 100_000


def read_chars(roots: list[etree._Element]) -> list[Char]:
    """Characters of a page and its templates, turned upright if most of them are turned.

    What stands aslant is left out: the letters around a seal, and marks across the page.

    :param roots: content of the page and of its templates
    """
    turned: dict[tuple[int, int], list[Char]] = {}
    count = 0
    for root in roots:
        for text_object in descendants(root, "TextObject"):
            matrix = _numbers(text_object.get("CTM"), _UPRIGHT)
            turn = _find_turn(*matrix[:2])
            is_placed = text_object.get("Boundary") and text_object.get("Visible") != "false"
            if turn is None or not is_placed:
                continue
            chars = turned.setdefault(turn, [])
            known = len(chars)
            chars += _read_object(text_object, matrix, turn)
            count += len(chars) - known
            if count > _MAX_CHARS:
                break
    return max(turned.values(), key=len, default=[])


@lru_cache(maxsize=64)
def _find_turn(a: float, b: float) -> tuple[int, int] | None:
    """Direction in which a text is read; ``None`` unless it is along a side of the page."""
    size = math.hypot(a, b)
    if not size or not math.isfinite(size) or 0.01 < abs(b) / size < 0.99:
        return None
    return round(a / size), round(b / size)


def _read_object(
    text_object: etree._Element, matrix: tuple[float, ...], turn: tuple[int, int]
) -> Iterator[Char]:
    a, b, c, d, e, f = matrix
    left, top, _width, _height = _numbers(text_object.get("Boundary"), (0.0, 0.0, 0.0, 0.0))
    size = _number(text_object.get("Size"), 3.175)
    along, across = turn
    # Ways in the object, as ways along the row and down the page.
    along_x, along_y = (a * along + b * across) * _POINTS, (c * along + d * across) * _POINTS
    down_x, down_y = (b * along - a * across) * _POINTS, (d * along - c * across) * _POINTS
    start = ((left + e) * along + (top + f) * across) * _POINTS
    base = ((top + f) * along - (left + e) * across) * _POINTS
    above, below = _ASCENT * size * abs(down_y), (1 - _ASCENT) * size * abs(down_y)
    x = y = 0.0
    for code in descendants(text_object, "TextCode"):
        text = code.text or ""
        # A code without a place goes on where the last one ended.
        x, y = _number(code.get("X"), x), _number(code.get("Y"), y)
        steps = _read_deltas(code.get("DeltaX"), len(text))
        falls = _read_deltas(code.get("DeltaY"), len(text))
        if len(text) > 1 and not any(steps) and not any(falls):
            steps = [size if letter >= _FIRST_WIDE else size / 2 for letter in text]
        for letter, step, fall in zip(text, steps, falls, strict=True):
            if letter >= " ":
                x0 = start + along_x * x + along_y * y
                line = base + down_x * x + down_y * y
                width = (size if letter >= _FIRST_WIDE else size / 2) if step <= 0 else step
                x1 = x0 + (width if width < size else size) * along_x
                yield Char(letter, x0, x1, line - above, line + below)
            x += step
            y += fall


def _read_deltas(text: str | None, count: int) -> list[float]:
    """Steps after each of ``count`` letters; the last one needs none."""
    steps: list[float] = []
    parts = iter(text.split() if text else ())
    for part in parts:
        if part in ("g", "G"):
            times = int(_number(next(parts, ""), 0.0))
            steps += [_number(next(parts, ""), 0.0)] * max(0, min(times, count))
        else:
            steps.append(_number(part, 0.0))
        if len(steps) >= count:
            return steps[:count]
    return steps + [0.0] * (count - len(steps))


def _number(text: str | None, default: float) -> float:
    try:
        number = float(text or "")
    except ValueError:
        return default
    return number if abs(number) < 1e6 else default


@lru_cache(maxsize=1024)
def _numbers(text: str | None, default: tuple[float, ...]) -> tuple[float, ...]:
    """As many numbers as the default has, else the default."""
    found = tuple(_number(part, math.nan) for part in (text or "").split())
    return found if len(found) == len(default) and not any(map(math.isnan, found)) else default
