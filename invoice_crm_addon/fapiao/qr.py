"""The text inside the QR code of an invoice.

``01,<type>,<code>,<number>,<amount>,<yyyymmdd>,<check code>,<CRC>[,]`` on invoices of the tax
bureau, a web address on Shenzhen's blockchain invoices. The format is not published; it was
read off 37 codes of real and test invoices, whose checksums all hold.
"""

import base64
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from urllib.parse import parse_qs, urlsplit

from .formats import is_picture
from .kinds import Kind, kind_from_type_code
from .values import parse_check_code, parse_date, parse_decimal, parse_number

_WITH_TAX = {"31": True, "32": True, "01": False, "04": False, "10": False, "20": False}
_MAX_TEXT = 1000
_MAX_PICTURE_TEXT = 400_000


@dataclass(frozen=True)
class QrContent:
    """What a QR code says.

    :param amount: yuan; whether tax is in it depends on the type, ``amount_includes_tax`` is
        ``None`` where that is unknown: compare with both totals then
    :param crc_ok: whether the checksum holds, ``None`` where there is none; wrong checksums
        occur on test invoices, so it is a warning
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
    def is_reliable(self) -> bool:
        """Whether it may state values: its checksum holds, or it is an address, which has none."""
        return bool(self.crc_ok) or not self.type_code


def crc16(text: str) -> str:
    """Checksum of a QR text: CRC-16/UMTS (polynomial 0x8005, start 0, no reflection)."""
    crc = 0
    for byte in text.encode():
        crc ^= byte << 8
        for _bit in range(8):
            crc = ((crc << 1) ^ 0x8005 if crc & 0x8000 else crc << 1) & 0xFFFF
    return f"{crc:04X}"


def parse_qr(text: str | None) -> QrContent | None:
    """What the text of a QR code says, ``None`` when it is not that of an invoice."""
    text = (text or "").strip()
    if len(text) > _MAX_TEXT:
        return None
    if text.lower().startswith(("https://", "http://")):
        return _parse_address(text)
    fields = text.split(",")
    if len(fields) < 7 or fields[0] != "01":
        return None
    number, kind = parse_number(fields[3]), kind_from_type_code(fields[1])
    # Numbers of tickets were not always 20 digits.
    is_ticket = kind in (Kind.RAIL, Kind.AIR) and 8 < len(number) <= 20
    if len(number) not in (8, 20) and not is_ticket:
        return None
    return QrContent(
        type_code=fields[1],
        kind=kind,
        code=parse_number(fields[2]),
        number=number,
        amount=parse_decimal(fields[4]),
        amount_includes_tax=_WITH_TAX.get(fields[1]),
        issue_date=parse_date(fields[5]),
        check_code=parse_check_code(fields[6]),
        crc_ok=_check_crc(fields),
    )


def _check_crc(fields: list[str]) -> bool | None:
    """The checksum covers the first seven fields, with or without the comma after them."""
    if len(fields) < 8 or not fields[7].strip():
        return None
    body = ",".join(fields[:7])
    return fields[7].strip().upper() in (crc16(body + ","), crc16(body))


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
