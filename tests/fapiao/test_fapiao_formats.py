"""Written documents are read back exactly, whatever the producer's habits."""

import dataclasses
from datetime import date
from decimal import Decimal

import pytest
from fapiao import (
    FapiaoError,
    Kind,
    Line,
    check_amounts,
    check_readings,
    read_document,
)
from fapiao_builders import (
    DIGITAL_SHAPES,
    SHAPES,
    PageBuilder,
    custom_data,
    make_zip,
    ofd_parts,
    qr_of,
    random_document,
    rng_for,
    write_edrm,
    write_einvoice,
    write_ofd,
    write_xbrl,
)


def same(found, expected):
    """Compare two documents without their evidence, with a readable difference."""
    found, expected = (
        dataclasses.asdict(dataclasses.replace(document, readings={}))
        for document in (found, expected)
    )
    assert found == expected


@pytest.fixture(params=SHAPES)
def document(request):
    return random_document(rng_for(request.param), request.param)


@pytest.fixture
def digital():
    return random_document(rng_for("digital"), "ordinary")


@pytest.fixture
def old():
    return random_document(rng_for("old"), "code12")


# --- The tax bureau's XML -----------------------------------------------------------------------


@pytest.mark.parametrize("rate_style", ["fraction", "zeros", "percent"])
@pytest.mark.parametrize("shape", DIGITAL_SHAPES)
def test_einvoice_is_read_back(shape, rate_style):
    for seed in range(5):
        rng = rng_for(shape, rate_style, seed)
        document = random_document(rng, shape)
        found = read_document(write_einvoice(document, rate_style, shuffle=rng))
        same(found, document)
        assert check_amounts(found) == [] == check_readings(found)


@pytest.mark.parametrize(
    ("encoding", "declared"),
    [
        ("utf-8", "UTF-8"),
        ("utf-8", ""),
        ("utf-8-sig", "utf-8"),
        ("utf-8", "GBK"),
        ("gbk", "GBK"),
        ("gbk", "gb2312"),
        ("gb18030", "GB18030"),
        ("gb18030", ""),
        ("gb18030", "UTF-8"),
        ("utf-16", "UTF-16"),
        ("utf-16-le", ""),
        ("utf-16-be", ""),
    ],
)
def test_einvoice_in_any_encoding(digital, encoding, declared):
    same(read_document(write_einvoice(digital, encoding=encoding, declared=declared)), digital)


def test_damaged_utf8_is_not_taken_for_gbk(digital):
    content = write_einvoice(digital)
    place = content.index("有限公司".encode()) + 1
    with pytest.raises(FapiaoError) as caught:
        read_document(content[:place] + b"\x20" + content[place + 1 :])
    assert caught.value.code == "bad_encoding"


def test_einvoice_with_prefix_and_wrapper(digital):
    text = write_einvoice(digital, declared="").decode()
    text = text.replace("</", "</e:").replace("<", "<e:").replace("<e:/e:", "</e:")
    wrapped = f'<Answer xmlns:e="urn:x" xmlns="urn:y">{text}</Answer>'
    same(read_document(wrapped.encode()), digital)


def test_two_different_numbers_are_refused(digital):
    content = write_einvoice(digital)
    other = digital.number[:-1] + ("1" if digital.number[-1] != "1" else "2")
    with pytest.raises(FapiaoError) as caught:
        read_document(content.replace(digital.number.encode(), other.encode(), 1))
    assert caught.value.code == "number_contradiction"
    assert digital.number in str(caught.value) and other in str(caught.value)


def test_one_place_of_the_number_is_enough(digital):
    content = write_einvoice(digital).replace(f"<EIid>{digital.number}".encode(), b"<EIid>")
    assert read_document(content).number == digital.number


@pytest.mark.parametrize("number", ["", "123", "1234567890123456789", "2" * 21, "ABCDEFGH"])
def test_impossible_numbers_are_refused(digital, number):
    content = write_einvoice(digital).replace(digital.number.encode(), number.encode())
    with pytest.raises(FapiaoError) as caught:
        read_document(content)
    assert caught.value.code in ("number_missing", "number_shape")


