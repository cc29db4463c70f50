"""make traditional: zh_TW.po, made of zh_CN.po by conversion; Odoo gives it to zh_HK as well.

OpenCC writes the characters of Taiwan; what people there call otherwise is a row of the glossary.
"""

import csv
import functools
import re

from . import layout
from .console import say

FOLDER = layout.MODULE_DIR / "i18n"
SIMPLIFIED = FOLDER / "zh_CN.po"
TRADITIONAL = FOLDER / "zh_TW.po"
GLOSSARY = FOLDER / "glossary.csv"


def glossary():
    """Return the rows of the glossary, as dicts."""
    with open(GLOSSARY, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@functools.cache
def _tools():
    import opencc

    convert = opencc.OpenCC("s2tw").convert
    # 賬 is the character of Hong Kong: Taiwan's books are 帳. It quotes with 「」.
    terms = {"賬": "帳", "“": "「", "”": "」"}
    for row in glossary():
        if row["zh_CN"] and row["zh_TW"]:
            terms.setdefault(convert(row["zh_CN"].partition("|")[0]), row["zh_TW"])
    # The longest first: 資料庫 is no 資料.
    longest = sorted(terms, key=len, reverse=True)
    return convert, terms, re.compile("|".join(map(re.escape, longest)))


def to_traditional(text):
    """Return a Chinese text as Taiwan writes it; what is no Chinese stays what it is."""
    convert, terms, pattern = _tools()
    return pattern.sub(lambda match: terms[match[0]], convert(text))


def make():
    """Return the catalogue that the simplified one makes."""
    import polib

    catalogue = polib.pofile(str(SIMPLIFIED))
    catalogue.metadata["Language"] = "zh_TW"
    catalogue.metadata["Language-Team"] = "Chinese (Traditional)"
    for entry in catalogue:
        entry.msgstr = to_traditional(entry.msgstr)
    return str(catalogue).rstrip("\n") + "\n"


def main(_words):
    """Write the traditional catalogue."""
    TRADITIONAL.write_text(make(), encoding="utf-8")
    say(f"{TRADITIONAL.relative_to(layout.ROOT)} says what {SIMPLIFIED.name} says.")
    return 0
