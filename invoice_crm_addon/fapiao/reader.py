"""Entry point: a file's bytes to a document.

A format is a :class:`Reader`, and the first that recognises a file reads it. Another program adds
its own::

    register_reader(Reader("CSV", is_csv, read_csv))

``is_csv(content)`` looks at the first bytes, as the functions of :mod:`~.formats` do;
``read_csv(content, limits)`` notes what it finds in :class:`~.facts.Facts`, each value with the
place where it stood, and has the document built of them. A format whose library a file of a
stranger may take over is better read in a process of its own, as :mod:`~.apart` reads PDF files
and pictures. Zip archives are opened before anybody is asked, see :func:`~.unpack.is_package`.
"""

import contextlib
import dataclasses
import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from .apart import read_pdf_apart, read_pdf_parts_apart, read_picture_apart
from .archive import is_zip
from .document import FapiaoDocument, Unread
from .errors import FapiaoError
from .formats import describe_format, is_pdf, is_picture, is_xml
from .limits import Limits
from .ofd import read_ofd
from .unpack import is_package, unpack
from .xml_dialects import read_xml

_logger = logging.getLogger(__name__)

#: An archive of more files than this is no single invoice.
_FORMATS_OF_ONE = 20

Parts = tuple[FapiaoDocument | Unread, ...]


@dataclass(frozen=True)
class Reader:
    """A format that can be read.

    :param name: for messages; in capitals if it is a format to ask the tax platform for
    :param recognises: tells the format by the content
    :param read: raises only :class:`~.errors.FapiaoError` on content that it recognises
    :param read_parts: for a format whose files may hold several invoices: all of them, and what
        of them cannot be read
    """

    name: str
    recognises: Callable[[bytes], bool]
    read: Callable[[bytes, Limits], FapiaoDocument]
    read_parts: Callable[[bytes, Limits], Parts] | None = None


class Documents(list):
    """The documents of a file, in their order there.

    :param unread: what else shows an invoice in it, and cannot be read
    """

    def __init__(self, documents: Iterable[FapiaoDocument] = (), unread: Iterable[Unread] = ()):
        super().__init__(documents)
        self.unread = tuple(unread)


def _read_zip(content: bytes, limits: Limits) -> FapiaoDocument:
    """An OFD document, or the one invoice of an archive, in whatever formats it holds it."""
    try:
        return read_ofd(content, limits)
    except FapiaoError as error:
        if error.code != "archive_not_ofd":
            raise
    return _read_package(content, limits)


def _read_zip_parts(content: bytes, limits: Limits) -> Parts:
    """An OFD document, or the invoices of an archive, each in the first of its formats."""
    if not is_package(content):
        return (read_ofd(content, limits),)
    documents: dict[tuple[str, str], tuple[int, FapiaoDocument]] = {}
    unread: list[Unread] = []
    for file in unpack(content, limits):
        try:
            if file.error:
                raise file.error
            rank = [reader.name for reader in READERS].index(describe(file.content))
            parts = _read_parts(file.content, limits)
        except FapiaoError as error:
            unread.append(dataclasses.replace(_unread(error), name=file.name))
            continue
        except ValueError:
            continue  # no format that invoices come in
        for part in parts:
            if isinstance(part, Unread):
                unread.append(dataclasses.replace(part, name=file.name))
            elif part.identity not in documents or rank < documents[part.identity][0]:
                documents[part.identity] = (rank, part)
    return (*(document for _rank, document in documents.values()), *unread)


#: What is read, in the order in which the readers are asked. See :func:`register_reader`.
READERS: list[Reader] = [
    Reader("XML", is_xml, read_xml),
    Reader("OFD", is_zip, _read_zip, _read_zip_parts),
    Reader("PDF", is_pdf, read_pdf_apart, read_pdf_parts_apart),
    Reader("picture", is_picture, read_picture_apart),
]


def register_reader(reader: Reader, before: str | None = None) -> None:
    """Have a further format read.

    :param before: name of the reader that would take the files too, to be asked after this one;
        without it, this one is asked last
    :raise ValueError: there is a reader of this name, or none of the name ``before``
    """
    names = [known.name for known in READERS]
    if reader.name in names:
        raise ValueError(f"there is a reader of the name {reader.name}")
    READERS.insert(names.index(before) if before else len(names), reader)


def unregister_reader(name: str) -> None:
    """Have a format read no longer.

    :raise ValueError: there is no reader of this name
    """
    del READERS[[reader.name for reader in READERS].index(name)]


