"""Whatever the layout: what is written is read back exactly, or named as not read. Never wrong.

``FAPIAO_LAYOUTS`` sets how many documents are written, 500 by default.
"""

import dataclasses
import importlib
import io
import os

import pytest
from fapiao import (
    FapiaoError,
    Limits,
    Line,
    Party,
    contradictions,
    judge,
    pdf,
    read_document,
    read_documents,
)
from fapiao_builders import rng_for
from fapiao_layouts import Layout, as_printed, random_layout
from fapiao_pages import write_layouts
from fapiao_pdf import capital_amount, qr_text
from fapiao_street import street_document
from pypdf import PdfReader, PdfWriter

pytest.importorskip("pdfminer")
pytest.importorskip("pypdfium2")
pytest.importorskip("zxingcpp")

COUNT = int(os.environ.get("FAPIAO_LAYOUTS", 500))
BATCHES = 20
FIELDS = (
    "number",
    "code",
    "check_code",
    "kind",
    "issue_date",
    "amount_untaxed",
    "amount_tax",
    "amount_total",
    "amount_in_words",
    "remark",
    "drawer",
)
LINE_FIELDS = [f.name for f in dataclasses.fields(Line) if f.name not in ("tax_code", "doubts")]


def make(*key):
    """A document, and the layout that it is printed in."""
    rng = rng_for("layout", *key)
    digital = rng.random() < 0.4
    document, layout = street_document(rng, digital), random_layout(rng, digital)
    words = capital_amount(document.amount_total)
    return dataclasses.replace(as_printed(document, layout), amount_in_words=words), layout


def values_of(document):
    """Values of a document by the names that doubts have."""
    values = {name: getattr(document, name) for name in FIELDS}
    for party in ("buyer", "seller"):
        for field in dataclasses.fields(Party):
            values[f"{party}.{field.name}"] = getattr(getattr(document, party), field.name)
    for number, line in enumerate(document.lines, start=1):
        values |= {f"lines.{number}.{name}": getattr(line, name) for name in LINE_FIELDS}
    return {
        name: "".join(value.split()) if isinstance(value, str) else value
        for name, value in values.items()
    }


def unlike(found, written):
    """Fields that are read otherwise than they were written, and those that are said to be so."""
    read, expected = values_of(found), values_of(written)
    wrong = {name for name in read | expected if read.get(name) != expected.get(name)}
    doubted = {doubt.field for doubt in found.doubts}
    doubted |= {evidence.field for evidence in contradictions(judge(found))}
    doubted |= {name.replace("rate", "kind") for name in doubted if name.endswith("tax_rate")}
    if "lines" in doubted:
        doubted |= {name for name in wrong if name.startswith("lines.")}
    return wrong, doubted


@pytest.mark.parametrize("batch", range(BATCHES))
def test_any_layout_is_read_or_doubted(batch, monkeypatch):
    # Codes are another test's: looking for one that is not there takes most of the time.
    monkeypatch.setattr("fapiao.pdf._collect_codes", lambda *args: None)
    whole = 0
    for number in range(batch, COUNT, BATCHES):
        written, layout = make(number)
        found = pdf.read_pdf(write_layouts([(written, layout)], qr=False), Limits())
        wrong, doubted = unlike(found, written)
        assert wrong <= doubted, (number, layout, wrong - doubted)
        is_clear = layout.has_stacks and not layout.glued
        whole += not is_clear or (not wrong and not found.doubts)
    # What is printed without a gap, or a cell that nothing names, nobody can read for certain.
    assert whole >= 0.97 * len(range(batch, COUNT, BATCHES))


# --- Several in one file ------------------------------------------------------------------------


def several(count, *key):
    pairs = [make("several", *key, number) for number in range(count)]
    return pairs, write_layouts(pairs, qr=False)


def test_all_invoices_of_a_file_are_read_with_their_pages():
    pairs, content = several(29)
    documents = read_documents(content)
    assert documents.unread == ()
    assert [document.number for document in documents] == [written.number for written, _l in pairs]
    assert [document.pages for document in documents] == [(page,) for page in range(1, 30)]
    for document, (written, _layout) in zip(documents, pairs, strict=True):
        wrong, doubted = unlike(document, written)
        assert wrong <= doubted


def test_one_document_is_not_guessed_from_several():
    _pairs, content = several(2)
    with pytest.raises(FapiaoError) as caught:
        read_document(content)
    assert caught.value.code == "several_invoices"


def test_same_invoice_twice_is_one():
    pair = make("twice")
    (document,) = read_documents(write_layouts([pair, pair], qr=False))
    assert (document.number, document.pages) == (pair[0].number, (1, 2))


def test_two_invoices_on_one_page():
    pairs = [(make("sheet", number)[0], Layout()) for number in range(2)]
    first, second = PdfReader(io.BytesIO(write_layouts(pairs))).pages
    width, height = first.mediabox.width, first.mediabox.height
    writer = PdfWriter()
    page = writer.add_blank_page(width, height + second.mediabox.height)
    page.merge_translated_page(first, 0, second.mediabox.height)
    page.merge_page(second)
    stream = io.BytesIO()
    writer.write(stream)
    documents = read_documents(stream.getvalue())
    assert [document.pages for document in documents] == [(1,), (1,)]
    for document, (written, _layout) in zip(documents, pairs, strict=True):
        # Both codes stand on the page, each is a witness of its own invoice.
        assert document.qr == qr_text(written)
        assert unlike(document, as_printed(written, Layout())) == (set(), set())


def test_blank_page_stops_nothing():
    pairs, content = several(3, "blank")
    writer = PdfWriter()
    for page in PdfReader(io.BytesIO(content)).pages:
        writer.add_blank_page(300, 300)
        writer.add_page(page)
    stream = io.BytesIO()
    writer.write(stream)
    documents = read_documents(stream.getvalue())
    assert [document.number for document in documents] == [written.number for written, _l in pairs]
    assert documents.unread == ()


@pytest.mark.parametrize(
    ("owner", "name", "error", "code"),
    [
        (importlib.import_module("fapiao.page_scan").PdfPage, "scan", KeyError, "pdf_damaged"),
        (pdf, "collect_page", ValueError, "unreadable"),
    ],
)
def test_bad_page_is_named_and_the_later_ones_are_read(monkeypatch, owner, name, error, code):
    """Damage of the file, and an error of the program: neither loses the other pages."""
    pairs, content = several(4, "bad")
    real, calls = getattr(owner, name), []

    def fail_once(*args):
        calls.append(args)
        if len(calls) == 2:
            raise error
        return real(*args)

    monkeypatch.setattr(owner, name, fail_once)
    parts = pdf.read_pdf_parts(content, Limits())
    assert [getattr(part, "number", None) or part.code for part in parts] == [
        pairs[0][0].number,
        code,
        pairs[2][0].number,
        pairs[3][0].number,
    ]
    assert parts[1].pages == (2,)


def test_error_of_the_program_is_no_damage(monkeypatch):
    _pairs, content = several(1, "bug")
    monkeypatch.setattr("fapiao.pdf.collect_page", lambda *args: min(()))
    with pytest.raises(FapiaoError) as caught:
        pdf.read_pdf(content, Limits())
    assert caught.value.code == "unreadable"
