"""Hardened XML parsing and look-up by local name.

Producers differ in prefixes, namespaces, order and nesting; element names are what they share.
"""

import re
from collections.abc import Collection, Iterator
from contextlib import suppress
from functools import lru_cache

from lxml import etree

from .errors import FapiaoError
from .limits import Budget

_DECLARED = re.compile(rb"""<\?xml[^>]{0,200}?encoding\s*=\s*["']([A-Za-z0-9._-]{1,40})["']""")
_MAX_ATTRIBUTES = 1000  # of one element; older libxml2 compares each with each
_UTF16 = (b"\xff\xfe", b"\xfe\xff", b"<\x00", b"\x00<")
_TAG = re.compile("<[^<>!?][^<>]*>")
_DECLARATION = re.compile(r"""\sxmlns(?::[\w.-]*)?\s*=\s*(?:"[^"]*"|'[^']*')""")
_TAG_PREFIX = re.compile(r"^(</?)[\w.-]*:(?=[\w])")
_ATTRIBUTE_PREFIX = re.compile(r"""(\s)[\w.-]*:(?=[\w.-]+\s*=\s*["'])""")
_LONE_AMPERSAND = re.compile(r"&(?!(?:[A-Za-z]\w{0,30}|#\d{1,7}|#x[0-9A-Fa-f]{1,6});)")
_MAX_AMPERSANDS = 10_000
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


def decode_xml(content: bytes, part: str) -> str:
    """Text of an XML file whose declared encoding may be missing or wrong.

    Valid UTF-8 is taken as such whatever is declared: GB18030 text is practically never valid
    UTF-8, while files re-encoded on their way keep their old declaration.

    :param part: name of the file, for the message
    :raise FapiaoError: ``bad_encoding``
    """
    with suppress(UnicodeDecodeError):
        if content.startswith(_UTF16):
            return _decode_utf16(content)
        return content.decode("utf-8-sig")
    if not content.startswith(_UTF16) and _is_gb18030(content):
        with suppress(UnicodeDecodeError):
            return content.decode("gb18030")
    raise FapiaoError("bad_encoding", part=part)


def _decode_utf16(content: bytes) -> str:
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return content.decode("utf-16")
    return content.decode("utf-16-le" if content[:1] == b"<" else "utf-16-be")


def _is_gb18030(content: bytes) -> bool:
    """Tell GB18030 from UTF-8 with a few broken bytes, which would decode to nonsense names."""
    declared = _DECLARED.match(content.lstrip())
    if declared:
        name = declared[1].lower()
        if name.startswith((b"gb", b"cp936", b"hz")):
            return True
    text = content.decode("utf-8", "replace")
    broken = text.count("\ufffd")
    return broken > sum(char > "\x7f" for char in text) - broken


def parse_xml(content: bytes, part: str, budget: Budget) -> etree._Element:
    """Root element of an XML file.

    Refuses document types and entities before parsing, fetches nothing, expands nothing. A file
    that is malformed in nothing but what says nothing here is read, see :func:`_without_prefixes`.

    :param part: name of the file, for messages
    :raise FapiaoError: ``xml_too_large``, ``bad_encoding``, ``xml_dtd``, ``xml_damaged``
    """
    budget.spend(content, part)
    text = decode_xml(content, part)
    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        raise FapiaoError("xml_dtd", part=part)
    if _has_too_many_attributes(text):
        raise FapiaoError("xml_too_large", part=part)
    try:
        return _parse(text)
    except (etree.XMLSyntaxError, ValueError) as error:
        with suppress(etree.XMLSyntaxError, ValueError):
            return _parse(_without_prefixes(text))
        raise FapiaoError("xml_damaged", part=part, detail=str(error)[:200]) from error


def _has_too_many_attributes(text: str) -> bool:
    # The length is looked at first, because it is known: four characters make an attribute. Few
    # files have that many in all their elements together.
    long = 4 * _MAX_ATTRIBUTES
    if len(text) <= long or text.count("=") <= _MAX_ATTRIBUTES:
        return False
    tags = text.split("<")
    return max(map(len, tags)) > long and any(
        len(tag) > long and tag.count("=") > _MAX_ATTRIBUTES for tag in tags
    )


def _parse(text: str) -> etree._Element:
    parser = etree.XMLParser(
        encoding="utf-8",  # overrides the declaration, which described the bytes before decoding
        resolve_entities=False,
        load_dtd=False,
        dtd_validation=False,
        no_network=True,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    return etree.fromstring(text.strip("\ufeff \t\r\n").encode(), parser)


def _without_prefixes(text: str) -> str:
    """XML without prefixes, their declarations, and characters that no XML may hold.

    Issuing software that writes XML by joining texts uses prefixes which it does not declare, or
    declares as nothing (``<:eInvoice xmlns:="">``), and leaves a ``&`` as it is. Elements are
    found by their local names, so nothing is lost.
    """
    text = _TAG.sub(lambda tag: _bare_tag(tag[0]), _FORBIDDEN.sub("", text))
    return _LONE_AMPERSAND.sub("&amp;", text, count=_MAX_AMPERSANDS)


def _bare_tag(tag: str) -> str:
    tag = _TAG_PREFIX.sub(r"\1", tag)
    return _ATTRIBUTE_PREFIX.sub(r"\1", _DECLARATION.sub("", tag)) if "=" in tag else tag


@lru_cache(maxsize=4096)
def _without_prefix(tag: str) -> str:
    return tag.rsplit("}", 1)[-1].rsplit(":", 1)[-1]


def local_name(element: etree._Element) -> str:
    """Name of an element without its namespace; "" for an unresolved entity."""
    tag = element.tag
    return _without_prefix(tag) if isinstance(tag, str) else ""


def own_text(element: etree._Element) -> str:
    """Text directly inside an element, without that of its children."""
    return (element.text or "").strip()


def descendants(root: etree._Element, name: str) -> Iterator[etree._Element]:
    """Elements called ``name`` at any depth below ``root``, in document order."""
    return root.iterdescendants("{*}" + name)


def index_by_name(
    root: etree._Element, closed: Collection[str] = ()
) -> dict[str, list[etree._Element]]:
    """Elements of a tree by local name, in document order.

    :param closed: names of elements that are listed but not entered (repeating groups)
    """
    index: dict[str, list[etree._Element]] = {}
    if not closed:
        for element in root.iter():
            index.setdefault(local_name(element), []).append(element)
        return index
    stack = [root]
    while stack:
        element = stack.pop()
        name = local_name(element)
        index.setdefault(name, []).append(element)
        if name not in closed and len(element):
            stack.extend(reversed(element))
    return index
