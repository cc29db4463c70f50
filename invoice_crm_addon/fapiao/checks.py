"""Whether a document adds up. Problems are reported, never mended."""

from decimal import ROUND_HALF_UP, Decimal

from .amounts import parse_capital_amount
from .document import FapiaoDocument, TaxKind
from .errors import Problem
from .names import name_key
from .qr import parse_qr, same_content
from .values import compact

CENT = Decimal("0.01")
#: Tax of a line may differ from amount × rate: prices are often fixed with tax, and the tax is
#: then what remains. The bureau publishes no limit; issuing software allows 6 fen a line.
LINE_TAX_TOLERANCE = Decimal("0.06")


def check_amounts(
    document: FapiaoDocument, line_tolerance: Decimal = LINE_TAX_TOLERANCE
) -> list[Problem]:
    """Compare all amounts of a document with each other.

    Amounts that the document does not state are left out of account.

    :param line_tolerance: yuan by which the tax of a line may differ from amount × rate
    """
    return [
        *_check_line_sums(document),
        *_check_line_taxes(document, line_tolerance),
        *_check_total(document),
        *_check_words(document),
        *check_qr(document),
    ]


def check_qr(document: FapiaoDocument) -> list[Problem]:
    """Compare the QR code's amount with the totals.

    The amount is with or without tax by the type of the invoice, and unknown for some types.
    """
    qr = parse_qr(document.qr)
    if not qr or not qr.has_comparable_amount:
        return []
    totals = {
        True: (document.amount_total,),
        False: (document.amount_untaxed,),
        None: (document.amount_total, document.amount_untaxed),
    }[qr.amount_includes_tax]
    known = [total for total in totals if total is not None]
    return [Problem("qr_amount", {"found": qr.amount})] if known and qr.amount not in known else []


def check_readings(document: FapiaoDocument) -> list[Problem]:
    """Fields for which the file states several values.

    Kinds and lines are left out: sources state them in different detail.
    """
    problems = []
    for name, readings in document.readings.items():
        values = list(dict.fromkeys(reading.value for reading in readings))
        differ = any(not same_value(name, value, values[0]) for value in values[1:])
        if differ and name not in ("kind", "lines", "labels", "details"):
            shown = ", ".join(f"{value}" for value in values)
            problems.append(Problem("contradiction", {"field": name, "values": shown}))
    return problems


def same_value(name: str, value: object, other: object) -> bool:
    """Whether two values of a field say the same: blanks, widths and brackets differ from print to
    print, and the checksum of a QR code says nothing.

    :param name: of the field
    """
    if name == "qr":
        return same_content(str(value), str(other))
    if isinstance(value, str) and isinstance(other, str):
        make = name_key if name.endswith(".name") else compact
        return make(value).casefold() == make(other).casefold()
    return value == other


def _check_line_sums(document: FapiaoDocument) -> list[Problem]:
    problems = []
    for code, field, stated in (
        ("lines_amount", "amount", document.amount_untaxed),
        ("lines_tax", "tax_amount", document.amount_tax),
    ):
        amounts = [getattr(line, field) for line in document.lines]
        if not amounts or None in amounts or stated is None:
            continue
        found = sum(amounts)
        if abs(found - stated) >= CENT:
            problems.append(Problem(code, {"found": found, "stated": stated}))
    return problems


def _check_line_taxes(document: FapiaoDocument, tolerance: Decimal) -> list[Problem]:
    problems = []
    for position, line in enumerate(document.lines, 1):
        if line.tax_kind != TaxKind.TAXED or None in (line.amount, line.tax_rate, line.tax_amount):
            continue
        found = (line.amount * line.tax_rate).quantize(CENT, ROUND_HALF_UP)
        if abs(found - line.tax_amount) > tolerance:
            params = {
                "line": position,
                "amount": line.amount,
                "rate": f"{line.tax_rate * 100:f}",
                "found": found,
                "stated": line.tax_amount,
            }
            problems.append(Problem("line_tax", params))
    return problems


def _check_total(document: FapiaoDocument) -> list[Problem]:
    parts = (document.amount_untaxed, document.amount_tax)
    stated = document.amount_total
    if stated is None or None in parts:
        return []
    found = sum(parts) + (document.amount_other or 0)
    if abs(found - stated) < CENT:
        return []
    return [Problem("total", {"found": found, "stated": stated})]


def _check_words(document: FapiaoDocument) -> list[Problem]:
    found, stated = parse_capital_amount(document.amount_in_words), document.amount_total
    if found is None or stated is None or abs(found - stated) < CENT:
        return []
    return [Problem("words", {"found": found, "stated": stated})]
