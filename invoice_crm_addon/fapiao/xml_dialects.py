"""Registry of the XML dialects. A new one is a module with two functions and a row here, or is
registered by another program with :func:`register_dialect`."""

from types import ModuleType

from lxml import etree

from . import xml_edrm, xml_einvoice, xml_xbrl
from .code_pictures import CodePictures
from .document import FapiaoDocument
from .errors import FapiaoError
from .facts import Facts
from .limits import Budget, Limits
from .papers import name_voucher
from .statement import Cells, Statement, own_cells
from .xml_tree import index_by_name, local_name, parse_xml

#: Each has ``LINE_GROUP``, ``recognises(statement)`` and ``collect(statement, facts)``; the
#: first that recognises a tree reads it.
DIALECTS: list[ModuleType] = [xml_einvoice, xml_edrm, xml_xbrl]


def register_dialect(dialect: ModuleType) -> None:
    """Have a further dialect read; it is asked after those that are known.

    XML inside a PDF file is read in another process, which knows the dialects of this package only.

    :param dialect: anything with the three names, see :data:`DIALECTS`
    """
    DIALECTS.append(dialect)


def unregister_dialect(dialect: ModuleType) -> None:
    """Have a dialect read no longer.

    :raise ValueError: it is not registered
    """
    DIALECTS.remove(dialect)


def make_statement(root: etree._Element, source: str, cells: Cells = own_cells) -> Statement:
    """A tree ready to be collected; see :class:`~.statement.Statement` for the parameters."""
    return Statement(root, source, {dialect.LINE_GROUP for dialect in DIALECTS}, cells)


def find_dialect(statement: Statement) -> ModuleType | None:
    """The dialect that a tree is written in, ``None`` when it is no invoice."""
    return next((dialect for dialect in DIALECTS if dialect.recognises(statement)), None)


def collect_xml(statement: Statement, facts: Facts) -> bool:
    """Note what a tree states.

    :return: whether it is an invoice
    """
    dialect = find_dialect(statement)
    if dialect:
        dialect.collect(statement, facts)
    return dialect is not None


def read_xml(content: bytes, limits: Limits) -> FapiaoDocument:
    """Read an invoice in any XML dialect.

    :raise FapiaoError: damaged, no invoice, or several
    """
    root = parse_xml(content, "The XML file", Budget(limits))
    facts = Facts()
    if not collect_xml(make_statement(_single_invoice(root), "xml"), facts):
        if paper := name_voucher(root):
            raise FapiaoError(paper)
        raise FapiaoError("not_an_invoice", found=f"<{local_name(root)[:60]}>")
    CodePictures(limits).collect(facts)
    return facts.build()


def _single_invoice(root: etree._Element) -> etree._Element:
    """The invoice inside a wrapping element, where there is one."""
    invoices = index_by_name(root, ("EInvoice", "eInvoice"))
    found = invoices.get("EInvoice") or invoices.get("eInvoice") or [root]
    if len(found) > 1:
        raise FapiaoError("several_invoices", numbers=len(found))
    return found[0]
