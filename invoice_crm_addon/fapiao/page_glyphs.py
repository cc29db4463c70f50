"""Characters of a page that lack something: a width, or the letter that they stand for.

Some producers draw the printed form as lines and lay invisible text over it, whose glyphs are
squeezed to no width. Others embed fonts that do not tell their letters; the numbers of the glyphs
are all there is then, and printed labels tell a few of them.
"""

import re
import unicodedata
from collections.abc import Iterable

from .page_text import Char, Row

#: Stands for a letter that remains unknown.
UNKNOWN = "\ufffd"

_NUMBER = re.compile(r"\(cid:(\d{1,5})\)")
# Letters of private use, one for each number of a glyph.
_FIRST, _LAST = 0xF0000, 0xFFFFD
_U = f"([{chr(_FIRST)}-{chr(_LAST)}])"
#: What stands around a printed label, and the letters that the groups are.
_LABELS = (
    (re.compile(rf"{_U}\s*[大小]\s*写\s*{_U}"), "（）"),
    (re.compile(rf"电\s*子\s*发\s*票\s*{_U}[\s\w]{{4,16}}票\s*{_U}"), "（）"),
    (re.compile(rf"(?:号\s*码|日\s*期|名\s*称)\s*{_U}"), "："),
    (re.compile(rf"写\s*[)）{chr(_FIRST)}-{chr(_LAST)}]\s*{_U}\s*-?\d"), "¥"),
)


def make_char(text: str, x0: float, x1: float, top: float, bottom: float) -> Char:
    """A character as :mod:`~.page_text` wants it."""
    if match := _NUMBER.fullmatch(text):
        text = chr(min(_FIRST + int(match[1]), _LAST))
    if x1 - x0 < 0.01:
        wide = unicodedata.east_asian_width(text[:1]) in "WFA"
        x1 = x0 + (bottom - top) * (1 if wide else 0.5)
    return Char(text, x0, x1, top, bottom)


def restore_letters(pages: Iterable[list[Row]]) -> None:
    """Put letters in the place of numbered glyphs, as far as the labels of any page tell them."""
    rows = [row for page in pages for row in page if not _is_plain(row.text)]
    letters: dict[int, str] = {}
    for pattern, found in _LABELS:
        for row in rows:
            for match in pattern.finditer(row.text):
                for glyph, letter in zip(match.groups(), found, strict=True):
                    letters.setdefault(ord(glyph), letter)
    for row in rows:
        row.text = "".join(_restore(char, letters) for char in row.text)


def _is_plain(text: str) -> bool:
    return max(text, default="") < chr(_FIRST)


def _restore(char: str, letters: dict[int, str]) -> str:
    return char if char < chr(_FIRST) else letters.get(ord(char), UNKNOWN)
