"""Compares documents with ``expected.json`` of the everyday files, field by field."""

import json
from decimal import Decimal

from fapiao import KINDS, Kind, TaxKind
from fapiao.kinds import as_digital, kind_from_title

FIELDS = ("number", "code", "check_code", "issue_date", "amount_in_words", "remark")
AMOUNTS = ("amount_untaxed", "amount_tax", "amount_total")
PARTY = ("name", "tax_id", "address", "phone", "bank_name", "bank_account")
FIGURES = ("quantity", "unit_price", "amount", "tax_amount")


def load_expected(samples):
    """Expected values by file name; empty without the files."""
    path = samples / "street" / "expected.json"
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}


def find_differences(document, expected):
    """Fields of a document that are not what the paper says, each as a line of text.

    ``None`` is not compared; blanks and the widths of brackets do not count.
    """
    pairs = [(name, getattr(document, name), expected[name]) for name in FIELDS]
    pairs += [(name, getattr(document, name), _figure(expected[name])) for name in AMOUNTS]
    pairs.append(("kind", document.kind, _kind(document, expected["kind"])))
    for role in ("buyer", "seller"):
        party = getattr(document, role)
        pairs += [(f"{role}.{n}", getattr(party, n), expected[role][n]) for n in PARTY]
    pairs.append(("number of lines", len(document.lines), len(expected["lines"])))
    for index, (line, wanted) in enumerate(zip(document.lines, expected["lines"], strict=False)):
        pairs += [(f"{index}.{n}", getattr(line, n), wanted[n]) for n in ("name", "unit")]
        pairs.append((f"{index}.specification", line.specification, wanted["specification"]))
        pairs += [(f"{index}.{n}", getattr(line, n), _figure(wanted[n])) for n in FIGURES]
        pairs.append((f"{index}.tax_rate", _rate(line), wanted["tax_rate"]))
    return [
        f"{name}: {found!r} is not {wanted!r}"
        for name, found, wanted in pairs
        if not _is_uncompared(name, wanted, expected) and _plain(found) != _plain(wanted)
    ]


def _is_uncompared(name, wanted, expected):
    """``null`` in the file; a figure that the paper shows as stars is unknown instead."""
    if name in AMOUNTS:
        return expected[name] is None
    return wanted is None and "." not in name


def _figure(text):
    """A figure of the paper, ``None`` where it is empty or stars."""
    return Decimal(text) if text and text.strip("*") else None


def _kind(document, title):
    if title is None:
        return None
    kind = kind_from_title(title)
    # The title of a toll is that of an ordinary invoice; its code tells it.
    if kind is Kind.ELECTRONIC_ORDINARY and document.kind is Kind.TOLL:
        return Kind.TOLL
    assert kind in KINDS, title
    return as_digital(kind) if document.is_digital else kind


def _rate(line):
    if line.tax_kind is TaxKind.TAXED:
        return f"{(line.tax_rate * 100).normalize():f}%"
    return {TaxKind.EXEMPT: "免税", TaxKind.NOT_TAXABLE: "不征税"}.get(line.tax_kind, "")


def _plain(value):
    if isinstance(value, str):
        return "".join(value.split()).translate(str.maketrans("（）：", "():"))
    return "" if value is None else str(value) if hasattr(value, "isoformat") else value
