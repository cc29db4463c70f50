"""What stands on the pages of a PDF: characters and ruled lines with their places, upright.

Read by pdfminer, which keeps the place of each character. A page may be turned, and its text may
be turned once more: places are those on a page that a reader holds upright. Letters that run in
another direction than the others, as on seals and beside the form, are left out.
"""

import io
import math
from collections import Counter
from collections.abc import Iterator

from pdfminer.pdfdevice import PDFTextDevice
from pdfminer.pdfdocument import PDFDocument
from pdfminer.pdffont import PDFUnicodeNotDefined
from pdfminer.pdfinterp import PDFResourceManager
from pdfminer.pdfpage import PDFPage
from pdfminer.pdfparser import PDFParser

from .page_glyphs import letter_of, make_char
from .page_text import Box, Sheet
from .pdf_content import Interpreter

_MAX_CHARS = 100_000
_MAX_RULES = 20_000
#: Points: wider filled boxes are areas, not lines.
_THICKEST = 2.6
#: Points: shorter lines rule nothing.
_SHORTEST = 15.0
# Degrees by which letters of one direction may differ.
_SLANT = 1.0


class PdfPages:
    """The pages of a file; each is read when it is asked for."""

    def __init__(self, content: bytes):
        self._document = PDFDocument(PDFParser(io.BytesIO(content)))
        self._resources = PDFResourceManager()
        self._left = _MAX_CHARS

    def __iter__(self) -> Iterator["PdfPage"]:
        for page in PDFPage.create_pages(self._document):
            yield PdfPage(self, page)

    def read(self, page: PDFPage) -> Sheet:
        """Characters and lines of a page."""
        device = _Device(self._resources, self._left)
        Interpreter(self._resources, device).process_page(page)
        self._left -= len(device.chars)
        return device.make_sheet()


class PdfPage:
    """A page that is not read yet: reading it may fail, and the next one may be sound."""

    def __init__(self, pages: PdfPages, page: PDFPage):
        self._pages, self._page = pages, page

    def read(self) -> Sheet:
        return self._pages.read(self._page)


class _Device(PDFTextDevice):
    """Notes what a page writes and draws."""

    def __init__(self, resources: PDFResourceManager, most_chars: int):
        super().__init__(resources)
        #: Letter, origin, direction, advance and size of each character.
        self.chars: list[tuple[str, float, float, float, float, float]] = []
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
        except PDFUnicodeNotDefined:
            letter = letter_of(cid)
        advance = font.char_width(cid) * fontsize * scaling
        a, b, c, d, x, y = matrix
        x, y = x + c * rise, y + d * rise
        if len(self.chars) < self._most_chars:
            length = math.hypot(a, b)
            angle = math.atan2(b, a) if length > 0.001 else math.atan2(-c, d)
            size = math.hypot(c, d) * abs(fontsize)
            self.chars.append((letter, x, y, angle, abs(advance) * length, size))
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
        turns = Counter(round(math.degrees(char[3]) / 90) % 4 for char in self.chars)
        turn = turns.most_common(1)[0][0] if turns else 0
        width, height = self._box
        upright = {
            0: lambda x, y: (x, height - y),
            1: lambda x, y: (y, x),
            2: lambda x, y: (width - x, y),
            3: lambda x, y: (height - y, width - x),
        }[turn]
        chars = []
        for letter, x, y, angle, advance, size in self.chars:
            slant = (math.degrees(angle) - 90 * turn + 180) % 360 - 180
            if abs(slant) <= _SLANT and size > 0:
                x, y = upright(x, y)
                chars.append(make_char(letter, x, y, advance, size))
        rules = []
        for x0, y0, x1, y1 in self.rules:
            (ax, ay), (bx, by) = upright(x0, y0), upright(x1, y1)
            rules.append(Box(min(ax, bx), min(ay, by), max(ax, bx), max(ay, by)))
        if turn % 2:
            width, height = height, width
        return Sheet(chars, rules, width, height)
