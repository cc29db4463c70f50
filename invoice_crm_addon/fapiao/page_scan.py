"""What stands on the pages of a PDF: characters and ruled lines with their places, upright.

Read by pdfminer, which keeps the place of each character. A page may be turned, and its text may
be turned once more: places are those on a page that a reader holds upright. Letters that run in
another direction than the others, as on seals and beside the form, are left out.
"""

import io
from collections import Counter
from collections.abc import Iterator

from .packages import need
from .page_glyphs import letter_of, make_char
from .page_text import Box, Char, Sheet
from .pdf_content import Interpreter

_Document = need("pdfminer.pdfdocument").PDFDocument
_Parser = need("pdfminer.pdfparser").PDFParser
_Page = need("pdfminer.pdfpage").PDFPage
_Resources = need("pdfminer.pdfinterp").PDFResourceManager
_TextDevice = need("pdfminer.pdfdevice").PDFTextDevice
_NoLetterError = need("pdfminer.pdffont").PDFUnicodeNotDefined

_MAX_CHARS = 100_000
_MAX_RULES = 20_000
#: Points: wider filled boxes are areas, not lines.
_THICKEST = 2.6
#: Points: shorter lines rule nothing.
_SHORTEST = 15.0
#: Points: as far apart as two prints of one character are looked for.
_SAME = 4.0
# How much letters of one direction may slant: one degree.
_SLANT = 0.0175


class PdfPages:
    """The pages of a file; each is read when it is asked for."""

    def __init__(self, content: bytes):
        self._document = _Document(_Parser(io.BytesIO(content)))
        self._resources = _Resources()
        self._left = _MAX_CHARS

    def __iter__(self) -> Iterator["PdfPage"]:
        for page in _Page.create_pages(self._document):
            yield PdfPage(self, page)

    def scan(self, page: _Page) -> Sheet:
        """Characters and lines of a page."""
        device = _Device(self._resources, self._left)
        Interpreter(self._resources, device).process_page(page)
        self._left -= len(device.chars)
        return device.make_sheet()


class PdfPage:
    """A page that is not read yet: reading it may fail, and the next one may be sound."""

    def __init__(self, pages: PdfPages, page: _Page):
        self._pages, self._page = pages, page

    def scan(self) -> Sheet:
        return self._pages.scan(self._page)


class _Device(_TextDevice):
    """Notes what a page writes and draws."""

    def __init__(self, resources: _Resources, most_chars: int):
        super().__init__(resources)
        #: Letter, origin, quarter turns, advance and size of each character.
        self.chars: list[tuple[str, float, float, int | None, float, float]] = []
        self.rules: list[tuple[float, float, float, float]] = []
        self._most_chars = most_chars
        self._box = (0.0, 0.0)

    def begin_page(self, page, ctm):
        x0, y0, x1, y1 = page.mediabox
        width, height = abs(x1 - x0), abs(y1 - y0)
        self._box = (height, width) if page.rotate in (90, 270) else (width, height)

    def render_char(self, matrix, font, fontsize, scaling, rise, cid, _colours, _state):
        try:
            letter = letter_of(font.to_unichr(cid))
        except _NoLetterError:
            letter = letter_of(cid)
        advance = font.char_width(cid) * fontsize * scaling
        a, b, c, d, x, y = matrix
        x, y = x + c * rise, y + d * rise
        if len(self.chars) < self._most_chars:
            length, height = abs(complex(a, b)), abs(complex(c, d))
            # Which way it runs; a squeezed letter only knows its upright.
            along = (a / length, b / length) if length > 0.001 else (d, -c)
            size = height * abs(fontsize)
            self.chars.append((letter, x, y, _turn_of(*along), abs(advance) * length, size))
        return advance

    def paint_path(self, state, stroke, fill, _evenodd, path):
        if len(self.rules) >= _MAX_RULES:
            return
        points = []
        for operator, *places in path:
            if operator == "m":
                self._note_lines(points, stroke, fill)
                points = [self._place(*places[-2:])]
            elif operator == "h":
                points += points[:1]
            elif operator == "l":
                points.append(self._place(*places[-2:]))
            else:  # curves rule nothing
                points = [self._place(*places[-2:])]
        self._note_lines(points, stroke, fill)

    def _place(self, x, y):
        a, b, c, d, e, f = self.ctm
        return a * x + c * y + e, b * x + d * y + f

    def _note_lines(self, points, stroke, fill):
        if len(points) < 2:
            return
        xs, ys = [x for x, _y in points], [y for _x, y in points]
        x0, x1, y0, y1 = min(xs), max(xs), min(ys), max(ys)
        width, height = x1 - x0, y1 - y0
        if max(width, height) < _SHORTEST:
            return
        if min(width, height) <= _THICKEST:
            self.rules.append((x0, y0, x1, y1))
        elif stroke:
            for (ax, ay), (bx, by) in zip(points, points[1:], strict=False):
                long, short = abs(ax - bx), abs(ay - by)
                if min(long, short) <= 0.5 and max(long, short) >= _SHORTEST:
                    self.rules.append((min(ax, bx), min(ay, by), max(ax, bx), max(ay, by)))

    def make_sheet(self) -> Sheet:
        """The page as it is held upright."""
        turns = Counter(char[3] for char in self.chars if char[3] is not None)
        turn = turns.most_common(1)[0][0] if turns else 0
        width, height = self._box
        upright = {
            0: lambda x, y: (x, height - y),
            1: lambda x, y: (y, x),
            2: lambda x, y: (width - x, y),
            3: lambda x, y: (height - y, width - x),
        }[turn]
        chars = []
        for letter, x, y, own, advance, size in self.chars:
            if own == turn and size > 0:
                x, y = upright(x, y)
                chars.append(make_char(letter, x, y, advance, size))
        rules = []
        for x0, y0, x1, y1 in self.rules:
            (ax, ay), (bx, by) = upright(x0, y0), upright(x1, y1)
            rules.append(Box(min(ax, bx), min(ay, by), max(ax, bx), max(ay, by)))
        if turn % 2:
            width, height = height, width
        return Sheet(list(_print_once(chars)), rules, width, height)


def _print_once(chars: list[Char]) -> Iterator[Char]:
    """Characters without those that are printed again on themselves, to make them bold."""
    printed: dict[tuple[str, int, int], list[Char]] = {}
    for char in chars:
        # Never far enough to reach over a whole place.
        most = min(0.15 * char.size, _SAME)
        near = [
            other
            for x in _places(char.x0, most)
            for y in _places(char.middle, most)
            for other in printed.get((char.text, x, y), ())
        ]
        if not any(
            abs(other.x0 - char.x0) < most and abs(other.middle - char.middle) < most
            for other in near
        ):
            place = char.text, round(char.x0 / _SAME), round(char.middle / _SAME)
            printed.setdefault(place, []).append(char)
            yield char


def _places(middle: float, most: float) -> range:
    """Numbers of the places that are near: one, or two next to each other in most cases."""
    return range(round((middle - most) / _SAME), round((middle + most) / _SAME) + 1)


def _turn_of(x: float, y: float) -> int | None:
    """Quarter turns to the left of a letter that runs in a direction, ``None`` if it slants."""
    if abs(y) <= _SLANT * abs(x):
        return 0 if x > 0 else 2
    if abs(x) <= _SLANT * abs(y):
        return 1 if y > 0 else 3
    return None
