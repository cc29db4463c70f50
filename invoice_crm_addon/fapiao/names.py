"""Names of buyers and sellers, compared as people read them.

A name is the same in full- and half-width letters and brackets, with blanks or without, and whether
or not the form adds that it is a person's: 张三（个人）. Names are near if they differ in the legal
form, in where the region stands, or in a letter.
"""

import re
import unicodedata

from .values import clean

_BRACKETS = str.maketrans("[]{}<>〔〕【】〈〉《》「」『』", "()" * 9)
_PERSON = re.compile(r"(?<=.)\((?:个人|自然人)\)$")
# What the law adds to the name of a company, 有限公司; a branch (分公司) is another one.
_CHINESE_FORM = re.compile(
    r"(?:\((?:特殊)?(?:普通|有限)?合伙(?:企业)?\)"
    r"|(?:股份)?有限(?:责任)?公司|股份公司|(?<![分子总])公司)$"
)
_FOREIGN_FORM = re.compile(
    r"[\s,.]+(?:co(?:mpany)?[\s.,]*(?:ltd|limited)?|ltd|limited|inc(?:orporated)?|corp(?:oration)?"
    r"|llc|plc|gmbh)[\s.,]*$",
    re.IGNORECASE,
)
_IN_BRACKETS = re.compile(r"\(([^()]+)\)")
_SHORTEST = 2
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


def near_name_key(name: str | None) -> str:
    """What is the same for all names that differ in spelling and legal form only.

    ``示例有限责任公司`` and ``示例股份有限公司`` have one key, ``示例贸易`` and ``示例科技`` have
    two, and so have ``深圳示例`` and ``示例（深圳）``. "" for no name.
    """
    text = unicodedata.normalize("NFKC", clean(name)).translate(_BRACKETS).strip()
    return _without_form(name_key(_FOREIGN_FORM.sub("", text)) or name_key(text))


def _without_form(key):
    shorter = _CHINESE_FORM.sub("", key)
    return key if shorter == key or len(shorter) < _SHORTEST else _without_form(shorter)


def name_parts(key: str) -> list[str]:
    """Parts of which a name near to a :func:`near_name_key` has one at least, as it stands there.

    A name with a letter wrong has one half of it right; one whose region moved has the rest.
    Empty for keys that are too short to be near to anything.
    """
    bracketed = _IN_BRACKETS.search(key)
    if bracketed:
        rest = max(_IN_BRACKETS.split(key)[::2], key=len)
        return [rest] if len(rest) >= _SHORTEST else []
    if len(key) < 2 * _SHORTEST:
        return []
    return [key[: len(key) // 2], key[len(key) // 2 :]]


def rank_name(typed: str | None, name: str | None) -> int | None:
    """How near a name is to what was typed, the lower the nearer.

    0 equal, 1 equal but for the legal form, 2 the region stands elsewhere, 3 starts with what was
    typed, 4 contains it, 5 one letter is another, missing or too many.

    :return: ``None`` if the name is another one
    """
    if not name_key(typed) or not name_key(name):
        return None
    if name_key(typed) == name_key(name):
        return 0
    key, other = near_name_key(typed), near_name_key(name)
    if key == other:
        return 1
    if _with_region_first(key) & _with_region_first(other):
        return 2
    if name_key(name).startswith((name_key(typed), key)):
        return 3
    if key in name_key(name):
        return 4
    # In a short name each letter makes another one: 张三, 张山.
    return 5 if min(len(key), len(other)) >= 4 and _is_one_letter_off(key, other) else None


def rank_names(typed: str | None, names: list[str]) -> list[int]:
    """Indexes of the names that are near to what was typed, best first, see :func:`rank_name`.

    Among names as near, shorter ones come first.
    """
    ranks = ((rank_name(typed, name), len(name), index) for index, name in enumerate(names))
    return [index for rank, _length, index in sorted(r for r in ranks if r[0] is not None)]


def _with_region_first(key):
    """The key with what stands in brackets in front of all, and as it is."""
    match = _IN_BRACKETS.search(key)
    if not match:
        return {key}
    return {key, match[1] + key[: match.start()] + key[match.end() :]}


def _is_one_letter_off(key, other):
    shorter, longer = sorted((key, other), key=len)
    if len(longer) - len(shorter) > 1:
        return False
    start = 0
    while start < len(shorter) and shorter[start] == longer[start]:
        start += 1
    if len(shorter) == len(longer):
        return shorter[start + 1 :] == longer[start + 1 :]
    return shorter[start:] == longer[start + 1 :]
