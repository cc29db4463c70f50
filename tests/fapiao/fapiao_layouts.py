"""Writes an invoice as a PDF in one of the countless layouts that issuing software prints.

The form is the bureau's; widths, fonts, blanks, lines, places of labels and values are not.
"""

import dataclasses
import io
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal

from fapiao import FapiaoDocument, Kind, Line, Party, TaxKind
from fapiao_builders import CENT, random_uscc, tax_text
from fapiao_pdf import FONT, TITLES, capital_amount, qr_picture, qr_text
from reportlab.lib.utils import ImageReader
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfgen.canvas import Canvas

HAN = "安邦昌成德丰福光海恒华吉佳建金景康丽隆明宁鹏庆瑞盛泰通祥新兴永裕元远泽振正志中州"
CIPHER = "0123456789+-*/<>"
RATES = ("0.13", "0.09", "0.06", "0.03", "0.01")
# Heads of the goods in the variants of their labels.
NAME_HEADS = ("货物或应税劳务、服务名称", "项目名称", "货物或应税劳务名称", "货物（劳务）名称")
REMARKS = (
    "购方开户银行:吉祥银行永安支行; 银行账号:622202000011112222;",
    "销方开户行及账号：佳美银行中路支行 1234567890123456",
    "名称：新址  地址、电话：光明路1号 010-12345678",
    "合计 ¥12.00 开票人：甲",
    "发票号码：12345678 校验码后六位123456",
)
GLUED = (
    ("quantity", "unit_price"),
    ("amount", "tax_rate"),
    ("unit_price", "amount"),
    ("unit", "quantity"),
    ("specification", "unit"),
    ("tax_rate", "tax_amount"),
)
TITLE_OF = {Kind.ELECTRONIC_ORDINARY: "某某增值税电子普通发票"}


@dataclass
class Layout:
    """How a form is printed; sizes in points of the form, which is scaled as a whole."""

    rules: str = "all"  # all, outer, none
    left: float = 25
    top: float = 90
    width: float = 560
    stack: float = 20
    cipher_at: float = 0.58
    party_step: float = 15
    row_step: float = 12.5
    size: float = 9
    label_size: float = 9
    value_font: str = FONT
    colon: str = "："
    spread: int = 4  # blanks inside 名 称
    name_head: str = NAME_HEADS[0]
    align: str = "right"
    head_align: str = "center"
    shares: tuple = (0.27, 0.1, 0.07, 0.1, 0.13, 0.13, 0.07, 0.13)
    sums_off: float = 0
    total_off: float = 0
    value_off: float = 0
    digit_gap: float = 0  # behind the first digit of a tax number, in sizes
    sign: str = "¥"
    is_sign_apart: bool = False
    scale: float = 1
    turn: int = 0  # quarter turns of what is drawn
    page_turn: int = 0
    page: tuple = ()  # a page larger than the form
    place: tuple = (0, 0)
    has_cipher: bool = True
    has_extra_table: bool = False
    is_price_first: bool = False
    has_texts: bool = True  # columns of specification and unit
    gap: float = 3  # between figures and the end of their column
    is_twice: bool = False  # bold, by printing everything twice
    has_seal: bool = False
    is_centered: bool = False  # figures in the middle of a name of several rows
    has_commas: bool = False
    is_toll: bool = False
    glued: tuple = ()  # two cells without a gap between them
    extra_head: str = ""  # a column that ordinary invoices do not have


