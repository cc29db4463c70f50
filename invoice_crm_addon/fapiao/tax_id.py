"""Tax numbers (税号): normal form, check digits, and what is wrong with one.

Lengths in use: 15 (older registrations), 17, 18 (unified social credit code, GB 32100, or the
identity card of a sole trader, GB 11643) and 20 (identity card and two digits).
"""

import re
import unicodedata
from datetime import date

from stdnum.cn import ric, uscc

from .values import clean

_IGNORED = re.compile(r"[\s\-‐‑‒–—―−_·.]+")
#: What a spreadsheet shows of a long number: its first digits, and how many there were.
_SPREADSHEET = re.compile(r"[0-9](?:[.,][0-9]+)?E\+?[0-9]{1,3}")
_USCC = re.compile("[0-9A-HJ-NP-RTUWXY]{18}")
_CODE_IN_TEXT = re.compile("(?<![0-9A-Z])[0-9A-HJ-NP-RTUWXY]{18}(?![0-9A-Z])")
_MISREAD = str.maketrans("OI", "01")
_LENGTHS = (15, 17, 18, 20)

#: Codes of :func:`tax_id_problem` that make a number impossible; the others are warnings, since
#: the bureau itself issued numbers that fail their check digit.
IMPOSSIBLE = frozenset({"characters", "length"})


def normalize_tax_id(text: str | None) -> str:
    """Half-width upper case without blanks, hyphens and invisible characters; placeholders
    such as ``/``, ``***`` and ``无`` become ""."""
    text = _IGNORED.sub("", unicodedata.normalize("NFKC", clean(text))).upper()
    return "" if re.fullmatch(r"[/*\\]*|无|NULL|NONE", text) else text


def is_spreadsheet_number(text: str | None) -> bool:
    """Whether a text is a long number as a spreadsheet shows it, ``9.14403E+17``: the digits
    behind are lost. No tax number and no account number looks like that."""
    text = unicodedata.normalize("NFKC", clean(text)).strip().upper()
    return bool(_SPREADSHEET.fullmatch(text))


def uscc_check_digit(body: str) -> str:
    """Check character of the first 17 characters of a unified social credit code.

    :raise ValueError: a character is outside of the code's alphabet
    """
    return uscc.calc_check_digit(body)


def is_uscc(tax_id: str) -> bool:
    """Whether a normalised number is a unified social credit code with a right check digit."""
    # Not the library's validation: it refuses registering offices whose code has letters.
    return bool(_USCC.fullmatch(tax_id)) and uscc_check_digit(tax_id[:17]) == tax_id[17]


def find_uscc(text: str) -> str | None:
    """The unified social credit code in a text, such as that of a licence's QR code."""
    candidates = _CODE_IN_TEXT.findall(text.upper())
    return next(filter(is_uscc, candidates), None)


def repair_tax_id(tax_id: str) -> str:
    """A normalised number whose letters O and I are the digits 0 and 1 that they were meant as.

    The alphabet of unified social credit codes has neither letter, so that a number with one of
    them is repaired where the check digit then is right, and stays as it is elsewhere.
    """
    repaired = tax_id.translate(_MISREAD)
    return repaired if repaired != tax_id and is_uscc(repaired) else tax_id


def correct_tax_id(text: str | None) -> str:
    """What somebody typed, pasted or listed: normalised, and repaired (:func:`repair_tax_id`)."""
    return repair_tax_id(normalize_tax_id(text))


def looks_like_id_card(tax_id: str) -> bool:
    """Whether a normalised number has the shape of an identity card, birthday included."""
    if not re.fullmatch(r"[1-9][0-9]{16}[0-9X]", tax_id):
        return False
    try:
        born = date(int(tax_id[6:10]), int(tax_id[10:12]), int(tax_id[12:14]))
    except ValueError:
        return False
    return born.year >= 1900


def is_id_card(tax_id: str) -> bool:
    """Whether a normalised number is an identity card with a right check digit."""
    # Not the library's validation: it refuses places of birth that its list lacks.
    return looks_like_id_card(tax_id) and ric.calc_check_digit(tax_id) == tax_id[17]


def tax_id_problem(tax_id: str) -> str | None:
    """What is wrong with a tax number, ``None`` when nothing is or it is empty.

    :return: ``characters`` or ``length`` (see :data:`IMPOSSIBLE`), else the warnings
        ``uscc_check_digit`` or ``id_card_check_digit``
    """
    tax_id = normalize_tax_id(tax_id)
    if not tax_id:
        return None
    if not re.fullmatch(r"[0-9A-Z]+", tax_id):
        return "characters"
    if len(tax_id) not in _LENGTHS:
        return "length"
    if len(tax_id) != 18 or is_uscc(tax_id) or is_id_card(tax_id):
        return None
    return "id_card_check_digit" if looks_like_id_card(tax_id) else "uscc_check_digit"
