"""Collects what the sources of a file state, and makes the document of it.

Every source adds what it finds; the first value of a field is taken, the others are kept beside
it, so that a check can tell agreement from contradiction.
"""

import dataclasses
import re
from collections.abc import Callable

from .document import Doubt, FapiaoDocument, Party, Reading
from .errors import FapiaoError
from .joined import split_address_phone, split_bank_account
from .kinds import Kind, as_digital, kind_from_code, kind_from_title
from .qr import decode_picture, parse_qr
from .tax_id import normalize_tax_id
from .values import parse_check_code, parse_date, parse_decimal, parse_number, parse_text

_PARTY_FIELDS = ("name", "tax_id", "address", "phone", "bank_name", "bank_account")
_DOCUMENT_TEXTS = ("amount_in_words", "remark", "drawer")
_DOCUMENT_NUMBERS = ("red_of_number", "red_of_code")
_AMOUNTS = ("amount_untaxed", "amount_tax", "amount_total", "amount_other")
_PLAIN_FIELDS = (
    *_DOCUMENT_TEXTS,
    *_DOCUMENT_NUMBERS,
    *_AMOUNTS,
    "issue_date",
    "lines",
    "check_code",
    "qr",
    "red_confirmation_number",
)

_PARSERS: dict[str, Callable] = {
    "number": parse_number,
    "code": parse_number,
    "check_code": parse_check_code,
    "issue_date": parse_date,
    **dict.fromkeys(_AMOUNTS, parse_decimal),
    **dict.fromkeys(_DOCUMENT_TEXTS, parse_text),
    **dict.fromkeys(_DOCUMENT_NUMBERS, parse_number),
    "red_confirmation_number": parse_text,
    **{
        f"{party}.{name}": normalize_tax_id if name == "tax_id" else parse_text
        for party in ("buyer", "seller")
        for name in _PARTY_FIELDS
    },
}

# 被红冲蓝字数电票号码：… 红字发票信息确认单编号：… (digital), 对应正数发票代码:… 号码:… and
# 开具红字增值税专用发票信息表编号… (older).
_REMARK_PATTERNS = {
    "red_of_number": (
        r"(?:被红冲蓝字[^\d:：]{0,20}号码|对应正数发票代码[:：]?\d{10,12}号码)[:：]?(\d{8,20})"
    ),
    "red_of_code": r"对应正数发票代码[:：]?(\d{10,12})",
    "red_confirmation_number": r"(?:信息确认单编号|红字确认单编号|信息表编号)[:：]?(\d{12,30})",
}

_LINE = re.compile(r"lines\.(\d+)\.")


