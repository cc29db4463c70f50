"""Cells of a list to values. Each raises ``ValueError`` with what is wrong, never guesses."""

import re
import unicodedata
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation

DIGITAL = re.compile(r"\d{20}")
# What is left of a long number in a cell of numbers.
_DESTROYED = re.compile(r"[+-]?\d+(\.\d+)?E\+?\d+", re.IGNORECASE)
_DAY = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})(?!\d)")
_COMPACT_DAY = re.compile(r"(20\d{2})(\d{2})(\d{2})(?!\d)")
_SERIAL = re.compile(r"(\d{5})(\.\d+)?")
_EPOCH = date(1899, 12, 30)
_CENT = Decimal("0.01")
# More than any fapiao, and what a column holds.
_LARGEST = Decimal(10) ** 13
_AMOUNT_NOISE = re.compile(r"[\s,¥￥元]")
_RATE = re.compile(r"(\d{1,2}(?:\.\d+)?)%")

_STATUS = {
    "正常": "normal",
    "已开具": "normal",
    "作废": "voided",
    "全额": "red_full",
    "部分": "red_part",
}
_UNTAXED_RATES = {"免税": "exempt", "不征税": "not_taxable"}
_RED_DIGITAL = re.compile(r"被红冲蓝字(?:数电|全电)?(?:发)?票?号码\s*[::]?\s*(\d{20})(?!\d)")
_RED_CODED = re.compile(
    r"(?:对应正数|对应蓝字|被红冲蓝字)发票代码\s*[::]?\s*(\d{10}|\d{12})\D{0,4}?号码\s*[::]?\s*(\d{8})(?!\d)"
)
_CONFIRMATION = re.compile(
    r"红字(?:发票|增值税专用发票)?(?:信息)?(?:确认单|信息表|通知单)编?号\s*[::]?\s*(\d{16,24})(?!\d)"
)


def clean(text):
    """A text in half width, without what surrounds it."""
    return unicodedata.normalize("NFKC", text or "").strip().strip("'\t")


def is_destroyed(text):
    """Whether a cell held a long number of which a spreadsheet kept only the first digits."""
    return bool(_DESTROYED.fullmatch(clean(text)))


def read_identity(number, code, paper_number):
    """Code and number.

    :raise ValueError: ``destroyed``, ``number`` or ``no_number``
    """
    texts = [clean(text) for text in (number, code, paper_number)]
    if any(map(is_destroyed, texts)):
        raise ValueError("destroyed")
    number, code, paper = (re.sub(r"[\s-]", "", text) for text in texts)
    digital = [text for text in (number, paper) if DIGITAL.fullmatch(text)]
    if digital:
        if len(set(digital)) > 1:
            raise ValueError("number")
        return "", digital[0]
    if number:
        raise ValueError("number")
    if not paper:
        raise ValueError("no_number")
    # A cell of numbers keeps no zeros in front; how many digits there are is beyond doubt.
    code = code.zfill(12 if len(code) > 10 else 10)
    if not (paper.isdecimal() and len(paper) <= 8 and int(paper)):
        raise ValueError("number")
    if not (code.isdecimal() and len(code) in (10, 12) and int(code) and len(texts[1]) > 7):
        raise ValueError("code")
    return code, paper.zfill(8)


def read_day(text):
    """A day in any of its shapes: 2026-07-29 21:38:43, 2026/7/28, or a cell that is a date.

    :raise ValueError: ``date``
    """
    text = clean(text)
    try:
        if found := _DAY.match(text) or _COMPACT_DAY.match(text):
            day = date(*map(int, found.groups()))
        elif found := _SERIAL.fullmatch(text):
            day = _EPOCH + timedelta(days=int(found[1]))
        else:
            raise ValueError(text)
    except (ValueError, OverflowError) as error:
        raise ValueError("date") from error
    if not date(1994, 1, 1) <= day <= date(2099, 12, 31):
        raise ValueError("date")
    return day


def read_amount(text):
    """An amount in yuan, to the cent.

    :raise ValueError: ``amount``
    """
    text = _AMOUNT_NOISE.sub("", clean(text))
    if text.startswith("(") and text.endswith(")"):
        text = f"-{text[1:-1]}"
    try:
        amount = Decimal(text.replace("−", "-"))
        if not amount.is_finite() or abs(amount) >= _LARGEST:
            raise ValueError("amount")
        return amount.quantize(_CENT) + 0
    except InvalidOperation as error:
        raise ValueError("amount") from error


def read_status(text):
    """:raise ValueError: ``status``"""
    text = re.sub(r"[\s—–－-]", "", clean(text))
    found = {status for word, status in _STATUS.items() if word in text}
    if text in ("已红冲", "红冲"):
        found = {"red_full"}
    if len(found) != 1:
        raise ValueError("status")
    return found.pop()


def read_kind(text, number):
    """Kind of a fapiao, and whether its form is of paper that was numbered before.

    :rtype: tuple[str, bool]
    """
    text = clean(text)
    is_digital = len(number) == 20
    if "专用发票" in text:
        kind = "special"
    elif "普通发票" in text or text.endswith("普票") or (not text and not is_digital):
        kind = "ordinary"
    else:
        return "other", not is_digital and "电子" not in text
    # A digital one that is printed on a form of paper has a number of either sort.
    is_paper = not is_digital and "电子" not in text
    return (f"digital_{kind}" if is_digital else kind), is_paper


def read_sign(text):
    """Whether a fapiao is a red one: True, False, or None if the list does not say.

    :raise ValueError: ``sign``
    """
    text = clean(text).casefold()
    if not text:
        return None
    if text in ("是", "y", "yes", "true", "1"):
        return False
    if text in ("否", "n", "no", "false", "0"):
        return True
    raise ValueError("sign")


def read_rate(text):
    """A rate: ``13`` for 13 %, ``exempt``, ``not_taxable``, or nothing if it says none.

    :raise ValueError: ``rate``
    """
    text = clean(text).replace(" ", "")
    if text in _UNTAXED_RATES:
        return _UNTAXED_RATES[text]
    if not text.strip("*-"):
        return ""
    try:
        if found := _RATE.fullmatch(text):
            percent = Decimal(found[1])
        else:
            rate = Decimal(text)
            percent = rate * 100 if rate < 1 else rate
    except InvalidOperation as error:
        raise ValueError("rate") from error
    if not (percent.is_finite() and 0 <= percent <= 20):
        raise ValueError("rate")
    return f"{percent.normalize():f}"


def read_red_link(remark):
    """What a red fapiao takes back, as its remark says: code, number, and the confirmation.

    :rtype: tuple[str, str, str]
    """
    text = clean(remark)
    confirmation = _CONFIRMATION.search(text)
    code = number = ""
    if found := _RED_DIGITAL.search(text):
        number = found[1]
    elif found := _RED_CODED.search(text):
        code, number = found.groups()
    return code, number, confirmation[1] if confirmation else ""


def clean_tax_id(text):
    """A tax number as they are compared."""
    return re.sub(r"[\s-]", "", clean(text)).upper()