def test_request_time_replaces_missing_issue_time(digital):
    content = write_einvoice(digital)
    stripped = content.replace(f"<IssueTime>{digital.issue_date}</IssueTime>".encode(), b"")
    assert stripped != content
    found = read_document(stripped)
    assert found.issue_date == digital.issue_date
    assert found.source["issue_date"] == "xml:RequestTime"


def test_every_field_names_its_source(digital):
    found = read_document(write_einvoice(digital))
    assert found.source["number"] == "xml:EIid"
    assert found.source["amount_total"] == "xml:TotalTax-includedAmount"
    assert found.source["buyer.name"] == "xml:BuyerName"
    assert [reading.source for reading in found.readings["number"]] == [
        "xml:EIid",
        "xml:InvoiceNumber",
    ]


def test_several_invoices_in_one_file_are_refused(digital):
    text = write_einvoice(digital, declared="").decode()
    with pytest.raises(FapiaoError) as caught:
        read_document(f"<All>{text}{text}</All>".encode())
    assert caught.value.code == "several_invoices"


# --- The older schema and OFD -------------------------------------------------------------------


def test_attached_xml_is_read_back(document):
    found = read_document(write_ofd({"original_invoice.xml": write_edrm(document)}))
    # This schema does not state the kind of a digital invoice.
    kind = document.kind if document.code else Kind.OTHER
    same(found, dataclasses.replace(document, kind=kind))
    assert check_amounts(found) == []


def test_attached_xml_alone_is_read_too(old):
    same(read_document(write_edrm(old).encode()), old)


@pytest.mark.parametrize("prefix", ["fp", "x", ""])
@pytest.mark.parametrize("slash", ["", "/"])
@pytest.mark.parametrize("listed", [True, False])
@pytest.mark.parametrize("root", ["", "export/2024/"])
@pytest.mark.parametrize("doc", ["Doc_0", "Doc_7", "内容"])
def test_layouts_of_ofd(old, prefix, slash, listed, root, doc):
    xml = write_edrm(old, prefix=prefix)
    options = {"slash": slash, "listed": listed, "root": root, "doc": doc}
    same(read_document(write_ofd({"original_invoice.xml": xml}, **options)), old)


@pytest.mark.parametrize("slash", ["", "/"])
@pytest.mark.parametrize("split", [False, True])
@pytest.mark.parametrize("page_ref", ["61", "99", None])
@pytest.mark.parametrize("prefix", ["fp", "ofd2"])
def test_tags_are_joined_to_page_text(document, slash, split, page_ref, prefix):
    page = PageBuilder(page_ref=page_ref, split=split, title="电子发票（ 普通发票 ）")
    tags = write_edrm(document, prefix=prefix, value=page.reference)
    content = write_ofd(tags=tags, pages={"61": page.content()}, slash=slash)
    # The title of the page tells the kind where there is no code.
    kind = document.kind if document.code else Kind.DIGITAL_ORDINARY
    same(read_document(content), dataclasses.replace(document, kind=kind))


def test_tags_without_document_part(digital):
    page = PageBuilder()
    tags = write_edrm(digital, value=page.reference)
    parts = ofd_parts(tags=tags, pages={"61": page.content()})
    del parts["Doc_0/Document.xml"]
    same(read_document(make_zip(parts)), digital)


@pytest.mark.parametrize("line_groups", [True, False])
def test_lines_in_columns(line_groups):
    document = random_document(rng_for("columns"), "exempt")
    line = dataclasses.replace(document.lines[0], unit="个", specification="X")
    document = dataclasses.replace(
        document, lines=(line,) * 3, amount_untaxed=line.amount * 3, amount_total=line.amount * 3
    )
    page = PageBuilder()
    tags = write_edrm(document, value=page.reference, line_groups=line_groups)
    same(read_document(write_ofd(tags=tags, pages={"61": page.content()})), document)


def test_wrapped_names_in_columns_are_joined():
    names = ["*钢材*角钢", "50×50", "*谷物*稻谷"]
    cells = [f"<Item>{name}</Item>" for name in names]
    cells += [f"<Amount>{amount}</Amount>" for amount in ("1.00", "2.00")]
    xml = f"<eInvoice><InvoiceNo>{'1' * 20}</InvoiceNo>{''.join(cells)}</eInvoice>"
    lines = read_document(xml.encode()).lines
    assert lines == (
        Line(name="*钢材*角钢50×50", amount=Decimal("1.00")),
        Line(name="*谷物*稻谷", amount=Decimal("2.00")),
    )


