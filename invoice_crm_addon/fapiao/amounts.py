"""Amounts in Chinese capitals (大写): ``壹万零陆佰圆整`` ↔ 10600."""

import re
from decimal import ROUND_HALF_UP, Decimal

from .values import compact

_DIGITS = {
    char: value
    for value, chars in enumerate(
        (
            "零〇○",
            "壹一弌",
            "贰二貳两",
            "叁三參叄",
            "肆四",
            "伍五",
            "陆六陸",
            "柒七",
            "捌八",
            "玖九",
        )
    )
    for char in chars
}
_UNITS = {"拾": 10, "十": 10, "佰": 100, "百": 100, "仟": 1000, "千": 1000}
_YUAN = "圆元圓园"
_FRACTIONS = {"角": Decimal("0.1"), "分": Decimal("0.01")}
# Without one of these it is no amount, as most texts of a page are not.
_MARK = re.compile(f"[{_YUAN}{''.join(_FRACTIONS)}]")
_NEGATIVE = ("(负数)", "(负)", "负数", "负")
_PREFIXES = ("人民币", ":", "x", "X", "⊗")


def parse_capital_amount(text: str | None) -> Decimal | None:
    """Value in yuan of an amount written in Chinese capitals, ``None`` when it is not one.

    ``（负数）`` in front makes it negative, as on red-letter invoices.
    """
    text = compact(text)[:60]
    if not _MARK.search(text):
        return None
    sign, text = _strip_prefixes(text)
    text = text.rstrip("整正")
    position = next((text.index(char) for char in _YUAN if char in text), None)
    yuan = Decimal(0)
    if position is not None:
        whole = _parse_integer(text[:position])
        if whole is None:
            return None
        yuan, text = Decimal(whole), text[position + 1 :]
    fraction = _parse_fraction(text)
    if fraction is None or (position is None and not fraction):
        return None
    return sign * (yuan + fraction)


def _strip_prefixes(text: str) -> tuple[int, str]:
    sign, again = 1, True
    while again:
        again = False
        for prefix in _NEGATIVE + _PREFIXES:
            if text.startswith(prefix):
                sign = -1 if prefix in _NEGATIVE else sign
                text, again = text[len(prefix) :], True
                break
    return sign, text


def _parse_integer(text: str) -> int | None:
    """Value of a number with 亿 and 万, such as 壹亿贰仟万零伍."""
    for mark, value in (("亿", 10**8), ("億", 10**8), ("万", 10**4), ("萬", 10**4)):
        head, found, tail = text.rpartition(mark)
        if found:
            high = _parse_integer(head)
            low = _parse_integer(tail) if tail else 0
            return None if not high or low is None else high * value + low
    return _parse_section(text)


def _parse_section(text: str) -> int | None:
    """Value of a number below 10,000; units must fall from left to right."""
    total, digit, last_unit = 0, None, 10_000
    for char in text:
        if char in _DIGITS:
            if digit:
                return None
            digit = _DIGITS[char]
        elif char in _UNITS and _UNITS[char] < last_unit:
            last_unit = _UNITS[char]
            total += (1 if digit is None else digit) * last_unit
            digit = None
        else:
            return None
    return total + (digit or 0) if text else None


def _parse_fraction(text: str) -> Decimal | None:
    """Value of what follows the yuan: 伍角零叁分, 零叁分, or nothing."""
    total, digit, smallest = Decimal(0), None, Decimal(1)
    for char in text:
        if char in _DIGITS:
            digit = _DIGITS[char]
        elif char in _FRACTIONS and digit is not None and _FRACTIONS[char] < smallest:
            smallest = _FRACTIONS[char]
            total += digit * smallest
            digit = None
        else:
            return None
    return None if digit else total


# === WRITE === #

_NAMES = "零壹贰叁肆伍陆柒捌玖"
_SECTIONS = ("", "万", "亿", "万")
_PLACES = ("仟", "佰", "拾", "")
# What a cheque or a receipt can say: below ten quadrillion.
_MOST = Decimal(10) ** 16


def write_capital_amount(amount: Decimal) -> str:
    """An amount of yuan in Chinese capitals: ``1680.32`` → ``人民币壹仟陆佰捌拾元叁角贰分``.

    It is rounded to the cent, half up, and negative ones start with ``负``.

    :raises ValueError: if it is too large to be written, or no number
    """
    if not amount.is_finite() or abs(amount) >= _MOST:
        raise ValueError(f"{amount} cannot be written in capitals")
    cents = int((abs(amount) * 100).to_integral_value(ROUND_HALF_UP))
    yuan, (jiao, fen) = cents // 100, divmod(cents % 100, 10)
    sign = "人民币负" if amount < 0 and cents else "人民币"
    whole = f"{_write_integer(yuan)}元" if yuan else ""
    if not cents % 100:
        return f"{sign}{whole or '零元'}整"
    tenths = f"{_NAMES[jiao]}角" if jiao else "零" * bool(yuan)
    return f"{sign}{whole}{tenths}" + (f"{_NAMES[fen]}分" if fen else "整")


def _write_integer(number: int) -> str:
    """A number in sections of four digits: 107000 → 壹拾万柒仟."""
    sections = []
    while number:
        number, section = divmod(number, 10_000)
        sections.append(section)
    text = ""
    for index in range(len(sections) - 1, -1, -1):
        section = sections[index]
        if not section:
            # The hundred million of 亿 is said though nothing of its own section is there.
            text += "亿" * (index == 2 and bool(text))
            continue
        is_apart = bool(text) and (section < 1000 or not sections[index + 1])
        text += "零" * is_apart + _write_section(section) + _SECTIONS[index]
    return text


def _write_section(section: int) -> str:
    """A number below 10,000: 1005 → 壹仟零伍."""
    text, is_skipped = "", False
    for digit, place in zip(f"{section:04d}", _PLACES, strict=True):
        if digit == "0":
            is_skipped = bool(text)
            continue
        text += "零" * is_skipped + _NAMES[int(digit)] + place
        is_skipped = False
    return text
