"""Invoices in PDF: attached XML, the text of the pages, and the QR code printed on them.

Each of them is evidence of its own. A file may hold several invoices: pages that name another
number are another invoice, pages that name none go on with the one before.
"""

import contextlib
import dataclasses
import logging
import pathlib
import time
from collections.abc import Collection
from dataclasses import dataclass, field

from .document import Doubt, FapiaoDocument, Unread
from .errors import FapiaoError
from .facts import Facts
from .limits import Budget, Limits
from .packages import need
from .page_amounts import check_lines
from .page_facts import collect_page
from .page_glyphs import restore_letters
from .page_split import split_sheet
from .page_text import Sheet
from .picture import find_codes
from .qr import parse_qr
from .xml_dialects import collect_xml, make_statement
from .xml_tree import parse_xml

_logger = logging.getLogger(__name__)

_PASSWORD_CODE = 4  # FPDF_ERR_PASSWORD
_MAX_ATTACHMENTS = 20
_DAMAGED_XML = ("xml_damaged", "bad_encoding")
#: Renderings tried, in pixels a point: most codes are read at the first, dense ones need more.
_SCALES = (2.0, 4.0)
_MAX_SIDE = 6000
#: Part of the time for a file in which codes are looked for that are one more witness only.
_CODES_SHARE = 0.4
_PACKAGE = str(pathlib.Path(__file__).parent)


@dataclass
class _Page:
    """What a page states, and its number in the file."""

    number: int
    facts: Facts = field(default_factory=Facts)
    sheet: Sheet | None = None
    #: Why its text cannot be read.
    error: FapiaoError | None = None
    #: Whether other invoices stand on the same page.
    is_part: bool = False

    def split(self) -> list["_Page"]:
        """The forms on the page, each as a page of its own."""
        sheets = split_sheet(self.sheet) if self.sheet else []
        if len(sheets) < 2:
            return [self]
        return [_Page(self.number, sheet=sheet, is_part=True) for sheet in sheets]

    @property
    def identity(self) -> str | None:
        return self.facts.first("number")

    @contextlib.contextmanager
    def errors_noted(self, calls_library: bool):
        """Let an error lose no other page, be it damage of the file or an error of the program.

        :param calls_library: whether a library reads the file, which may be damaged
        """
        try:
            yield
        except (FapiaoError, MemoryError):
            raise
        except Exception as error:
            if not calls_library or _is_ours(error):
                _logger.exception("unforeseen error while reading page %s of a PDF", self.number)
                self.error = FapiaoError("unreadable", detail=type(error).__name__)
            else:
                self.error = FapiaoError("pdf_damaged", detail=f"page {self.number}")


@dataclass
class _Invoice:
    """Pages of one invoice, with the XML that the file carries for it."""

    pages: list[_Page]
    attached: list[Facts] = field(default_factory=list)

    @property
    def numbers(self) -> tuple[int, ...]:
        return tuple(page.number for page in self.pages)

    def build(self) -> FapiaoDocument:
        """:raise FapiaoError: it cannot be read"""
        for page in self.pages:
            if page.error:
                if page.identity is None or page.error.code == "unreadable":
                    raise page.error
                page.facts.doubts.append(Doubt("lines", "", page.number))
        return _merge(self.attached, [page.facts for page in self.pages]).build()


def read_pdf(content: bytes, limits: Limits) -> FapiaoDocument:
    """Read an invoice from a PDF file.

    :raise FapiaoError: damaged, protected, too long, no invoice, or several
    """
    invoices = _read_invoices(content, limits)
    named = [invoice for invoice in invoices if _name(invoice)]
    if len(named) > 1:
        numbers = ", ".join(map(_name, named))
        raise FapiaoError("several_invoices", numbers=numbers[:200])
    lost = [page for invoice in invoices for page in invoice.pages if page.error]
    for page in lost:
        if not named or page.error.code == "unreadable":
            raise page.error
    document = (named or invoices)[0].build()
    doubts = [Doubt("lines", "", page.number) for page in lost if page.identity is None]
    return dataclasses.replace(document, doubts=(*document.doubts, *doubts))


