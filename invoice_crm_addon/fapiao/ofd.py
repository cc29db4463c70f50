"""Invoices in OFD (GB/T 33190): a zip archive of XML parts.

Four places state the invoice, read in this order and merged, a missing field being filled from
the next: attached XML (``original_invoice.xml``), tags that point into the page text, the
custom data of the document, and an attached XBRL voucher. A picture of the QR code is a further
witness.
"""

import posixpath
import re
from contextlib import suppress

from lxml import etree

from . import xml_xbrl
from .archive import Archive
from .code_pictures import MAX_PICTURE_BYTES, MAX_PICTURES, CodePictures
from .document import FapiaoDocument
from .errors import FapiaoError
from .facts import Facts
from .kinds import kind_from_code
from .limits import Limits
from .ofd_text import PageTexts
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


def read_ofd(content: bytes, limits: Limits) -> FapiaoDocument:
    """Read an invoice from an OFD file.

    :raise FapiaoError: damaged or unsafe archive, no invoice, or several
    """
    archive, codes = Archive(content, limits), CodePictures(limits)
    found: dict[tuple[str, str], Facts] = {}
    for facts in _read_bodies(archive):
        codes.collect(facts)
        identity = facts.first("code", ""), facts.first("number")
        if identity[1]:
            found.setdefault(identity, Facts()).merge(facts)
    if not found:
        raise FapiaoError("not_an_invoice", found="an OFD document without invoice data")
    if len(found) > 1:
        numbers = ", ".join(number for _code, number in found)
        raise FapiaoError("several_invoices", numbers=numbers[:200])
    return next(iter(found.values())).build()


def _read_bodies(archive: Archive) -> list[Facts]:
    """Facts of each document in the file; normally there is one, ``Doc_0``."""
    entry = min(
        (name for name in archive.names() if posixpath.basename(name).casefold() == "ofd.xml"),
        key=lambda name: name.count("/"),
        default=None,
    )
    if entry is None:
        raise FapiaoError("archive_not_ofd")
    archive.root = posixpath.dirname(entry)
    root = archive.xml(entry)
    bodies = list(descendants(root, "DocBody")) or [root]
    return [_Body(archive, entry, body).collect() for body in bodies[:_MAX_PARTS]]


class _Body:
    """One document of an OFD file.

    :param entry: name of the part that lists it (``OFD.xml``)
    :param body: its ``DocBody`` element there
    """

    def __init__(self, archive: Archive, entry: str, body: etree._Element):
        self.archive = archive
        self.body = body
        root = next((own_text(element) for element in descendants(body, "DocRoot")), "")
        self.document = archive.resolve(entry, root)
        self.index = index_by_name(archive.xml(self.document)) if self.document else {}
        self.texts = PageTexts(archive, self._pages())
        self.facts = Facts()

    def collect(self) -> Facts:
        """Note what the four places state, in their order."""
        attached = [
            make_statement(self.archive.xml(name), f"ofd:{posixpath.basename(name)}")
            for name in self._attachments()
        ]
        vouchers = [statement for statement in attached if xml_xbrl.recognises(statement)]
        for statement in attached:
            if statement not in vouchers:
                collect_xml(statement, self.facts)
        self._collect_tags()
        self._collect_custom_data()
        for statement in vouchers:
            collect_xml(statement, self.facts)
        self._collect_page_title()
        self._collect_pictures()
        return self.facts

    def _collect_page_title(self) -> None:
        """The printed title, where nothing better tells the kind: it costs reading all pages,
        and the code of an older invoice says more (a toll invoice has an ordinary title)."""
        facts = self.facts
        known = "kind" in facts.readings or kind_from_code(facts.first("code", ""))
        if "number" in facts.readings and not known:
            facts.add_title(self.texts.of_pages(), "ofd:page text", whole_page=True)

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

    def _collect_tags(self) -> None:
        for name in self._tags():
            root, source = self.archive.xml(name), f"ofd:{posixpath.basename(name)}"
            collect_xml(make_statement(root, source, self.texts.cells), self.facts)

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
            if not listing:
                continue
            for item in descendants(self.archive.xml(listing), item_name):
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
        for element in descendants(self.body, "CustomData"):
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
