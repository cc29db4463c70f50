"""Pieces of a printed page: figures that arithmetic settles, letters, goods on a list."""

import dataclasses
import io

import pytest
from fapiao import page_form, read_documents, split_address_phone
from fapiao.joined import is_run_together
from fapiao.page_amounts import make_lines
from fapiao.page_form import Form, Zone
from fapiao.page_glyphs import UNKNOWN, letter_of
from fapiao.page_table import Goods, Table
from fapiao.page_text import Box, Char, Sheet
from fapiao_builders import rng_for, tax_text
from fapiao_layouts import Layout
from fapiao_pages import FormPage, write_layouts
from fapiao_street import street_document
from pypdf import PdfReader, PdfWriter
from reportlab.pdfgen.canvas import Canvas

pytest.importorskip("pdfminer")
pytest.importorskip("pypdfium2")
pytest.importorskip("zxingcpp")


def settle(sums=None, **cells):
    """The line that is made of printed texts."""
    cells = {"name": "*餐饮服务*餐费", **cells}
    ((_goods, line),) = make_lines(Table([Goods(0, cells)], sums or {}, True, 0))
    return line


@pytest.mark.parametrize(
    ("quantity", "price"),
    [("1", "1072.64150943"), ("", "11072.64150943"), ("11072.64150943", "")],
)
def test_quantity_and_price_are_parted_by_the_amount(quantity, price):
    line = settle(quantity=quantity, unit_price=price, amount="1072.64")
    assert (f"{line.quantity}", f"{line.unit_price}") == ("1", "1072.64150943")
    assert line.doubts == ()


def test_quantity_and_price_that_do_not_make_the_amount_are_left_out():
    line = settle(quantity="3", unit_price="7.00", amount="20.00")
    assert (line.quantity, line.unit_price, f"{line.amount}") == (None, None, "20.00")
    assert line.doubts == ("quantity", "unit_price")


def test_price_with_tax_is_a_price():
    line = settle(
        quantity="2", unit_price="53.00", amount="100.00", tax_rate="6%", tax_amount="6.00"
    )
    assert f"{line.unit_price}" == "53.00"


def test_quantity_behind_its_unit():
    line = settle(unit="台3", unit_price="2.50", amount="7.50")
    assert (line.unit, f"{line.quantity}", line.doubts) == ("台", "3", ())
    assert settle(unit="台3", amount="7.50").doubts == ("quantity", "unit")


def test_tax_that_contradicts_its_rate_is_left_out():
    cells = {"amount": "100.00", "tax_rate": "13%", "tax_amount": "3.00"}
    line = settle(**cells)
    assert (line.tax_rate, line.tax_amount) == (None, None)
    assert line.doubts == ("tax_amount", "tax_rate")
    # Of a margin, or reduced, if the sums agree.
    line = settle(sums={"amount": "100.00", "tax_amount": "3.00"}, **cells)
    assert (f"{line.tax_amount}", line.doubts) == ("3.00", ())


def test_line_without_an_amount_is_kept():
    line = settle(tax_rate="13%", tax_amount="1.30")
    assert (line.name, line.amount) == ("*餐饮服务*餐费", None)
    assert "amount" in line.doubts


@pytest.mark.parametrize(
    ("text", "address", "phone"),
    [
        ("甲市乙区丙路8号 28192", "甲市乙区丙路8号", "28192"),
        ("甲市乙区丙路8号 950618", "甲市乙区丙路8号", "950618"),
        ("甲市乙区丙路8号 100020", "甲市乙区丙路8号 100020", ""),
        ("甲市乙区丙大厦P座2301室009194067738", "甲市乙区丙大厦P座2301室", "009194067738"),
    ],
)
def test_phone_behind_an_address(text, address, phone):
    assert split_address_phone(text) == (address, phone)
    assert not is_run_together(text)


@pytest.mark.parametrize(
    "text", ["甲路853、85918980711122", "甲路53号A213002028555", "乙楼3010571-1234567"]
)
def test_phone_that_runs_into_its_address(text):
    assert is_run_together(text)


def test_letters():
    assert [letter_of(letter) for letter in ("⼦", "⻚", "A", "，", "\x01")] == [
        "子",
        "页",
        "A",
        "，",
        UNKNOWN,
    ]


