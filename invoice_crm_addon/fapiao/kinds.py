"""Kinds of invoices, and the four things that tell them: QR type, title, code and label.

QR and platform type codes (票种代码) overlap without contradiction: 01, 04, 08, 10 … are the
older ones, 31/32 stand in the QR code of a digital invoice, 81…88 on the tax platform.
"""

import re
import unicodedata
from enum import Enum

from .errors import _lt


class Kind(str, Enum):
    """Special invoices let the buyer deduct the tax, ordinary ones do not."""

    DIGITAL_SPECIAL = "digital_special"  # 数电专票
    DIGITAL_ORDINARY = "digital_ordinary"  # 数电普票
    ELECTRONIC_SPECIAL = "electronic_special"  # 增值税电子专用发票
    ELECTRONIC_ORDINARY = "electronic_ordinary"  # 增值税电子普通发票, blockchain included
    PAPER_SPECIAL = "paper_special"  # 增值税专用发票
    PAPER_ORDINARY = "paper_ordinary"  # 增值税普通发票, rolls included
    VEHICLE = "vehicle"  # 机动车销售统一发票
    USED_VEHICLE = "used_vehicle"  # 二手车销售统一发票
    TOLL = "toll"  # 通行费
    RAIL = "rail"  # 铁路电子客票
    AIR = "air"  # 航空运输电子客票行程单
    CUSTOMS = "customs"  # 海关缴款书
    OTHER = "other"  # another kind, or the file does not say

    __str__ = str.__str__

    @property
    def is_special(self) -> bool:
        return self.value.endswith("_special")


KINDS = {
    Kind.DIGITAL_SPECIAL: _lt("Electronic Invoice (Special VAT Invoice)"),
    Kind.DIGITAL_ORDINARY: _lt("Electronic Invoice (Ordinary Invoice)"),
    Kind.ELECTRONIC_SPECIAL: _lt("Electronic Special VAT Invoice"),
    Kind.ELECTRONIC_ORDINARY: _lt("Electronic Ordinary VAT Invoice"),
    Kind.PAPER_SPECIAL: _lt("Special VAT Invoice"),
    Kind.PAPER_ORDINARY: _lt("Ordinary VAT Invoice"),
    Kind.VEHICLE: _lt("Motor Vehicle Sales Invoice"),
    Kind.USED_VEHICLE: _lt("Used Vehicle Sales Invoice"),
    Kind.TOLL: _lt("Toll Invoice"),
    Kind.RAIL: _lt("Railway E-Ticket"),
    Kind.AIR: _lt("Air Transport E-Ticket Receipt"),
    Kind.CUSTOMS: _lt("Customs Payment Slip"),
    Kind.OTHER: _lt("Invoice"),
}

_BY_TYPE_CODE = {
    "01": Kind.PAPER_SPECIAL,
    "03": Kind.VEHICLE,
    "04": Kind.PAPER_ORDINARY,
    "08": Kind.ELECTRONIC_SPECIAL,
    "10": Kind.ELECTRONIC_ORDINARY,
    "11": Kind.PAPER_ORDINARY,
    "14": Kind.TOLL,
    "15": Kind.USED_VEHICLE,
    "20": Kind.ELECTRONIC_SPECIAL,
    "21": Kind.CUSTOMS,
    "31": Kind.DIGITAL_SPECIAL,
    "32": Kind.DIGITAL_ORDINARY,
    "51": Kind.RAIL,
    "61": Kind.AIR,
    "81": Kind.DIGITAL_SPECIAL,
    "82": Kind.DIGITAL_ORDINARY,
    "83": Kind.VEHICLE,
    "84": Kind.USED_VEHICLE,
    "85": Kind.PAPER_SPECIAL,
    "86": Kind.PAPER_ORDINARY,
    "87": Kind.VEHICLE,
    "88": Kind.USED_VEHICLE,
}

