"""Bounded, read-only access to the parts of a zip archive (OFD is one, GB/T 33190)."""

import io
import posixpath
import re
import struct
import zipfile
import zlib

from lxml import etree

from .errors import FapiaoError
from .limits import Budget, Limits
from .xml_tree import parse_xml

_CENTRAL_RECORD = b"PK\x01\x02"
_ENCRYPTED = 0x1
_DAMAGED = ("xml_damaged", "bad_encoding", "archive_damaged")
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_ZIP_ERRORS = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    NotImplementedError,
    RuntimeError,
    OSError,
    ValueError,  # UnicodeDecodeError of names, negative seek
    OverflowError,
)


def is_zip(content: bytes) -> bool:
    """Whether the file starts like a zip archive."""
    return content.startswith((b"PK\x03\x04", b"PK\x05\x06"))


class Archive:
    """The parts of a zip archive by normalised name; nothing is ever written to disk.

    Sizes are checked against the directory when opened, and again while unpacking, since a
    directory may lie.

    :raise FapiaoError: ``archive_*`` codes
    """

    def __init__(self, content: bytes, limits: Limits):
        self.limits = limits
        self.budget = Budget(limits)
        self.root = ""  # folder that a leading slash means
        #: Why parts were left out, by name.
        self.damaged: dict[str, FapiaoError] = {}
        # Counted before zipfile builds an object for each of them.
        if content.count(_CENTRAL_RECORD) > limits.entries:
            raise FapiaoError("archive_too_many_entries", limit=limits.entries)
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(content))
        except _ZIP_ERRORS as error:
            raise FapiaoError("archive_damaged", detail=str(error)[:200]) from error
        self._entries: dict[str, zipfile.ZipInfo] = {}
        self._folded: dict[str, str] = {}
        #: Content and root of the XML parts that were read.
        self._read: dict[str, tuple[bytes, etree._Element]] = {}
        total = 0
        for entry in self._zip.infolist():
            if entry.is_dir():
                continue
            total += entry.file_size
            self._check_entry(entry, total)
            self._add(entry)

    def _check_entry(self, entry: zipfile.ZipInfo, total: int) -> None:
        limits, name = self.limits, entry.filename[:100]
        if entry.flag_bits & _ENCRYPTED:
            raise FapiaoError("archive_encrypted", part=name)
        inflated = entry.file_size > limits.ratio_floor
        if (
            entry.file_size > limits.entry_bytes
            or total > limits.total_bytes
            or (inflated and entry.file_size > limits.ratio * max(entry.compress_size, 1))
        ):
            raise FapiaoError("archive_bomb", part=name)

    def _add(self, entry: zipfile.ZipInfo) -> None:
        raw = entry.filename.replace("\\", "/")
        name = posixpath.normpath(raw.lstrip("/"))
        if ".." in raw.split("/") or re.match(r"[A-Za-z]:", raw):
            raise FapiaoError("archive_unsafe_path", part=raw[:100])
        known = self._entries.get(name)
        if known and (known.CRC, known.file_size) != (entry.CRC, entry.file_size):
            raise FapiaoError("archive_duplicate_entry", part=name[:100])
        self._entries[name] = entry
        self._folded.setdefault(name.casefold(), name)

    def names(self) -> list[str]:
        """Names of all parts, in the order of the archive."""
        return list(self._entries)

    def find(self, name: str) -> str | None:
        """The stored name equal to ``name``, else the one that differs only in case."""
        return name if name in self._entries else self._folded.get(name.casefold())

    def resolve(self, base: str, reference: str) -> str | None:
        """Stored name of the part that ``reference`` means inside the part ``base``.

        A leading slash means the root of the document. Some producers write a path from the root
        without the slash, so that is tried second.
        """
        reference = reference.strip().replace("\\", "/")
        if not reference:
            return None
        folders = [self.root] if reference.startswith("/") else [posixpath.dirname(base), self.root]
        paths = (posixpath.join(folder, reference.lstrip("/")) for folder in folders)
        return next(filter(None, (self.find(posixpath.normpath(path)) for path in paths)), None)

    def read_part(self, name: str, limit: int) -> bytes:
        """Content of a part.

        :param limit: bytes that may be unpacked
        :raise FapiaoError: ``archive_damaged``, or ``xml_too_large`` beyond ``limit``
        """
        try:
            entry = self._entries[name]
            if entry.compress_type not in _METHODS:
                raise NotImplementedError("compression")
            with self._zip.open(entry) as stream:
                # One byte more than stated makes zipfile compare the checksum.
                content = stream.read(min(limit, entry.file_size) + 1)
        except _ZIP_ERRORS as error:
            raise FapiaoError("archive_damaged", detail=f"{name[:100]}: {error}"[:200]) from error
        if len(content) > limit:
            raise FapiaoError("xml_too_large", part=name[:100])
        return content

    def size(self, name: str) -> int:
        """Size of a part, as the directory of the archive states it."""
        return self._entries[name].file_size

    def xml(self, name: str) -> etree._Element:
        """Root element of an XML part.

        A part that is asked for again is not read again. It is taken off the budget all the same,
        since whoever asks does the same work once more.

        :raise FapiaoError: see :meth:`read_part` and :func:`~.xml_tree.parse_xml`
        """
        if name in self._read:
            content, root = self._read[name]
            self.budget.spend(content, name)
        else:
            content = self.read_part(name, self.budget.bytes_left)
            root = parse_xml(content, name, self.budget)
            self._read[name] = content, root
        return root

    def xml_if_sound(self, name: str) -> etree._Element | None:
        """Root element of an XML part, ``None`` where it is damaged, which is noted.

        :raise FapiaoError: the part is no accident: ``xml_dtd``, ``xml_too_large``
        """
        if name in self.damaged:
            return None
        try:
            return self.xml(name)
        except FapiaoError as error:
            if error.code not in _DAMAGED:
                raise
            self.damaged.setdefault(name, error)
            return None
