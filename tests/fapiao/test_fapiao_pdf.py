"""PDF files and pictures: written and read back exactly, or refused in a sentence."""

import csv
import dataclasses
import importlib
import os
import signal
import time

import pytest
from fapiao import FapiaoError, Kind, Limits, Party, check_amounts, check_readings, read_document
from fapiao.plain import from_plain, to_plain
from fapiao_builders import SHAPES, qr_of, random_document, rng_for, write_einvoice
from PIL import Image

pytest.importorskip("pdfminer")
pytest.importorskip("pypdfium2")
pytest.importorskip("zxingcpp")

from fapiao import pdf
from fapiao.apart import Apart
from fapiao_pdf import GLYPHS, capital_amount, qr_picture, qr_text, write_image_pdf, write_pdf
from fapiao_pdf import picture_bytes as picture

SAMPLES = ("cip_sanitized_vat_invoice.pdf", "ofdrw_xbrl-001_air.pdf")


def printed(document):
    """What of a document stands on paper."""
    lines = tuple(dataclasses.replace(line, tax_code="") for line in document.lines)
    changes = {"lines": lines, "qr": qr_text(document)}
    if document.is_digital:
        for name in ("buyer", "seller"):
            party = getattr(document, name)
            changes[name] = Party(name=party.name, tax_id=party.tax_id)
    return dataclasses.replace(
        document, amount_in_words=capital_amount(document.amount_total), readings={}, **changes
    )


def refusal(content, **limits):
    with pytest.raises(FapiaoError) as caught:
        read_document(content, limits=Limits(**limits))
    assert str(caught.value).endswith(".")
    return caught.value.code


@pytest.fixture
def document():
    return random_document(rng_for("pdf"), "ordinary")


# --- PDF ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("round_", range(3))
@pytest.mark.parametrize("shape", SHAPES)
def test_written_pdf_is_read_back(shape, round_):
    document = random_document(rng_for("pdf", shape, round_), shape)
    found = read_document(write_pdf(document))
    assert dataclasses.asdict(dataclasses.replace(found, readings={})) == dataclasses.asdict(
        printed(document)
    )
    assert [str(problem) for problem in check_amounts(found) + check_readings(found)] == []


@pytest.mark.parametrize("shape", SHAPES)
def test_drawn_form_over_hidden_text_is_read_back(shape):
    document = random_document(rng_for("drawn", shape), shape)
    found = read_document(write_image_pdf(document))
    assert dataclasses.asdict(dataclasses.replace(found, readings={})) == dataclasses.asdict(
        printed(document)
    )


@pytest.mark.parametrize("shape", ["red", "code12"])
def test_labels_tell_the_letters_of_a_mute_font(shape, monkeypatch):
    monkeypatch.setitem(GLYPHS, "：", 70)
    monkeypatch.setitem(GLYPHS, "¥", 71)
    document = random_document(rng_for("mute", shape), shape)
    found = read_document(write_image_pdf(document))
    assert dataclasses.asdict(dataclasses.replace(found, readings={})) == dataclasses.asdict(
        printed(document)
    )


def test_half_a_name_is_no_name(document, monkeypatch):
    monkeypatch.setitem(GLYPHS, "州", 99)
    found = read_document(write_image_pdf(document))
    assert (found.buyer.name, found.seller.name) == ("", "")
    assert (found.buyer.tax_id, found.number) == (document.buyer.tax_id, document.number)
    assert found.amount_total == document.amount_total


def test_text_and_code_are_evidence_apart(document):
    readings = read_document(write_pdf(document)).readings
    assert [reading.source for reading in readings["number"]] == [
        "pdf:page 1:number",
        "qr:pdf:page 1",
    ]


def test_without_code_the_text_is_enough(document):
    found = read_document(write_pdf(document, qr=False))
    assert (found.number, found.qr) == (document.number, "")


def test_code_of_another_invoice_is_a_contradiction(document, monkeypatch):
    other = dataclasses.replace(document, number="1" * 20)
    monkeypatch.setattr("fapiao_pdf.qr_text", lambda _document: qr_text(other))
    assert refusal(write_pdf(document)) == "number_contradiction"


