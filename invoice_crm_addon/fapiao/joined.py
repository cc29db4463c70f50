"""Split what older invoices print in one field: 「地址、电话」 and 「开户行及账号」."""

import re

from .values import half_width

_MAX_TEXT = 1000

_ONE_PHONE = (
    r"(?:(?:\+?86[- ]?)?1[3-9]\d{9}"
    r"|\(?0\d{2,3}\)?[- ]?\d{7,8}(?:[-转]\d{1,6})?"
    r"|[48]00-?\d{3,4}-?\d{3,4}"
    r"|(?<!-)[2-9]\d{6,7}(?:[-转]\d{1,6})?)"
)
_PHONES = _ONE_PHONE + r"(?:[ ]?[/,、;][ ]?" + _ONE_PHONE + r")*"
# Hotlines have five digits, or six from 95 on; only a blank tells them from the address.
_PHONE_LAST = re.compile(r"(?<!\d)" + _PHONES + r"$|(?<=[^\d\s] )(?:\d{5}|95\d{4})$")
_PHONE_FIRST = re.compile(_PHONES + r"(?=[ ,、;/])")
_PHONE = re.compile(_PHONES)
_RUN_TOGETHER = re.compile(r"\d{8,}$|\d{4,}-\d{6,}$")
_ACCOUNT_LAST = re.compile(r"(?<!\d)\d[\d -]{7,38}\d$")
_ACCOUNT_FIRST = re.compile(r"\d[\d -]{7,38}\d(?=[ ,、;/:]|[^\d -])")
_LABELS = re.compile(r"(?:电话|联系电话|[账帐]号|账户|a/?c|tel)[.:]?$", re.IGNORECASE)
_EDGES = " ,，、;；:：/／|\\。"


def is_phone(text: str) -> bool:
    """Whether a text is one or several phone numbers and nothing else."""
    return bool(_PHONE.fullmatch(half_width(text[:_MAX_TEXT]).strip()))


def split_address_phone(text: str) -> tuple[str, str]:
    """Address and phone of a joined text; either may be ""."""
    return _split(text, _PHONE_LAST, _PHONE_FIRST)


def is_run_together(text: str) -> bool:
    """Whether a joined text ends in digits of which some may be the address's, some the phone's."""
    address, phone = split_address_phone(text)
    return not phone and bool(_RUN_TOGETHER.search(half_width(address)))


def split_bank_account(text: str) -> tuple[str, str]:
    """Bank and account number of a joined text; the account loses its spaces."""
    bank, account = _split(text, _ACCOUNT_LAST, _ACCOUNT_FIRST)
    return bank, account.replace(" ", "")


def _split(text: str, last: re.Pattern, first: re.Pattern) -> tuple[str, str]:
    """Text around a number that stands last or, failing that, first."""
    text = text[:_MAX_TEXT].strip()
    plain = half_width(text)
    if match := last.search(plain):
        rest = text[: match.start()]
    elif match := first.match(plain):
        rest = text[match.end() :]
    else:
        return text.strip(_EDGES), ""
    rest = rest.strip().rstrip(_EDGES + "（(").strip(_EDGES)
    rest = rest[: len(rest) - len(_trailing_label(rest))].strip(_EDGES)
    return rest, match[0].strip()


def _trailing_label(text: str) -> str:
    match = _LABELS.search(half_width(text))
    return text[match.start() :] if match else ""
