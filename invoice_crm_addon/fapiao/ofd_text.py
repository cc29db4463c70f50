"""Text of OFD pages by object, and the values that tags point to.

A tag such as ``<fp:InvoiceNo><ofd:ObjectRef PageRef="61">6922</ofd:ObjectRef></fp:InvoiceNo>``
names a page and a text object in it; the text is the ``TextCode`` of that object.
"""

from lxml import etree

from .archive import Archive
from .xml_tree import descendants, own_text

_MAX_PAGES = 500


class PageTexts:
    """Text objects of one document, page by page and only when asked for.

    :param parts: stored name of each page's content by page id, templates included
    """

    def __init__(self, archive: Archive, parts: dict[str, str]):
        self._archive = archive
        self._parts = dict(list(parts.items())[:_MAX_PAGES])
        self._texts: dict[str, dict[str, str]] = {}
        self._everything: dict[str, str] | None = None
        self._roots: dict[str, etree._Element | None] = {}

    def of_object(self, page_id: str, object_id: str) -> str:
        """Text of an object; without a known page, of that object on any page."""
        texts = self._page(page_id) if page_id in self._parts else self._all_pages()
        return texts.get(object_id, "")

    def of_pages(self) -> list[str]:
        """Text of every object of all pages, in their order."""
        return [text for page in self._parts for text in self._page(page).values()]

    def contents(self, limit: int) -> list[list[etree._Element]]:
        """Content of each page, that of its templates before its own; damaged ones are left out.

        A part that another one names as its template is no page of its own.

        :param limit: pages that are read
        """
        roots = {page: self._root(page) for page in list(self._parts)[:limit]}
        templates = {
            page: [template.get("TemplateID", "") for template in descendants(root, "Template")]
            for page, root in roots.items()
            if root is not None
        }
        below = {template for named in templates.values() for template in named}
        return [
            [r for template in named if (r := self._root(template)) is not None] + [roots[page]]
            for page, named in templates.items()
            if page not in below
        ]

    def note_damage(self) -> None:
        """Have the archive note the pages that cannot be read, those too that nobody needs."""
        for page in self._parts:
            self._root(page)

    def cells(self, element: etree._Element) -> list[str]:
        """Texts of a tag: its references, the data inside it, or its own text."""
        if not len(element):
            return [own_text(element)]
        references = list(element.iterchildren("{*}ObjectRef"))
        if references:
            found = (
                self.of_object(reference.get("PageRef", ""), own_text(reference))
                for reference in references
            )
            return [text for text in found if text]
        data = [own_text(child) for child in element.iterchildren("{*}ObjectData")]
        return data or [own_text(element)]

    def _all_pages(self) -> dict[str, str]:
        """Text by object of all pages: ids are unique in a document."""
        if self._everything is None:
            self._everything = {}
            for page_id in self._parts:
                self._everything = self._page(page_id) | self._everything
        return self._everything

    def _page(self, page_id: str) -> dict[str, str]:
        if page_id not in self._texts:
            root = self._root(page_id)
            self._texts[page_id] = {
                text_object.get("ID", ""): _object_text(text_object)
                for text_object in ([] if root is None else descendants(root, "TextObject"))
            }
        return self._texts[page_id]

    def _root(self, page_id: str) -> etree._Element | None:
        if page_id not in self._roots:
            name = self._parts.get(page_id)
            self._roots[page_id] = self._archive.xml_if_sound(name) if name else None
        return self._roots[page_id]


def _object_text(text_object: etree._Element) -> str:
    """Text of an object, which may be cut into several codes."""
    return "".join(code.text or "" for code in descendants(text_object, "TextCode"))