def test_columns_that_do_not_fit_are_left_out():
    cells = "<Item>甲</Item><Item>乙</Item><Item>丙</Item><Amount>1</Amount><Amount>2</Amount>"
    xml = f"<eInvoice><InvoiceNo>{'1' * 20}</InvoiceNo>{cells}</eInvoice>"
    assert read_document(xml.encode()).lines == ()


def test_columns_with_more_or_fewer_cells_are_left_out():
    cells = "<Item>*甲</Item><Item>*乙</Item><Amount>1</Amount><Amount>2</Amount>"
    cells += "<Quantity>1</Quantity><Price>1</Price><Price>2</Price><Price>3</Price>"
    xml = f"<eInvoice><InvoiceNo>{'1' * 20}</InvoiceNo>{cells}</eInvoice>"
    lines = read_document(xml.encode()).lines
    assert lines == (Line(name="*甲", amount=Decimal(1)), Line(name="*乙", amount=Decimal(2)))


def test_sums_among_the_lines_are_left_out(old):
    extra = Line(name="（详见销货清单）", amount=old.amount_untaxed)
    document = dataclasses.replace(old, lines=(extra, *old.lines, Line(name="小 计")))
    same(read_document(write_edrm(document).encode()), old)


def test_custom_data_alone_gives_the_total(digital):
    found = read_document(write_ofd(custom=custom_data(digital)))
    assert found.amount_untaxed == digital.amount_untaxed
    assert found.amount_total == digital.amount_untaxed + digital.amount_tax
    assert found.source["amount_total"].startswith("derived")
    assert found.lines == ()


def test_unknown_tax_gives_no_total():
    document = random_document(rng_for("***"), "stars")
    found = read_document(write_ofd(custom=custom_data(document)))
    assert (found.amount_tax, found.amount_total) == (None, None)


def test_stated_total_is_kept_when_the_tax_is_missing():
    custom = {"发票号码": "1" * 20, "合计金额": "10000.00", "价税合计": "10600.00"}
    found = read_document(write_ofd(custom=custom))
    assert (found.amount_untaxed, found.amount_tax) == (Decimal("10000.00"), None)
    assert found.amount_total == Decimal("10600.00")


def test_sources_are_merged_in_their_order(old):
    partial = dataclasses.replace(old, drawer="", remark="", lines=())
    page = PageBuilder()
    tags = write_edrm(dataclasses.replace(old, remark=""), value=page.reference)
    custom = custom_data(old) | {"备注": "从文档信息", "发票代码": old.code}
    content = write_ofd(
        {"original_invoice.xml": write_edrm(partial)}, tags, {"61": page.content()}, custom
    )
    found = read_document(content)
    assert (found.drawer, found.remark) == (old.drawer, "从文档信息")
    assert found.source["number"] == "ofd:original_invoice.xml:InvoiceNo"
    assert found.source["drawer"] == "ofd:CustomTag.xml:InvoiceClerk"
    assert found.source["remark"] == "ofd:CustomDatas:备注"
    assert found.source["lines"] == "ofd:CustomTag.xml:GoodsInfo"
    assert len(found.readings["number"]) == 3


def test_sources_that_contradict_each_other_are_reported(old):
    custom = {"合计金额": old.amount_untaxed + 1}
    found = read_document(write_ofd({"original_invoice.xml": write_edrm(old)}, custom=custom))
    assert found.amount_untaxed == old.amount_untaxed
    assert [problem.params["field"] for problem in check_readings(found)] == ["amount_untaxed"]


def test_sources_with_different_numbers_are_refused(old):
    custom = {"发票号码": "00000000"}
    with pytest.raises(FapiaoError) as caught:
        read_document(write_ofd({"original_invoice.xml": write_edrm(old)}, custom=custom))
    assert caught.value.code == "number_contradiction"


def test_qr_text_fills_gaps_and_is_kept(old):
    qr = qr_of(old)
    blank = write_edrm(dataclasses.replace(old, code="", check_code=""), qr=qr)
    found = read_document(write_ofd({"original_invoice.xml": blank}))
    assert (found.qr, found.code, found.check_code) == (qr, old.code, old.check_code)
    assert found.source["code"].startswith("qr:")
    assert check_amounts(found) == []