def read_pdf_parts(content: bytes, limits: Limits) -> tuple[FapiaoDocument | Unread, ...]:
    """Read all invoices of a PDF file, in the order of their pages.

    :raise FapiaoError: the file itself cannot be read
    """
    found: list[FapiaoDocument | Unread] = []
    for invoice in _read_invoices(content, limits):
        try:
            found.append(dataclasses.replace(invoice.build(), pages=invoice.numbers))
        except FapiaoError as error:
            params = {name: str(value) for name, value in error.params.items()}
            found.append(Unread(invoice.numbers, error.code, params))
    return tuple(found)


def _read_invoices(content: bytes, limits: Limits) -> list[_Invoice]:
    """:raise FapiaoError: damaged, protected, too long"""
    file = _open(content, limits)
    try:
        pages = [_Page(number + 1) for number in range(len(file))]
        attached = _read_attachments(file, limits)
        _scan(content, pages)
        pages = [part for page in pages for part in page.split()]
        for page in pages:
            if page.sheet:
                with page.errors_noted(calls_library=False):
                    source = f"pdf:page {page.number}"
                    collect_page(page.sheet, page.facts, page.number, source)
        _collect_all_codes(file, pages, limits)
    finally:
        file.close()
    return _group(pages, attached)


@contextlib.contextmanager
def _damage_tolerated(codes: Collection[str] = ()):
    """Go on with what else the file holds.

    The libraries raise whatever a damaged file leads them into: there is no list of it. What this
    package itself raises is an error of the program.

    :param codes: errors of this package that are tolerated too
    """
    try:
        yield
    except MemoryError:
        raise
    except FapiaoError as error:
        if error.code not in codes:
            raise
    except Exception as error:
        if _is_ours(error):
            raise
        _logger.debug("a part of the PDF cannot be read", exc_info=True)


def _is_ours(error: Exception) -> bool:
    """Whether a line of this package raised an error, and no library that it called."""
    trace = error.__traceback__
    while trace.tb_next:
        trace = trace.tb_next
    return trace.tb_frame.f_code.co_filename.startswith(_PACKAGE)


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


def _read_attachments(file, limits: Limits) -> list[Facts]:
    """What the XML files state that the file carries, such as the voucher of a rail ticket."""
    budget, found = Budget(limits), []
    with _damage_tolerated():
        for index in range(min(file.count_attachments(), _MAX_ATTACHMENTS)):
            attachment = file.get_attachment(index)
            name = attachment.get_name() or "attachment"
            if name.casefold().endswith((".xml", ".xbrl")):
                with _damage_tolerated(_DAMAGED_XML):
                    facts = Facts()
                    root = parse_xml(bytes(attachment.get_data()), name[:100], budget)
                    collect_xml(make_statement(root, f"pdf:{name[:60]}"), facts)
                    found.append(facts)
    return found


def _scan(content: bytes, pages: list[_Page]) -> None:
    """Characters and lines of the pages; a page that is damaged has none."""
    # It warns of each font that lacks something.
    logging.getLogger("pdfminer").setLevel(logging.ERROR)
    need("pdfminer")
    from .page_scan import PdfPages

    for page in pages:
        page.error = FapiaoError("pdf_damaged", detail=f"page {page.number}")
    with _damage_tolerated():
        for page, scanned in zip(pages, PdfPages(content), strict=False):
            with page.errors_noted(calls_library=True):
                page.sheet, page.error = scanned.scan(), None
    restore_letters([page.sheet for page in pages if page.sheet])


