"""Hostile, damaged and wrong files: one helpful sentence each, in bounded time and memory."""

import io
import pickle
import struct
import time
import tracemalloc
import zipfile
import zlib

import pytest
from fapiao import ERRORS, FapiaoError, Limits, read_document
from fapiao_builders import (
    make_zip,
    ofd_parts,
    random_document,
    rng_for,
    write_edrm,
    write_einvoice,
    write_ofd,
)

DIGITAL = random_document(rng_for("safety"), "ordinary")
OLD = random_document(rng_for("safety"), "code12")
XML = write_einvoice(DIGITAL)
PARTS = ofd_parts({"original_invoice.xml": write_edrm(OLD)})


def refused(content, code, **options):
    """The error that reading raises; it must be ``code`` and a sentence."""
    start = time.process_time()
    with pytest.raises(FapiaoError) as caught:
        read_document(content, **options)
    assert time.process_time() - start < 5
    error = caught.value
    assert error.code == code
    assert str(error) == ERRORS[code] % error.params
    assert str(error).endswith(".") and len(str(error)) < 600
    return error


# --- No invoice at all --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty_file"),
        (b" \n\x00\x00", "empty_file"),
        (b"hello", "unsupported_format"),
        (b"Rar!\x1a\x07\x00", "unsupported_format"),
        (b"<!DOCTYPE html><html></html>", "unsupported_format"),
        (b"<html><body/></html>", "unsupported_format"),
        (b"<invoice/>", "not_an_invoice"),
        (b"<EInvoice/>", "not_an_invoice"),
        (b"<xbrl/>", "not_an_invoice"),
        (b"<", "xml_damaged"),
        (b"<a>" * 300, "xml_damaged"),
        (b"PK\x03\x04", "archive_damaged"),
        (make_zip({"a.txt": b"x"}), "archive_not_ofd"),
        (make_zip({}), "archive_not_ofd"),
        (make_zip({"invoice.xml": b"<x/>"}), "archive_not_ofd"),
        (write_ofd(), "not_an_invoice"),
        (make_zip({"OFD.xml": b"<a/>"}), "not_an_invoice"),
        (make_zip({"OFD.xml": b""}), "xml_damaged"),
        (make_zip({"OFD.xml": b"garbage"}), "xml_damaged"),
    ],
)
def test_no_invoice(content, code):
    refused(content, code)


@pytest.mark.parametrize("content", ["text", None, 5, [b"x"]])
def test_not_bytes(content):
    refused(content, "not_bytes")


def test_format_is_named():
    error = refused(b"Rar!", "unsupported_format")
    assert error.params == {"format": "RAR archive", "readable": "XML / OFD / PDF"}


@pytest.mark.parametrize("name", ["invoice.pdf", "invoice.ofd", "发票", "", "../../x"])
def test_name_does_not_matter(name):
    assert read_document(XML, name).number == DIGITAL.number


@pytest.mark.parametrize("kind", [bytearray, memoryview])
def test_other_bytes(kind):
    assert read_document(kind(XML)).number == DIGITAL.number


def test_old_number_without_code():
    custom = {"发票号码": "12345678", "合计金额": "1.00"}
    assert refused(write_ofd(custom=custom), "code_missing").params == {"number": "12345678"}


# --- XML ----------------------------------------------------------------------------------------

BOMB = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">' + "".join(
    f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in zip("abcdefgh", "bcdefghi", strict=True)
)
DTDS = {
    "bomb": f"{BOMB}]><EInvoice>&i;</EInvoice>",
    "file": '<!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/passwd">]><EInvoice>&f;</EInvoice>',
    "network": '<!DOCTYPE x SYSTEM "http://127.0.0.1:9/x.dtd"><EInvoice/>',
    "after comment": "<!-- <EInvoice> --><!DOCTYPE x><EInvoice/>",
}


@pytest.mark.parametrize("dtd", DTDS)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gb18030"])
def test_dtd_is_refused(dtd, encoding):
    content = ('<?xml version="1.0"?>' + DTDS[dtd]).encode(encoding)
    refused(content, "xml_dtd")
    refused(make_zip(PARTS | {"Doc_0/Attachs/original_invoice.xml": content}), "xml_dtd")