def read_document(
    content: bytes, filename: str = "", limits: Limits | None = None
) -> FapiaoDocument:
    """Read an e-invoice file.

    The format is told by the content; a wrong file name does no harm. Of an archive that holds
    one invoice in several formats, the first format of :data:`READERS` is taken; archives with
    several invoices are opened by :func:`~.unpack.unpack`.

    :param content: the file's bytes
    :param filename: name for the log, never evidence
    :param limits: how large a file may be, unpacked too
    :raise FapiaoError: the file cannot be read; the message says why and how to mend it
    """
    try:
        return _read(content, limits or Limits())
    except FapiaoError as error:
        if error.code == "unreadable":  # in the other process, which has no log
            _logger.error("unforeseen error (%s) while reading %r", error.params, filename)
        raise
    except Exception as error:
        _logger.exception("unforeseen error while reading the e-invoice %r", filename)
        raise FapiaoError("unreadable", detail=type(error).__name__) from error


def read_documents(content: bytes, filename: str = "", limits: Limits | None = None) -> Documents:
    """Read all invoices of a file: of a PDF of many, or of an archive.

    A page that only goes on with an invoice, such as a list of its goods, belongs to it; one that
    cannot be read stops none of the others. ``pages`` of a document says where it stands.

    :param content: like those of :func:`read_document`
    :return: at least one document; its ``unread`` names what could not be read
    :raise FapiaoError: no invoice in the file can be read; the message says why
    """
    try:
        parts = _read_parts(content, limits or Limits())
    except FapiaoError:
        raise
    except Exception as error:
        _logger.exception("unforeseen error while reading the e-invoices of %r", filename)
        raise FapiaoError("unreadable", detail=type(error).__name__) from error
    documents = Documents(
        (part for part in parts if isinstance(part, FapiaoDocument)),
        (part for part in parts if isinstance(part, Unread)),
    )
    for part in documents.unread:
        if part.code == "unreadable":
            _logger.error("unforeseen error while reading %r: %s", filename, part)
    if not documents:
        first = documents.unread[0] if documents.unread else Unread((), "no_text_no_qr")
        raise FapiaoError(first.code, **first.params)
    return documents


def describe(content: bytes) -> str:
    """Name of the format that a file has by its content: ``XML``, ``OFD``, … or ``unknown``."""
    return next((reader.name for reader in READERS if reader.recognises(content)), "unknown")


def _read_package(content: bytes, limits: Limits) -> FapiaoDocument:
    limits = dataclasses.replace(limits, files=min(limits.files, _FORMATS_OF_ONE))
    formats = [reader.name for reader in READERS]
    found: list[tuple[int, FapiaoDocument]] = []
    for file in unpack(content, limits):
        with contextlib.suppress(FapiaoError):
            document = _read(file.content, limits)
            found.append((formats.index(describe(file.content)), document))
    if not found:
        raise FapiaoError("archive_not_ofd")
    numbers = dict.fromkeys(document.identity for _order, document in found)
    if len(numbers) > 1:
        raise FapiaoError("several_invoices", numbers=", ".join(number for _c, number in numbers))
    return min(found, key=lambda pair: pair[0])[1]


def _unread(error: FapiaoError) -> Unread:
    return Unread((), error.code, {name: str(value) for name, value in error.params.items()})


def _read(content: bytes, limits: Limits) -> FapiaoDocument:
    content, reader = _find_reader(content, limits)
    return reader.read(content, limits)


def _read_parts(content: bytes, limits: Limits) -> Parts:
    content, reader = _find_reader(content, limits)
    if reader.read_parts:
        return reader.read_parts(content, limits)
    return (reader.read(content, limits),)


def _find_reader(content: bytes, limits: Limits) -> tuple[bytes, Reader]:
    """The content as bytes, and who reads it.

    :raise FapiaoError: nobody does, or it is empty or too large
    """
    if not isinstance(content, bytes | bytearray | memoryview):
        raise FapiaoError("not_bytes")
    if len(content) > limits.file_bytes:
        raise FapiaoError("file_too_large", size=len(content), limit=limits.file_bytes)
    content = bytes(content)
    if not content.strip(b" \t\r\n\x00"):
        raise FapiaoError("empty_file")
    for reader in READERS:
        if reader.recognises(content):
            return content, reader
    raise FapiaoError(
        "unsupported_format",
        format=describe_format(content),
        readable=" / ".join(reader.name for reader in READERS if reader.name.isupper()),
    )
