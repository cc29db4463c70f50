"""Mutated files of every format: read, or refused with the package's own error, and never slow.

``FAPIAO_FUZZ_ROUNDS`` sets the mutations of each format (100 by default); files that another
process reads get a fifth of them unless it is set.
"""

import itertools
import os
import time

import pytest
from fapiao import (
    FapiaoDocument,
    FapiaoError,
    Kind,
    check_amounts,
    check_readings,
    from_plain,
    is_package,
    judge,
    read_document,
    to_plain,
    unpack,
)
from fapiao_builders import (
    PageBuilder,
    custom_data,
    make_zip,
    ofd_parts,
    qr_of,
    random_document,
    random_ticket,
    rng_for,
    write_edrm,
    write_einvoice,
    write_voucher,
)

WISHED = os.environ.get("FAPIAO_FUZZ_ROUNDS")
ROUNDS = int(WISHED or "100")
SLOW_ROUNDS = ROUNDS if WISHED else ROUNDS // 5
SECONDS = 5
TOKENS = (
    b"<", b">", b"&", b"]]>", b"<![CDATA[", b"<!--", b"-->", b"\x00", b"\xff", b"\xef\xbb\xbf",
    b"***", b"1e999", b"NaN", b"-", b"0" * 50, b"../", b"PK\x01\x02", "¥".encode(), "年".encode(),
    b'xmlns:a="b" ', b"<!DOCTYPE a>", b"&amp;", b"<EInvoice>", b"<ObjectRef>0</ObjectRef>",
)  # fmt: skip
PDF_TOKENS = (
    b" obj", b"endobj", b"stream\n", b"endstream", b"/Kids", b"/Parent 1 0 R", b"/Length 99999999",
    b"/Filter /FlateDecode", b"<<", b">>", b"[", b"]", b"(", b"0 0 0 0 0 0 cm", b"1e9 ", b" Tj",
    b"BT ", b"q ", b"Q ", b"/Count 100000", b"/MediaBox [0 0 1000000 1000000]", b"/Type /Page ",
    b"999999999 0 R", b"-1", b"/Width 100000 /Height 100000 ", b"/Rotate 45", b"Do ",
)  # fmt: skip


# --- Mutations ----------------------------------------------------------------------------------


def mutate(rng, content, tokens=TOKENS):
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
            content[place:place] = rng.choice(tokens)
        elif action == 4:
            other = rng.randrange(len(content) + 1)
            content[place:end] = content[other : other + end - place]
        elif action == 5 and rng.random() < 0.1:
            del content[place:]
    return bytes(content)


def mutate_part(rng, parts):
    """An archive with one mutated part."""
    chosen = rng.choice(list(parts))
    return make_zip(parts | {chosen: mutate(rng, parts[chosen])})


def swap_parts(rng, parts):
    """An archive of some of the parts, under each other's names."""
    names = rng.sample(list(parts), rng.randrange(1, len(parts) + 1))
    contents = rng.sample(names, len(names))
    return make_zip({name: parts[other] for name, other in zip(names, contents, strict=True)})


def mutate_archive(rng, parts):
    way = rng.randrange(4)
    if way == 0:
        return swap_parts(rng, parts)
    return mutate(rng, make_zip(parts)) if way == 1 else mutate_part(rng, parts)


def mutate_pdf(rng, content):
    return mutate(rng, content, PDF_TOKENS + TOKENS)


# --- What must hold -----------------------------------------------------------------------------


def read_or_refuse(content):
    """Read a mutant; anything but a document or an honest refusal fails."""
    start, waited = time.process_time(), time.monotonic()
    try:
        outcome = read_all(content) if is_package(content) else read_one(content)
    except FapiaoError as error:
        assert error.code != "unreadable", error.__cause__
        assert str(error).endswith(".")
        outcome = error.code
    assert time.process_time() - start < SECONDS
    assert time.monotonic() - waited < 4 * SECONDS  # read in another process
    return outcome


def read_one(content):
    document = read_document(content)
    assert isinstance(document, FapiaoDocument)
    assert document.number.isdigit()
    for problem in check_amounts(document) + check_readings(document):
        assert str(problem)
    judge(document)
    assert from_plain(to_plain(document)) == document
    return "read"


def read_all(content):
    """The files of an archive; one that cannot be read does not stop the others."""
    for file in unpack(content):
        if file.error is None:
            read_or_refuse(file.content)
    return read_one(content)


def run(rounds, make):
    """Outcomes of some mutants; one that breaks everything, or nothing, would test nothing."""
    outcomes = {read_or_refuse(make()) for _round in range(rounds)}
    assert "reader_crashed" not in outcomes
    if rounds >= 20:
        assert "read" in outcomes and len(outcomes) > 1
    return outcomes


# --- Seeds --------------------------------------------------------------------------------------


def seed_documents():
    return [random_document(rng_for("fuzz"), shape) for shape in ("red", "code12")]


