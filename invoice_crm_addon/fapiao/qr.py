"""The text inside the QR code of an invoice.

``01,<type>,<code>,<number>,<amount>,<yyyymmdd>,<check code>,<CRC>[,]`` on invoices of the tax
bureau, a web address on Shenzhen's blockchain invoices. The format is not published; it was
read off codes of real and test invoices.

Issuing platforms write it with liberties: blanks in empty fields, a date with dashes, no checksum
(ride-hailing, couriers, shops), one of another rule (rail, travel, insurance), or no place for
code and check code, so that a number of 20 digits stands in the place of the code. A checksum
whose rule is known and holds makes the code a stronger witness; the lack of one is no error, since
a QR code corrects itself or is not read at all.
"""

import base64
import re
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from functools import lru_cache
from urllib.parse import parse_qs, urlsplit

from .formats import is_picture
from .kinds import Kind, kind_from_type_code
from .values import parse_check_code, parse_date, parse_decimal, parse_number

_WITH_TAX = {"31": True, "32": True, "01": False, "04": False, "10": False, "20": False}
# What an air ticket states is not known; a rail ticket states its fare, a specimen less the tax.
_AMOUNT_UNKNOWN = frozenset({"61"})
# Types of invoices with a code and 8 digits; a number of 20 digits beside them belies the type.
_OLDER_TYPES = frozenset({"01", "03", "04", "08", "10", "11", "14", "15", "20"})
_CHECKSUM = re.compile("[0-9A-Fa-f]{4}")
_MAX_TEXT = 1000
_MAX_PICTURE_TEXT = 400_000


@dataclass(frozen=True)
class QrContent:
    """What a QR code says.

    :param amount: yuan; whether tax is in it depends on the type, ``amount_includes_tax`` is
        ``None`` where that is unknown: compare with both totals then
    :param crc_ok: True where the checksum holds, ``None`` where there is none, or none whose rule
        is known
    """

    type_code: str = ""
    kind: Kind | None = None
    code: str = ""
    number: str = ""
    amount: Decimal | None = None
    amount_includes_tax: bool | None = None
    issue_date: date | None = None
    check_code: str = ""
    crc_ok: bool | None = None

    @property
    def is_address(self) -> bool:
        """Whether it is the web address of an invoice, which names neither code nor date."""
        return not self.type_code

    @property
    def has_comparable_amount(self) -> bool:
        """Whether it is known that the amount is one of the totals."""
        return self.amount is not None and self.type_code not in _AMOUNT_UNKNOWN


def crc16(text: str, encoding: str = "utf-8") -> str:
    """Checksum of a QR text: CRC-16/UMTS (polynomial 0x8005, start 0, no reflection)."""
    crc = 0
    for byte in text.encode(encoding):
        crc = crc << 8 & 0xFF00 ^ _CRC_OF_BYTE[crc >> 8 ^ byte]
    return f"{crc:04X}"


def _crc_of_byte(byte: int) -> int:
    crc = byte << 8
    for _bit in range(8):
        crc = ((crc << 1) ^ 0x8005 if crc & 0x8000 else crc << 1) & 0xFFFF
    return crc


_CRC_OF_BYTE = tuple(map(_crc_of_byte, range(256)))


def _reflected_crc16(text: str, polynomial: int, final: int) -> str:
    """CRC-16 of reflected bits that starts with FFFF.

    :param polynomial: its reflection
    :param final: what the result is combined with
    """
    crc = 0xFFFF
    for byte in text.encode():
        crc ^= byte
        for _bit in range(8):
            crc = crc >> 1 ^ polynomial if crc & 1 else crc >> 1
    return f"{crc ^ final:04X}"


def crc16_modbus(text: str) -> str:
    """Checksum of rail tickets (type 51): CRC-16/MODBUS (0x8005, start FFFF, reflected)."""
    return _reflected_crc16(text, 0xA001, 0)