def random_layout(rng, digital):
    """Any combination of what layouts differ in."""
    jitter = [rng.uniform(0.85, 1.25) for _ in range(8)]
    shares = [a * b for a, b in zip((0.27, 0.11, 0.07, 0.11, 0.14, 0.14, 0.09, 0.13), jitter)]
    layout = Layout(
        rules=rng.choice(("outer", "outer", "none") if digital else ("all", "all", "all", "none")),
        left=rng.uniform(12, 50),
        top=rng.uniform(80, 110),
        width=rng.uniform(540, 600),
        stack=rng.uniform(14, 26),
        cipher_at=rng.uniform(0.55, 0.62),
        party_step=rng.uniform(13.5, 17),
        row_step=rng.uniform(11.5, 14),
        size=rng.choice((8, 8.5, 9)),
        label_size=rng.choice((8.5, 9, 9.5)),
        value_font=rng.choice((FONT, FONT, "Helvetica", "Courier")),
        colon=rng.choice("：:"),
        spread=rng.randrange(0, 9),
        name_head=rng.choice(NAME_HEADS[:2] if not digital else NAME_HEADS[1:2]),
        shares=tuple(share / sum(shares) for share in shares),
        sums_off=rng.choice((0, 0, rng.uniform(-5, 5))),
        total_off=rng.choice((0, rng.uniform(-2, 2))),
        value_off=rng.choice((0, 0, rng.uniform(-2, 2))),
        digit_gap=rng.choice((0, 0, 0.4)),
        sign=rng.choice("¥￥"),
        is_sign_apart=rng.random() < 0.2,
        scale=rng.choice((1, 1, 1, 0.6, 0.8, 1.5)),
        turn=rng.choice((0, 0, 0, 0, 1, 2, 3)),
        page_turn=rng.choice((0, 0, 0, 90, 180, 270)),
        page=rng.choice(((), (), (900, 1100))),
        has_extra_table=digital and rng.random() < 0.15,
        is_price_first=digital and rng.random() < 0.15,
        has_texts=rng.random() > 0.1,
        head_align=rng.choice(("right", "center")) if digital else "center",
        has_cipher=rng.random() > 0.1,
        gap=rng.choice((3, 1, 0.5)),
        is_twice=rng.random() < 0.1,
        has_seal=rng.random() < 0.3,
        is_centered=rng.random() < 0.1,
        has_commas=rng.random() < 0.1,
        is_toll=not digital and rng.random() < 0.1,
        extra_head=rng.choice(("", "", "", "", "建筑服务发生地", "产权证书/不动产权证号")) if digital else "",
    )
    if rng.random() < 0.15:
        layout.glued = rng.choice(GLUED)
    if layout.page:
        layout.place = (rng.uniform(0, 20), rng.uniform(0, 20))
        layout.scale = min(layout.scale, 1)
    if layout.rules == "none" or digital:
        # Without lines a column is where its head stands.
        layout.head_align = layout.align = rng.choice(("right", "right", "right", "center"))
    return layout


# --- Documents ----------------------------------------------------------------------------------


def _han(rng, low, high):
    return "".join(rng.choice(HAN) for _ in range(rng.randrange(low, high + 1)))


def street_party(rng, old, filled):
    """A party as invoices print it; fields stay empty now and then."""
    name = rng.choice(("{}有限公司", "{}（{}）有限公司", "{}({})科技股份有限公司", "{}大学{}学院"))
    name = name.format(_han(rng, 2, 12), _han(rng, 2, 3))
    party = Party(name=name, tax_id=random_uscc(rng))
    if not filled and rng.random() < 0.2:
        return Party(name=_han(rng, 2, 4))
    if old and (filled or rng.random() < 0.5):
        address = f"{_han(rng, 2, 3)}市{_han(rng, 2, 3)}区{_han(rng, 2, 5)}路{rng.randrange(1, 2000)}号"
        if rng.random() < 0.5:
            address += f"{_han(rng, 2, 6)}中心{rng.randrange(1, 40)}层{rng.randrange(100, 4000)}室"
        phone = rng.choice(("0{0}-{1}", "0{0}{1}", "1380{1}")).format(
            rng.randrange(10, 1000), rng.randrange(10**7, 10**8 - 1)
        )
        party = dataclasses.replace(party, address=address, phone=phone[:12] if phone[0] == "1" else phone)
        if party.phone.startswith("1"):
            party = dataclasses.replace(party, phone=party.phone[:11])
    if old and (filled or rng.random() < 0.5):
        party = dataclasses.replace(
            party,
            bank_name=f"{_han(rng, 2, 4)}银行{_han(rng, 2, 6)}支行",
            bank_account=f"{rng.randrange(10**11, 10**19)}",
        )
    return party


def street_line(rng, kind):
    """A line whose figures agree; the price has as many places as software gives it."""
    quantity = rng.choice((Decimal(1), Decimal(1), Decimal(rng.randrange(2, 300)), None))
    amount = (Decimal(rng.randrange(100, 10 ** rng.randrange(3, 9))) / 100).quantize(CENT)
    price = None
    if quantity:
        places = rng.choice((2, 4, 8, 10, 13))
        price = (amount / quantity).quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)
        amount = (quantity * price).quantize(CENT, ROUND_HALF_UP)
    rate = Decimal(rng.choice(RATES)) if kind == TaxKind.TAXED else None
    name = f"*{_han(rng, 2, 6)}*{_han(rng, 2, 10)}"
    name += rng.choice(("", "", f" {rng.randrange(10, 999)}型", "（红色）AB-12C", f"{_han(rng, 5, 20)}"))
    return Line(
        name=name,
        specification=rng.choice(("", "无", f"{rng.randrange(1000, 10**7)}", "JTY-GD", _han(rng, 2, 3))),
        unit=rng.choice(("", "个", "次", "套", "PCS")),
        quantity=quantity,
        unit_price=price,
        amount=amount,
        tax_rate=rate,
        tax_kind=kind,
        tax_amount=(amount * rate).quantize(CENT, ROUND_HALF_UP) if rate else None,
    )


def _discount(rng, line):
    amount = -(line.amount * Decimal(rng.randrange(1, 60)) / 100).quantize(CENT, ROUND_HALF_UP)
    tax = line.tax_amount
    return dataclasses.replace(
        line,
        specification="",
        unit="",
        quantity=None,
        unit_price=None,
        amount=amount,
        tax_amount=tax if tax is None else (amount * line.tax_rate).quantize(CENT, ROUND_HALF_UP),
    )


