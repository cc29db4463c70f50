"""Mutated documents: read, or refused with the package's own error, and never slow.

``FAPIAO_FUZZ_ROUNDS`` sets the rounds for each document (100 by default).
"""

import io
import os
import time

import pytest
from fapiao import FapiaoDocument, FapiaoError, check_amounts, check_readings, read_document
from fapiao_builders import (
    PageBuilder,
    custom_data,
    make_zip,
    ofd_parts,
    qr_of,
    random_document,
    rng_for,
    write_edrm,
    write_einvoice,
)

ROUNDS = int(os.environ.get("FAPIAO_FUZZ_ROUNDS", "100"))
SECONDS = 5
TOKENS = (
    b"<", b">", b"&", b"]]>", b"<![CDATA[", b"<!--", b"-->", b"\x00", b"\xff", b"\xef\xbb\xbf",
    b"***", b"1e999", b"NaN", b"-", b"0" * 50, b"../", b"PK\x01\x02", "¥".encode(), "年".encode(),
    b'xmlns:a="b" ', b"<!DOCTYPE a>", b"&amp;", b"<EInvoice>", b"<ObjectRef>0</ObjectRef>",
)  # fmt: skip


def mutate(rng, content):
    """Content after a few random changes."""
    content = bytearray(content)
    for _change in range(rng.choice((1, 1, 2, 5, 30))):
        place = rng.randrange(len(content) + 1)
        end = min(len(content), place + rng.choice((1, 4, 50, 1000)))
        action = rng.randrange(6)
        if action == 0 and place < len(content):
            content[place] ^= 1 << rng.randrange(8)
        elif action == 1:
            del content[place:end]
        elif action == 2:
            content[place:place] = content[place:end]
        elif action == 3:
            content[place:place] = rng.choice(TOKENS)
        elif action == 4:
            other = rng.randrange(len(content) + 1)
            content[place:end] = content[other : other + end - place]
        elif action == 5 and rng.random() < 0.1:
            del content[place:]
    return bytes(content)


def read_or_refuse(content):
    """Read a mutant; anything but a document or an honest refusal fails."""
    start, waited = time.process_time(), time.monotonic()
    try:
        document = read_document(content)
    except FapiaoError as error:
        assert error.code != "unreadable", error.__cause__
        assert str(error).endswith(".")
        outcome = error.code
    else:
        assert isinstance(document, FapiaoDocument)
        assert document.number.isdigit()
        for problem in check_amounts(document) + check_readings(document):
            assert str(problem)
        outcome = "read"
    assert time.process_time() - start < SECONDS
    assert time.monotonic() - waited < 4 * SECONDS  # read in another process
    return outcome


def xml_seeds():
    digital, old = (random_document(rng_for("fuzz"), shape) for shape in ("red", "code12"))
    return {
        "einvoice": write_einvoice(digital),
        "einvoice gbk": write_einvoice(digital, encoding="gbk"),
        "edrm": write_edrm(old, qr=qr_of(old)).encode(),
    }


def ofd_seed():
    """Parts of an OFD that uses all its places."""
    document = random_document(rng_for("fuzz"), "code12")
    page = PageBuilder(split=True)
    tags = write_edrm(document, value=page.reference)
    parts = ofd_parts(
        {"original_invoice.xml": write_edrm(document), "b.xml": "<b/>"},
        tags,
        {"61": page.content()},
        custom_data(document) | {"发票代码": document.code},
    )
    return {name: content.encode() for name, content in parts.items()}


@pytest.mark.parametrize("seed", list(xml_seeds()))
def test_mutated_xml(seed):
    content, rng = xml_seeds()[seed], rng_for("xml", seed)
    outcomes = {read_or_refuse(mutate(rng, content)) for _round in range(ROUNDS)}
    assert len(outcomes) > 2  # a mutator that breaks everything, or nothing, tests nothing


def test_mutated_archive():
    content, rng = make_zip(ofd_seed()), rng_for("archive")
    outcomes = {read_or_refuse(mutate(rng, content)) for _round in range(ROUNDS)}
    assert "archive_damaged" in outcomes


def test_mutated_parts():
    parts, rng = ofd_seed(), rng_for("parts")
    outcomes = set()
    for _round in range(ROUNDS):
        chosen = rng.choice(list(parts))
        outcomes.add(read_or_refuse(make_zip(parts | {chosen: mutate(rng, parts[chosen])})))
    assert {"read", "xml_damaged"} <= outcomes


def printed_seeds():
    fapiao_pdf = pytest.importorskip("fapiao_pdf")
    digital, old = (random_document(rng_for("fuzz"), shape) for shape in ("red", "code12"))
    pictures = {}
    for kind in ("PNG", "JPEG"):
        stream = io.BytesIO()
        fapiao_pdf.qr_picture(fapiao_pdf.qr_text(digital)).save(stream, kind)
        pictures[kind] = stream.getvalue()
    return {"digital": fapiao_pdf.write_pdf(digital), "old": fapiao_pdf.write_pdf(old), **pictures}


@pytest.mark.parametrize("seed", ["digital", "old", "PNG", "JPEG"])
def test_mutated_pages_and_pictures(seed):
    pytest.importorskip("pypdfium2")
    content, rng = printed_seeds()[seed], rng_for("printed", seed)
    outcomes = {read_or_refuse(mutate(rng, content)) for _round in range(ROUNDS)}
    assert "reader_crashed" not in outcomes
    assert "read" in outcomes and len(outcomes) > 2


def test_missing_and_swapped_parts():
    parts, rng = ofd_seed(), rng_for("swap")
    for _round in range(ROUNDS):
        names = rng.sample(list(parts), rng.randrange(1, len(parts) + 1))
        contents = rng.sample(names, len(names))
        pairs = zip(names, contents, strict=True)
        read_or_refuse(make_zip({name: parts[content] for name, content in pairs}))


def test_mutated_samples(samples):
    rng = rng_for("samples")
    for path in sorted(samples.iterdir()):
        if path.suffix in (".xml", ".ofd"):
            content = path.read_bytes()
            for _round in range(ROUNDS // 5):
                read_or_refuse(mutate(rng, content))


def test_noise():
    rng = rng_for("noise")
    for start in (b"", b"<", b"PK\x03\x04", b"\xff\xfe<\x00", b"<?xml version='1.0'?>"):
        for _round in range(ROUNDS // 5):
            read_or_refuse(start + rng.randbytes(rng.randrange(2000)))