def test_wrong_amount_in_the_code_is_reported(document, monkeypatch):
    other = dataclasses.replace(document, amount_total=document.amount_total + 1)
    monkeypatch.setattr("fapiao_pdf.qr_text", lambda _document: qr_text(other))
    found = read_document(write_pdf(document))
    assert "qr_amount" in [problem.code for problem in check_amounts(found)]


def test_mark_before_the_head(document):
    assert read_document(b"\r\n\r\n" + write_pdf(document)).number == document.number


def test_password(document):
    assert refusal(write_pdf(document, encrypt="secret")) == "archive_encrypted"


def test_broken_files(document):
    content = write_pdf(document)
    assert refusal(b"%PDF-1.7\nnothing") == "pdf_damaged"
    assert refusal(content[:300]) in ("pdf_damaged", "no_text_no_qr")


def test_too_many_pages():
    document = random_document(rng_for("pages"), "hundred_lines")
    assert refusal(write_pdf(document, pages=10), pages=5) == "pdf_too_long"


@pytest.fixture
def fails_on():
    """Lets the library fail on a page, as on one whose content is damaged."""
    with pytest.MonkeyPatch.context() as patch:

        def fail_on(number):
            page_scan = importlib.import_module("fapiao.page_scan")
            read, calls = page_scan.PdfPage.scan, []

            def fail_once(page):
                calls.append(page)
                if len(calls) == number:
                    raise KeyError
                return read(page)

            patch.setattr(page_scan.PdfPage, "scan", fail_once)

        yield fail_on


def test_damaged_page_leaves_the_others(fails_on):
    document = random_document(rng_for("pages"), "hundred_lines")
    fails_on(2)
    found = pdf.read_pdf(write_pdf(document), Limits())
    assert (found.seller.name, found.amount_total) == (document.seller.name, document.amount_total)
    assert len(found.lines) == 75
    assert [(doubt.field, doubt.page) for doubt in found.doubts] == [("lines", 0), ("lines", 2)]


def test_broken_cross_references_are_rebuilt(document):
    content = write_pdf(document)
    start = content.rindex(b"startxref")
    assert read_document(content[:start]).number == document.number


@pytest.mark.parametrize("name", SAMPLES)
def test_sample(samples, name):
    with (samples / "expected.tsv").open(encoding="utf-8") as stream:
        expected = {row["file"]: row for row in csv.DictReader(stream, delimiter="\t")}[name]
    found = read_document((samples / name).read_bytes())
    assert {
        "number": found.number,
        "code": found.code,
        "date": str(found.issue_date),
        "buyer": found.buyer.name,
        "buyer_tax_id": found.buyer.tax_id,
        "amount": str(found.amount_untaxed),
        "tax": str(found.amount_tax),
        "total": str(found.amount_total),
    }.items() <= expected.items()


# --- Pictures -----------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "BMP", "GIF", "TIFF", "WEBP"])
def test_picture_of_a_code(document, kind):
    found = read_document(picture(qr_picture(qr_text(document)), kind))
    assert (found.number, found.issue_date) == (document.number, document.issue_date)
    assert found.amount_total == document.amount_total
    assert found.kind == Kind.DIGITAL_ORDINARY
    assert found.source["number"] == "qr:picture"


