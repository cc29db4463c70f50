"""Each part of an OFD is a witness: malformed ones are read, damaged ones left out with a note."""

import dataclasses
import time

import pytest
from fapiao import (
    FapiaoError,
    Limits,
    Verdict,
    check_amounts,
    check_readings,
    judge,
    read_document,
)
from fapiao.ofd import read_ofd_documents
from fapiao.ofd_page import Turn, read_rules, read_sheet
from fapiao_builders import (
    OFD_NAMESPACE,
    SHAPES,
    PageBuilder,
    custom_data,
    element,
    make_zip,
    ofd_parts,
    random_document,
    rng_for,
    write_edrm,
)
from lxml import etree

pytest.importorskip("reportlab")

from fapiao_ofd import draw_ofd, write_page_ofd
from fapiao_pdf import capital_amount

TAGS = "Doc_0/Tags/CustomTag.xml"
ATTACHED = "Doc_0/Attachs/original_invoice.xml"
PAGE = "Doc_0/Pages/Page_0/Content.xml"
OLD = random_document(rng_for("parts"), "code12")


def parts_of(document):
    """Parts of an OFD with attached XML, tags and data of the document."""
    page = PageBuilder(split=True)
    tags = write_edrm(document, value=page.reference)
    attached = {"original_invoice.xml": write_edrm(document)}
    custom = custom_data(document) | {"发票代码": document.code}
    return ofd_parts(attached, tags, {"61": page.content()}, custom)


PARTS = parts_of(OLD)


def printed(document):
    """What of a document stands on paper in any case."""
    return {
        "number": document.number,
        "code": document.code,
        "issue_date": document.issue_date,
        "amount_untaxed": document.amount_untaxed,
        "amount_tax": document.amount_tax,
        "amount_total": document.amount_total,
        "buyer": document.buyer.name,
        "seller": document.seller.name,
        "buyer_tax_id": document.buyer.tax_id,
        "seller_tax_id": document.seller.tax_id,
        "lines": [(line.name, line.amount, line.tax_amount) for line in document.lines],
    }


# --- Malformed ----------------------------------------------------------------------------------


def no_declaration(xml):
    return xml.replace(f' xmlns:ofd="{OFD_NAMESPACE}"', "")


MALFORMED = {
    "not declared": no_declaration,
    "none declared": lambda xml: no_declaration(xml).replace(" xmlns:fp=", " other="),
    "empty prefix": lambda xml: (
        no_declaration(xml)
        .replace("<eInvoice", '<:eInvoice xmlns:=""')
        .replace("</eInvoice", "</:eInvoice")
    ),
    "another prefix": lambda xml: xml.replace("<fp:", "<kj:").replace("</fp:", "</kj:"),
    "declared as nothing": lambda xml: xml.replace(f'="{OFD_NAMESPACE}"', '=""'),
    "twice declared": lambda xml: xml.replace(" xmlns:ofd=", ' xmlns:ofd="x" xmlns:ofd=', 1),
    "two marks of order": lambda xml: f"\ufeff\ufeff\n{xml}",
    "padded": lambda xml: f"{xml}\0\0\0",
    "lone ampersand": lambda xml: xml.replace("&amp;", "&"),
    "control character": lambda xml: xml.replace("</eInvoice", "\x01</eInvoice"),
}


@pytest.mark.parametrize("fault", MALFORMED)
@pytest.mark.parametrize("part", [TAGS, ATTACHED])
def test_malformed_part_is_read_all_the_same(fault, part):
    named = dataclasses.replace(OLD, buyer=dataclasses.replace(OLD.buyer, name="甲&乙有限公司"))
    parts = parts_of(named)
    # Nothing else states the buyer.
    for other in {TAGS, ATTACHED} - {part}:
        del parts[other]
    found = read_document(make_zip(parts | {part: MALFORMED[fault](parts[part])}))
    assert (found.buyer, found.notes) == (named.buyer, ())
    assert len(found.lines) == len(named.lines)


@pytest.mark.parametrize("fault", MALFORMED)
def test_malformed_xml_of_its_own(fault):
    content = MALFORMED[fault](write_edrm(OLD)).encode()
    assert read_document(content).identity == OLD.identity


@pytest.mark.parametrize("xml", ["<a><b></a>", "<a", "<a>&secret;</a>", "<:a></b>", "<a b=c/>"])
def test_what_else_is_wrong_is_damage(xml):
    with pytest.raises(FapiaoError) as caught:
        read_document(xml.encode())
    assert caught.value.code == "xml_damaged"


# --- Damaged ------------------------------------------------------------------------------------


