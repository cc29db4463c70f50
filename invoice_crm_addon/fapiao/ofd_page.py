"""What stands on an OFD page: letters and ruled lines with their places, upright.

A text object (GB/T 33190, 11.3) stands in its ``Boundary`` (x, y, width, height in millimetres from
the upper left corner); ``CTM`` turns and scales what is in it. Its codes begin at ``X``, ``Y`` on
the base line, and ``DeltaX``/``DeltaY`` are the ways from glyph to glyph: ``g 4 1.5 3`` is four
times 1.5 and once 3. A path (9.1) is written as ``M x y L x y C``, and shows within its clips.
"""

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice

from lxml import etree

from .page_text import Box, Char, Sheet
from .xml_tree import descendants, own_text

_POINTS = 72 / 25.4
#: Part of the letter size above the base line.
_ASCENT = 0.86
_FIRST_WIDE = "\u2e80"
_UPRIGHT = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)
_NO_BOX = (0.0, 0.0, 0.0, 0.0)
#: Of a page: the form of 100 lines of goods has 9,000 letters and some 30 lines.
MAX_CHARS = 20_000
_MAX_PATHS, _MAX_RULES = 5000, 1000
_MAX_PATH = 2000
#: Points: wider filled boxes are areas and no lines; shorter lines rule nothing.
_THICKEST, _SHORTEST = 2.6, 15.0
_OPERATION = re.compile(r"([SMLQBAC])([^SMLQBAC]*)")

Rule = tuple[float, float, float, float]
Matrix = tuple[float, ...]


@dataclass(frozen=True)
class Turn:
    """A quarter turn: millimetres of the page as it is stored to points of it held upright.

    :param along: direction in which its texts are read, to the right and downwards
    """

    along: tuple[int, int]
    left: float = 0.0
    top: float = 0.0

    def place(self, x: float, y: float) -> tuple[float, float]:
        right, down = self.along
        return (x * right + y * down) * _POINTS - self.left, (
            y * right - x * down
        ) * _POINTS - self.top


def read_sheet(roots: list[etree._Element], most_chars: int = MAX_CHARS) -> Sheet:
    """Letters and lines of a page and its templates, turned upright if most letters are turned.

    What stands aslant is left out: the letters around a seal, and marks across the page.

    :param roots: content of the templates, and of the page at last
    """
    by_turn: dict[tuple[int, int], list[tuple[etree._Element, Matrix]]] = {}
    texts = (text for root in roots for text in descendants(root, "TextObject"))
    for text_object in islice(texts, most_chars):
        matrix = _numbers(text_object.get("CTM"), _UPRIGHT)
        along = _find_turn(*matrix[:2])
        # Without a place it stands nowhere.
        if along and text_object.get("Boundary") and text_object.get("Visible") != "false":
            by_turn.setdefault(along, []).append((text_object, matrix))
    along = max(by_turn, key=lambda key: len(by_turn[key]), default=(1, 0))
    width, height = _read_size(roots)
    corners = [Turn(along).place(x, y) for x in (0, width) for y in (0, height)]
    xs, ys = zip(*corners, strict=True)
    turn = Turn(along, min(xs), min(ys))
    chars: list[Char] = []
    for text_object, matrix in by_turn.get(along, ()):
        chars += _read_object(text_object, matrix, turn, most_chars - len(chars))
        if len(chars) >= most_chars:
            break
    rules = [Box(*rule) for rule in read_rules(roots, turn)]
    return Sheet(chars, rules, max(xs) - min(xs), max(ys) - min(ys))


def _read_size(roots: list[etree._Element]) -> tuple[float, float]:
    """Width and height in millimetres, up to the last object where the page does not say."""
    for root in reversed(roots):
        for box in descendants(root, "PhysicalBox"):
            _x, _y, width, height = _numbers(own_text(box), _NO_BOX)
            if width > 0 and height > 0:
                return width, height
    boxes = [
        _numbers(placed.get("Boundary"), _NO_BOX)
        for root in roots
        for name in ("TextObject", "PathObject")
        for placed in descendants(root, name)
    ]
    right = max((x + width for x, _y, width, _height in boxes), default=0.0)
    return right, max((y + height for _x, y, _width, height in boxes), default=0.0)


# --- Letters ------------------------------------------------------------------------------------


@lru_cache(maxsize=64)
def _find_turn(a: float, b: float) -> tuple[int, int] | None:
    """Direction in which a text is read; ``None`` unless it is along a side of the page."""
    size = math.hypot(a, b)
    if not size or not math.isfinite(size) or 0.01 < abs(b) / size < 0.99:
        return None
    return round(a / size), round(b / size)


def _read_object(
    text_object: etree._Element, matrix: Matrix, turn: Turn, most_chars: int
) -> list[Char]:
    """Letters of a text object, blanks included."""
    a, b, c, d, e, f = matrix
    left, top, _width, _height = _numbers(text_object.get("Boundary"), _NO_BOX)
    size = _number(text_object.get("Size"), 3.175)
    right, down = turn.along
    # Ways in the object, as ways along the row and down the page.
    along_x, along_y = (a * right + b * down) * _POINTS, (c * right + d * down) * _POINTS
    down_x, down_y = (b * right - a * down) * _POINTS, (d * right - c * down) * _POINTS
    start, base = turn.place(left + e, top + f)
    above, below = _ASCENT * size * abs(down_y), (1 - _ASCENT) * size * abs(down_y)
    half = size / 2
    chars: list[Char] = []
    x = y = 0.0
    for code in descendants(text_object, "TextCode"):
        text = (code.text or "")[: most_chars - len(chars)]
        # A code without a place goes on where the last one ended.
        x, y = _number(code.get("X"), x), _number(code.get("Y"), y)
        steps = _read_deltas(code.get("DeltaX"), len(text))
        falls = _read_deltas(code.get("DeltaY"), len(text))
        if len(text) > 1 and not any(steps) and not any(falls):
            steps = [size if letter >= _FIRST_WIDE else half for letter in text]
        for letter, step, fall in zip(text, steps, falls, strict=True):
            if letter >= " ":
                x0 = start + along_x * x + along_y * y
                line = base + down_x * x + down_y * y
                width = step
                if step <= 0:
                    width = size if letter >= _FIRST_WIDE else half
                elif step > size:
                    width = size
                chars.append(Char(letter, x0, x0 + width * along_x, line - above, line + below))
            x += step
            y += fall
    return chars


