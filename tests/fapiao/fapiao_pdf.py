"""Writes a document as the PDF that the tax platform, or an older issuing software, prints."""

import io
from decimal import Decimal

import qrcode
from fapiao import Kind
from fapiao.qr import crc16
from fapiao_builders import printed_cells, qr_of, write_voucher
from pypdf import PdfWriter
from pypdf.generic import (
    ArrayObject,
    DictionaryObject,
    NameObject,
    NumberObject,
    TextStringObject,
)
from reportlab.lib.utils import ImageReader
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen.canvas import Canvas

FONT = "STSong-Light"
pdfmetrics.registerFont(UnicodeCIDFont(FONT))
WIDTH = 610
ROWS_PER_PAGE = 25
# Head of each column, its place, and whether figures stand at its right edge.
COLUMNS = (
    ("name", "项目名称", 30, False),
    ("specification", "规格型号", 165, False),
    ("unit", "单位", 225, False),
    ("quantity", "数量", 295, True),
    ("unit_price", "单价", 360, True),
    ("amount", "金额", 445, True),
    ("tax_rate", "税率/征收率", 465, False),
    ("tax_amount", "税额", 590, True),
)
NAME_WIDTH = 13
BARE_FONT = "Bare"
#: Numbers of glyphs in the font that does not tell its letters.
GLYPHS = {"（": 58, "）": 61}
TITLES = {
    Kind.DIGITAL_SPECIAL: "电子发票（增值税专用发票）",
    Kind.DIGITAL_ORDINARY: "电子发票（普通发票）",
    Kind.ELECTRONIC_ORDINARY: "增值税电子普通发票",
    Kind.PAPER_SPECIAL: "增值税专用发票",
    Kind.RAIL: "电子发票（铁路电子客票）",
    Kind.AIR: "电子发票（航空运输电子客票行程单）",
}
TYPE_CODES = {
    Kind.DIGITAL_SPECIAL: "31",
    Kind.DIGITAL_ORDINARY: "32",
    Kind.ELECTRONIC_ORDINARY: "10",
    Kind.PAPER_SPECIAL: "01",
    Kind.RAIL: "51",
    Kind.AIR: "61",
}


def capital_amount(amount):
    """Amount in Chinese capitals."""
    digits, sign = "零壹贰叁肆伍陆柒捌玖", "（负数）" if amount < 0 else ""
    cents = int(abs(amount) * 100)
    yuan, text, zero = cents // 100, "", False
    units = [a + b for b in ("", "万", "亿") for a in ("", "拾", "佰", "仟")]
    for place in range(11, -1, -1):
        digit = yuan // 10**place % 10
        section = place % 4 == 0 and place and yuan // 10**place % 10**4
        if digit:
            text += ("零" if zero and text else "") + digits[digit] + units[place][:1].strip("万亿")
            zero = False
        else:
            zero = True
        if section:
            text += units[place]
            zero = zero and not digit
    text = (text or "零") + "圆"
    jiao, fen = cents // 10 % 10, cents % 10
    if not cents % 100:
        return f"{sign}{text}整"
    text += f"{digits[jiao]}角" if jiao else "零"
    return f"{sign}{text}" + (f"{digits[fen]}分" if fen else "整")


def qr_text(document):
    """Text of the QR code, whose amount includes the tax on digital invoices only."""
    if document.code.startswith("1440"):
        return qr_of(document)
    code = TYPE_CODES[document.kind]
    amount = document.amount_total if code in ("31", "32") else document.amount_untaxed
    body = f"01,{code},{document.code},{document.number},{amount},"
    body += f"{document.issue_date:%Y%m%d},{document.check_code},"
    return f"{body}{crc16(body)},"


def qr_picture(text, scale=4):
    """A picture of a QR code."""
    code = qrcode.QRCode(border=4, box_size=scale)
    code.add_data(text)
    return code.make_image().get_image().convert("L")


def picture_bytes(image, kind="PNG", **options):
    """A picture as a file."""
    stream = io.BytesIO()
    image.save(stream, kind, **options)
    return stream.getvalue()


class Page:
    """A page on which texts are put by their distance from the upper edge."""

    def __init__(self, canvas, height):
        self.canvas, self.height = canvas, height
        canvas.setPageSize((WIDTH, height))

    def put(self, x, top, text, size=9, right=False, spacing=0):
        self.canvas.setFont(FONT, size)
        draw = self.canvas.drawRightString if right else self.canvas.drawString
        draw(x, self.height - top, str(text), charSpace=spacing)

    def put_down(self, x, top, text):
        """A head whose letters stand below each other."""
        for index, letter in enumerate(text):
            self.put(x, top + index * 11, letter)


