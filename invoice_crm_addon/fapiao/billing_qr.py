"""The QR code that carries billing data (抬头), and the one of a business licence.

The tax bureau's rules for it (便捷开票二维码应用规范, 2017): ``$01``, base64, ``$``; in base64 the
title, tax number, address and phone, bank and account, each followed by ``</>``, and a checksum.
Phone and account follow a bar. Programs write the text in UTF-8 or in GBK, with bars or without
them; the checksum, of bytes in GBK, was not tried on an official code. So all of these are read,
and a checksum that does not hold refuses nothing: a QR code corrects itself.
"""

import base64
import re
from urllib.parse import parse_qsl, urlsplit

from .document import Party
from .errors import FapiaoError
from .joined import split_address_phone, split_bank_account
from .qr import crc16
from .tax_id import is_uscc, normalize_tax_id
from .values import compact, half_width, parse_text

_MAX_TEXT = 3000
_MAX_VALUE = 100
_SEPARATOR = "</>"
_BAR = "|"
_FORM = re.compile(r"\$\s*01([A-Za-z0-9+/=_\s-]+)\$?")
_CODE = re.compile(r"(?<![0-9A-Z])[0-9A-HJ-NP-RTUWXY]{18}(?![0-9A-Z])")


def parse_billing_qr(text: str | None) -> Party | None:
    """What the tax bureau's QR code of a title says, ``None`` when it is no such code."""
    match = _FORM.fullmatch((text or "").strip()) if len(text or "") <= _MAX_TEXT else None
    values = _decode(match[1]).split(_SEPARATOR) if match else []
    if len(values) < 3:
        return None
    title, tax_id, contact, bank = (*map(parse_text, values[:4]), "")[:4]
    address, phone = _split(contact, split_address_phone)
    bank_name, account = _split(bank, split_bank_account)
    return Party(
        name=title,
        tax_id=normalize_tax_id(tax_id),
        address=address,
        phone=half_width(phone),
        bank_name=bank_name,
        bank_account=compact(account),
    )


def build_billing_qr(party: Party) -> str:
    """Text of the tax bureau's QR code of a title.

    :raise FapiaoError: a value is longer than the 100 characters that the bureau allows
    """
    contact = _join(party.address, party.phone)
    bank = _join(party.bank_name, party.bank_account)
    values = [_value(value) for value in (party.name, party.tax_id, contact, bank)]
    for value in values:
        if len(value) > _MAX_VALUE:
            raise FapiaoError("billing_qr_too_long", value=value, limit=_MAX_VALUE)
    body = "".join(f"{value}{_SEPARATOR}" for value in values)
    checksum = crc16(body, encoding="gb18030")
    return f"$01{base64.b64encode((body + checksum).encode()).decode()}$"


def parse_licence_qr(text: str | None) -> Party | None:
    """The tax number in the QR code of a business licence, ``None`` when there is none in it.

    The code is a web address of the register, with the credit code or with a key that only the
    register knows; older ones are lines of text.
    """
    text = (text or "").strip()
    if len(text) > _MAX_TEXT:
        return None
    if not is_web_address(text):
        return None
    try:
        address = urlsplit(text)
        values = [value for _name, value in parse_qsl(address.query, max_num_fields=50)]
    except ValueError:
        return None
    values += [*address.path.split("/"), address.fragment]
    codes = {code for value in values for code in _CODE.findall(value.upper()) if is_uscc(code)}
    return Party(tax_id=codes.pop()) if len(codes) == 1 else None


def is_web_address(text: str) -> bool:
    """Whether a text is one web address and nothing else."""
    return bool(re.fullmatch(r"https?://\S+", text.strip(), re.IGNORECASE))


def _decode(text: str) -> str:
    text = re.sub(r"\s", "", text).translate(str.maketrans("-_", "+/")).rstrip("=")
    try:
        content = base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    except ValueError:
        return ""
    for encoding in ("utf-8", "gb18030"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    return ""


def _split(value: str, guess) -> tuple[str, str]:
    """Both parts of a value: at its last bar, or else by how a number looks."""
    first, bar, last = value.rpartition(_BAR)
    return (first.strip(), last.strip()) if bar else guess(value)


def _join(first: str, last: str) -> str:
    return _BAR.join((first, last)) if first or last else ""


def _value(text: str) -> str:
    """A value that can be told from the separator behind it."""
    return text.replace(_SEPARATOR, " ").strip()