class Facts:
    """Values read so far, by field name.

    Names are those of :class:`~.document.FapiaoDocument`, with ``buyer.`` and ``seller.`` in
    front of a party's.
    """

    def __init__(self):
        self.readings: dict[str, list[Reading]] = {}
        #: Pictures that may show the QR code, with their places.
        self.pictures: list[tuple[str, bytes]] = []
        #: What is printed and cannot be read for certain.
        self.doubts: list[Doubt] = []
        #: Whether a printed page shows a table of goods.
        self.has_table = False

    def add(self, name: str, text: str | None, source: str) -> None:
        """Note a printed text for a field; empty and unreadable ones are passed over."""
        self.add_value(name, _PARSERS[name](text), source)

    def add_value(self, name: str, value: object, source: str) -> None:
        """Note a ready value for a field."""
        if value not in (None, "", ()):
            self.readings.setdefault(name, []).append(Reading(source, value))

    def add_joined(self, name: str, text: str | None, source: str) -> None:
        """Note a joined text: ``buyer.address+phone`` or ``buyer.bank_name+bank_account``."""
        party, fields = name.split(".")
        split = split_address_phone if fields.startswith("address") else split_bank_account
        for field, value in zip(fields.split("+"), split(parse_text(text)), strict=True):
            self.add(f"{party}.{field}", value, source)

    def add_title(self, text: str | None, source: str, whole_page: bool = False) -> None:
        """Note the kind that a title names."""
        self.add_value("kind", kind_from_title(text or "", whole_page), source)

    def add_qr(self, text: str | None, source: str) -> None:
        """Note the text of a QR code and, unless its checksum is wrong, what it says.

        In place of the text there may be a picture of the code, which is kept for later.
        """
        qr = parse_qr(text)
        if not qr:
            if picture := decode_picture(text):
                self.pictures.append((source, picture))
            return
        self.add_value("qr", (text or "").strip(), source)
        if not qr.is_reliable:
            return
        source = f"qr:{source}"
        for name in ("kind", "number", "code", "issue_date", "check_code"):
            self.add_value(name, getattr(qr, name), source)
        if qr.amount_includes_tax is not None:
            field = "amount_total" if qr.amount_includes_tax else "amount_untaxed"
            self.add_value(field, qr.amount, source)

    @property
    def has_code(self) -> bool:
        """Whether the text of a QR code is known; a wrong checksum leaves it in doubt."""
        texts = (reading.value for reading in self.readings.get("qr", ()))
        return any(parse_qr(text).crc_ok is not False for text in texts)

    def first(self, name: str, default: object = None) -> object:
        """The value taken for a field."""
        readings = self.readings.get(name)
        return readings[0].value if readings else default

    def merge(self, other: "Facts") -> None:
        """Note everything that ``other`` holds, after what is here."""
        for name, readings in other.readings.items():
            self.readings.setdefault(name, []).extend(readings)
        self.doubts += other.doubts

    def number_doubts(self, before: int) -> None:
        """Let doubts name the lines of a further page by their number in the document.

        :param before: lines of the pages before
        """
        self.doubts = [
            dataclasses.replace(
                doubt, field=_LINE.sub(rf"lines.{before + int(match[1])}.", doubt.field)
            )
            if (match := _LINE.match(doubt.field))
            else doubt
            for doubt in self.doubts
        ]

    def build(self) -> FapiaoDocument:
        """The document.

        :raise FapiaoError: ``number_*`` and ``code_missing``
        """
        number, code = self._identity()
        self._read_remark()
        self._derive_total()
        values = {name: self.first(name) for name in _PLAIN_FIELDS if name in self.readings}
        return FapiaoDocument(
            number=number,
            code=code,
            kind=self._kind(number, code),
            is_red=self._is_red(),
            buyer=self._party("buyer"),
            seller=self._party("seller"),
            readings={name: tuple(readings) for name, readings in self.readings.items()},
            doubts=self._open_doubts(),
            **values,
        )

    def _open_doubts(self) -> tuple[Doubt, ...]:
        """Doubts of fields for which no other part of the file has a value."""
        return tuple(
            doubt
            for doubt in self.doubts
            if doubt.field.startswith("lines") or doubt.field not in self.readings
        )

    def _identity(self) -> tuple[str, str]:
        for field in ("number", "code"):
            stated = dict.fromkeys(reading.value for reading in self.readings.get(field, ()))
            if len(stated) > 1:
                first, second, *_rest = stated
                raise FapiaoError("number_contradiction", field=field, first=first, second=second)
        number, code = self.first("number", ""), self.first("code", "")
        if not number:
            raise FapiaoError("number_missing")
        if len(number) == 20:
            self.readings.pop("code", None)
            return number, ""
        if self.first("kind") in (Kind.RAIL, Kind.AIR) and len(number) > 8:
            return number, ""  # numbers of these two kinds were not always 20 digits
        if len(number) != 8:
            raise FapiaoError("number_shape", number=number, length=len(number))
        if len(code) not in (10, 12):
            raise FapiaoError("code_missing", number=number)
        return number, code

    def _kind(self, number: str, code: str) -> Kind:
        if "kind" not in self.readings:
            self.add_value("kind", kind_from_code(code), "derived: code")
        kind = self.first("kind", Kind.OTHER)
        return as_digital(kind) if len(number) == 20 else kind

    def _is_red(self) -> bool:
        """What the file says, else a negative total or the number of a cancelled invoice."""
        total = self.first("amount_total", self.first("amount_untaxed"))
        red = bool(self.first("red_of_number")) or (total is not None and total < 0)
        self.add_value("is_red", red or None, "derived: amounts and remark")
        return bool(self.first("is_red", False))

    def _party(self, party: str) -> Party:
        return Party(**{name: self.first(f"{party}.{name}", "") for name in _PARTY_FIELDS})

    def _read_remark(self) -> None:
        remark = re.sub(r"\s", "", self.first("remark", ""))
        for name, pattern in _REMARK_PATTERNS.items():
            if match := re.search(pattern, remark):
                self.add(name, match[1], "derived: remark")

    def _derive_total(self) -> None:
        amount, tax = self.first("amount_untaxed"), self.first("amount_tax")
        if "amount_total" not in self.readings and amount is not None and tax is not None:
            total = amount + tax + self.first("amount_other", 0)
            self.add_value("amount_total", total, "derived: amount_untaxed + amount_tax")
        total = self.first("amount_total")
        if amount is None and total is not None and tax is not None:
            amount = total - tax - self.first("amount_other", 0)
            self.add_value("amount_untaxed", amount, "derived: amount_total - amount_tax")