class ImagePage(Page):
    """A page whose form is a drawing, under text that cannot be seen.

    Each Chinese character is squeezed to no width, at its place; brackets are glyphs of a font
    that does not tell its letters.
    """

    def put(self, x, top, text, size=9, right=False, spacing=0):
        text = str(text)
        if right:
            x -= pdfmetrics.stringWidth(text, FONT, size)
        for char in text:
            self._put_char(x, self.height - top, char, size)
            x += pdfmetrics.stringWidth(char, FONT, size) + spacing

    def _put_char(self, x, y, char, size):
        if char in GLYPHS:
            glyph = f"1 0 0 1 {x:.2f} {y:.2f} Tm <{GLYPHS[char]:04X}> Tj"
            self.canvas._code.append(f"BT /{BARE_FONT} {size} Tf {glyph} ET")
            return
        text = self.canvas.beginText()
        text.setFont(FONT, size)
        text.setTextTransform(0 if char > "\u2e7f" else 1, 0, 0, 1, x, y)
        text.textOut(char)
        self.canvas.drawText(text)


def write_image_pdf(document, **options):
    """The document as a PDF of :class:`ImagePage`."""
    writer = PdfWriter(clone_from=io.BytesIO(write_pdf(document, page_class=ImagePage, **options)))
    info = {"Registry": TextStringObject("Adobe"), "Ordering": TextStringObject("Identity")}
    inner = _pdf_dictionary(
        Type=NameObject("/Font"),
        Subtype=NameObject("/CIDFontType2"),
        BaseFont=NameObject("/Bare"),
        CIDSystemInfo=_pdf_dictionary(Supplement=NumberObject(0), **info),
        FontDescriptor=_pdf_dictionary(
            Type=NameObject("/FontDescriptor"), FontName=NameObject("/Bare")
        ),
    )
    font = _pdf_dictionary(
        Type=NameObject("/Font"),
        Subtype=NameObject("/Type0"),
        BaseFont=NameObject("/Bare"),
        Encoding=NameObject("/Identity-H"),
        DescendantFonts=ArrayObject([inner]),
    )
    reference = writer._add_object(font)
    for page in writer.pages:
        page["/Resources"]["/Font"][NameObject(f"/{BARE_FONT}")] = reference
    stream = io.BytesIO()
    writer.write(stream)
    return stream.getvalue()


def _pdf_dictionary(**entries):
    return DictionaryObject({NameObject(f"/{key}"): value for key, value in entries.items()})


def write_pdf(document, qr=True, pages=ROWS_PER_PAGE, encrypt=None, page_class=Page, compress=True):
    """The document as a PDF.

    :param qr: whether the QR code is printed
    :param pages: lines of goods on a page
    :param encrypt: password
    :param page_class: how texts are put on a page
    :param compress: whether the pages are packed
    """
    stream = io.BytesIO()
    canvas = Canvas(stream, encrypt=encrypt, pageCompression=int(compress))
    draw_pages(document, canvas, page_class, qr, pages)
    canvas.save()
    return stream.getvalue()


def draw_pages(document, canvas, page_class, qr=True, pages=ROWS_PER_PAGE):
    """Draw the printed form of a document; parameters as for :func:`write_pdf`."""
    rows = [*document.lines]
    chunks = [rows[i : i + pages] for i in range(0, len(rows), pages)] or [[]]
    for index, chunk in enumerate(chunks):
        page = page_class(canvas, 330 + 30 * len(chunk))
        top = _put_head(page, document, qr and index == 0)
        top = _put_lines(page, chunk, top)
        if index < len(chunks) - 1:
            page.put(30, top, "小    计")
            page.put(445, top, f"¥{sum(line.amount for line in chunk)}", right=True)
        else:
            _put_foot(page, document, top)
        canvas.showPage()


def write_ticket_pdf(document, attached=True):
    """A rail ticket or the receipt of a flight as a PDF.

    :param attached: whether it carries its XBRL voucher
    """
    stream = io.BytesIO()
    canvas = Canvas(stream)
    page = Page(canvas, 330)
    page.put(200, 40, TITLES[document.kind], size=18)
    page.put(30, 60, f"发票号码：{document.number}")
    page.put(330, 60, f"开票日期：{document.issue_date:%Y年%m月%d日}")
    picture = ImageReader(qr_picture(qr_text(document)))
    canvas.drawImage(picture, 500, page.height - 290, 80, 80)
    (_put_train if document.kind == Kind.RAIL else _put_flight)(page, document)
    page.put(30, 270, f"购买方名称：{document.buyer.name}")
    page.put(30, 290, f"统一社会信用代码：{document.buyer.tax_id}")
    canvas.save()
    if not attached:
        return stream.getvalue()
    name = "rai" if document.kind == Kind.RAIL else "atr"
    return attach(
        stream.getvalue(), {f"{name}_issuer_{document.number}.xml": write_voucher(document)}
    )


def write_text_pdf(*rows):
    """A page of nothing but rows of text."""
    stream = io.BytesIO()
    canvas = Canvas(stream)
    page = Page(canvas, 60 + 20 * len(rows))
    for number, row in enumerate(rows):
        page.put(40, 40 + 20 * number, row)
    canvas.showPage()
    canvas.save()
    return stream.getvalue()


