"""Invoices in PDF: attached XML, the text of the pages, and the QR code printed on them.

Each of them is evidence of its own. Text is read by pdfplumber, whose characters keep their
places; pages are rendered by pypdfium2.
"""

import contextlib
import io
import logging
from collections.abc import Collection, Iterable, Iterator
from itertools import islice

from .document import FapiaoDocument
from .errors import FapiaoError
from .facts import Facts
from .limits import Budget, Limits
from .packages import need
from .page_facts import collect_page
from .page_glyphs import make_char, restore_letters
from .page_text import Char, build_rows
from .picture import find_codes
from .qr import parse_qr
from .xml_dialects import collect_xml, make_statement
from .xml_tree import parse_xml

_logger = logging.getLogger(__name__)

_PASSWORD_CODE = 4  # FPDF_ERR_PASSWORD
_MAX_CHARS = 100_000
_MAX_ATTACHMENTS = 20
_DAMAGED_XML = ("xml_damaged", "bad_encoding")
#: Renderings tried, in pixels a point: most codes are read at the first, dense ones need more.
_SCALES = (2.0, 4.0)
_MAX_SIDE = 6000


def read_pdf(content: bytes, limits: Limits) -> FapiaoDocument:
    """Read an invoice from a PDF file.

    :raise FapiaoError: damaged, protected, too long, no invoice, or several
    """
    file = _open(content, limits)
    try:
        attached, pages = Facts(), [Facts() for _page in range(len(file))]
        with _damage_tolerated():
            _collect_attachments(file, limits, attached)
        with _damage_tolerated():
            _collect_texts(content, pages)
        for index, facts in enumerate(pages):
            # Further pages of the same invoice list its goods, and repeat its code at most.
            if index == 0 or facts.first("number") not in (None, pages[0].first("number")):
                with _damage_tolerated():
                    _collect_codes(file, index, facts)
    finally:
        file.close()
    return _merge(attached, pages).build()


@contextlib.contextmanager
def _damage_tolerated(codes: Collection[str] = ()):
    """Go on with what else the file holds.

    The libraries raise whatever a damaged file leads them into: there is no list of it.

    :param codes: errors of this package that are tolerated too
    """
    try:
        yield
    except MemoryError:
        raise
    except FapiaoError as error:
        if error.code not in codes:
            raise
    except Exception:
        _logger.debug("a part of the PDF cannot be read", exc_info=True)


def _open(content: bytes, limits: Limits):
    pdfium = need("pypdfium2")
    try:
        file = pdfium.PdfDocument(content)
        count = len(file)
    except pdfium.PdfiumError as error:
        if getattr(error, "err_code", None) == _PASSWORD_CODE:
            raise FapiaoError("archive_encrypted") from error
        raise FapiaoError("pdf_damaged", detail=str(error)[:100]) from error
    if count > limits.pages:
        file.close()
        raise FapiaoError("pdf_too_long", pages=count, limit=limits.pages)
    if not count:
        raise FapiaoError("pdf_damaged", detail="no page")
    return file


def _collect_attachments(file, limits: Limits, facts: Facts) -> None:
    """XML that the file carries, such as the voucher of a rail ticket."""
    budget = Budget(limits)
    for index in range(min(file.count_attachments(), _MAX_ATTACHMENTS)):
        attachment = file.get_attachment(index)
        name = attachment.get_name() or "attachment"
        if name.casefold().endswith((".xml", ".xbrl")):
            with _damage_tolerated(_DAMAGED_XML):
                root = parse_xml(bytes(attachment.get_data()), name[:100], budget)
                collect_xml(make_statement(root, f"pdf:{name[:60]}"), facts)


def _collect_texts(content: bytes, pages: list[Facts]) -> None:
    # It warns of each font that lacks something.
    logging.getLogger("pdfminer").setLevel(logging.ERROR)
    pdfplumber = need("pdfplumber")
    left, texts = _MAX_CHARS, [[] for _page in pages]
    with pdfplumber.open(io.BytesIO(content)) as file:
        for index, page in enumerate(file.pages[: len(pages)]):
            with _damage_tolerated():
                chars = list(islice(_read_chars(page.layout, page.layout.y1), left))
                left -= len(chars)
                texts[index] = build_rows(chars)
            page.close()
    restore_letters(texts)
    for number, (rows, facts) in enumerate(zip(texts, pages, strict=True), start=1):
        collect_page(rows, facts, f"pdf:page {number}")


def _read_chars(layout, top: float) -> Iterator[Char]:
    """Characters of a page, those of the forms on it included.

    The layout is taken as it is: pdfplumber's own objects cost as much time again.
    """
    for item in layout:
        if hasattr(item, "get_text"):
            yield make_char(item.get_text(), item.x0, item.x1, top - item.y1, top - item.y0)
        elif isinstance(item, Iterable):
            yield from _read_chars(item, top)


def _collect_codes(file, index: int, facts: Facts) -> None:
    page = file[index]
    # A page with text is no scan.
    is_clean = "number" in facts.readings
    width, height = page.get_size()
    for scale in _SCALES:
        if max(width, height) * scale > _MAX_SIDE:
            scale = _MAX_SIDE / max(width, height, 1)
        texts = find_codes(page.render(scale=scale, grayscale=True).to_pil(), is_clean)
        if any(map(parse_qr, texts)):
            break
    for text in texts:
        facts.add_qr(text, f"pdf:page {index + 1}")


def _merge(attached: Facts, pages: list[Facts]) -> Facts:
    """Facts of all parts; a part that names another invoice makes them several.

    :raise FapiaoError: ``several_invoices``, ``no_text_no_qr``
    """
    parts = [attached, *pages]
    numbers = dict.fromkeys(
        part.first("number") for part in parts if part.first("number") is not None
    )
    if len(numbers) > 1:
        raise FapiaoError("several_invoices", numbers=", ".join(numbers)[:200])
    if not numbers:
        for paper in (paper for part in parts for paper in part.papers):
            raise FapiaoError(paper)
        if any(part.readings for part in parts):
            raise FapiaoError("not_an_invoice", found="a PDF document without invoice data")
        raise FapiaoError("no_text_no_qr")
    merged = Facts()
    lines = tuple(line for page in pages for line in page.first("lines", ()))
    for page in pages:
        page.readings.pop("lines", None)
    for part in parts:
        merged.merge(part)
    merged.add_value("lines", lines, "pdf:lines")
    return merged