def xml_seeds():
    digital, old = seed_documents()
    tickets = [random_ticket(rng_for("fuzz"), kind) for kind in (Kind.RAIL, Kind.AIR)]
    return {
        "einvoice": write_einvoice(digital),
        "einvoice gbk": write_einvoice(digital, encoding="gbk"),
        "edrm": write_edrm(old, qr=qr_of(old)).encode(),
        **{
            f"voucher {document.kind}": write_voucher(document).encode()
            for document in (old, *tickets)
        },
    }


def ofd_seed(pictures=None):
    """Parts of an OFD that uses all its places."""
    _digital, document = seed_documents()
    page = PageBuilder(split=True)
    tags = write_edrm(document, value=page.reference)
    parts = ofd_parts(
        {
            "original_invoice.xml": write_edrm(document),
            "inv_ord_issuer_1.xml": write_voucher(document),
            "b.xml": "<b/>",
        },
        tags,
        {"61": page.content()},
        custom_data(document) | {"发票代码": document.code},
        pictures=pictures,
    )
    return {
        name: content if isinstance(content, bytes) else content.encode()
        for name, content in parts.items()
    }


def pdf_seeds():
    """PDF files; those whose streams are not packed let mutations reach the text."""
    pdf = pytest.importorskip("fapiao_pdf")
    digital, old = seed_documents()
    rail = random_ticket(rng_for("fuzz"), Kind.RAIL)
    return {
        "packed": pdf.write_pdf(digital),
        "plain": pdf.write_pdf(digital, compress=False),
        "old": pdf.write_pdf(old, compress=False),
        "drawn": pdf.write_image_pdf(old, compress=False),
        "ticket": pdf.write_ticket_pdf(rail),
    }


def picture_seeds(document):
    pdf = pytest.importorskip("fapiao_pdf")
    code = pdf.qr_picture(pdf.qr_text(document))
    return {
        kind: pdf.picture_bytes(code, kind)
        for kind in ("PNG", "JPEG", "BMP", "GIF", "TIFF", "WEBP")
    }


def package_seed():
    """Files of an archive of invoices, with another archive among them."""
    xml = xml_seeds()
    files = {f"{name}.xml": content for name, content in xml.items()}
    inner = make_zip({"a.xml": xml["edrm"], "b.ofd": make_zip(ofd_seed())})
    return files | {"c.ofd": make_zip(ofd_seed()), "d.zip": inner, "发票.txt": b"text"}


# --- Tests --------------------------------------------------------------------------------------


def take_turns(rng, seeds, change):
    """Makes mutants of the seeds, one after the other."""
    turns = itertools.cycle(seeds.values())
    return lambda: change(rng, next(turns))


def test_mutated_xml():
    run(ROUNDS, take_turns(rng_for("xml"), xml_seeds(), mutate))


def test_mutated_ofd():
    rng, parts = rng_for("ofd"), ofd_seed()
    assert "archive_damaged" in run(ROUNDS, lambda: mutate_archive(rng, parts))


def test_mutated_ofd_with_pictures():
    pytest.importorskip("zxingcpp")
    rng = rng_for("ofd pictures")
    seeds = picture_seeds(seed_documents()[1])
    pictures = {f"{kind}.{kind.lower()}": content for kind, content in seeds.items()}
    parts = ofd_seed(pictures)
    chosen = [name for name in parts if "/Res/" in name]
    rounds = max(SLOW_ROUNDS, 20)

    def make():
        name = rng.choice(chosen)
        return make_zip(parts | {name: mutate(rng, parts[name])})

    assert {read_or_refuse(make()) for _round in range(rounds)} == {"read"}


def test_mutated_packages():
    rng, files = rng_for("package"), package_seed()
    outcomes = {read_or_refuse(mutate_archive(rng, files)) for _round in range(SLOW_ROUNDS)}
    assert "several_invoices" in outcomes


def test_mutated_pdf():
    pytest.importorskip("pypdfium2")
    run(SLOW_ROUNDS * 2, take_turns(rng_for("pdf"), pdf_seeds(), mutate_pdf))


def test_mutated_pictures():
    pytest.importorskip("zxingcpp")
    seeds = picture_seeds(seed_documents()[0])
    run(SLOW_ROUNDS * 2, take_turns(rng_for("picture"), seeds, mutate))


def test_mutated_samples(samples):
    rng = rng_for("samples")
    for path in sorted(samples.iterdir()):
        rounds = SLOW_ROUNDS // 5 if path.suffix == ".pdf" else ROUNDS // 5
        if path.suffix in (".xml", ".ofd", ".pdf"):
            change = mutate_pdf if path.suffix == ".pdf" else mutate
            content = path.read_bytes()
            for _round in range(rounds):
                read_or_refuse(change(rng, content))


def test_noise():
    rng = rng_for("noise")
    starts = (b"", b"<", b"PK\x03\x04", b"\xff\xfe<\x00", b"<?xml version='1.0'?>")
    for start in (*starts, b"%PDF-1.7\n", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"BM", b"GIF89a"):
        for _round in range(ROUNDS // 5):
            read_or_refuse(start + rng.randbytes(rng.randrange(2000)))
