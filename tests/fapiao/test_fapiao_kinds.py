"""Kinds of invoices, what they document, and papers that are none."""

import io

import pytest
from fapiao import ERRORS, FapiaoError, Kind, from_plain, read_document, to_plain
from fapiao.kinds import kind_from_code, kind_from_title
from fapiao.labels import find_labels
from fapiao.papers import name_page
from fapiao_builders import (
    element,
    make_zip,
    ofd_parts,
    random_document,
    rng_for,
    write_einvoice,
    write_ofd,
    write_xbrl,
)

DOCUMENT = random_document(rng_for("kinds"), "ordinary")


# --- Kinds --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("title", "kind"),
    [
        ("电子发票（铁路电子客票）", Kind.RAIL),
        ("电子发票（航空运输电子客票行程单）", Kind.AIR),
        ("航空运输电子客票行程单", Kind.AIR),
        ("电子发票(普通发票)", Kind.DIGITAL_ORDINARY),
        ("⽉ 电⼦发票（增值税专⽤发票）", Kind.DIGITAL_SPECIAL),  # Kangxi radicals
        ("电子发票（机动车销售统一发票）", Kind.VEHICLE),
        ("二手车销售统一发票", Kind.USED_VEHICLE),
        ("北京增值税电子普通发票", Kind.ELECTRONIC_ORDINARY),
        ("深圳电子普通发票", Kind.ELECTRONIC_ORDINARY),
        ("重庆增值税电子专用发票", Kind.ELECTRONIC_SPECIAL),
        ("上海增值税普通发票（卷票）", Kind.PAPER_ORDINARY),
        ("增值税普通发票(卷式)", Kind.PAPER_ORDINARY),
        ("江苏增值税专用发票", Kind.PAPER_SPECIAL),
        ("海关进口增值税专用缴款书", Kind.CUSTOMS),
        ("北京通用（电子）发票", None),
    ],
)
def test_kind_of_a_title(title, kind):
    assert kind_from_title(title, whole_page=True) is kind


def test_kind_of_the_code_of_a_vehicle():
    assert kind_from_code("131001920151") is Kind.VEHICLE
    assert kind_from_code("144031920110") is Kind.ELECTRONIC_ORDINARY


@pytest.mark.parametrize("label", ["票 价", "退票费", "改签费"])
def test_fare_of_a_printed_rail_ticket(label):
    pytest.importorskip("pdfplumber")
    pdf = pytest.importorskip("fapiao_pdf")
    rows = (
        "电子发票（铁路电子客票）",
        "发票号码：22119458507912492039    开票日期：2022-03-17",
        f"{label}：￥48.00",
        "金 额：￥45.28    税率：6%    税额：￥2.72",
        "购买方名称：示例有限公司    统一社会信用代码：91122259042BP70702",
    )
    found = read_document(pdf.write_text_pdf(*rows))
    assert (found.kind, found.buyer.name) == (Kind.RAIL, "示例有限公司")
    amounts = (found.amount_untaxed, found.amount_tax, found.amount_total)
    assert [str(amount) for amount in amounts] == ["45.28", "2.72", "48.00"]


# --- Labels -------------------------------------------------------------------------------------


def with_details(groups, labels=()):
    """The bureau's XML with labels and groups of details."""
    xml = write_einvoice(DOCUMENT).decode()
    marks = [element("Label", [element("LabelName", label)]) for label in labels]
    xml = xml.replace("</InherentLabel>", "</InherentLabel>" + element("UndefinedLabel", marks))
    return xml.replace("</SpecificInformation>", f"{groups}</SpecificInformation>").encode()


def test_label_as_a_whole_or_not_at_all():
    texts = ("成 品 油", "*成品油*汽油", "建筑服务费", "（收购）", "差额征税-差额开票", "成品油")
    assert find_labels(texts) == ("成品油", "农产品收购", "差额征税-差额开票")


def test_toll_in_xml():
    toll = [
        element("PlateNumber", "鄂Q7K302"),
        element("VehicleType", "客车"),
        element("StartDatesOfPassage", "20260227172851000"),
        element("EndDatesOfPassage", "20260228"),
    ]
    found = read_document(with_details(element("Toll", toll)))
    assert (found.labels, found.kind) == (("通行费",), Kind.DIGITAL_ORDINARY)
    assert found.details == (
        ("车牌号", "鄂Q7K302"),
        ("类型", "客车"),
        ("通行日期起", "2026-02-27"),
        ("通行日期止", "2026-02-28"),
    )


def test_travellers_in_xml_without_their_identity_cards():
    travellers = "".join(
        element(
            "PassengerTransportation",
            [
                element("Traveler", name),
                element("ValidIDNumber", "110101199001011234"),
                element("TypeOfPassengerDocument", "居民身份证"),
                element("TravelDate", "2026-02-27"),
                element("Grade", ""),
            ],
        )
        for name in ("张三", "李四")
    )
    found = read_document(with_details(travellers))
    assert found.labels == ("旅客运输服务",)
    one = [("出行人", "张三"), ("出行日期", "2026-02-27")]
    assert found.details == (*one, ("出行人", "李四"), one[1])


def test_labels_of_the_head_and_details_of_unknown_names():
    groups = element("BuildingServices", [element("PlaceOfBuilding", "示例市示例区")])
    found = read_document(with_details(groups, ["建筑服务", "差额征税-全额开票", "示例"]))
    assert found.labels == ("建筑服务", "差额征税-全额开票")
    assert found.details == (("PlaceOfBuilding", "示例市示例区"),)
    assert found.kind is Kind.DIGITAL_ORDINARY