def test_undeclared_entity_is_refused():
    refused(XML.replace(b"<Drawer>", b"<Drawer>&secret;"), "xml_damaged")


def test_deep_nesting():
    refused(b"<EInvoice>" + b"<a>" * 100_000 + b"</a>" * 100_000 + b"</EInvoice>", "xml_damaged")


def test_many_elements():
    refused(b"<EInvoice>" + b"<a/>" * 700_000 + b"</EInvoice>", "xml_too_large")


def test_as_many_elements_as_allowed_are_read_in_time():
    lines = b"<IssuItemInformation><Amount>1</Amount></IssuItemInformation>" * 99_000
    content = b"<EInvoice><EIid>" + b"1" * 20 + b"</EIid>" + lines + b"</EInvoice>"
    start = time.process_time()  # of the processor: a busy machine fails nobody
    assert len(read_document(content).lines) == 99_000
    assert time.process_time() - start < 5


def test_many_attributes():
    attributes = "".join(f' a{n} = ">"' for n in range(5000)).encode()
    refused(XML.replace(b"<EInvoice>", b"<EInvoice" + attributes + b">"), "xml_too_large")


def test_large_text():
    refused(XML.replace(b"<Remark>", b"<Remark>" + b"x" * (17 * 2**20)), "xml_too_large")


def test_long_values_are_cut_or_dropped():
    content = XML.replace(b"<Drawer>", b"<Drawer>" + b"x" * 10**6)
    content = content.replace(b"<TotalTaxAm>", b"<TotalTaxAm>" + b"1" * 10**6)
    document = read_document(content)
    assert len(document.drawer) <= 10_000
    assert document.amount_tax is None


@pytest.mark.parametrize(
    "value", ["NaN", "Infinity", "-inf", "1e999999", "0x10", "1_000", "１２.３.４", "--1", "", "¥"]
)
def test_strange_amounts_are_unknown(value):
    content = XML.replace(f"<TotalTaxAm>{DIGITAL.amount_tax}".encode(), b"<TotalTaxAm>@")
    document = read_document(content.replace(b"@", value.encode()))
    assert document.amount_tax is None


@pytest.mark.parametrize("value", ["2024-13-01", "2024-02-30", "0000-00-00", "yesterday", "9" * 99])
def test_strange_dates_are_unknown(value):
    content = XML.replace(f"{DIGITAL.issue_date}".encode(), value.encode())
    assert read_document(content).issue_date is None


# --- Archives -----------------------------------------------------------------------------------


def test_bomb_by_ratio():
    refused(make_zip(PARTS | {"Doc_0/Res/font.ttf": b"\0" * (20 * 2**20)}), "archive_bomb")


def test_bomb_by_total():
    noise = zlib.compress(b"x") * 10
    limits = Limits(total_bytes=1000, entry_bytes=1000)
    refused(make_zip(PARTS | {"a": noise * 100}), "archive_bomb", limits=limits)


def test_bomb_that_lies_about_its_size():
    """The directory says 100 bytes, the data unpacks to 40 MiB."""
    content = make_zip(PARTS | {"Doc_0/Attachs/original_invoice.xml": b"<a>" + b" " * (40 * 2**20)})
    stored = zipfile.ZipFile(io.BytesIO(content)).getinfo("Doc_0/Attachs/original_invoice.xml")
    size = struct.pack("<L", stored.file_size)
    assert content.count(size) == 2
    tracemalloc.start()
    refused(content.replace(size, struct.pack("<L", 100)), "archive_damaged")
    _now, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 32 * 2**20


def test_memory_of_a_bomb_is_bounded():
    content = make_zip(PARTS | {"Doc_0/Attachs/x.xml": b"<a>" + b" " * (60 * 2**20) + b"</a>"})
    tracemalloc.start()
    refused(content, "archive_bomb")
    _now, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 8 * 2**20


def test_too_many_entries():
    content = make_zip({f"{n}": b"" for n in range(3000)}, zipfile.ZIP_STORED)
    refused(content, "archive_too_many_entries")


def test_many_attachments_share_one_budget():
    xml = "<a>" + "<b/>" * 20_000 + "</a>"
    attached = {f"{n}.xml": xml for n in range(45)}
    refused(write_ofd(attached), "xml_too_large")