def write_list(document):
    """The list of the goods of an invoice, on a page of its own."""
    stream = io.BytesIO()
    canvas = Canvas(stream)
    layout = Layout()
    page = FormPage(canvas, layout, 500)
    page.put(300, 40, "销售货物或者提供应税劳务、服务清单", 16, "center")
    page.put(30, 70, f"购买方名称：{document.buyer.name}")
    page.put(30, 90, f"销售方名称：{document.seller.name}")
    page.put(30, 110, f"所属增值税电子普通发票代码：{document.code}")
    page.put(300, 110, f"号码：{document.number}")
    edges = (25, 55, 260, 330, 370, 420, 480, 530, 555, 600)
    heads = (
        "序号",
        "货物（劳务）名称",
        "规格型号",
        "单位",
        "数 量",
        "单 价",
        "金 额",
        "税率",
        "税 额",
    )
    for head, start, end in zip(heads, edges, edges[1:], strict=False):
        page.put((start + end) / 2, 140, head, 8, "center", within=end - start)
    for number, line in enumerate(document.lines, start=1):
        figures = (line.quantity, line.unit_price, line.amount)
        tax = "***" if line.tax_amount is None else line.tax_amount
        cells = (number, line.name, line.specification, line.unit, *figures)
        top = 145 + number * 13
        for index, cell in enumerate((*cells, tax_text(line, "percent"), tax)):
            align, x = ("left", edges[index] + 2) if index < 3 else ("right", edges[index + 1] - 2)
            text = "" if cell is None else cell
            page.put(x, top, text, 7, align, within=edges[index + 1] - edges[index] - 3)
    for edge in edges:
        page.line(edge, 125, edge, 470)
    for top in (125, 148, 470):
        page.line(edges[0], top, edges[-1], top)
    page.put(30, 450, "小计")
    page.put(528, 450, f"¥{document.amount_untaxed}", 7, "right")
    page.put(
        598, 450, "***" if document.amount_tax is None else f"¥{document.amount_tax}", 7, "right"
    )
    page.put(30, 463, "总计")
    page.put(528, 463, f"¥{document.amount_untaxed}", 7, "right")
    page.put(
        598, 463, "***" if document.amount_tax is None else f"¥{document.amount_tax}", 7, "right"
    )
    canvas.showPage()
    canvas.save()
    return stream.getvalue()


@pytest.mark.parametrize("round_", range(5))
def test_list_belongs_to_its_invoice(round_):
    """Between two invoices; the first says 详见销货清单 in the place of its goods."""
    first, second = (street_document(rng_for("list", round_, n), False) for n in range(2))
    reference = dataclasses.replace(
        first.lines[0],
        name="（详见销货清单）",
        specification="",
        unit="",
        quantity=None,
        unit_price=None,
        amount=first.amount_untaxed,
        tax_amount=first.amount_tax,
    )
    short = dataclasses.replace(first, lines=(reference,))
    writer = PdfWriter()
    for content in (
        write_layouts([(short, Layout())]),
        write_list(first),
        write_layouts([(second, Layout())]),
    ):
        writer.append(PdfReader(io.BytesIO(content)))
    stream = io.BytesIO()
    writer.write(stream)
    documents = read_documents(stream.getvalue())
    assert [(document.number, document.pages) for document in documents] == [
        (first.number, (1, 2)),
        (second.number, (3,)),
    ]
    assert [(line.name.replace(" ", ""), line.amount) for line in documents[0].lines] == [
        (line.name.replace(" ", ""), line.amount) for line in first.lines
    ]
    assert documents[0].doubts == ()


def test_letters_of_a_text_share_its_cell(monkeypatch):
    """Lines are looked at once for a text, not for each of its letters."""
    letters = [
        Char(letter, 20.0 + 10 * i, 30.0 + 10 * i, 50, 60) for i, letter in enumerate("名称")
    ]
    letters += [
        Char(letter, 120.0 + 10 * i, 130.0 + 10 * i, 50, 60) for i, letter in enumerate("甲公司")
    ]
    letters += [Char("乙", 20.0, 30.0, 150, 160)]
    rules = [Box(100, 0, 100, 200), Box(0, 100, 200, 100)]
    sheet, looked = Sheet(letters, rules, 200, 200), []
    find = Sheet.cell_at
    monkeypatch.setattr(Sheet, "cell_at", lambda *place: looked.append(place) or find(*place))
    texts = {zone.rows[0].text: zone.box for zone in Form(sheet).zones}
    assert texts == {
        "名称": Box(0.0, 0.0, 100, 100),
        "甲公司": Box(100, 0.0, 200, 100),
        "乙": Box(0.0, 100, 100, 200),
    }
    assert len(looked) == 3


def test_rows_of_a_cell_are_built_once(monkeypatch):
    zone, built = Zone(Box(0, 0, 10, 10), [Char("甲", 1, 2, 1, 2)]), []
    build = page_form.build_rows
    monkeypatch.setattr(page_form, "build_rows", lambda chars: built.append(1) or build(chars))
    assert zone.rows is zone.rows
    assert len(built) == 1
