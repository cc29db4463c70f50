"""An XML tree that states an invoice, in whatever dialect: its texts by element name."""

from collections.abc import Callable, Collection

from lxml import etree

from .facts import Facts
from .lines import read_lines
from .xml_tree import index_by_name, own_text

#: Texts of an element: one for plain XML, one per referenced text object in OFD tags.
Cells = Callable[[etree._Element], list[str]]


def own_cells(element: etree._Element) -> list[str]:
    """Texts of an element that states its value itself."""
    return [own_text(element)]


class Statement:
    """Elements are found by local name at any depth: producers agree on nothing else.

    :param source: where the tree came from, to name it as evidence
    :param groups: names of elements that hold a line of goods; what is inside them is only
        read by :meth:`collect_lines`
    :param cells: texts of an element
    """

    def __init__(
        self,
        root: etree._Element,
        source: str,
        groups: Collection[str],
        cells: Cells = own_cells,
    ):
        self.root = root
        self.source = source
        self.cells = cells
        self._index = index_by_name(root, groups)

    def states(self, *names: str) -> bool:
        """Whether an element of one of the names exists, empty or not."""
        return any(name in self._index for name in names)

    def first(self, name: str) -> etree._Element | None:
        """First element of a name."""
        return next(iter(self._index.get(name, ())), None)

    def all(self, name: str) -> list[etree._Element]:
        """All elements of a name, in document order."""
        return self._index.get(name, [])

    def text(self, name: str) -> str:
        """Text of the first element of a name, "" when there is none."""
        element = self.first(name)
        return "" if element is None else "".join(self.cells(element))

    def at(self, name: str) -> str:
        """Name of an element as evidence: ``xml:InvoiceNumber``."""
        return f"{self.source}:{name}"

    def collect_lines(self, facts: Facts, group: str, names: dict[str, str]) -> None:
        """Note the lines of goods, unless they are known already.

        :param group: name of the elements that hold one; without them, lines stand in columns
        :param names: element name of each :class:`~.document.Line` field
        """
        if "lines" not in facts.readings:
            lines = read_lines(self._index.get(group) or [self.root], names, self.cells)
            facts.add_value("lines", lines, self.at(group))