@pytest.mark.parametrize(
    "name", ["../evil.xml", "Doc_0/../../evil.xml", "..\\evil.xml", "C:\\evil.xml", "/../evil"]
)
def test_path_traversal(name):
    refused(make_zip(PARTS | {name: b"x"}), "archive_unsafe_path")


def test_reference_out_of_the_archive():
    parts = {
        name: content.replace("original_invoice", "../../../../etc/passwd")
        if "Attachments" in name
        else content
        for name, content in PARTS.items()
    }
    assert read_document(make_zip(parts)).number == OLD.number


def test_encrypted():
    content = bytearray(make_zip(PARTS))
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        place = content.find(signature)
        while place >= 0:
            content[place + offset] |= 1
            place = content.find(signature, place + 4)
    refused(bytes(content), "archive_encrypted")


@pytest.mark.parametrize("compression", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_compression_that_ofd_does_not_use(compression):
    refused(make_zip(PARTS, compression), "archive_damaged")


def test_part_that_is_not_needed_may_be_packed_in_any_way():
    stream = io.BytesIO(make_zip(PARTS))
    with zipfile.ZipFile(stream, "a", zipfile.ZIP_LZMA) as archive:
        archive.writestr("Doc_0/Res/font_1.ttf", b"font")
    found = read_document(stream.getvalue())
    assert (found.number, found.notes) == (OLD.number, ())


def test_two_different_parts_with_one_name():
    stream = io.BytesIO(make_zip(PARTS))
    with zipfile.ZipFile(stream, "a") as archive, pytest.warns(UserWarning, match="Duplicate"):
        archive.writestr("OFD.xml", "<other/>")
    refused(stream.getvalue(), "archive_duplicate_entry")


@pytest.mark.parametrize("part", [name for name in PARTS if "original" not in name])
def test_damaged_part_is_a_witness_less(part):
    found = read_document(make_zip(PARTS | {part: PARTS[part][:-5]}))
    assert (found.number, [note.params for note in found.notes]) == (OLD.number, [{"part": part}])
    assert part in str(found.notes[0])


def test_damaged_invoice_is_named():
    part = "Doc_0/Attachs/original_invoice.xml"
    refused(make_zip(PARTS | {part: PARTS[part][:-5]}), "xml_damaged")


@pytest.mark.parametrize("part", [name for name in PARTS if "original" not in name])
def test_missing_part(part):
    """Without any of the lists the attached invoice is found, if need be as one in an archive."""
    parts = {name: content for name, content in PARTS.items() if name != part}
    assert read_document(make_zip(parts)).number == OLD.number


def test_damaged_data():
    content = bytearray(make_zip(PARTS, zipfile.ZIP_STORED))
    place = content.index(b"InvoiceNo")
    content[place] ^= 0xFF
    refused(bytes(content), "archive_damaged")


def test_file_size():
    limits = Limits(file_bytes=10)
    assert refused(b"x" * 11, "file_too_large", limits=limits).params == {"size": 11, "limit": 10}


def test_references_in_a_circle():
    parts = dict(PARTS)
    parts["Doc_0/Document.xml"] = parts["Doc_0/Document.xml"].replace(
        "Attachs/Attachments.xml", "Document.xml"
    )
    assert read_document(make_zip(parts)).number == OLD.number


# --- The error ----------------------------------------------------------------------------------


def test_error_is_a_value_error_with_code_and_params():
    error = FapiaoError("number_missing")
    assert isinstance(error, ValueError)
    assert (error.code, error.params) == ("number_missing", {})


def test_error_survives_a_process_border():
    error = pickle.loads(pickle.dumps(FapiaoError("code_missing", number="12345678")))
    assert (error.code, error.params) == ("code_missing", {"number": "12345678"})


def test_unforeseen_error_becomes_a_sentence(monkeypatch, caplog):
    def burst(content, limits):
        raise RuntimeError("boom")

    reader = __import__("fapiao").reader
    row = reader.Reader("X", lambda content: True, burst)
    monkeypatch.setattr(reader, "READERS", (row,))
    refused(b"x", "unreadable")
    assert "boom" in caplog.text


@pytest.mark.parametrize("code", ERRORS)
def test_sentences_say_how_to_mend_it(code):
    first, *rest = ERRORS[code].split(". ")
    assert first and (rest or "must be" in first)