def _collect_all_codes(file, pages: list[_Page], limits: Limits) -> None:
    """Note the codes on the pages; of many pages, those that tell their number may do without."""
    deadline = time.monotonic() + _CODES_SHARE * limits.seconds
    named: set[str] = set()
    for page in pages:
        # Further pages of the same invoice list its goods, and repeat its code at most.
        if page.identity is None or (page.identity not in named and time.monotonic() < deadline):
            with _damage_tolerated():
                _collect_codes(file, page)
        if page.identity:
            named.add(page.identity)


def _collect_codes(file, page: _Page) -> None:
    picture = file[page.number - 1]
    # A page with text is no scan.
    is_clean = page.identity is not None
    width, height = picture.get_size()
    for scale in _SCALES:
        if max(width, height) * scale > _MAX_SIDE:
            scale = _MAX_SIDE / max(width, height, 1)
        texts = find_codes(picture.render(scale=scale, grayscale=True).to_pil(), is_clean)
        if any(map(parse_qr, texts)):
            break
    for text in texts:
        qr = parse_qr(text)
        if not (page.is_part and qr and qr.number != page.identity):
            page.facts.add_qr(text, f"pdf:page {page.number}")


def _group(pages: list[_Page], attached: list[Facts]) -> list[_Invoice]:
    """Pages by invoice, in the order of the first page of each."""
    invoices: dict[str, _Invoice] = {}
    last: _Invoice | None = None
    nameless: list[_Invoice] = []
    for page in pages:
        name = page.identity
        if name is None:
            if page.error:
                nameless.append(_Invoice([page]))
            elif _is_whole(page.facts):
                nameless.append(last := _Invoice([page]))
            elif last:
                last.pages.append(page)
            else:
                nameless.append(last := _Invoice([page]))
        elif name in invoices:
            last = invoices[name]
            last.pages.append(page)
        else:
            last = invoices[name] = _Invoice([page])
    for facts in attached:
        name = facts.first("number")
        found = invoices.get(name) or (len(invoices) <= 1 and next(iter(invoices.values()), None))
        if found and (name is None or name in (_name(found), None) or name in invoices):
            found.attached.append(facts)
        elif name is not None and not invoices and nameless:
            nameless[0].attached.append(facts)
            invoices[name] = nameless.pop(0)
        elif name is not None:
            invoices[name] = _Invoice([], [facts])
    if invoices:
        nameless = [
            invoice
            for invoice in nameless
            if any(page.error or page.facts.readings for page in invoice.pages)
        ]
    found = [*invoices.values(), *nameless]
    return sorted(found, key=lambda invoice: invoice.numbers or (0,))


def _name(invoice: _Invoice) -> str | None:
    """The number that an invoice is known by."""
    parts = [*invoice.attached, *(page.facts for page in invoice.pages)]
    return next((number for part in parts if (number := part.first("number"))), None)


def _is_whole(facts: Facts) -> bool:
    """Whether a page without a number shows an invoice of its own, and no more of another."""
    return "amount_total" in facts.readings and "buyer.name" in facts.readings


def _merge(attached: list[Facts], pages: list[Facts]) -> Facts:
    """Facts of all parts of an invoice.

    :raise FapiaoError: ``no_text_no_qr``, ``not_an_invoice``
    """
    parts = [*attached, *pages]
    if all(part.first("number") is None for part in parts):
        for paper in (paper for part in parts for paper in part.papers):
            raise FapiaoError(paper)
        if any(part.readings for part in parts):
            raise FapiaoError("not_an_invoice", found="a PDF document without invoice data")
        raise FapiaoError("no_text_no_qr")
    merged, lines = Facts(), []
    for page in pages:
        page.number_doubts(len(lines))
        lines += page.first("lines", ())
        page.readings.pop("lines", None)
    for part in parts:
        merged.merge(part)
    merged.add_value("lines", tuple(lines), "pdf:lines")
    is_page_lost = any(doubt.field == "lines" for doubt in merged.doubts)
    is_printed = any(page.has_table for page in pages) and not any(
        "lines" in part.readings for part in attached
    )
    if is_printed and not is_page_lost:
        check_lines(merged)
    return merged