def street_document(rng, digital):
    """A document as shops, restaurants and drivers issue it."""
    kind = rng.choice((TaxKind.TAXED, TaxKind.TAXED, TaxKind.TAXED, TaxKind.EXEMPT))
    lines = []
    for _ in range(rng.choice((1, 1, 1, 2, 3, 4))):
        lines.append(street_line(rng, kind))
        if rng.random() < 0.25:
            lines.append(_discount(rng, lines[-1]))
    untaxed = sum(line.amount for line in lines)
    tax = sum(line.tax_amount for line in lines) if kind == TaxKind.TAXED else None
    remark = rng.choice((*REMARKS, "", "", f"订单号:{rng.randrange(10**11)}", f"{_han(rng, 20, 60)}:{rng.randrange(10**9)}"))
    return FapiaoDocument(
        number=f"{rng.randrange(10**19, 10**20) if digital else rng.randrange(10**7, 10**8)}",
        kind=rng.choice((Kind.DIGITAL_ORDINARY, Kind.DIGITAL_SPECIAL)) if digital else Kind.ELECTRONIC_ORDINARY,
        code="" if digital else f"0{rng.randrange(10**8, 10**9)}11",
        check_code="" if digital else f"{rng.randrange(10**19, 10**20)}",
        issue_date=date(2017, 1, 1) + timedelta(days=rng.randrange(3200)),
        buyer=street_party(rng, not digital, False),
        seller=street_party(rng, not digital, True),
        lines=tuple(lines),
        amount_untaxed=untaxed,
        amount_tax=tax,
        amount_total=untaxed + (tax or 0),
        remark=remark,
        drawer=_han(rng, 2, 3),
    )


def as_printed(document, layout):
    """What of a document a layout prints."""
    empty = {}
    if not layout.has_texts:
        empty = {"specification": "", "unit": ""}
    if layout.is_toll:
        empty |= {"quantity": None, "unit_price": None}
    lines = tuple(dataclasses.replace(line, **empty) for line in document.lines)
    return dataclasses.replace(document, lines=lines)


# --- Pages --------------------------------------------------------------------------------------


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
        for index, letter in enumerate(text):
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
        rows = sum(len(_wrap(line.name, _name_width(layout), layout.size)) for line in document.lines)
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
        _put_party(page, document.buyer, top, height, "购买方", right if not layout.has_cipher else None)
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
    page.put(left + 20, foot + 15, "收款人：王小丁" if not digital else f"开票人：{document.drawer}")
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
        page.put(x + 4.6 * layout.label_size, top + layout.value_off / 2, value, font=layout.value_font)
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
        _put_value(page, value_x, top + 20 + layout.value_off, party.name, start + half - value_x - 3)
        label = "统一社会信用代码/纳税人识别号" + layout.colon
        page.put(x, top + 50, label, 7.5)
        value_x = x + pdfmetrics.stringWidth(label, FONT, 7.5) + 2
        _put_tax_id(page, value_x, top + 50 + layout.value_off, party.tax_id)


@dataclass
class _Columns:
    edges: list = field(default_factory=list)
    names: list = field(default_factory=list)


def _make_columns(layout):
    names = ["name", "specification", "unit", "quantity", "unit_price", "amount", "tax_rate", "tax_amount"]
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
    for name, start, end in zip(columns.names, columns.edges, columns.edges[1:]):
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
            page.put(end - 2.5 * layout.is_sign_apart, row + layout.sums_off, layout.sign, align="right")
    return bottom


def _width(columns, name):
    index = columns.names.index(name)
    return columns.edges[index + 1] - columns.edges[index] - 6


def _put_line(page, columns, line, top):
    layout = page.layout
    cells = {
        "specification": line.specification,
        "unit": line.unit,
        "quantity": "" if line.quantity is None else line.quantity,
        "unit_price": "" if line.unit_price is None else line.unit_price,
        "amount": line.amount,
        "tax_rate": tax_text(line, "percent"),
        "tax_amount": "***" if line.tax_amount is None else line.tax_amount,
        "extra": "某市某区",
    }
    if layout.has_commas:
        cells["amount"] = f"{line.amount:,}"
    if layout.is_toll:
        cells |= {"quantity": "20180405", "unit_price": "20180406"}
    rows = _wrap(line.name, _width(columns, "name"), layout.size)
    middle = top + layout.is_centered * (len(rows) - 1) / 2 * layout.row_step
    begins = {}
    places = list(zip(columns.names, columns.edges, columns.edges[1:]))
    for name, start, end in reversed(places[1:]):
        aligns = {"specification": "left", "unit": "center", "tax_rate": "center", "extra": "center"}
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