# First match wins: the digital titles contain the paper ones. In the text of a whole page, goods
# called 通行费 must not make a toll invoice: those words count only as a title of their own.
_TITLES = (
    (r"铁路电子客票", Kind.RAIL),
    (r"航空运输电子客票行程单", Kind.AIR),
    (r"电子发票\((?:增值税)?专用发票\)", Kind.DIGITAL_SPECIAL),
    (r"电子发票\(普通发票\)", Kind.DIGITAL_ORDINARY),
    (r"电子专用发票", Kind.ELECTRONIC_SPECIAL),
    (r"电子普通发票", Kind.ELECTRONIC_ORDINARY),  # also Shenzhen's, without 增值税
    (r"机动车销售统一发票", Kind.VEHICLE),
    (r"二手车销售统一发票", Kind.USED_VEHICLE),
    (r"海关.{0,12}缴款书", Kind.CUSTOMS),
    (r"增值税专用发票", Kind.PAPER_SPECIAL),
    (r"增值税普通发票", Kind.PAPER_ORDINARY),
)
_SHORT_TITLES = (
    (r"通行费", Kind.TOLL),
    (r"区块链", Kind.ELECTRONIC_ORDINARY),
    (r"^专用发票", Kind.PAPER_SPECIAL),
    (r"^普通发票", Kind.PAPER_ORDINARY),
)

# Last two digits of a 12-digit code that begins with 0, 8th digit of a 10-digit code: the rule
# that the bureau's own verification page applies, as carried by many public clients.
_BY_CODE_END = {
    "04": Kind.PAPER_ORDINARY,
    "05": Kind.PAPER_ORDINARY,
    "06": Kind.PAPER_ORDINARY,
    "07": Kind.PAPER_ORDINARY,
    "11": Kind.ELECTRONIC_ORDINARY,
    "12": Kind.TOLL,
    "13": Kind.ELECTRONIC_SPECIAL,
    "17": Kind.USED_VEHICLE,
}
_BY_CODE_DIGIT = {
    "1": Kind.PAPER_SPECIAL,
    "5": Kind.PAPER_SPECIAL,
    "3": Kind.PAPER_ORDINARY,
    "6": Kind.PAPER_ORDINARY,
}

_DIGITAL = {
    Kind.PAPER_SPECIAL: Kind.DIGITAL_SPECIAL,
    Kind.ELECTRONIC_SPECIAL: Kind.DIGITAL_SPECIAL,
    Kind.PAPER_ORDINARY: Kind.DIGITAL_ORDINARY,
    Kind.ELECTRONIC_ORDINARY: Kind.DIGITAL_ORDINARY,
}


def kind_from_type_code(type_code: str) -> Kind | None:
    """Kind of a type code of the QR code or of the tax platform."""
    return _BY_TYPE_CODE.get(type_code)


def kind_from_title(text: str, whole_page: bool = False) -> Kind | None:
    """Kind of a printed title or label such as 电子发票（普通发票）.

    :param whole_page: ``text`` is all of a page, so only unmistakable titles count
    """
    text = re.sub(r"\s+", "", unicodedata.normalize("NFKC", text))
    titles = _TITLES if whole_page else _TITLES + _SHORT_TITLES
    return next((kind for pattern, kind in titles if re.search(pattern, text)), None)


def kind_from_code(code: str) -> Kind | None:
    """Kind of an older invoice by its code of 10 or 12 digits."""
    if len(code) == 10:
        return _BY_CODE_DIGIT.get(code[7])
    if len(code) == 12 and code.startswith("0"):
        return _BY_CODE_END.get(code[10:])
    if len(code) == 12 and code.startswith("1440"):
        return Kind.ELECTRONIC_ORDINARY  # Shenzhen's blockchain invoice
    if len(code) == 12 and code[7] == "2":
        return Kind.VEHICLE
    return None


def as_digital(kind: Kind) -> Kind:
    """The kind of a document with a 20-digit number whose title says only special or ordinary."""
    return _DIGITAL.get(kind, kind)
