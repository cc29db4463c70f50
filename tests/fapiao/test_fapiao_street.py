"""Twins of everyday e-invoices: every field as it is printed, or the test names the field."""

import json
import os
import pathlib
from decimal import Decimal

import pytest
from fapiao import FapiaoError, read_document, read_documents

pytest.importorskip("pdfminer")
pytest.importorskip("pypdfium2")
pytest.importorskip("zxingcpp")

FOLDER = pathlib.Path(os.environ.get("FAPIAO_SAMPLES", "")) / "street"
NAMES = sorted(path.name for path in FOLDER.glob("*.pdf")) if FOLDER.is_absolute() else []
TEXTS = ("number", "code", "check_code", "issue_date", "amount_in_words", "remark")
AMOUNTS = ("amount_untaxed", "amount_tax", "amount_total")
PARTY = ("name", "tax_id", "address", "phone", "bank_name", "bank_account")
KINDS = {
    "digital_ordinary": "电子发票（普通发票）",
    "digital_special": "电子发票（增值税专用发票）",
    "electronic_ordinary": "增值税电子普通发票",
}


def expected_of(name):
    return json.loads((FOLDER / "expected.json").read_text(encoding="utf-8"))[name]


def squash(text):
    """A text without its blanks: where a row ends, paper does not tell whether one follows."""
    return "".join(str(text).split())


def amount(text):
    return None if text in ("", "***") else Decimal(text)


def rate_of(line):
    if line.tax_rate is None:
        return {"exempt": "免税", "not_taxable": "不征税"}.get(line.tax_kind.value, "")
    return f"{(line.tax_rate * 100).normalize():f}%"


def differences(found, expected):
    """Fields that are read otherwise than they are printed."""
    pairs = [("kind", KINDS[found.kind.value], expected["kind"])]
    pairs += [(name, squash(getattr(found, name)), squash(expected[name])) for name in TEXTS]
    pairs += [(name, getattr(found, name), amount(expected[name])) for name in AMOUNTS]
    for party in ("buyer", "seller"):
        read, printed = getattr(found, party), expected[party]
        pairs += [(f"{party}.{n}", squash(getattr(read, n)), squash(printed[n])) for n in PARTY]
    pairs.append(("lines", len(found.lines), len(expected["lines"])))
    for number, (line, printed) in enumerate(zip(found.lines, expected["lines"], strict=False), 1):
        for name, text in printed.items():
            if text is None:
                continue
            if name == "tax_rate":
                pair = rate_of(line), text
            elif name in ("name", "specification", "unit"):
                pair = squash(getattr(line, name)), squash(text)
            else:
                pair = getattr(line, name), amount(text)
            pairs.append((f"lines.{number}.{name}", *pair))
    return [pair for pair in pairs if pair[1] != pair[2]]


@pytest.mark.skipif(not NAMES, reason="FAPIAO_SAMPLES names no folder with sample files")
@pytest.mark.parametrize("name", NAMES or ["none"])
def test_every_field_is_read(name):
    documents, expected = read_documents((FOLDER / name).read_bytes(), name), expected_of(name)
    assert documents.unread == ()
    assert len(documents) == len(expected)
    for document, values in zip(documents, expected, strict=True):
        assert differences(document, values) == []
        assert document.doubts == ()


@pytest.mark.skipif(not NAMES, reason="FAPIAO_SAMPLES names no folder with sample files")
def test_pages_are_named():
    merged = read_documents((FOLDER / "merged_2021_two_invoices.pdf").read_bytes())
    assert [document.pages for document in merged] == [(1,), (2,)]
    with pytest.raises(FapiaoError) as caught:
        read_document((FOLDER / "merged_2021_two_invoices.pdf").read_bytes())
    assert caught.value.code == "several_invoices"
    (listed,) = read_documents((FOLDER / "ordinary_2019_goods_list_on_page_two.pdf").read_bytes())
    assert listed.pages == (1, 2)