def test_labels_and_details_are_plain_values():
    found = read_document(with_details(element("Toll", [element("PlateNumber", "A")])))
    assert from_plain(to_plain(found)) == found


def test_printed_labels():
    pytest.importorskip("reportlab")
    from fapiao_ofd import draw_ofd

    page = draw_ofd(DOCUMENT)["1"]
    for text in ("不动产经营租赁服务", "差额征税"):
        mark = f'<ofd:TextCode X="0" Y="3" DeltaX="g {len(text) - 1} 3">{text}</ofd:TextCode>'
        top = 8 if text == "差额征税" else 14
        label = f'<ofd:TextObject ID="9" Size="3" Boundary="30 {top} 40 5">{mark}</ofd:TextObject>'
        page = page.replace("<ofd:TextObject", f"{label}<ofd:TextObject", 1)
    found = read_document(make_zip(ofd_parts(pages={"1": page})))
    assert found.labels == ("差额征税", "不动产经营租赁服务")
    assert found.number == DOCUMENT.number


# --- Papers that are no invoices ----------------------------------------------------------------

PAPERS = {
    "paper_ride_list": [
        ["示例出行-行程单", "DEMO TRAVEL - TRIP TABLE", "共1笔行程，合计17.50元"],
        ["示例打车电子行程单", "申请日期：2026-07-06"],
        ["打车费用", "序号 车型 上车时间 城市 起点 终点 里程[公里] 金额[元]", "1 快车 17.50"],
        ["行程报销单", "合计 42.50"],
    ],
    "paper_toll_list": [
        ["收费公路通行费电子票据汇总单（按行程索引）", "票据代码 发票号码 金额", "1 12345678 9.00"],
        ["示例省车辆通行费电子票据行程单"],
        ["通行费明细", "发票号码：12345678"],
        ["通行明细清单", "入口 出口 通行时间"],
    ],
    "paper_statement": [
        ["示例银行对账单", "期初余额 1,000.00"],
        ["2026年6月客户对帐单"],
        ["宾客账单 GUEST FOLIO", "房号 808"],
        ["交易流水明细清单"],
    ],
    "paper_bank_receipt": [
        ["示例银行 电子回单", "付款人 示例公司", "金额 1,130.00"],
        ["业务回单（付款）", "金额 1,130.00", "客户专用回单"],
        ["网上银行电子回执", "交易金额 1,130.00"],
        ["微信支付转账凭证"],
    ],
    "paper_fiscal": [["示例省医疗门诊收费票据（电子）", "票据代码：33060126 票据号码：0012345678"]],
    "paper_tax_payment": [["中华人民共和国税收完税证明", "No.333"], ["电子缴税付款凭证"]],
    "paper_red_form": [
        ["红字发票信息确认单", "蓝字发票号码：25112000000000000001"],
        ["开具红字增值税专用发票信息表"],
    ],
}
PAGES = [(code, rows) for code, pages in PAPERS.items() for rows in pages]


@pytest.mark.parametrize(("code", "rows"), PAGES)
def test_paper_is_named_for_what_it_is(code, rows):
    assert name_page(rows) == code


@pytest.mark.parametrize("code", PAPERS)
def test_sentence_says_what_to_take_instead(code):
    assert "no invoice" in ERRORS[code] and ERRORS[code].count(". ") == 1


@pytest.mark.parametrize(
    "rows",
    [
        ["电子发票（普通发票）", "行程单", "发票号码：25112000000000000001"],
        ["发票代码：011002000111", "北京增值税电子普通发票", "备注 对账单 2024-7"],
        ["电子发票（航空运输电子客票行程单）", "国内国际标识：国内"],
        ["航空运输电子客票行程单", "票价 燃油附加费"],
        ["电子发票(铁路电子客票)", "退票费：￥48.00"],
        [
            "开票通知",
            "根据双方的对账单和银行回单，我公司为您开具发票，请查收并核对各项内容。",
        ],
        [],
    ],
)
def test_invoices_are_none_of_them(rows):
    assert name_page(rows) is None


def refusal(content):
    with pytest.raises(FapiaoError) as caught:
        read_document(content)
    return caught.value.code


@pytest.mark.parametrize("code", PAPERS)
def test_paper_in_a_pdf(code):
    pytest.importorskip("pdfplumber")
    pdf = pytest.importorskip("fapiao_pdf")
    assert refusal(pdf.write_text_pdf(*PAPERS[code][0])) == code


def test_list_of_rides_behind_its_invoice():
    pytest.importorskip("pdfplumber")
    pdf = pytest.importorskip("fapiao_pdf")
    from pypdf import PdfWriter

    writer, stream = PdfWriter(), io.BytesIO()
    for content in (pdf.write_pdf(DOCUMENT), pdf.write_text_pdf(*PAPERS["paper_ride_list"][2])):
        writer.append(io.BytesIO(content))
    writer.write(stream)
    found = read_document(stream.getvalue())
    assert (found.number, len(found.lines)) == (DOCUMENT.number, len(DOCUMENT.lines))


@pytest.mark.parametrize(
    ("taxonomy", "code"),
    [
        ("bker", "paper_bank_receipt"),
        ("bkrs", "paper_statement"),
        ("efi", "paper_fiscal"),
        ("ntrev_gpm", "paper_fiscal"),
        ("other", "not_an_invoice"),
    ],
)
def test_voucher_of_another_taxonomy(taxonomy, code):
    voucher = write_xbrl({"TransactionAmount": "1130.00"}, taxonomy)
    assert refusal(voucher.encode()) == code
    assert refusal(write_ofd({f"{taxonomy}_issuer_1.xml": voucher})) == code
