"""Formats and dialects that another program adds."""

import io
import types
import zipfile

import pytest
from fapiao import (
    READERS,
    FapiaoError,
    Reader,
    Verdict,
    describe,
    judge,
    read_document,
    register_dialect,
    register_reader,
    unregister_dialect,
    unregister_reader,
)
from fapiao.facts import Facts

NUMBER = "26110000000000000001"
TOY = f"TOY1|{NUMBER}|2026-03-05|Seller Ltd|1130.00".encode()
TOY_XML = f"""<Toy><ToyNumber>{NUMBER}</ToyNumber><ToyTotal>8.50</ToyTotal>
<ToyLine><ToyItem>Tea</ToyItem><ToyAmount>8.50</ToyAmount></ToyLine></Toy>""".encode()


def is_toy(content):
    return content.startswith(b"TOY1|")


def read_toy(content, limits):
    facts = Facts()
    names = ("number", "issue_date", "seller.name", "amount_total")
    for place, (name, text) in enumerate(zip(names, content.decode().split("|")[1:], strict=True)):
        facts.add(name, text, f"toy:{place}")
    return facts.build()


@pytest.fixture
def toy():
    register_reader(Reader("TOY", is_toy, read_toy))
    yield
    unregister_reader("TOY")


@pytest.fixture
def toy_dialect():
    dialect = types.SimpleNamespace(
        LINE_GROUP="ToyLine",
        recognises=lambda statement: statement.states("ToyNumber"),
        collect=collect_toy,
    )
    register_dialect(dialect)
    yield
    unregister_dialect(dialect)


def collect_toy(statement, facts):
    facts.add("number", statement.text("ToyNumber"), statement.at("ToyNumber"))
    facts.add("amount_total", statement.text("ToyTotal"), statement.at("ToyTotal"))
    statement.collect_lines(facts, "ToyLine", {"name": "ToyItem", "amount": "ToyAmount"})


def refused(content):
    with pytest.raises(FapiaoError) as caught:
        read_document(content)
    return caught.value


def test_registered_format_is_read(toy):
    assert describe(TOY) == "TOY"
    document = read_document(TOY, "invoice.toy")
    assert (document.number, document.seller.name) == (NUMBER, "Seller Ltd")
    assert judge(document)["amount_total"].verdict is Verdict.SINGLE


def test_registered_format_is_read_in_an_archive(toy):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("invoice.toy", TOY)
    assert read_document(stream.getvalue()).number == NUMBER


def test_other_formats_are_read_as_before(toy):
    error = refused(b"Rar!\x1a\x07 something")
    assert error.code == "unsupported_format"
    assert error.params["readable"] == "XML / OFD / PDF / TOY"


def test_unregistered_format_is_unknown(toy):
    unregister_reader("TOY")
    assert describe(TOY) == "unknown"
    assert refused(TOY).code == "unsupported_format"
    register_reader(Reader("TOY", is_toy, read_toy))


def test_reader_can_come_before_another_one():
    register_reader(Reader("TOY", lambda content: b"<Toy>" in content, read_toy), before="XML")
    try:
        assert [reader.name for reader in READERS][:2] == ["TOY", "XML"]
        assert describe(b"<Toy>") == "TOY"
        assert describe(b"<EInvoice>") == "XML"
    finally:
        unregister_reader("TOY")


def test_names_of_readers_are_told_apart(toy):
    with pytest.raises(ValueError, match="TOY"):
        register_reader(Reader("TOY", is_toy, read_toy))
    with pytest.raises(ValueError):
        register_reader(Reader("OTHER", is_toy, read_toy), before="NONE")
    with pytest.raises(ValueError):
        unregister_reader("OTHER")


def test_reader_that_fails_is_a_sentence_all_the_same(toy):
    assert refused(b"TOY1|1").code == "unreadable"


def test_readers_of_the_same_package_under_another_name_are_its_own(toy, load_as):
    other = load_as("another_fapiao")
    assert other.describe(TOY) == "unknown"


def test_registered_dialect_is_read(toy_dialect):
    document = read_document(TOY_XML)
    assert (document.number, str(document.amount_total)) == (NUMBER, "8.50")
    assert [line.name for line in document.lines] == ["Tea"]


def test_lines_of_a_registered_dialect_are_kept_apart(toy_dialect):
    inside = TOY_XML.replace(b"<ToyTotal>8.50</ToyTotal>", b"").replace(
        b"<ToyItem>", b"<ToyTotal>7</ToyTotal><ToyItem>"
    )
    assert read_document(inside).amount_total != 7


def test_dialect_of_nobody_is_no_invoice():
    assert refused(TOY_XML).code == "not_an_invoice"
