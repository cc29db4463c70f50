"""Invoices in OFD (GB/T 33190): a zip archive of XML parts.

Five places state the invoice, read in this order and merged, a missing field being filled from
the next: attached XML (``original_invoice.xml``), tags that point into the page text, the
custom data of the document, an attached XBRL voucher, and what the pages print. A picture of the
QR code is a further witness.

Each part is a witness: a damaged one is noted and left out, and is no reason to refuse the others.
"""

import posixpath
import re
from contextlib import suppress

from lxml import etree

from . import xml_xbrl
from .amounts import parse_capital_amount
from .archive import Archive
from .checks import same_value
from .code_pictures import MAX_PICTURE_BYTES, MAX_PICTURES, CodePictures
from .document import FapiaoDocument, Reading
from .errors import FapiaoError, Problem
from .facts import Facts
from .kinds import kind_from_code
from .limits import Limits
from .names import name_key
from .ofd_page import MAX_CHARS, read_sheet
from .ofd_text import PageTexts
from .page_facts import collect_page
from .page_glyphs import restore_letters
from .papers import name_voucher
from .values import compact
from .xml_dialects import collect_xml, make_statement
from .xml_tree import descendants, index_by_name, own_text

# 合计金额 is before tax; the total is 价税合计, which digital invoices leave out.
_CUSTOM_DATA = {
    "发票号码": "number",
    "发票代码": "code",
    "校验码": "check_code",
    "开票日期": "issue_date",
    "合计金额": "amount_untaxed",
    "合计税额": "amount_tax",
    "价税合计": "amount_total",
    "购买方名称": "buyer.name",
    "购买方纳税人识别号": "buyer.tax_id",
    "销售方名称": "seller.name",
    "销售方纳税人识别号": "seller.tax_id",
    "开票人": "drawer",
    "备注": "remark",
}
_CUSTOM_JOINED = {
    "购买方地址电话": "buyer.address+phone",
    "购买方开户行及账号": "buyer.bank_name+bank_account",
    "销售方地址电话": "seller.address+phone",
    "销售方开户行及账号": "seller.bank_name+bank_account",
}
_PICTURES = (".png", ".jpg", ".jpeg", ".bmp", ".gif")
_MAX_PARTS = 50
_MAX_PAGES = 20
_PAGES = "ofd:page text"
# The pages of longer lists of goods cost more time than they tell, where data state the lines.
_MANY_LINES = 40
# What attached data or tags leave out of these is empty on the paper, too, and what a page seems
# to print there belongs to a neighbour.
_WITH_DATA = re.compile(r"(?:buyer|seller)\.(?:address|phone|bank_.*)|remark|red_.*|amount_other")
# Where the pages are a second witness of attached data.
_CONFIRMED = re.compile(
    r"number|code|check_code|issue_date|amount_(?:untaxed|tax|total)|(?:buyer|seller)\.(?:name|tax_id)"
)


def read_ofd(content: bytes, limits: Limits) -> FapiaoDocument:
    """Read an invoice from an OFD file.

    :raise FapiaoError: see :func:`read_ofd_documents`, and ``several_invoices``
    """
    documents = read_ofd_documents(content, limits)
    if len(documents) > 1:
        numbers = ", ".join(document.number for document in documents)
        raise FapiaoError("several_invoices", numbers=numbers[:200])
    return documents[0]


def read_ofd_documents(content: bytes, limits: Limits) -> list[FapiaoDocument]:
    """Read all invoices of an OFD file: each of its documents may hold one, and each page.

    :raise FapiaoError: damaged or unsafe archive, or no invoice
    """
    archive, codes = Archive(content, limits), CodePictures(limits)
    found: dict[tuple[str, str], Facts] = {}
    papers: list[str] = []
    for facts in _read_bodies(archive):
        codes.collect(facts)
        papers += facts.papers
        identity = facts.first("code", ""), facts.first("number")
        if identity[1]:
            found.setdefault(identity, Facts()).merge(facts)
    if not found:
        for error in (*map(FapiaoError, papers), *archive.damaged.values()):
            raise error
        raise FapiaoError("not_an_invoice", found="an OFD document without invoice data")
    notes = [Problem("part_unread", {"part": name[:100]}) for name in archive.damaged]
    for facts in found.values():
        facts.notes += notes
    return [facts.build() for facts in found.values()]


def _read_bodies(archive: Archive) -> list[Facts]:
    """Facts of each invoice in the file; normally there is one, in ``Doc_0``."""
    entry = min(
        (name for name in archive.names() if posixpath.basename(name).casefold() == "ofd.xml"),
        key=lambda name: name.count("/"),
        default=None,
    )
    if entry is None:
        raise FapiaoError("archive_not_ofd")
    archive.root = posixpath.dirname(entry)
    root = archive.xml_if_sound(entry)
    bodies = [] if root is None else list(descendants(root, "DocBody")) or [root]
    # Where the list of documents is damaged, the first folder of one is taken for the only one.
    documents = [_Body(archive, entry, body) for body in bodies[:_MAX_PARTS] or [None]]
    return [facts for document in documents for facts in document.collect()]


