"""Texts of a document to values. What cannot be read is "" or ``None``, never an exception."""

import re
import unicodedata
from datetime import date
from decimal import Decimal
from functools import lru_cache

from .document import TaxKind

_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u2064\ufeff\x00-\x08\x0e-\x1f]")
_DECIMAL = re.compile(r"[-+]?(?:\d{1,18}(?:\.\d{0,20})?|\.\d{1,20})", re.ASCII)
_THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")
_DATE = re.compile(
    r"(\d{4})\D{1,3}(\d{1,2})\D{1,3}(\d{1,2})(?!\d)|(\d{4})(\d{2})(\d{2})(?:\d{6}|\d{9})?$"
)
_NUMBER = re.compile(r"(?:发票)?(?:号码|代码)?:?(?:NO\.?|№)?(\d{1,40})", re.IGNORECASE)
_PLACEHOLDER = re.compile(r"[/*\-—\\]*")
_HALF_WIDTH = {0xFF01 + offset: 0x21 + offset for offset in range(94)} | {
    0x3000: 0x20,
    **{ord(char): "-" for char in "‐‑‒–—―−"},
}
_MAX_TEXT = 10_000
_MAX_VALUE = 80  # longer texts are no number, date or rate

_RATE_WORDS = (
    ("不征税", TaxKind.NOT_TAXABLE, None),
    ("免税", TaxKind.EXEMPT, None),
    ("零税率", TaxKind.TAXED, Decimal(0)),
)


def clean(text: str | None) -> str:
    """Text as printed, without invisible characters and with runs of blanks made one space."""
    text = (text or "")[:_MAX_TEXT]
    return " ".join((text if text.isprintable() else _INVISIBLE.sub("", text)).split())


def half_width(text: str) -> str:
    """Text with its full-width ASCII and dashes made half-width, every character in its place,
    so that positions found in it hold in ``text``; names keep what they were printed with."""
    return text.translate(_HALF_WIDTH)


def compact(text: str | None) -> str:
    """Text in half-width form and without any blanks, for comparing and for numbers."""
    text = clean(text)
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text)
    return text.replace(" ", "") if text.isascii() else "".join(text.split())


def parse_text(text: str | None) -> str:
    """Cleaned text; placeholders for "nothing" (``/``, ``***``, ``-``) become ""."""
    text = clean(text)
    return "" if _PLACEHOLDER.fullmatch(text) else text


def parse_number(text: str | None) -> str:
    """Digits of an invoice number or code; "" when there is anything else but its label."""
    match = _NUMBER.fullmatch(compact(text)[:_MAX_VALUE])
    return match[1] if match and match[1].isascii() else ""


def parse_check_code(text: str | None) -> str:
    """校验码: 20 digits, or a few hexadecimal ones on Shenzhen's blockchain invoices."""
    code = compact(text)
    return code if re.fullmatch(r"[0-9A-Za-z]{4,32}", code) else ""


def parse_decimal(text: str | None) -> Decimal | None:
    """Amount, price or quantity: ``¥1,234.50``, ``-3``, ``１２.００``; ``None`` for ``***``.

    Exponents, infinities and digits beyond 18 + 20 are refused.
    """
    if text and _DECIMAL.fullmatch(text):
        return Decimal(text)
    text = compact(text)
    if len(text) > _MAX_VALUE:
        return None
    text = _THOUSANDS.sub("", text.replace("−", "-").replace("¥", "").replace("元", ""))
    return Decimal(text) if _DECIMAL.fullmatch(text) else None


def parse_date(text: str | None) -> date | None:
    """Day of ``2020年08月05日``, ``2024-01-24 16:23:48``, ``20240124``, ``20240124162348``
    or the same with thousandths of a second."""
    match = _DATE.match(unicodedata.normalize("NFKC", clean(text)[:_MAX_VALUE]))
    if not match:
        return None
    year, month, day = match.group(1, 2, 3) if match[1] else match.group(4, 5, 6)
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        return None


def parse_tax_rate(text: str | None) -> tuple[TaxKind, Decimal | None]:
    """Kind and rate (a fraction) of ``6%``, ``0.060000``, ``免税``, ``不征税``, ``***``.

    A number without percent sign is a fraction below 1 and a percentage from 1 on.
    """
    return _parse_tax_rate(compact(text)[:_MAX_VALUE])


@lru_cache(maxsize=128)  # the lines of an invoice share one or two rates
def _parse_tax_rate(text: str) -> tuple[TaxKind, Decimal | None]:
    for word, kind, rate in _RATE_WORDS:
        if word in text:
            return kind, rate
    rate = parse_decimal(text.rstrip("%"))
    if rate is None or rate < 0 or rate >= 100:
        return TaxKind.UNKNOWN, None
    if text.endswith("%") or rate >= 1:
        rate /= 100
    return TaxKind.TAXED, Decimal(f"{rate:f}".rstrip("0").rstrip(".")) if rate else Decimal(0)
