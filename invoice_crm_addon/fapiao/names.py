"""Names of buyers and sellers, compared as people read them.

A name is the same in full- and half-width letters and brackets, with blanks or without, and whether
or not the form adds that it is a person's: 张三（个人）.
"""

import re
import unicodedata

from .values import clean

_BRACKETS = str.maketrans("[]{}<>〔〕【】〈〉《》「」『』", "()" * 9)
_PERSON = re.compile(r"(?<=.)\((?:个人|自然人)\)$")
_UNSAID = re.compile(r"[\s·•・.,;:'\"、。，；：‘’“”_-]+")
#: Names under which issuers sell to anybody.
_ANYBODY = frozenset({"个人", "自然人", "消费者", "个人消费者", "散户", "零售", "个体"})


def name_key(name: str | None) -> str:
    """What is the same for all spellings of a name; "" for none."""
    key = unicodedata.normalize("NFKC", clean(name)).translate(_BRACKETS)
    return _PERSON.sub("", _UNSAID.sub("", key)).casefold()


def is_same_name(name: str | None, other: str | None) -> bool:
    """Whether two texts are spellings of one name; no name is the same as none."""
    return bool(name_key(name)) and name_key(name) == name_key(other)


def is_anybody(name: str | None) -> bool:
    """Whether a name stands for whoever bought, such as 个人, and so names no customer."""
    return name_key(name).strip("()") in _ANYBODY