def crc16_x25(text: str) -> str:
    """Checksum of a travel platform: CRC-16/X-25 (0x1021, start FFFF, reflected, final FFFF)."""
    return _reflected_crc16(text, 0x8408, 0xFFFF)


_RULES = (crc16, crc16_modbus, crc16_x25)


def parse_qr(text: str | None) -> QrContent | None:
    """What the text of a QR code says, ``None`` when it is not that of an invoice."""
    text = (text or "").strip()
    return None if len(text) > _MAX_TEXT else _parse(text)


@lru_cache(maxsize=16)  # asked several times about the code of an invoice
def _parse(text: str) -> QrContent | None:
    if text.lower().startswith(("https://", "http://")):
        return _parse_address(text)
    raw = text.split(",")
    if len(raw) < 6 or raw[0].strip() != "01":
        return None
    type_code, *values = (field.strip() for field in raw[1:])
    if len(parse_number(values[0])) > 12:
        values.insert(0, "")
    code, number = parse_number(values[0]), parse_number(values[1])
    kind = kind_from_type_code(type_code)
    # Numbers of tickets were not always 20 digits.
    is_ticket = kind in (Kind.RAIL, Kind.AIR) and 8 < len(number) <= 20
    if len(number) not in (8, 20) and not is_ticket:
        return None
    check_code, checksum = _split_checks(values[4:], has_check_code=len(number) == 8)
    return QrContent(
        type_code=type_code,
        kind=None if len(number) == 20 and type_code in _OLDER_TYPES else kind,
        code=code,
        number=number,
        amount=parse_decimal(values[2]),
        amount_includes_tax=_WITH_TAX.get(type_code),
        issue_date=parse_date(values[3]),
        check_code=parse_check_code(check_code),
        crc_ok=_holds(checksum, raw) or None,
    )


def same_content(text: str, other: str) -> bool:
    """Whether two texts of QR codes say the same; their checksums say nothing."""
    first, second = parse_qr(text), parse_qr(other)
    if first and second:
        return replace(first, crc_ok=None) == replace(second, crc_ok=None)
    return text == other


def _split_checks(values: list[str], has_check_code: bool) -> tuple[str, str]:
    """Check code and checksum, of which either or both may be missing."""
    first, second = (*values, "", "")[:2]
    if not has_check_code and _CHECKSUM.fullmatch(first):
        return "", first
    return first, second


def _holds(checksum: str, raw: list[str]) -> bool:
    """Whether a checksum fits the fields before it, with or without the comma after them."""
    places = [index for index, field in enumerate(raw) if field.strip() == checksum]
    if not checksum or not places:
        return False
    body = ",".join(raw[: places[-1]])
    return any(checksum.upper() in (rule(f"{body},"), rule(body)) for rule in _RULES)


def _parse_address(text: str) -> QrContent | None:
    """Shenzhen: ``…chinatax.gov.cn/verify/scan?hash=…&bill_num=<8>&total_amount=<fen>``."""
    try:
        address = urlsplit(text)
        query = parse_qs(address.query, max_num_fields=20)
    except ValueError:
        return None
    if not (address.hostname or "").endswith(".chinatax.gov.cn"):
        return None
    number = parse_number(query.get("bill_num", [""])[0])
    fen = parse_decimal(query.get("total_amount", [""])[0])
    if len(number) != 8:
        return None
    return QrContent(
        kind=Kind.ELECTRONIC_ORDINARY,
        number=number,
        amount=None if fen is None else fen / 100,
        amount_includes_tax=True,
    )


def decode_picture(text: str | None) -> bytes | None:
    """The picture of a code that stands in place of its text, as base64."""
    text = (text or "").strip()
    if len(text) > _MAX_PICTURE_TEXT:
        return None
    try:
        content = base64.b64decode(text.rpartition(";base64,")[2])
    except ValueError:
        return None
    return content if is_picture(content) else None