def test_photograph(document):
    """Small, slanted, grey and on a large page."""
    code = qr_picture(qr_text(document), scale=3).rotate(7, expand=True, fillcolor=190)
    photo = Image.new("L", (1600, 1200), 190)
    photo.paste(code.point(lambda value: 60 + value // 2), (300, 200))
    assert read_document(picture(photo, "JPEG", quality=60)).number == document.number


def test_amount_without_tax_of_an_older_invoice():
    document = random_document(rng_for("old"), "code12")
    found = read_document(picture(qr_picture(qr_of(document))))
    assert (found.amount_untaxed, found.amount_total) == (document.amount_untaxed, None)
    assert (found.code, found.check_code) == (document.code, document.check_code)


def test_pictures_that_show_no_invoice():
    assert refusal(picture(Image.new("L", (300, 300), 255))) == "no_qr"
    assert refusal(picture(qr_picture("https://example.com"))) == "no_qr"
    assert refusal(b"\x89PNG\r\n\x1a\n" + b"\x00" * 50) == "picture_damaged"


def test_a_damaged_picture_is_told_without_an_address_in_memory():
    with pytest.raises(FapiaoError) as refused:
        read_document(b"\x89PNG\r\n\x1a\n" + b"\x00" * 50)
    assert "picture" in str(refused.value)
    assert "0x" not in str(refused.value)


def test_address_of_a_blockchain_invoice_only_finds_a_ticket():
    document = random_document(rng_for("chain"), "blockchain")
    found = read_document(picture(qr_picture(qr_of(document))))
    assert (found.identity, found.amount_total) == (("", document.number), document.amount_total)
    assert not found.is_identified
    assert random_document(rng_for("chain"), "ordinary").is_identified


def test_two_invoices_in_a_picture(document):
    other = dataclasses.replace(document, number="1" * 20)
    both = Image.new("L", (900, 420), 255)
    both.paste(qr_picture(qr_text(document)), (0, 0))
    both.paste(qr_picture(qr_text(other)), (450, 0))
    assert refusal(picture(both)) == "several_invoices"


def test_large_picture_is_measured_before_it_is_unpacked():
    content = picture(Image.new("1", (12000, 9000), 1))
    start = time.process_time()
    assert refusal(content) == "picture_too_large"
    assert time.process_time() - start < 1


# --- The process --------------------------------------------------------------------------------


@pytest.fixture
def apart():
    process = Apart()
    yield process
    process.end()


def test_plain_values_come_back():
    document = read_document(write_einvoice(random_document(rng_for("plain"), "red")))
    assert from_plain(to_plain(document)) == document
    for plain in ({"type": "Path", "fields": {}}, {"type": "Line", "fields": 3}, {"a": 1}):
        with pytest.raises(ValueError, match="no value"):
            from_plain(plain)


def test_process_is_kept(apart, document):
    content, limits = write_pdf(document), Limits()
    apart.read_file("pdf", content, limits)
    process = apart._process
    apart.read_file("pdf", content, limits)
    assert apart._process is process


def test_process_that_crashes_harms_nothing(apart, document):
    content, limits = write_pdf(document), Limits()
    apart.read_file("pdf", content, limits)
    os.kill(apart._process.pid, signal.SIGSEGV)
    apart._process.wait()
    assert apart.read_file("pdf", content, limits).number == document.number


def test_slow_file_is_given_up(apart, document):
    with pytest.raises(FapiaoError) as caught:
        apart.read_file("pdf", write_pdf(document), Limits(seconds=0.001))
    assert caught.value.code == "too_slow"
    assert apart.read_file("pdf", write_pdf(document), Limits()).number == document.number


def test_memory_is_bounded(apart):
    content, memory = picture(Image.new("RGB", (7000, 7000))), 180 * 1024 * 1024
    with pytest.raises(FapiaoError) as caught:
        apart.read_file("picture", content, Limits(memory=memory))
    assert caught.value.code in ("too_much_memory", "picture_too_large")


def test_process_knows_no_secrets(apart, document, monkeypatch):
    monkeypatch.setenv("PGPASSWORD", "secret")
    apart.read_file("pdf", write_pdf(document), Limits())
    with open(f"/proc/{apart._process.pid}/environ", "rb") as stream:
        assert b"secret" not in stream.read()


def test_missing_package_is_named(document, monkeypatch, tmp_path):
    """A server without the package says what to install, and reads XML all the same."""
    (tmp_path / "pypdfium2.py").write_text("raise ImportError")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    process = Apart()
    with pytest.raises(FapiaoError) as caught:
        process.read_file("pdf", write_pdf(document), Limits())
    process.end()
    assert (caught.value.code, caught.value.params) == (
        "package_missing",
        {"package": "pypdfium2"},
    )