def test_qr_text_with_an_unknown_checksum_says_so(old):
    qr = qr_of(old)[:-5] + "0000,"
    document = dataclasses.replace(old, check_code="")
    found = read_document(write_edrm(document, qr=qr).encode())
    assert (found.qr, found.check_code) == (qr, old.check_code)
    assert found.source["check_code"] == "qr_unchecked:xml:GraphCode"
    assert check_amounts(found) == []


def test_picture_of_a_qr_code_is_no_text(old):
    assert read_document(write_edrm(old, qr="iVBORw0KGgoAAAANSUhEUgAA").encode()).qr == ""


def test_names_of_parts_may_differ_in_case(old):
    parts = ofd_parts({"original_invoice.xml": write_edrm(old)}, custom={"备注": "x"})
    parts = {name.replace("Doc_0", "DOC_0").replace("OFD", "ofd"): parts[name] for name in parts}
    found = read_document(make_zip(parts))
    assert (found.number, found.source["number"]) == (
        old.number,
        "ofd:original_invoice.xml:InvoiceNo",
    )


def test_absolute_references_start_at_the_root(old):
    parts = ofd_parts({"a.xml": write_edrm(old)}, slash="/")
    parts["Doc_0/Doc_0/Attachs/Attachments.xml"] = "<broken"
    parts["Doc_0/Attachs/Doc_0/Attachs/a.xml"] = "<broken"
    # What lies in a folder of attachments is read too.
    notes = read_document(make_zip(parts)).notes
    assert "Doc_0/Attachs/Doc_0/Attachs/a.xml" in [note.params["part"] for note in notes]
    del parts["Doc_0/Attachs/Doc_0/Attachs/a.xml"]
    parts = {name.replace("Attachs", "Files"): parts[name] for name in parts}
    parts = {name: content.replace("Attachs", "Files") for name, content in parts.items()}
    same(read_document(make_zip(parts)), old)


def test_second_document_without_invoice_is_ignored(old):
    parts = ofd_parts({"original_invoice.xml": write_edrm(old)})
    extra = ofd_parts(doc="Doc_1", entry=False)
    parts["OFD.xml"] = parts["OFD.xml"].replace(
        "</ofd:OFD>",
        "<ofd:DocBody><ofd:DocRoot>Doc_1/Document.xml</ofd:DocRoot></ofd:DocBody></ofd:OFD>",
    )
    same(read_document(make_zip(extra | parts)), old)


def test_several_invoices_in_one_ofd_are_refused(old):
    other = dataclasses.replace(old, number="00000001")
    parts = ofd_parts({"original_invoice.xml": write_edrm(old)})
    extra = ofd_parts({"original_invoice.xml": write_edrm(other)}, doc="Doc_1", entry=False)
    parts["OFD.xml"] = parts["OFD.xml"].replace(
        "</ofd:OFD>",
        "<ofd:DocBody><ofd:DocRoot>Doc_1/Document.xml</ofd:DocRoot></ofd:DocBody></ofd:OFD>",
    )
    with pytest.raises(FapiaoError) as caught:
        read_document(make_zip(extra | parts))
    assert caught.value.code == "several_invoices"
    assert old.number in str(caught.value) and "00000001" in str(caught.value)


def test_bureau_xml_inside_ofd(digital):
    content = write_ofd({"anything.xml": write_einvoice(digital)}, custom=custom_data(digital))
    same(read_document(content), digital)


def test_bureau_names_as_tags(digital):
    """The second family of tags; the total there may point to nothing but ``¥``."""
    page = PageBuilder()
    number, sign = page.add(digital.number), page.add("¥")
    xml = (
        '<root xmlns:ofd="http://www.ofdspec.org/2016"><TaxSupervisionInfo><InvoiceNumber>'
        f'<ofd:ObjectRef PageRef="61">{number}</ofd:ObjectRef></InvoiceNumber>'
        "</TaxSupervisionInfo><BasicInformation><TotalAmWithoutTax/>"
        f'<TotalTax-includedAmount><ofd:ObjectRef PageRef="61">{sign}</ofd:ObjectRef>'
        "</TotalTax-includedAmount></BasicInformation></root>"
    )
    content = write_ofd(tags=xml, pages={"61": page.content()}, custom=custom_data(digital))
    found = read_document(content)
    assert found.amount_total == digital.amount_total
    assert found.source["number"] == "ofd:CustomTag.xml:InvoiceNumber"