@pytest.mark.parametrize("part", [name for name in PARTS if name != "OFD.xml"])
@pytest.mark.parametrize("damage", ["cut", "empty", "noise", "encoding"])
def test_damaged_part_is_noted(part, damage):
    xml = PARTS[part].encode()
    broken = {"cut": xml[: len(xml) // 2], "empty": b"", "noise": b"\x00" * 99}.get(
        damage, xml[:20] + b"\xff\xff\x81" + xml[20:]
    )
    found = read_document(make_zip(PARTS | {part: broken}))
    assert (found.identity, found.amount_total) == (OLD.identity, OLD.amount_total)
    assert [note.code for note in found.notes] == ["part_unread"]
    assert found.notes[0].params == {"part": part}
    assert part in str(found.notes[0])


def test_every_part_damaged_is_a_damaged_file():
    with pytest.raises(FapiaoError) as caught:
        read_document(make_zip({name: xml[:30] for name, xml in PARTS.items()}))
    assert caught.value.code == "xml_damaged"


@pytest.mark.parametrize("part", PARTS)
def test_missing_part(part):
    parts = {name: xml for name, xml in PARTS.items() if name != part}
    assert read_document(make_zip(parts)).identity == OLD.identity


def test_programming_error_is_no_damage(monkeypatch):
    def fail(rows, facts, source):
        raise ValueError("a fault of the program")

    monkeypatch.setattr("fapiao.ofd.collect_page", fail)
    with pytest.raises(FapiaoError) as caught:
        read_document(write_page_ofd(OLD))
    assert caught.value.code == "unreadable"


# --- Pages --------------------------------------------------------------------------------------


@pytest.mark.parametrize("ctm", [None, 0.3528])
@pytest.mark.parametrize("shape", SHAPES)
def test_page_alone_is_read_as_that_of_a_pdf(shape, ctm):
    document = random_document(rng_for("page", shape, ctm), shape)
    found = read_document(write_page_ofd(document, ctm))
    assert printed(found) == printed(document)
    assert found.amount_in_words == capital_amount(document.amount_total)
    assert found.source["number"] == "ofd:page 1:number"
    assert check_amounts(found) + check_readings(found) == []


def test_turned_page_is_read():
    assert printed(read_document(make_zip(ofd_parts(pages=draw_ofd(OLD, turn=True))))) == printed(
        OLD
    )


def path(data, boundary="10 20 100 50", clip="", **attributes):
    clips = ""
    if clip:
        inner = element("ofd:Path", [element("ofd:AbbreviatedData", clip)], Boundary="1 1 90 40")
        area = element("ofd:Area", [inner], CTM="0.5 0 0 0.5 0 0")
        clips = element("ofd:Clips", [element("ofd:Clip", [area])])
    content = [clips, element("ofd:AbbreviatedData", data)]
    return element("ofd:PathObject", content, Boundary=boundary, **attributes)


MM, UPRIGHT = 72 / 25.4, Turn((1, 0))


@pytest.mark.parametrize(
    ("xml", "rules"),
    [
        (path("M 0 0.15 L 90 0.15"), [(10, 20.15, 100, 20.15)]),
        (path("M 0.1 0 L 0.1 50"), [(10.1, 20, 10.1, 70)]),
        (path("M 0 0 L 90 0 L 90 0.5 L 0 0.5 C", Stroke="false"), [(10, 20, 100, 20.5)]),
        (path("M 0 0 L 90 0 L 90 40 L 0 40 C", Stroke="false"), []),
        (path("M 0 0 L 90 0 L 90 40"), [(10, 20, 100, 20), (100, 20, 100, 60)]),
        (path("M 0 0 L 90 0 M 0 9 L 90 9"), [(10, 20, 100, 20), (10, 29, 100, 29)]),
        (path("M 0 0 L 45 0", CTM="2 0 0 2 5 0"), [(15, 20, 105, 20)]),
        (path("M 0 0 L 2 0"), []),  # too short
        (path("M 0 0 Q 5 5 9 9 B 1 2 3 4 90 80"), []),  # aslant
        # A large area of which a clip leaves a line.
        (
            path("M 0 0 L 90 0 L 90 40 L 0 40 C", clip="M 0 0 L 80 0 L 80 0.4 L 0 0.4 C"),
            [(10.5, 20.5, 50.5, 20.7)],
        ),
        (path("M 0 0 L 90 0", clip="M 0 60 L 80 60"), []),
        (path("nonsense 1 L x y L 1"), []),
        (path("M 0 0 L 90 0", boundary=""), [(0, 0, 90, 0)]),
    ],
)
def test_lines_that_rule_a_page(xml, rules):
    root = etree.fromstring(f'<ofd:Page xmlns:ofd="{OFD_NAMESPACE}">{xml}</ofd:Page>')
    found = [tuple(round(place / MM, 3) for place in rule) for rule in read_rules([root], UPRIGHT)]
    assert found == rules


def test_page_that_is_turned_has_its_lines_turned():
    line = path("M 0 0 L 0 50")
    text = '<ofd:TextObject Boundary="0 100 9 9" CTM="0 -1 1 0 0 0"><ofd:TextCode>甲</ofd:TextCode>'
    area = "<ofd:Area><ofd:PhysicalBox>0 0 140 210</ofd:PhysicalBox></ofd:Area>"
    xml = f'<ofd:Page xmlns:ofd="{OFD_NAMESPACE}">{area}{text}</ofd:TextObject>{line}</ofd:Page>'
    sheet = read_sheet([etree.fromstring(xml)])
    assert (round(sheet.width / MM), round(sheet.height / MM)) == (210, 140)
    turned = read_rules([etree.fromstring(xml)], Turn((0, -1), -210 * MM, 0))
    assert [tuple(round(place / MM) for place in rule) for rule in turned] == [(140, 10, 190, 10)]


@pytest.mark.parametrize("kind", ["letters", "objects", "pages", "lines", "clips", "steps"])
def test_pages_of_too_much_take_no_long_time(kind):
    def text(letters, number=0, **attributes):
        code = element("ofd:TextCode", letters, X=0, Y=0, **attributes)
        box = f"{number % 97} {number % 89} 9 9"
        return element("ofd:TextObject", [code], Boundary=box, Size=3)

    many = {
        "letters": text("甲" * 1_000_000),
        "objects": "".join(text("甲乙", number) for number in range(60_000)),
        "pages": text("甲乙丙 丁：1.00" * 1000, 7, DeltaX="g 9999 0.01"),
        "lines": "".join(path("M 0 0 L 90 0", f"0 {n % 140} 9 9") for n in range(40_000)),
        "clips": path("M 0 0 L 90 0" * 150, clip="M 0 0 L 90 0" * 150) * 300,
        "steps": text("甲" * 2000, DeltaX="g 999999999 1 " * 20_000, DeltaY="g 9999999 -1"),
    }[kind]
    xml = f'<ofd:Page xmlns:ofd="{OFD_NAMESPACE}">{text("发票号码")}{many}</ofd:Page>'
    pages = {str(n): xml for n in range(20 if kind == "pages" else 1)}
    start = time.process_time()
    with pytest.raises(FapiaoError) as caught:
        read_document(make_zip(ofd_parts(pages=pages), compression=0))
    assert caught.value.code == "not_an_invoice"
    assert time.process_time() - start < 5


def test_page_is_a_second_witness_of_attached_data():
    content = write_page_ofd(OLD, attached={"original_invoice.xml": write_edrm(OLD)})
    evidence = judge(read_document(content))
    for field in ("number", "amount_total", "buyer.name", "seller.tax_id"):
        names = {witness.name for witness in evidence[field].witnesses}
        assert {"attached", "text"} <= names, field
        assert evidence[field].verdict is Verdict.AGREED


def test_page_that_says_otherwise_contradicts():
    other = dataclasses.replace(OLD, amount_total=OLD.amount_total + 1)
    content = write_page_ofd(other, attached={"original_invoice.xml": write_edrm(OLD)})
    found = read_document(content)
    assert found.amount_total == OLD.amount_total
    assert judge(found)["amount_total"].verdict is Verdict.CONTRADICTORY


def test_tags_and_the_page_that_they_point_to_are_one_witness():
    page = PageBuilder()
    tags = write_edrm(OLD, value=page.reference)
    found = read_document(make_zip(ofd_parts(tags=tags, pages={"61": page.content()})))
    names = [witness.name for witness in judge(found)["number"].witnesses]
    assert names == ["tags"]


def test_several_invoices_on_the_pages():
    other = dataclasses.replace(OLD, number="00000001")
    pages = {"1": draw_ofd(OLD)["1"], "2": draw_ofd(other)["1"]}
    content = make_zip(ofd_parts(pages=pages))
    with pytest.raises(FapiaoError) as caught:
        read_document(content)
    assert caught.value.code == "several_invoices"
    found = read_ofd_documents(content, Limits())
    assert [printed(document) for document in found] == [printed(OLD), printed(other)]


def test_page_without_a_number_goes_on_with_the_goods():
    document = random_document(rng_for("pages"), "hundred_lines")
    found = read_document(make_zip(ofd_parts(pages=draw_ofd(document))))
    assert printed(found) == printed(document)
