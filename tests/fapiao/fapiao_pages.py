"""Draws the form of an invoice on the pages of a PDF, in any layout."""

import io
from dataclasses import dataclass, field

from fapiao import Kind
from fapiao_builders import printed_cells
from fapiao_pdf import FONT, TITLES, capital_amount, qr_picture, qr_text
from reportlab.lib.utils import ImageReader
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfgen.canvas import Canvas

CIPHER = "0123456789+-*/<>"
TITLE_OF = {Kind.ELECTRONIC_ORDINARY: "某某增值税电子普通发票"}


class FormPage:
    """Puts texts and lines of a form on a page, by their distance from its upper edge."""

    def __init__(self, canvas, layout, height):
        self.canvas, self.layout, self.height = canvas, layout, height
        width = layout.left * 2 + layout.width
        page = layout.page or (width * layout.scale, height * layout.scale)
        # The canvas lets a page that is turned on its side change its width with its height.
        is_turned = (layout.turn + layout.page_turn // 90) % 2
        canvas.setPageSize(page[::-1] if is_turned else page)
        canvas.setPageRotation(layout.page_turn)
        if layout.turn == 1:
            canvas.translate(page[1], 0)
            canvas.rotate(90)
        elif layout.turn == 2:
            canvas.translate(page[0], page[1])
            canvas.rotate(180)
        elif layout.turn == 3:
            canvas.translate(0, page[0])
            canvas.rotate(-90)
        x, y = layout.place
        canvas.translate(x, page[1] - height * layout.scale - y)
        canvas.scale(layout.scale, layout.scale)

    def put(self, x, top, text, size=None, align="left", font=FONT, within=None):
        """A text, and where it begins; one that is wider than ``within`` is printed smaller."""
        text, size = str(text), size or self.layout.size
        if any(char > "\u00ff" for char in text):
            font = FONT
        width = pdfmetrics.stringWidth(text, font, size)
        if within and width > within:
            size *= within / width
            width = within
        if align != "left":
            x -= width if align == "right" else width / 2
        self.canvas.setFont(font, size)
        for shift in (0, 0.15) if self.layout.is_twice else (0,):
            self.canvas.drawString(x + shift, self.height - top, text)
        return x if text else None

    def put_down(self, x, top, step, text):
        for index, letter in enumerate(text if self.layout.has_stacks else ""):
            self.put(x, top + index * step, letter, self.layout.label_size, "center")

    def line(self, x0, top, x1, bottom, is_outer=False):
        rules = self.layout.rules
        if rules == "all" or (rules == "outer" and is_outer):
            self.canvas.setLineWidth(0.7)
            self.canvas.line(x0, self.height - top, x1, self.height - bottom)


def write_layouts(pairs, qr=True):
    """Documents, each with its layout, as the pages of one PDF."""
    stream = io.BytesIO()
    canvas = Canvas(stream)
    for document, layout in pairs:
        rows = sum(
            len(_wrap(line.name, _name_width(layout), layout.size)) for line in document.lines
        )
        page = FormPage(canvas, layout, layout.top + 320 + rows * layout.row_step)
        _put_form(page, document, qr)
        canvas.showPage()
    canvas.save()
    return stream.getvalue()


def _name_width(layout):
    return layout.shares[0] * layout.width - 6


def _wrap(text, width, size):
    """Pieces of a text that fit, none of which begins or ends with a blank."""
    pieces = []
    while text:
        cut = len(text)
        while cut > 1 and (
            pdfmetrics.stringWidth(text[:cut], FONT, size) > width or " " in text[cut - 1 : cut + 1]
        ):
            cut -= 1
        pieces.append(text[:cut])
        text = text[cut:]
    return pieces or [""]


def _put_form(page, document, qr):
    layout, digital = page.layout, document.is_digital
    left, right = layout.left, layout.left + layout.width
    _put_head(page, document, qr)
    top = layout.top
    height = 62 if digital else 4 * layout.party_step + 3
    page.line(left, top, right, top, True)
    if digital:
        _put_digital_parties(page, document, top, height)
    else:
        _put_party(
            page, document.buyer, top, height, "购买方", right if not layout.has_cipher else None
        )
        if layout.has_cipher:
            _put_cipher(page, document, top, height)
    table = top + height
    page.line(left, table, right, table, True)
    bottom = _put_goods(page, document, table)
    page.line(left, bottom, right, bottom, True)
    if layout.has_extra_table:
        bottom = _put_travellers(page, bottom)
    end = bottom + 24
    _put_total(page, document, bottom)
    page.line(left, end, right, end, True)
    foot = end + height
    if not digital:
        _put_party(page, document.seller, end, height, "销售方", None)
        start = left + layout.cipher_at * layout.width
    else:
        start = left
    page.put_down(start + layout.stack / 2, end + height / 3, height / 3, "备注")
    for x in (start, start + layout.stack):
        page.line(x, end, x, foot, True)
    width = right - start - layout.stack - 6
    for index, text in enumerate(_wrap(document.remark, width, layout.size)):
        page.put(start + layout.stack + 3, end + 10 + index * 11, text)
    page.line(left, foot, right, foot, True)
    for x in (left, right):
        page.line(x, top, x, foot, True)
    page.put(
        left + 20, foot + 15, "收款人：王小丁" if not digital else f"开票人：{document.drawer}"
    )
    if not digital:
        page.put(left + 180, foot + 15, "复核：李大丙")
        page.put(left + 320, foot + 15, f"开票人：{document.drawer}")
        page.put(left + 450, foot + 15, "销售方：（章）")


def _put_head(page, document, qr):
    layout = page.layout
    middle = layout.left + layout.width / 2
    if layout.has_seal:
        _put_seal(page, middle)
    page.put(middle, 35, TITLE_OF.get(document.kind) or TITLES[document.kind], 19, "center")
    x, top, colon = layout.left + layout.width * 0.73, 25, layout.colon
    rows = [("发票号码", document.number), ("开票日期", f"{document.issue_date:%Y年%m月%d日}")]
    if document.code:
        groups = [document.check_code[i : i + 5] for i in range(0, 20, 5)]
        rows = [("发票代码", document.code), *rows, ("校 验 码", " ".join(groups))]
        page.put(layout.left + 5, layout.top - 8, f"机器编号{colon}4999{document.number}")
    for label, value in rows:
        page.put(x, top, label + colon, layout.label_size)
        page.put(
            x + 4.6 * layout.label_size, top + layout.value_off / 2, value, font=layout.value_font
        )
        top += 14
    if qr:
        picture = ImageReader(qr_picture(qr_text(document)))
        page.canvas.drawImage(picture, layout.left, page.height - 72, 60, 60)


def _put_seal(page, middle):
    """Letters on a bow over the title, and a straight row below them."""
    for index, letter in enumerate("全国统一发票监制章"):
        page.canvas.saveState()
        page.canvas.translate(middle - 40 + index * 9, page.height - 45 + abs(index - 4) * -3)
        page.canvas.rotate(60 - index * 15)
        page.canvas.setFont(FONT, 7)
        page.canvas.drawString(0, 0, letter)
        page.canvas.restoreState()
    page.put(middle, 58, "国家税务总局", 7, "center")


def _put_party(page, party, top, height, stack, right):
    layout = page.layout
    left = layout.left
    end = right or left + layout.cipher_at * layout.width
    page.put_down(left + layout.stack / 2, top + height * 0.28, height * 0.27, stack)
    page.line(left + layout.stack, top, left + layout.stack, top + height)
    page.line(end, top, end, top + height)
    blank, colon = " " * layout.spread, layout.colon
    fields = (
        (f"名{blank}称", party.name),
        ("纳税人识别号", party.tax_id),
        ("地 址、电 话", f"{party.address} {party.phone}".strip()),
        ("开户行及账号", f"{party.bank_name} {party.bank_account}".strip()),
    )
    x = left + layout.stack + 4
    value_x = x + max(6, 2 + layout.spread / 2) * layout.label_size + 12
    for index, (label, value) in enumerate(fields):
        middle = top + (index + 0.75) * layout.party_step
        page.put(x, middle, label + colon, layout.label_size)
        if index == 1:
            _put_tax_id(page, value_x, middle + layout.value_off, value)
        else:
            _put_value(page, value_x, middle + layout.value_off, value, end - value_x - 3)


def _put_value(page, x, top, text, width):
    """A value in one row, or in two small ones."""
    layout = page.layout
    if pdfmetrics.stringWidth(text, FONT, layout.size) <= width * 1.15:
        page.put(x, top, text, within=width)
        return
    size = layout.size * 0.75
    rows = _wrap(text, width, size)[:2]
    for index, row in enumerate(rows):
        page.put(x, top - 3.5 + index * 7.5, row, size)


def _put_tax_id(page, x, top, text):
    layout = page.layout
    if layout.digit_gap and text:
        page.put(x, top, text[0], font=layout.value_font)
        x += pdfmetrics.stringWidth(text[0], layout.value_font, layout.size)
        x += layout.digit_gap * layout.size
        text = text[1:]
    page.put(x, top, text, font=layout.value_font)


def _put_cipher(page, document, top, height):
    layout = page.layout
    start = layout.left + layout.cipher_at * layout.width
    page.put_down(start + layout.stack / 2, top + height * 0.28, height * 0.27, "密码区")
    page.line(start + layout.stack, top, start + layout.stack, top + height)
    seed = int(document.number)
    for row in range(4):
        seed = seed * 6364136223846793005 % 2**64
        text = "".join(CIPHER[seed >> 2 * i & 15] for i in range(27))
        x = start + layout.stack + 6
        width = layout.left + layout.width - x - 4
        page.put(x, top + (row + 0.75) * layout.party_step, text, 11, font="Courier", within=width)


def _put_digital_parties(page, document, top, height):
    layout = page.layout
    half = layout.width / 2
    for start, party, stack in (
        (layout.left, document.buyer, "购买方信息"),
        (layout.left + half, document.seller, "销售方信息"),
    ):
        page.put_down(start + layout.stack / 2, top + 13, 10, stack)
        page.line(start + layout.stack, top, start + layout.stack, top + height, True)
        page.line(start, top, start, top + height, True)
        x = start + layout.stack + 4
        label = "名称" + layout.colon
        page.put(x, top + 20, label, layout.label_size)
        value_x = x + pdfmetrics.stringWidth(label, FONT, layout.label_size) + 2
        _put_value(
            page, value_x, top + 20 + layout.value_off, party.name, start + half - value_x - 3
        )
        label = "统一社会信用代码/纳税人识别号" + layout.colon
        page.put(x, top + 50, label, 7.5)
        value_x = x + pdfmetrics.stringWidth(label, FONT, 7.5) + 2
        _put_tax_id(page, value_x, top + 50 + layout.value_off, party.tax_id)


@dataclass
class _Columns:
    edges: list = field(default_factory=list)
    names: list = field(default_factory=list)


def _make_columns(layout):
    names = [
        "name",
        "specification",
        "unit",
        "quantity",
        "unit_price",
        "amount",
        "tax_rate",
        "tax_amount",
    ]
    shares = dict(zip(names, layout.shares, strict=True))
    if layout.is_price_first:
        names[3:5] = names[4:2:-1]
    if not layout.has_texts:
        names = [name for name in names if name not in ("specification", "unit")]
    if layout.extra_head:
        names.insert(1, "extra")
        shares["extra"] = 0.12
    scale = layout.width / sum(shares[name] for name in names)
    columns = _Columns([layout.left], names)
    for name in names:
        columns.edges.append(columns.edges[-1] + shares[name] * scale)
    return columns


def _put_goods(page, document, top):
    layout = page.layout
    columns = _make_columns(layout)
    heads = {
        "name": layout.name_head,
        "specification": "规格型号",
        "unit": "单位",
        "quantity": "数 量",
        "unit_price": "单 价",
        "amount": "金 额",
        "tax_rate": "税率/征收率" if document.is_digital else "税率",
        "tax_amount": "税 额",
        "extra": layout.extra_head,
    }
    if layout.is_toll:
        tolls = ("车牌号", "类型", "通行日期起", "通行日期止")
        heads |= dict(zip(("specification", "unit", "quantity", "unit_price"), tolls, strict=True))
    for name, start, end in zip(columns.names, columns.edges, columns.edges[1:], strict=False):
        align = layout.head_align
        if name in ("name", "unit", "tax_rate", "extra"):
            align = "center"
        if name == "specification" and layout.head_align == "right":
            align = "left"
        x = {"center": (start + end) / 2, "right": end - layout.gap, "left": start + 2}[align]
        page.put(x, top + 11, heads[name], layout.label_size, align, within=end - start - 1)
    row = top + 11 + layout.row_step
    for line in document.lines:
        _put_line(page, columns, line, row)
        row += layout.row_step * len(_wrap(line.name, _width(columns, "name"), layout.size))
    row += 20
    bottom = row + 8
    for edge in columns.edges[1:-1]:
        page.line(edge, top, edge, bottom)
    page.put(columns.edges[0] + 40, row, "合", layout.label_size)
    page.put(columns.edges[0] + 85, row, "计", layout.label_size)
    for name, amount in (("amount", document.amount_untaxed), ("tax_amount", document.amount_tax)):
        index = columns.names.index(name)
        end = columns.edges[index + 1] - 3
        text = "***" if amount is None else f"{amount}"
        page.put(end, row + layout.sums_off, text, align="right", font=layout.value_font)
        if amount is not None:
            end -= pdfmetrics.stringWidth(text, layout.value_font, layout.size)
            page.put(
                end - 2.5 * layout.is_sign_apart, row + layout.sums_off, layout.sign, align="right"
            )
    return bottom


def _width(columns, name):
    index = columns.names.index(name)
    return columns.edges[index + 1] - columns.edges[index] - 6


def _put_line(page, columns, line, top):
    layout = page.layout
    cells = {**printed_cells(line), "extra": "某市某区"}
    if layout.has_commas:
        cells["amount"] = f"{line.amount:,}"
    if layout.is_toll:
        cells |= {"quantity": "20180405", "unit_price": "20180406"}
    rows = _wrap(line.name, _width(columns, "name"), layout.size)
    middle = top + layout.is_centered * (len(rows) - 1) / 2 * layout.row_step
    begins = {}
    places = list(zip(columns.names, columns.edges, columns.edges[1:], strict=False))
    for name, start, end in reversed(places[1:]):
        aligns = {
            "specification": "left",
            "unit": "center",
            "tax_rate": "center",
            "extra": "center",
        }
        align = aligns.get(name, layout.align)
        x = {"center": (start + end) / 2, "right": end - layout.gap, "left": start + 2}[align]
        width = end - start - 1 - layout.gap
        font = layout.value_font
        touched = layout.glued[:1] == (name,) and begins.get(layout.glued[1])
        # Inside of one cell nothing would tell that there are two.
        if touched and touched - pdfmetrics.stringWidth(str(cells[name]), FONT, 9) < end - 9:
            align, x = "right", touched
        begins[name] = page.put(x, middle, cells[name], align=align, font=font, within=width)
    for index, text in enumerate(rows):
        page.put(columns.edges[0] + 2, top + index * layout.row_step, text)


def _put_travellers(page, top):
    layout = page.layout
    for index, (head, value) in enumerate(
        (("出行人", "王小丁"), ("出行日期", "2024-10-22"), ("出发地", "甲城"), ("到达地", "乙城"))
    ):
        page.put(layout.left + 20 + index * 120, top + 10, head)
        page.put(layout.left + 20 + index * 120, top + 23, value)
    page.line(layout.left, top + 28, layout.left + layout.width, top + 28, True)
    return top + 28


def _put_total(page, document, top):
    layout = page.layout
    left, right = layout.left, layout.left + layout.width
    split = left + 0.27 * layout.width
    page.line(split, top, split, top + 24, True)
    page.put(left + 30, top + 15, "价税合计（大写）", layout.label_size)
    page.put(split + 10, top + 15 + layout.total_off, capital_amount(document.amount_total))
    page.put(left + 0.7 * layout.width, top + 15, "（小写）", layout.label_size)
    x = left + 0.7 * layout.width + 4 * layout.label_size + 4
    sign = layout.sign + (" " if layout.is_sign_apart else "")
    page.put(x, top + 15 + layout.total_off, f"{sign}{document.amount_total}", within=right - x)