# --- XBRL ---------------------------------------------------------------------------------------


def test_xbrl_rail():
    xml = write_xbrl(
        {
            "TypeOfVoucher": "电子发票（铁路电子客票）",
            "ElectronicInvoiceRailwayETicketNumber": "26419122537000504214",
            "DateOfIssue": "2026-07-11",
            "Fare": "272.50",
            "TotalAmountExcludingTax": "250.00",
            "TaxRate": "0.09",
            "TaxAmount": "22.50",
            "NameOfPurchaser": "测试采购有限公司",
            "UnifiedSocialCreditCodeOfPurchaser": "91310000MA1FL0B000",
        },
        "rai",
    )
    found = read_document(xml.encode())
    assert (found.kind, found.number, found.code) == (Kind.RAIL, "26419122537000504214", "")
    assert found.issue_date == date(2026, 7, 11)
    assert (found.amount_untaxed, found.amount_tax) == (Decimal("250.00"), Decimal("22.50"))
    assert found.amount_total == Decimal("272.50")
    assert (found.buyer.name, found.buyer.tax_id) == ("测试采购有限公司", "91310000MA1FL0B000")
    assert check_amounts(found) == []


def test_xbrl_air_has_charges_outside_the_base():
    xml = write_xbrl(
        {
            "ElectronicInvoiceAirTransportReceiptNumber": "9223372036854775807",
            "IssueDate": "2021-07-28",
            "Fare": "477.06",
            "FuelSurcharge": "45.87",
            "VatRate": "0.09",
            "VatTaxAmount": "47.07",
            "CivilAviationDevelopmentFund": "50.00",
            "OtherTaxes": "",
            "TotalAmount": "620.00",
        },
        "atr",
    )
    found = read_document(xml.encode())
    assert (found.kind, found.number) == (Kind.AIR, "9223372036854775807")
    assert (found.amount_untaxed, found.amount_tax) == (Decimal("522.93"), Decimal("47.07"))
    assert (found.amount_other, found.amount_total) == (Decimal("50.00"), Decimal("620.00"))
    assert check_amounts(found) == []


def test_xbrl_with_the_names_of_the_bureau(digital):
    facts = {
        "EIid": digital.number,
        "InvoiceNumber": digital.number,
        "IssueTime": digital.issue_date,
        "GeneralOrSpecialVAT": "01",
        "SellerName": digital.seller.name,
        "TotalAmWithoutTax": digital.amount_untaxed,
        "TotalTaxAm": digital.amount_tax,
    }
    found = read_document(write_xbrl(facts, "einv").encode())
    assert (found.number, found.kind) == (digital.number, Kind.DIGITAL_SPECIAL)
    assert found.seller.name == digital.seller.name
    assert found.amount_total == digital.amount_total


# --- Red letters --------------------------------------------------------------------------------


def test_label_alone_makes_a_red_invoice(digital):
    content = write_einvoice(dataclasses.replace(digital, is_red=True))
    found = read_document(content)
    assert found.is_red
    assert found.source["is_red"] == "xml:InIssuType"


def test_blue_label_on_negative_amounts_is_a_contradiction():
    red = random_document(rng_for("blue label"), "red")
    found = read_document(write_einvoice(dataclasses.replace(red, is_red=False)))
    assert "is_red" in [problem.params["field"] for problem in check_readings(found)]


def test_older_red_invoice_names_the_blue_one(old):
    remark = "对应正数发票代码:011001900111号码:12345678 信息表编号：1101011234567890"
    lines = tuple(dataclasses.replace(line, amount=-line.amount) for line in old.lines)
    total = -old.amount_total
    document = dataclasses.replace(old, remark=remark, lines=lines, amount_total=total)
    found = read_document(write_edrm(document).encode())
    assert found.is_red
    assert (found.red_of_code, found.red_of_number) == ("011001900111", "12345678")
    assert found.red_confirmation_number == "1101011234567890"
