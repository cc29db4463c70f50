"""Every kind of invoice in every form that it is given out in: read back exactly."""

import dataclasses

import pytest
from fapiao import Kind, check_amounts, check_readings, read_document
from fapiao_builders import (
    DIGITAL_SHAPES,
    OLD_SHAPES,
    SHAPES,
    random_document,
    random_ticket,
    rng_for,
    write_edrm,
    write_einvoice,
    write_ofd,
    write_voucher,
)

pytest.importorskip("pdfminer")
pytest.importorskip("pypdfium2")
pytest.importorskip("zxingcpp")

from fapiao_ofd import write_bureau_tags_ofd, write_platform_ofd, write_voucher_ofd
from fapiao_pdf import attach, qr_text, write_pdf, write_ticket_pdf

ROUNDS = range(3)


def same(found, expected, **changes):
    """Compare two documents without their evidence, and find no contradiction in the first."""
    found, expected = (
        dataclasses.replace(found, readings={}, details=(), amount_in_words=""),
        dataclasses.replace(expected, readings={}, **changes),
    )
    assert dataclasses.asdict(found) == dataclasses.asdict(expected)


def adds_up(found):
    assert [str(problem) for problem in check_amounts(found) + check_readings(found)] == []


def make(shape, round_):
    return random_document(rng_for("forms", shape, round_), shape)


def without_columns(document):
    """What a voucher states of the goods."""
    lines = (
        dataclasses.replace(line, specification="", unit="", quantity=None)
        for line in document.lines
    )
    return dataclasses.replace(document, lines=tuple(lines))


@pytest.mark.parametrize("round_", ROUNDS)
@pytest.mark.parametrize("shape", SHAPES)
def test_xml(shape, round_):
    document = make(shape, round_)
    content = write_edrm(document).encode() if document.code else write_einvoice(document)
    found = read_document(content)
    same(found, document)
    adds_up(found)


@pytest.mark.parametrize("round_", ROUNDS)
@pytest.mark.parametrize("shape", SHAPES)
def test_ofd_of_the_platform(shape, round_):
    document = make(shape, round_)
    found = read_document(write_platform_ofd(document))
    same(found, document, qr=qr_text(document))
    adds_up(found)


@pytest.mark.parametrize("round_", ROUNDS)
@pytest.mark.parametrize("shape", DIGITAL_SHAPES)
def test_ofd_with_tags_of_the_bureau(shape, round_):
    document = make(shape, round_)
    found = read_document(write_bureau_tags_ofd(document))
    same(found, document, qr=qr_text(document))
    adds_up(found)


@pytest.mark.parametrize("round_", ROUNDS)
@pytest.mark.parametrize("shape", OLD_SHAPES)
def test_ofd_with_a_voucher(shape, round_):
    document = without_columns(make(shape, round_))
    found = read_document(write_voucher_ofd(document))
    same(found, document, qr=qr_text(document))
    adds_up(found)


@pytest.mark.parametrize("shape", OLD_SHAPES)
def test_voucher_alone(shape):
    document = without_columns(make(shape, 0))
    same(read_document(write_voucher(document).encode()), document)


# PDF files of all shapes: see test_fapiao_pdf.py.


def test_voucher_in_a_pdf_goes_before_its_text():
    document = make("code12", 0)
    found = read_document(attach(write_pdf(document), {"inv_issuer.xml": write_voucher(document)}))
    assert found.source["number"] == "pdf:inv_issuer.xml:NumberOfInvoice"
    assert [line.tax_code for line in found.lines] == [line.tax_code for line in document.lines]
    adds_up(found)


def test_attachment_that_is_no_invoice_is_passed_over():
    document = make("ordinary", 0)
    files = {"a.xml": "<a/>", "b.xml": "<broken", "c.txt": "text", "d.xml": ""}
    found = read_document(attach(write_pdf(document), files))
    assert found.number == document.number


# --- Tickets ------------------------------------------------------------------------------------


@pytest.mark.parametrize("round_", ROUNDS)
@pytest.mark.parametrize("kind", [Kind.RAIL, Kind.AIR])
def test_ticket_in_every_form(kind, round_):
    ticket = random_ticket(rng_for("ticket", kind, round_), kind)
    voucher = write_voucher(ticket)
    same(read_document(voucher.encode()), ticket)
    same(read_document(write_ofd({"rai_issuer_1.xml": voucher})), ticket)
    found = read_document(write_ticket_pdf(ticket))
    same(found, ticket, qr=qr_text(ticket))
    adds_up(found)
    assert found.source["number"].startswith(("pdf:rai_issuer_", "pdf:atr_issuer_"))
    printed = found.readings["amount_total"][1]
    assert (printed.source, printed.value) == (
        f"pdf:page 1:{'价税合计' if kind == Kind.RAIL else '合计'}",
        ticket.amount_total,
    )


def test_printed_rail_ticket_states_no_tax():
    ticket = random_ticket(rng_for("printed"), Kind.RAIL)
    found = read_document(write_ticket_pdf(ticket, attached=False))
    same(found, ticket, qr=qr_text(ticket), amount_untaxed=None, amount_tax=None)


def test_printed_receipt_of_a_flight():
    ticket = random_ticket(rng_for("printed"), Kind.AIR)
    found = read_document(write_ticket_pdf(ticket, attached=False))
    same(found, ticket, qr=qr_text(ticket))
    adds_up(found)