class _Body:
    """One document of an OFD file.

    :param entry: name of the part that lists it (``OFD.xml``)
    :param body: its ``DocBody`` element there, ``None`` where that part is damaged
    """

    def __init__(self, archive: Archive, entry: str, body: etree._Element | None):
        self.archive = archive
        self.body = body
        self.document = self._find_document(entry)
        root = archive.xml_if_sound(self.document) if self.document else None
        self.index = {} if root is None else index_by_name(root)
        self.texts = PageTexts(archive, self._pages())
        self.facts = Facts()

    def _find_document(self, entry: str) -> str | None:
        """Name of the part ``Document.xml``."""
        if self.body is not None:
            root = next((own_text(element) for element in descendants(self.body, "DocRoot")), "")
            return self.archive.resolve(entry, root)
        names = (name for name in self.archive.names() if name.endswith("/Document.xml"))
        return next(names, None)

    def collect(self) -> list[Facts]:
        """What the places state of the invoice, in their order, and of others on further pages."""
        attached = [
            make_statement(root, f"ofd:{posixpath.basename(name)}")
            for name in self._attachments()
            if (root := self.archive.xml_if_sound(name)) is not None
        ]
        vouchers = [statement for statement in attached if xml_xbrl.recognises(statement)]
        has_data = [
            collect_xml(statement, self.facts)
            for statement in attached
            if statement not in vouchers
        ]
        self.facts.papers += filter(None, (name_voucher(s.root) for s in attached))
        has_data += self._collect_tags()
        self._collect_custom_data()
        has_data += [collect_xml(statement, self.facts) for statement in vouchers]
        others = self._collect_pages(any(has_data))
        if not others:  # else nothing tells which of them a picture belongs to
            self._collect_pictures()
        return [self.facts, *others]

    def _collect_pages(self, has_data: bool) -> list[Facts]:
        """Note what the pages print, where nothing better states it or as a second witness.

        :param has_data: whether attached data or tags hold the invoice
        :return: other invoices on the pages
        """
        facts = self.facts
        has_many = len(facts.first("lines", ())) > _MANY_LINES
        pages = [] if has_many else self._read_pages()
        self.texts.note_damage()
        number = facts.first("number")
        own = next((page for page in pages if page.first("number") == number), None)
        own = own or next(iter(pages), Facts())
        facts.papers += own.papers
        for name, readings in own.readings.items():
            if name in facts.readings:
                self._confirm(name, readings)
            elif name != "kind" and not (has_data and _WITH_DATA.fullmatch(name)):
                facts.readings[name] = readings
        is_printed = facts.readings.get("lines") == own.readings.get("lines")
        facts.doubts += [
            doubt
            for doubt in own.doubts
            if not (has_data and _WITH_DATA.fullmatch(doubt.field))
            and (is_printed or not doubt.field.startswith("lines"))
        ]
        if "amount_in_words" not in facts.readings:
            words = next(filter(parse_capital_amount, self.texts.of_pages()), "")
            facts.add("amount_in_words", words, _PAGES)
        # The code of an older invoice says more than its title, which a toll shares.
        if not ("kind" in facts.readings or kind_from_code(facts.first("code", ""))):
            facts.add_title("".join(self.texts.of_pages()), _PAGES, whole_page=True)
        return [page for page in pages if page is not own]

    def _confirm(self, name: str, printed: list[Reading]) -> None:
        """Note that the pages print what data state, or else.

        Tags point to the same letters, so what they state has no second witness in them.
        """
        known = self.facts.readings[name]
        if _CONFIRMED.fullmatch(name) and not any(map(_is_tag, known)):
            taken = known[0].value
            agreeing = [reading for reading in printed if same_value(name, reading.value, taken)]
            # A name to which its neighbour's letters stick is no other name.
            if agreeing or not (name.endswith(".name") and _holds(printed[0].value, taken)):
                known += (agreeing or printed)[:1]

    def _read_pages(self) -> list[Facts]:
        """What the pages print of each invoice: the next page may go on with its goods."""
        invoices: list[Facts] = []
        left = MAX_CHARS
        for number, roots in enumerate(self.texts.contents(_MAX_PAGES), start=1):
            page, sheet = Facts(), read_sheet(roots, left)
            left -= len(sheet.chars)
            if sheet.chars:
                restore_letters([sheet])
                collect_page(sheet, page, number, f"ofd:page {number}", self.facts)
            last = invoices[-1] if invoices else None
            numbers = {page.first("number"), last and last.first("number")}
            if not last or len(numbers - {None}) > 1:
                invoices.append(page)
                continue
            lines = last.readings.pop("lines", []) + page.readings.pop("lines", [])
            page.number_doubts(sum(len(reading.value) for reading in lines[:-1]))
            last.merge(page)
            goods = tuple(line for reading in lines for line in reading.value)
            last.add_value("lines", goods, "ofd:page lines")
        return invoices

    def _collect_pictures(self) -> None:
        """Small pictures that may show the QR code, the ones called so first."""
        if self.facts.has_code:
            return
        pictures = self._lying("", _PICTURES)
        small = [name for name in pictures if self.archive.size(name) <= MAX_PICTURE_BYTES]
        small.sort(key=lambda name: "qr" not in posixpath.basename(name).casefold())
        for name in small[:MAX_PICTURES]:
            with suppress(FapiaoError):  # the invoice can do without
                content = self.archive.read_part(name, MAX_PICTURE_BYTES)
                self.facts.pictures.append((f"ofd:{posixpath.basename(name)}", content))

    def _collect_tags(self) -> list[bool]:
        """:return: for each file of tags whether it holds the invoice"""
        return [
            collect_xml(make_statement(root, _tag_source(name), self.texts.cells), self.facts)
            for name in self._tags()
            if (root := self.archive.xml_if_sound(name)) is not None
        ]

    def _pages(self) -> dict[str, str]:
        """Stored name of the content of each page and template, by id."""
        pages = {}
        for element in self.index.get("Page", []) + self.index.get("TemplatePage", []):
            name = self.archive.resolve(self.document, element.get("BaseLoc", ""))
            if name:
                pages.setdefault(element.get("ID", ""), name)
        if not pages:
            contents = (name for name in self.archive.names() if name.endswith("/Content.xml"))
            pages = {name: name for name in contents}
        return pages

    def _listed(self, list_name: str, item_name: str, place: str) -> list[str]:
        """Parts named by a list of the document: document → list → items → place of each."""
        parts = []
        for reference in self.index.get(list_name, ()):
            listing = self.archive.resolve(self.document, own_text(reference))
            root = self.archive.xml_if_sound(listing) if listing else None
            for item in [] if root is None else descendants(root, item_name):
                locations = [own_text(element) for element in descendants(item, place)]
                locations += filter(None, [item.get(place)])
                parts += [self.archive.resolve(listing, location) for location in locations]
        return list(dict.fromkeys(filter(None, parts)))

    def _attachments(self) -> list[str]:
        """Attached XML files."""
        listed = self._listed("Attachments", "Attachment", "FileLoc")
        xml = [name for name in listed if name.casefold().endswith(".xml")]
        return list(dict.fromkeys(xml + self._lying("attach")))[:_MAX_PARTS]

    def _tags(self) -> list[str]:
        """Files of tags."""
        listed = self._listed("CustomTags", "CustomTag", "FileLoc")
        return list(dict.fromkeys(listed + self._lying("tag")))[:_MAX_PARTS]

    def _lying(self, word: str, endings: tuple[str, ...] = (".xml",)) -> list[str]:
        """Parts that lie in a folder of that name without being listed: several producers
        leave out the list, or name a wrong path in it."""
        folder = posixpath.dirname(self.document or "")
        prefix = f"{folder}/" if folder else ""
        return [
            name
            for name in self.archive.names()
            if name.startswith(prefix)
            and word in posixpath.dirname(name[len(prefix) :]).casefold()
            and name.casefold().endswith(endings)
        ]

    def _collect_custom_data(self) -> None:
        for element in [] if self.body is None else descendants(self.body, "CustomData"):
            name = re.sub("[、,:]", "", compact(element.get("Name")))
            source = f"ofd:CustomDatas:{name[:40]}"
            if name in _CUSTOM_DATA:
                self.facts.add(_CUSTOM_DATA[name], own_text(element), source)
            elif name in _CUSTOM_JOINED:
                self.facts.add_joined(_CUSTOM_JOINED[name], own_text(element), source)
            elif name in ("模板编号", "发票类型"):
                self.facts.add_title(own_text(element), source)
            elif name == "开票类型":
                red = {"红字发票": True, "蓝字发票": False}.get(compact(own_text(element)))
                self.facts.add_value("is_red", red, source)


def _holds(text: str, name: str) -> bool:
    return name_key(name) in name_key(text)


def _tag_source(name: str) -> str:
    """Name of a file of tags as evidence, which says that it is one."""
    base = posixpath.basename(name)
    return f"ofd:{base}" if "tag" in base.casefold() else f"ofd:tags {base}"


def _is_tag(reading: Reading) -> bool:
    _ofd, _colon, part = reading.source.partition(":")
    return "tag" in part.partition(":")[0].casefold()
