"""Characters of a page that lack something: a width, or the letter that they stand for.

Some producers draw the printed form as lines and lay invisible text over it, whose glyphs are
squeezed to no width. Others embed fonts that do not tell their letters; the numbers of the glyphs
are all there is then, and printed labels tell a few of them.
"""

import re
import unicodedata
from collections.abc import Collection

from .page_text import Char, Sheet, build_rows

#: Stands for a letter that remains unknown.
UNKNOWN = "\ufffd"

#: Part of a character's size above the line that it stands on.
_ASCENT = 0.86
# Fonts often map a glyph to the radical that looks like it: 页 to U+2EDA, 子 to U+2F26.
_RADICAL = re.compile("[\u2e80-\u2fdf\uf900-\ufaff]")
_RADICALS = str.maketrans(
    "⺠⺟⻁⻄⻅⻆⻉⻋⻓⻔⻘⻚⻛⻜⻝⻢⻤⻥⻦⻧⻨⻩⻬⻮⻰⻳",
    "民母虎西见角贝车长门青页风飞食马鬼鱼鸟卤麦黄齐齿龙龟",
)
# Letters of private use, one for each number of a glyph.
_FIRST, _LAST = 0xF0000, 0xFFFFD
_FIRST_LETTER = chr(_FIRST)
_U = f"([{chr(_FIRST)}-{chr(_LAST)}])"
#: What stands around a printed label, and the letters that the groups are.
_LABELS = (
    (re.compile(rf"{_U}\s*[大小]\s*写\s*{_U}"), "（）"),
    (re.compile(rf"电\s*子\s*发\s*票\s*{_U}[\s\w]{{4,16}}票\s*{_U}"), "（）"),
    (re.compile(rf"(?:号\s*码|日\s*期|名\s*称)\s*{_U}"), "："),
    (re.compile(rf"写\s*[)）{chr(_FIRST)}-{chr(_LAST)}]\s*{_U}\s*-?\d"), "¥"),
)


def letter_of(letter: str | int) -> str:
    """The letter that a glyph stands for, or a placeholder for a glyph that only has a number."""
    if isinstance(letter, int):
        return chr(min(_FIRST + letter, _LAST))
    if letter.isascii() or not _RADICAL.search(letter):
        return letter if letter.isprintable() or letter.isspace() else UNKNOWN
    return unicodedata.normalize("NFKC", letter.translate(_RADICALS))


def make_char(letter: str, x: float, baseline: float, advance: float, size: float) -> Char:
    """A character as :mod:`~.page_text` wants it.

    :param baseline: from the top of the page
    :param advance: its width; squeezed glyphs get one that suits their letter
    """
    if advance < 0.01:
        wide = unicodedata.east_asian_width(letter[:1]) in "WFA"
        advance = size * (1 if wide else 0.5)
    return Char(letter, x, x + advance, baseline - _ASCENT * size, baseline + (1 - _ASCENT) * size)


def restore_letters(sheets: Collection[Sheet]) -> None:
    """Put letters in the place of numbered glyphs, as far as the labels of any page tell them."""
    # Texts are compared by their first letters.
    unknown = [char for sheet in sheets for char in sheet.chars if char.text >= _FIRST_LETTER]
    if not unknown:
        return
    letters: dict[str, str] = {}
    for sheet in sheets:
        for row in build_rows(sheet.chars):
            for pattern, found in _LABELS:
                for match in pattern.finditer(row.text):
                    for glyph, letter in zip(match.groups(), found, strict=True):
                        letters.setdefault(glyph, letter)
    for char in unknown:
        char.text = letters.get(char.text, UNKNOWN)
