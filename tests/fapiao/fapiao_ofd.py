"""Writes a document as the OFD that the tax platform, or an issuing software, gives."""

from fapiao_builders import (
    OFD_NAMESPACE,
    PageBuilder,
    custom_data,
    element,
    write_edrm,
    write_einvoice_tags,
    write_ofd,
    write_voucher,
)
from fapiao_pdf import FONT, TITLES, WIDTH, Page, draw_pages, picture_bytes, qr_picture, qr_text
from reportlab.pdfbase import pdfmetrics

MILLIMETRES = 25.4 / 72


def write_platform_ofd(document):
    """Tags that point into the page, data of the document, and a picture of the code; older
    invoices carry their XML besides."""
    page = PageBuilder(split=True, title=TITLES[document.kind])
    tags = write_edrm(document, value=page.reference)
    attached = {"original_invoice.xml": write_edrm(document)} if document.code else None
    return _write(document, page, attached=attached, tags=tags)


def write_voucher_ofd(document):
    """NuoNuo's older form: an XBRL voucher and data of the document."""
    name = f"inv_ord_issuer_{document.issue_date:%Y%m%d}_{document.code}{document.number}.xml"
    return _write(document, PageBuilder(title="发票"), attached={name: write_voucher(document)})


def write_bureau_tags_ofd(document):
    """NuoNuo's newer form: tags with the bureau's names, whose total points to a mere ``¥``."""
    page = PageBuilder(title=TITLES[document.kind])
    return _write(document, page, tags=write_einvoice_tags(document, page))


def _write(document, page, **parts):
    custom = custom_data(document) | ({"发票代码": document.code} if document.code else {})
    pictures = {"image_80.png": picture_bytes(qr_picture(qr_text(document)))}
    return write_ofd(custom=custom, pages={"61": page.content()}, pictures=pictures, **parts)


def write_page_ofd(document, ctm=None, **options):
    """Nothing but what is printed: texts and their places, as a PDF made into an OFD has them.

    :param options: those of ``write_ofd``
    """
    return write_ofd(pages=draw_ofd(document, ctm), **options)


def draw_ofd(document, ctm=None, turn=False):
    """Content of each printed page by its id.

    :param ctm: matrix that scales the texts, whose sizes and steps are scaled the other way
    :param turn: pages are turned to the left by a quarter
    """
    canvas = _Canvas(ctm, turn)
    draw_pages(document, canvas, _OfdPage)
    pages = zip(canvas.pages, canvas.sizes, strict=False)
    return {str(number): canvas.content(*page) for number, page in enumerate(pages, 1)}


class _Canvas:
    """Takes the place of a PDF's canvas, and notes text objects instead."""

    def __init__(self, ctm, turn):
        self.ctm, self.turn, self.pages = ctm, turn, [[]]
        self.sizes = []

    def setPageSize(self, size):
        self.sizes.append(size)

    def drawImage(self, *_arguments):
        pass

    def showPage(self):
        self.pages.append([])

    def content(self, objects, size):
        size = reversed(size) if self.turn else size
        box = "0 0 " + " ".join(f"{side * MILLIMETRES:.2f}" for side in size)
        area = element("ofd:Area", [element("ofd:PhysicalBox", box)])
        content = element("ofd:Content", [element("ofd:Layer", objects)])
        return element("ofd:Page", [area, content], **{"xmlns:ofd": OFD_NAMESPACE})


class _OfdPage(Page):
    def put(self, x, top, text, size=9, right=False, spacing=0):
        text, canvas = str(text), self.canvas
        widths = [pdfmetrics.stringWidth(char, FONT, size) + spacing for char in text]
        x -= sum(widths) if right else 0
        unit = MILLIMETRES / (canvas.ctm or 1)
        left, upper = x * MILLIMETRES, (top - size) * MILLIMETRES
        matrix = f"{canvas.ctm} 0 0 {canvas.ctm} 0 0" if canvas.ctm else ""
        if canvas.turn:
            left, upper, matrix = upper, WIDTH * MILLIMETRES - left, "0 -1 1 0 0 0"
        steps = [f"{width * unit:.4f}" for width in widths[:-1]]
        code = element("ofd:TextCode", text, X=0, Y=f"{size * unit:.4f}", DeltaX=_shorten(steps))
        attributes = {"CTM": matrix} if matrix else {}
        canvas.pages[-1].append(
            element(
                "ofd:TextObject",
                [code],
                ID=1000 + sum(map(len, canvas.pages)),
                Boundary=f"{left:.4f} {upper:.4f} {sum(widths) * MILLIMETRES:.4f} 5",
                Size=f"{size * unit:.4f}",
                **attributes,
            )
        )


def _shorten(steps):
    """Steps with ``g`` for equal ones that follow each other."""
    parts = []
    while steps:
        same = next((i for i, step in enumerate(steps) if step != steps[0]), len(steps))
        parts += ["g", str(same), steps[0]] if same > 1 else [steps[0]]
        steps = steps[same:]
    return " ".join(parts)
