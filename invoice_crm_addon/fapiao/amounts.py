"""Amounts in Chinese capitals (大写): ``壹万零陆佰圆整`` → 10600."""

from decimal import Decimal

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
_NEGATIVE = ("(负数)", "(负)", "负数", "负")
_PREFIXES = ("人民币", ":", "x", "X", "⊗")


def parse_capital_amount(text: str | None) -> Decimal | None:
    """Value in yuan of an amount written in Chinese capitals, ``None`` when it is not one.

    ``（负数）`` in front makes it negative, as on red-letter invoices.
    """
    text = compact(text)[:60]
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
