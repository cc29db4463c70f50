"""What speaks for and against the values of a document."""

import dataclasses
from datetime import date
from decimal import Decimal

import fapiao
import pytest
from fapiao.checks import check_readings
from fapiao.document import FapiaoDocument, Line, Reading, TaxKind
from fapiao.evidence import Verdict, contradictions, judge
from fapiao.facts import Facts
from fapiao.qr import crc16


def document(**extra) -> FapiaoDocument:
    """A document whose text and QR code agree."""
    facts = Facts()
    values = {
        "number": "26110000000000000001",
        "issue_date": "2026-03-05",
        "buyer.name": "北京示例科技有限公司",
        "buyer.tax_id": "91110108339805094M",
        "amount_untaxed": "1000.00",
        "amount_tax": "130.00",
        "amount_total": "1130.00",
        "amount_in_words": "壹仟壹佰叁拾圆整",
        **extra,
    }
    for name, text in values.items():
        facts.add(name, text, f"pdf:page 1:{name}")
    line = Line("*软件*A", amount=Decimal("1000.00"), tax_amount=Decimal("130.00"))
    facts.add_value("lines", (line,), "pdf:page 1:lines")
    return facts.build()


def add_qr(found: FapiaoDocument, text: str) -> FapiaoDocument:
    """The document with a QR code beside its text."""
    facts = Facts()
    facts.readings = {name: list(readings) for name, readings in found.readings.items()}
    facts.add_qr(text, "pdf:page 1")
    return facts.build()


def qr_text(total: str = "1130.00", day: str = "20260305") -> str:
    body = f"01,31,,26110000000000000001,{total},{day},,"
    return body + crc16(body)


def names_of(evidence) -> list[str]:
    return [witness.name for witness in evidence.witnesses]


def test_text_alone_is_a_single_source():
    evidence = judge(document())
    assert evidence["number"].verdict is Verdict.SINGLE
    assert evidence["buyer.name"].verdict is Verdict.SINGLE


def test_text_and_code_agree():
    evidence = judge(add_qr(document(), qr_text()))
    for name in ("number", "issue_date", "amount_total", "qr"):
        assert evidence[name].verdict is Verdict.AGREED, name
    assert names_of(evidence["number"]) == ["text", "qr"]
    assert names_of(evidence["amount_total"]) == ["text", "qr", "words", "sum"]
    assert not contradictions(evidence)


@pytest.mark.parametrize(
    ("code", "field"),
    [
        ({"total": "1131.00"}, "amount_total"),
        ({"day": "20260306"}, "issue_date"),
    ],
)
def test_code_contradicts_the_text(code, field):
    evidence = judge(add_qr(document(), qr_text(**code)))
    assert [found.field for found in contradictions(evidence)] == [field]


@pytest.mark.parametrize("checksum", ["0000", "", "9a3f"])
def test_code_without_a_known_checksum_is_a_weaker_witness(checksum):
    evidence = judge(add_qr(document(), qr_text()[:-4] + checksum))
    assert names_of(evidence["number"]) == ["text", "qr_unchecked"]
    assert names_of(evidence["qr"]) == ["qr"]
    assert not contradictions(evidence)
    wrong = qr_text(total="1131.00")[:-4] + checksum
    assert [f.field for f in contradictions(judge(add_qr(document(), wrong)))] == ["amount_total"]


def test_checksum_alone_is_no_difference_between_codes():
    found = add_qr(document(), qr_text())
    readings = found.readings["qr"] + (Reading("ofd:a.png", qr_text()[:-4] + "0000"),)
    found = dataclasses.replace(found, readings={**found.readings, "qr": readings})
    assert judge(found)["qr"].verdict is Verdict.AGREED
    assert check_readings(found) == []


def test_same_text_on_two_pages_is_one_witness():
    found = document()
    readings = found.readings["number"] + (Reading("pdf:page 2:number", found.number),)
    found = dataclasses.replace(found, readings={**found.readings, "number": readings})
    assert judge(found)["number"].verdict is Verdict.SINGLE


def test_amount_in_words_speaks_against_the_total():
    evidence = judge(document(amount_in_words="壹仟壹佰圆整"))
    assert [found.field for found in contradictions(evidence)] == ["amount_total"]


def test_sum_of_the_lines_speaks_against_the_amount():
    evidence = judge(document(amount_untaxed="900.00", amount_total="1030.00"))
    assert {found.field for found in contradictions(evidence)} >= {"amount_untaxed", "lines"}


def test_derived_total_has_no_witness_of_its_own():
    evidence = judge(document(amount_total="", amount_in_words=""))
    assert names_of(evidence["amount_total"]) == ["sum"]


def test_check_digit_speaks_for_a_tax_number_and_never_against_it():
    assert judge(document())["buyer.tax_id"].verdict is Verdict.AGREED
    # A real company's number, whose check digit is wrong.
    evidence = judge(document(**{"buyer.tax_id": "12110000400777432A"}))
    assert evidence["buyer.tax_id"].verdict is Verdict.SINGLE


def test_another_file_of_the_invoice_is_a_witness():
    first = document()
    evidence = judge(first, [document(**{"buyer.name": "北京 示例科技有限公司"})])
    assert evidence["buyer.name"].verdict is Verdict.AGREED
    evidence = judge(first, [document(**{"buyer.name": "上海示例科技有限公司"})])
    assert evidence["buyer.name"].verdict is Verdict.CONTRADICTORY
    assert evidence["buyer.name"].value == first.buyer.name


def test_spellings_of_a_name_are_one_value():
    found = document(**{"seller.name": "示例（北京）有限公司"})
    other = document(**{"seller.name": "示例〔北京〕有限 公司"})
    assert judge(found, [other])["seller.name"].verdict is Verdict.AGREED
    readings = found.readings["seller.name"] + other.readings["seller.name"]
    found = dataclasses.replace(found, readings={**found.readings, "seller.name": readings})
    assert check_readings(found) == []


def test_number_stated_twice_in_xml_is_agreed():
    facts = Facts()
    facts.add("number", "26110000000000000001", "xml:EIid")
    facts.add("number", "26110000000000000001", "xml:InvoiceNumber")
    assert judge(facts.build())["number"].verdict is Verdict.AGREED


def test_amount_of_a_code_of_unknown_type_may_be_either_total():
    for amount, agrees in (("1130.00", True), ("1000.00", True), ("999.00", False)):
        body = f"01,99,,26110000000000000001,{amount},20260305,,"
        evidence = judge(add_qr(document(), body + crc16(body)))
        assert (evidence["qr"].verdict is Verdict.AGREED) is agrees


def test_tax_of_a_line_beyond_the_tolerance_contradicts():
    found = document()
    wrong = Line(
        amount=Decimal("1000.00"),
        tax_amount=Decimal("130.00"),
        tax_rate=Decimal("0.06"),
        tax_kind=TaxKind.TAXED,
    )
    readings = {**found.readings, "lines": (Reading("pdf:page 1:lines", (wrong,)),)}
    found = dataclasses.replace(found, lines=(wrong,), readings=readings)
    assert judge(found)["lines"].verdict is Verdict.CONTRADICTORY


def test_every_witness_and_field_has_words():
    evidence = judge(add_qr(document(), qr_text()), [document()])
    for found in evidence.values():
        assert found.field in fapiao.FIELDS
        assert all(witness.name in fapiao.WITNESSES for witness in found.witnesses)
    assert judge(document())["issue_date"].value == date(2026, 3, 5)