def attach(content, files):
    """A PDF that carries further files."""
    writer = PdfWriter(clone_from=io.BytesIO(content))
    for name, text in files.items():
        writer.add_attachment(name, text.encode())
    stream = io.BytesIO()
    writer.write(stream)
    return stream.getvalue()


def _put_train(page, document):
    page.put(60, 110, "杭州东站", size=16)
    page.put(260, 110, "G7349")
    page.put(400, 110, "上海虹桥站", size=16)
    page.put(30, 150, f"{document.issue_date:%Y年%m月%d日}  09:30开      05车12A号      二等座")
    page.put(30, 180, f"票价：￥{document.amount_total}")
    page.put(30, 210, "3301061990****0012 张三")
    page.put(30, 240, "电子客票号：3301061990071100000012024")


def _put_flight(page, document):
    cells = (
        ("票价", f"CNY {document.amount_untaxed - 5}"),
        ("燃油附加费", "CNY 5.00"),
        ("增值税税率", "9%"),
        ("增值税税额", f"CNY {document.amount_tax}"),
        ("民航发展基金", f"CNY {document.amount_other}"),
        ("其他税费", "0.00"),
        ("合计", f"CNY {document.amount_total}"),
    )
    page.put(30, 110, "承运人      航班号      座位等级      日期")
    for index, (label, value) in enumerate(cells):
        page.put(30 + index * 80, 180, label)
        page.put(30 + index * 80, 195, value)


def _put_head(page, document, qr):
    is_blockchain = document.code.startswith("1440")
    page.put(200, 40, "深圳电子普通发票" if is_blockchain else TITLES[document.kind], size=18)
    top = 30
    if document.code:
        page.put(430, top, f"发票代码：{document.code}")
        top += 14
    page.put(430, top, f"发票号码：{document.number}")
    page.put(430, top + 14, f"开票日期：{document.issue_date:%Y 年 %m 月 %d日}")
    if document.check_code:
        groups = [document.check_code[i : i + 5] for i in range(0, 20, 5)]
        page.put(430, top + 28, f"校 验 码：{' '.join(groups)}")
    if qr:
        picture = ImageReader(qr_picture(qr_text(document)))
        page.canvas.drawImage(picture, 15, page.height - 75, 65, 65)
    if document.code:
        page.put_down(18, 92, "购买方")
        _put_old_party(page, document.buyer, 92)
        page.put_down(400, 92, "密码区")
        for row in range(4):
            page.put(420, 92 + 13 * row, "03<8*+>/7-2<9*4+>1/5-8*6")
    else:
        page.put_down(18, 85, "购买方信息")
        page.put_down(315, 85, "销售方信息")
        for x, party in ((35, document.buyer), (332, document.seller)):
            page.put(x, 95, f"名称：{party.name}")
            page.put(x, 122, f"统一社会信用代码/纳税人识别号：{party.tax_id}", size=8)
    return 160


def _put_old_party(page, party, top):
    page.put(35, top, f"名        称：{party.name}")
    page.put(35, top + 13, f"纳税人识别号：{party.tax_id}")
    page.put(35, top + 26, f"地  址、电  话：{party.address} {party.phone}".rstrip())
    page.put(35, top + 39, f"开户行及账号：{party.bank_name} {party.bank_account}".rstrip())


def _put_lines(page, lines, top):
    for _field, head, x, right in COLUMNS:
        page.put(x, top, head, right=right)
    top += 15
    for line in lines:
        cells = printed_cells(line)
        for field, _head, x, right in COLUMNS[1:]:
            page.put(x, top, cells[field], right=right)
        for text in _wrap(line.name):
            page.put(30, top, text)
            top += 12
    return top + 6


def _wrap(text):
    """Pieces that fit the column; a blank at the cut would be lost on paper."""
    while len(text) > NAME_WIDTH:
        cut = next(i for i in range(NAME_WIDTH, 0, -1) if " " not in text[i - 1 : i + 1])
        yield text[:cut]
        text = text[cut:]
    yield text


def _put_foot(page, document, top):
    tax = "***" if document.amount_tax is None else f"¥{document.amount_tax}"
    page.put(60, top, "合        计")
    page.put(445, top, f"¥{document.amount_untaxed}", right=True)
    page.put(590, top, tax, right=True)
    top += 20
    total = Decimal(document.amount_total)
    page.put(60, top, f"价税合计（大写）  {capital_amount(total)}")
    page.put(420, top, f"（小写）¥{total}")
    top += 22
    if document.code:
        page.put_down(18, top, "销售方")
        _put_old_party(page, document.seller, top)
        page.put_down(330, top, "备注")
        page.put(345, top + 6, document.remark, size=8)
        top += 60
        page.put(30, top, "收款人：李四")
        page.put(180, top, "复核：王五")
        page.put(330, top, f"开票人：{document.drawer}")
        page.put(480, top, "销售方：（章）")
    else:
        page.put_down(18, top, "备注")
        for start in range(0, len(document.remark), 50):
            page.put(35, top, document.remark[start : start + 50])
            top += 12
        page.put(60, top + 40, f"开票人：{document.drawer}")
