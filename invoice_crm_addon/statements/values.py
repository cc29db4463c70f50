"""Amounts, days and numbers as banks write them."""

import re
import unicodedata
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation

_MARKS = re.compile(r"[\s¥￥$€£'’元]|RMB|CNY|人民币")
# Commas part groups of three digits, or of four as 万 does; one before the cents is a point.
_GROUPED = re.compile(r"[+-]?(?:\d{1,3}(?:,\d{3})+|\d{1,4}(?:,\d{4})+)(?:\.\d*)?[+-]?")
_COMMA = re.compile(r"[+-]?(?:\d+|\d{1,3}(?:\.\d{3})+),\d{1,2}[+-]?")
_AMOUNT = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)")
_SCIENTIFIC = re.compile(r"[+-]?\d(?:\.\d+)?E\+?\d{1,2}")
_LOST_DIGITS = re.compile(r"\d(?:\.\d+)?E\+\d+")
# Until then a file says an amount of money, and not a number of another kind.
_LARGEST = Decimal(10) ** 13
_DAYS = (
    re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})(?:\s*日)?(?:[\sT].*)?"),
    re.compile(r"(\d{4})(\d{2})(\d{2})(?:\D.*|\d{6}.*)?"),
)
# Day 0 of Excel; a serial number of a day may have the time behind a point.
_EXCEL_START = date(1899, 12, 30)
_SERIAL = re.compile(r"(\d{5})(?:\.\d+)?")
_YEARS = range(1990, 2101)

CURRENCIES = {
    "人民币": "CNY",
    "人民币元": "CNY",
    "RMB": "CNY",
    "01": "CNY",
    "156": "CNY",
    "美元": "USD",
    "美金": "USD",
    "欧元": "EUR",
    "港币": "HKD",
    "港元": "HKD",
    "日元": "JPY",
    "日圆": "JPY",
    "英镑": "GBP",
    "澳元": "AUD",
    "加元": "CAD",
    "新加坡元": "SGD",
    "瑞士法郎": "CHF",
}


def normalize(text):
    """A text in half width, without blanks around it."""
    return unicodedata.normalize("NFKC", text or "").strip()


def parse_amount(text):
    """An amount with its sign; None for an empty cell or a dash.

    :rtype: Decimal
    :raise ValueError: if it is none
    """
    text = normalize(text).upper()
    for sign in "−–—":
        text = text.replace(sign, "-")
    is_negative = text.startswith("(") and text.endswith(")")
    text = _MARKS.sub("", text.strip("()") if is_negative else text)
    if not text or set(text) == {"-"}:
        return None
    if _GROUPED.fullmatch(text):
        text = text.replace(",", "")
    elif _COMMA.fullmatch(text):
        text = text.replace(".", "").replace(",", ".")
    # Some banks put the sign behind the number.
    if text[-1] in "+-":
        text = text[-1] + text[:-1]
    if not (_AMOUNT.fullmatch(text) or _SCIENTIFIC.fullmatch(text)):
        raise ValueError(text)
    try:
        amount = Decimal(text)
    except InvalidOperation as error:
        raise ValueError(text) from error
    cents = amount.quantize(Decimal("0.01")) if abs(amount) < _LARGEST else amount
    # Spreadsheets count in fractions of two, and say 0.30000000000000004.
    if abs(amount) >= _LARGEST or abs(cents - amount) > Decimal("0.000001"):
        raise ValueError(text)
    return -cents if is_negative else cents


def parse_day(text):
    """The day of a date, a time with a date, or a serial number of Excel.

    :rtype: date
    :raise ValueError: if it is none
    """
    text = normalize(text)
    for pattern in _DAYS:
        if match := pattern.fullmatch(text):
            return _check_year(date(*map(int, match.groups())))
    if match := _SERIAL.fullmatch(text):
        return _check_year(_EXCEL_START + timedelta(days=int(match[1])))
    raise ValueError(text)


def _check_year(day):
    if day.year not in _YEARS:
        raise ValueError(day)
    return day


def parse_account(text):
    """An account number without blanks and hyphens.

    :return: "" for one whose last digits a spreadsheet lost
    """
    number = re.sub(r"[\s\W_]+", "", normalize(text)).upper()
    return "" if has_lost_digits(text) else number


def has_lost_digits(text):
    return bool(_LOST_DIGITS.fullmatch(normalize(text).upper()))


def parse_currency(text):
    """Code of ISO 4217, or "" for none.

    :raise ValueError: if it is unknown
    """
    text = normalize(text).upper()
    code = CURRENCIES.get(text, text)
    if code and not re.fullmatch(r"[A-Z]{3}", code):
        raise ValueError(text)
    return code
