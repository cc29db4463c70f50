"""How far the values of a document can be trusted: what each witness says of each field.

A witness is independent of the others if another hand, or another code, wrote it: the printed
text, the QR code, the attached XML, the sum of the lines, the amount in words, a check digit,
another file of the same invoice. Values that follow from others are no witnesses.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import Enum

from .amounts import parse_capital_amount
from .checks import check_amounts, check_qr, same_value
from .document import FapiaoDocument, Reading
from .errors import _lt
from .qr import parse_qr
from .tax_id import is_id_card, is_uscc
from .values import compact

FIELDS = {
    "number": _lt("Number"),
    "code": _lt("Code"),
    "check_code": _lt("Check code"),
    "kind": _lt("Kind"),
    "issue_date": _lt("Date of issue"),
    "buyer.name": _lt("Buyer"),
    "buyer.tax_id": _lt("Buyer's tax number"),
    "buyer.address": _lt("Buyer's address"),
    "buyer.phone": _lt("Buyer's phone"),
    "buyer.bank_name": _lt("Buyer's bank"),
    "buyer.bank_account": _lt("Buyer's account"),
    "seller.name": _lt("Seller"),
    "seller.tax_id": _lt("Seller's tax number"),
    "seller.address": _lt("Seller's address"),
    "seller.phone": _lt("Seller's phone"),
    "seller.bank_name": _lt("Seller's bank"),
    "seller.bank_account": _lt("Seller's account"),
    "lines": _lt("Lines"),
    "amount_untaxed": _lt("Amount before tax"),
    "amount_tax": _lt("Tax amount"),
    "amount_other": _lt("Other charges"),
    "amount_total": _lt("Total"),
    "amount_in_words": _lt("Amount in words"),
    "remark": _lt("Remark"),
    "drawer": _lt("Drawer"),
    "is_red": _lt("Red letter"),
    "red_of_number": _lt("Number of the cancelled invoice"),
    "red_of_code": _lt("Code of the cancelled invoice"),
    "red_confirmation_number": _lt("Number of the red-letter confirmation"),
    "qr": _lt("QR code"),
}

#: Fields of a line, by the names that doubts call them by.
LINE_FIELDS = {
    "name": _lt("Name"),
    "specification": _lt("Specification"),
    "unit": _lt("Unit"),
    "quantity": _lt("Quantity"),
    "unit_price": _lt("Unit price"),
    "amount": _lt("Amount before tax"),
    "tax_rate": _lt("Tax rate"),
    "tax_amount": _lt("Tax amount"),
}

WITNESSES = {
    "xml": _lt("XML data"),
    "xml_head": _lt("head of the XML data"),
    "attached": _lt("attached XML"),
    "tags": _lt("tagged page text"),
    "custom_data": _lt("data of the document"),
    "text": _lt("printed text"),
    "qr": _lt("QR code"),
    "qr_unchecked": _lt("QR code without a known checksum"),
    "qr_checksum": _lt("checksum of the QR code"),
    "check_digit": _lt("check digit"),
    "lines": _lt("sum of the lines"),
    "sum": _lt("amount and tax"),
    "words": _lt("amount in words"),
    "other_file": _lt("another file of the invoice"),
    "other": _lt("another part of the file"),
}

_LINE_PROBLEMS = {"lines_amount", "lines_tax", "line_tax"}


class Verdict(str, Enum):
    """What the witnesses of a field make of it."""

    AGREED = "agreed"
    SINGLE = "single"
    CONTRADICTORY = "contradictory"

    __str__ = str.__str__


@dataclass(frozen=True)
class Witness:
    """What one witness says of a field.

    :param name: a key of :data:`WITNESSES`
    :param value: what it says; ``None`` for a check digit or a checksum, which says yes or no
    :param agrees: whether that is the value taken
    """

    name: str
    value: object
    agrees: bool


@dataclass(frozen=True)
class Evidence:
    """A field of a document with everything that speaks for or against its value.

    :param field: a key of :data:`FIELDS`
    """

    field: str
    value: object
    witnesses: tuple[Witness, ...]

    @property
    def verdict(self) -> Verdict:
        if not all(witness.agrees for witness in self.witnesses):
            return Verdict.CONTRADICTORY
        return Verdict.AGREED if len(self.witnesses) > 1 else Verdict.SINGLE


def judge(document: FapiaoDocument, others: Iterable[FapiaoDocument] = ()) -> dict[str, Evidence]:
    """Evidence for each field that the document states, in the order of :data:`FIELDS`.

    :param others: documents read from other files of the same invoice
    """
    others = tuple(others)
    return {
        name: Evidence(name, readings[0].value, tuple(_witnesses(document, name, others)))
        for name in FIELDS
        if (readings := document.readings.get(name))
    }


def contradictions(evidence: dict[str, Evidence]) -> list[Evidence]:
    """The fields for which the witnesses differ."""
    return [found for found in evidence.values() if found.verdict is Verdict.CONTRADICTORY]


def _witnesses(
    document: FapiaoDocument, name: str, others: tuple[FapiaoDocument, ...]
) -> Iterator[Witness]:
    taken = document.readings[name][0].value
    seen = set()
    for reading in document.readings[name]:
        witness = _name_witness(reading.source, name)
        if witness and (witness, _comparable(reading.value)) not in seen:
            seen.add((witness, _comparable(reading.value)))
            # Sources tell kinds and lines in different detail.
            agrees = name in ("kind", "lines") or same_value(name, reading.value, taken)
            yield Witness(witness, reading.value, agrees)
    for witness, value in _computed(document, name):
        yield Witness(witness, value, value is None or same_value(name, value, taken))
    if name not in ("kind", "lines"):
        for value in {_comparable(v): v for v in _stated_by(others, name)}.values():
            yield Witness("other_file", value, same_value(name, value, taken))
    yield from _checks(document, name)


def _name_witness(source: str, field: str) -> str | None:
    """Witness that a source belongs to; ``None`` for a value that follows from others."""
    origin, _colon, rest = source.partition(":")
    part, _colon, element = rest.partition(":")
    if origin == "derived":
        return None
    if origin == "qr_unchecked":
        return origin
    if field == "qr" or origin in ("qr", "picture"):
        return "qr"
    if origin == "xml":
        # The number stands twice, and both must be altered to deceive.
        return "xml_head" if field == "number" and rest == "EIid" else "xml"
    if part.startswith(("page ", "lines")):
        return "text"
    if origin == "ofd":
        if part == "CustomDatas":
            return "custom_data"
        return "tags" if "tag" in part.casefold() else "attached"
    return "attached" if origin == "pdf" and element else "other"


def _computed(document: FapiaoDocument, name: str) -> Iterator[tuple[str, object]]:
    """Witnesses that do not state the value but yield it."""
    lines = document.lines
    if name == "amount_total":
        yield from _total_witnesses(document)
    elif name == "amount_untaxed" and lines and all(line.amount is not None for line in lines):
        yield "lines", sum(line.amount for line in lines)
    elif name == "amount_tax" and lines and all(line.tax_amount is not None for line in lines):
        yield "lines", sum(line.tax_amount for line in lines)
    elif name in ("buyer.tax_id", "seller.tax_id"):
        tax_id = document.readings[name][0].value
        # Legal numbers without a valid check digit exist: it speaks for a number, never against.
        if is_uscc(tax_id) or is_id_card(tax_id):
            yield "check_digit", None


def _total_witnesses(document: FapiaoDocument) -> Iterator[tuple[str, object]]:
    words = parse_capital_amount(document.amount_in_words)
    if words is not None:
        yield "words", words
    parts = [_stated(document, name) for name in ("amount_untaxed", "amount_tax")]
    if None not in parts:
        yield "sum", sum(parts) + (document.amount_other or 0)


def _stated_by(documents: Iterable[FapiaoDocument], name: str) -> Iterator[object]:
    """Values that documents state for a field."""
    for document in documents:
        value = _stated(document, name)
        if value is not None:
            yield value


def _stated(document: FapiaoDocument, name: str) -> object:
    """Value that the file states for a field, ``None`` where it was derived."""
    readings: tuple[Reading, ...] = document.readings.get(name, ())
    return next((r.value for r in readings if not r.source.startswith("derived")), None)


def _checks(document: FapiaoDocument, name: str) -> Iterator[Witness]:
    """Arithmetic that says yes or no of a field."""
    if name == "lines" and document.amount_untaxed is not None:
        if all(line.amount is not None for line in document.lines):
            problems = {problem.code for problem in check_amounts(document)}
            yield Witness("lines", None, not problems & _LINE_PROBLEMS)
    elif name == "qr" and (content := parse_qr(document.qr)):
        if content.crc_ok:
            yield Witness("qr_checksum", None, True)
        # Where the type does not tell whether tax is in the amount, either total will do.
        if content.amount_includes_tax is None and content.has_comparable_amount:
            problems = {problem.code for problem in check_qr(document)}
            yield Witness("sum", None, "qr_amount" not in problems)


def _comparable(value: object) -> object:
    """Texts without blanks and widths, which differ from print to print."""
    return compact(value).casefold() if isinstance(value, str) else value