def _read_deltas(text: str | None, count: int) -> list[float]:
    """Steps after each of ``count`` letters; the last one needs none."""
    if not text:
        return [0.0] * count
    steps: list[float] = []
    parts = iter(text.split())
    for part in parts:
        if part in ("g", "G"):
            times = int(_number(next(parts, ""), 0.0))
            steps += [_number(next(parts, ""), 0.0)] * max(0, min(times, count))
        else:
            steps.append(_number(part, 0.0))
        if len(steps) >= count:
            return steps[:count]
    return steps + [0.0] * (count - len(steps))


# --- Lines --------------------------------------------------------------------------------------


def read_rules(roots: list[etree._Element], turn: Turn) -> list[Rule]:
    """Lines of a page and its templates, once it is turned upright."""
    rules: list[Rule] = []
    paths = (path for root in roots for path in descendants(root, "PathObject"))
    for path in islice(paths, _MAX_PATHS):
        rules += islice(_read_path(path, turn), _MAX_RULES - len(rules))
    return rules


def _read_path(path: etree._Element, turn: Turn) -> Iterator[Rule]:
    """Lines that a path draws: itself if it is thin, else its straight strokes."""
    data = _read_data(path)
    matrix = _numbers(path.get("CTM"), _UPRIGHT)
    left, top, _width, _height = _numbers(path.get("Boundary"), _NO_BOX)
    areas = descendants(path, "Area")
    clips = [box for area in areas if (box := _read_clip(area, left, top))]
    for points in _read_points(data):
        placed = [_transform(matrix, left, top, x, y) for x, y in points]
        box = _bounds(placed)
        if clips and not (box := _intersect([box, *clips])):
            continue
        if rule := _as_rule(box, turn):
            yield rule
        elif path.get("Stroke") != "false" and not clips:
            for first, second in zip(placed, placed[1:], strict=False):
                if rule := _as_rule(_bounds([first, second]), turn):
                    yield rule


def _read_clip(area: etree._Element, left: float, top: float) -> Rule | None:
    """What an area of a clip leaves of its object, as a box on the page."""
    path = next(area.iterchildren("{*}Path"), None)
    if path is None:
        return None
    x0, y0, _width, _height = _numbers(path.get("Boundary"), _NO_BOX)
    matrix = _numbers(area.get("CTM"), _UPRIGHT)
    points = [
        _transform(matrix, left, top, x0 + x, y0 + y)
        for piece in _read_points(_read_data(path))
        for x, y in piece
    ]
    return _bounds(points) if points else None


def _read_data(path: etree._Element) -> str:
    data = next(path.iterchildren("{*}AbbreviatedData"), None)
    return "" if data is None else own_text(data)[:_MAX_PATH]


def _read_points(data: str) -> Iterator[list[tuple[float, float]]]:
    """Corners of each piece of a path; curves count as straight ways to their ends."""
    points: list[tuple[float, float]] = []
    for operation, places in _OPERATION.findall(data):
        if operation in "SM" and points:
            yield points
            points = []
        if operation == "C" and points:
            points.append(points[0])
        elif len(end := places.split()[-2:]) == 2:
            points.append((_number(end[0], 0.0), _number(end[1], 0.0)))
    if points:
        yield points


def _transform(matrix: Matrix, left: float, top: float, x: float, y: float) -> tuple[float, float]:
    a, b, c, d, e, f = matrix
    return left + a * x + c * y + e, top + b * x + d * y + f


def _bounds(points: list[tuple[float, float]]) -> Rule:
    xs, ys = zip(*points, strict=True)
    return min(xs), min(ys), max(xs), max(ys)


def _intersect(boxes: list[Rule]) -> Rule | None:
    x0, y0 = max(box[0] for box in boxes), max(box[1] for box in boxes)
    x1, y1 = min(box[2] for box in boxes), min(box[3] for box in boxes)
    return (x0, y0, x1, y1) if x1 >= x0 and y1 >= y0 else None


def _as_rule(box: Rule, turn: Turn) -> Rule | None:
    """A box in millimetres as a line, if it is long and thin."""
    x0, y0, x1, y1 = _bounds([turn.place(box[0], box[1]), turn.place(box[2], box[3])])
    long, thin = max(x1 - x0, y1 - y0), min(x1 - x0, y1 - y0)
    return (x0, y0, x1, y1) if long >= _SHORTEST and thin <= _THICKEST else None


# --- Numbers ------------------------------------------------------------------------------------


def _number(text: str | None, default: float) -> float:
    if not text:
        return default
    try:
        number = float(text)
    except ValueError:
        return default
    return number if abs(number) < 1e6 else default


@lru_cache(maxsize=1024)
def _numbers(text: str | None, default: tuple[float, ...]) -> tuple[float, ...]:
    """As many numbers as the default has, else the default."""
    found = tuple(_number(part, math.nan) for part in (text or "").split())
    return found if len(found) == len(default) and not any(map(math.isnan, found)) else default
