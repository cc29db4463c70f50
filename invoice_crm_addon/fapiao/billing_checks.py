"""What is impossible and what is unlikely in billing data: a phone, an account, a title …

Nothing here refuses what a bank or an office may have issued: a problem is impossible only where
no value of that shape exists.
"""

import re
import unicodedata

from stdnum import luhn
from stdnum.iso7064 import mod_11_10

from .document import Party
from .joined import is_phone
from .names import name_key
from .tax_id import is_spreadsheet_number, is_uscc, normalize_tax_id
from .values import clean, compact

#: Codes of :func:`billing_problems` that make a value impossible; the others are warnings.
BILLING_IMPOSSIBLE = frozenset(
    {"account_spreadsheet", "account_length", "account_characters", "clearing_shape"}
)
_ABROAD = re.compile(r"(?:\+|00)(?!86)[1-9][\d ()./-]{5,24}")
_SHORT_PHONE = re.compile(r"(?:\d{5}|95\d{4})")
_EXTENSION = re.compile(r"(?:转|分机|ext\.?|x|#|-) ?\d{1,6}$", re.IGNORECASE)
_COUNTRY = re.compile(r"^(?:\+|00)86[- ]?")
_PHONE_EDGES = re.compile(r"[\s()]+")
_PLACE = re.compile(
    r"[省市区县旗镇乡村路街道巷弄号楼栋幢室层座园厦屯组里]|road|street|\b[sr][td]\b", re.I
)
_ACCOUNT_IGNORED = re.compile(r"[\s\-‐‑‒–—―−_.·]+")


def normalize_account(text: str | None) -> str:
    """An account number in half-width capitals, without blanks, hyphens and dots."""
    return _ACCOUNT_IGNORED.sub("", unicodedata.normalize("NFKC", clean(text))).upper()


def phone_problem(text: str | None) -> str | None:
    """``phone_unlikely`` for what is no phone number of China or abroad."""
    text = unicodedata.normalize("NFKC", clean(text))
    for phone in filter(None, map(str.strip, re.split(r"[/,、;]", text))):
        if not _is_any_phone(phone):
            return "phone_unlikely"
    return None


def _is_any_phone(phone: str) -> bool:
    if _ABROAD.fullmatch(phone) or _SHORT_PHONE.fullmatch(phone) or is_phone(phone):
        return True
    national = _COUNTRY.sub("", phone)
    for text in (national, _EXTENSION.sub("", national)):
        digits = _PHONE_EDGES.sub("", text).replace("-", "")
        # +86 10 …: the area code loses its zero behind the country's.
        if is_phone(digits) or (national != phone and is_phone(f"0{digits}")):
            return True
    return False


def account_problem(text: str | None, is_person: bool = False) -> str | None:
    """What is wrong with an account number, ``None`` when nothing is or it is empty.

    :param is_person: cards of persons have a check digit, accounts of companies have none
    :return: an impossible ``account_spreadsheet``, ``account_characters`` or ``account_length``,
        or the warnings ``account_letters`` and ``account_check_digit``
    """
    if is_spreadsheet_number(text):
        return "account_spreadsheet"
    number = normalize_account(text)
    if not number:
        return None
    if not re.fullmatch(r"[0-9A-Z/]+", number):
        return "account_characters"
    if not 5 <= len(number) <= 40 or not re.search(r"\d", number):
        return "account_length"
    if not number.isdecimal():
        return "account_letters"
    if not 8 <= len(number) <= 32:
        return "account_unlikely"
    if is_person and 16 <= len(number) <= 19 and not luhn.is_valid(number):
        return "account_check_digit"
    return None


def clearing_problem(text: str | None) -> str | None:
    """What is wrong with a bank's CNAPS code (联行号): ``clearing_shape``, or the warning
    ``clearing_check_digit``, since some codes in use fail it."""
    code = compact(text)
    if not code:
        return None
    if not re.fullmatch(r"[0-9]{12}", code):
        return "clearing_shape"
    return None if mod_11_10.is_valid(code) else "clearing_check_digit"


def address_problem(text: str | None) -> str | None:
    """``address_unlikely`` for an address that names no place."""
    text = clean(text)
    if not text:
        return None
    is_foreign = text.isascii() and re.search(r"[A-Za-z]{3}", text) and " " in text
    return None if _PLACE.search(text) or is_foreign else "address_unlikely"


def title_problem(party: Party) -> str | None:
    """What is unlikely of a title: it is a number, or repeats another field."""
    if not party.name:
        return None
    key = name_key(party.name)
    if is_spreadsheet_number(party.name):
        return "title_number"
    if is_uscc(normalize_tax_id(party.name)) or re.fullmatch(r"[\W\d_]+", party.name):
        return "title_number"
    if key in (name_key(party.address), name_key(party.bank_name), name_key(party.phone)):
        return "title_repeats"
    return None


def billing_problems(party: Party, clearing_number: str = "", is_person: bool = False) -> list[str]:
    """Codes of all that is impossible or unlikely, the tax number apart."""
    problems = (
        title_problem(party),
        address_problem(party.address),
        phone_problem(party.phone),
        account_problem(party.bank_account, is_person),
        clearing_problem(clearing_number),
    )
    return [problem for problem in problems if problem]
