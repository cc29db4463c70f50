"""The files in a zip archive of invoices, as the tax platform gives several at once."""

import dataclasses
import posixpath
from collections.abc import Iterator
from dataclasses import dataclass

from .archive import Archive, is_zip
from .errors import FapiaoError
from .limits import Limits

_OFD_ENTRY = "ofd.xml"
# Office files, and programs in Java.
_OFFICE = frozenset(("[content_types].xml", "meta-inf/manifest.mf", "meta-inf/manifest.xml"))
_LITTER = ("__MACOSX/", ".DS_Store", "Thumbs.db", "desktop.ini")


@dataclass(frozen=True)
class PackedFile:
    """A file of an archive.

    :param name: path inside the archive, an archive in it included
    :param content: its bytes, empty if it cannot be unpacked
    :param error: why it cannot be unpacked
    """

    name: str
    content: bytes = b""
    error: FapiaoError | None = None


def is_package(content: bytes) -> bool:
    """Whether the file is a zip archive of other files; an OFD document is not."""
    if not is_zip(content):
        return False
    try:
        return not _is_document(Archive(content, Limits()))
    except FapiaoError:
        # Reading it as an invoice says what is wrong with it.
        return False


def unpack(content: bytes, limits: Limits | None = None) -> Iterator[PackedFile]:
    """The files of an archive, one at a time; one that is damaged does not stop the others.

    Archives in it are opened down to ``limits.depth``; nothing is written to disk.

    :raise FapiaoError: the archive itself is damaged, protected, or holds too much
    """
    return _Unpacking(limits or Limits()).unpack(content, "", 1)


class _Unpacking:
    """What may still be unpacked: archives inside an archive share one allowance."""

    def __init__(self, limits: Limits):
        self.limits = limits
        self._files = limits.files
        self._bytes = limits.total_bytes

    def unpack(self, content: bytes, prefix: str, depth: int) -> Iterator[PackedFile]:
        archive = Archive(content, dataclasses.replace(self.limits, total_bytes=self._bytes))
        for name in archive.names():
            if _is_litter(name):
                continue
            path = prefix + _read_name(name)
            try:
                part = archive.read_part(name, self.limits.file_bytes)
            except FapiaoError as error:
                self._count(0)
                yield PackedFile(path, error=error)
                continue
            self._count(len(part))
            if not is_package(part):
                yield PackedFile(path, part)
            elif depth >= self.limits.depth:
                yield PackedFile(path, error=FapiaoError("archive_too_deep", part=path[:100]))
            else:
                yield from self._unpack_inner(part, path, depth)

    def _unpack_inner(self, content: bytes, path: str, depth: int) -> Iterator[PackedFile]:
        try:
            yield from self.unpack(content, f"{path}/", depth + 1)
        except FapiaoError as error:
            yield PackedFile(path, error=error)

    def _count(self, size: int) -> None:
        self._files -= 1
        self._bytes -= size
        if self._files < 0:
            raise FapiaoError("archive_too_many_entries", limit=self.limits.files)
        if self._bytes < 0:
            raise FapiaoError("archive_bomb", part="zip")


def _is_document(archive: Archive) -> bool:
    """Whether the archive is one document of a format that happens to be a zip archive."""
    names = [name.casefold() for name in archive.names()]
    return not _OFFICE.isdisjoint(names) or any(
        posixpath.basename(name) == _OFD_ENTRY for name in names
    )


def _is_litter(name: str) -> bool:
    return name.startswith(_LITTER[0]) or posixpath.basename(name) in _LITTER


def _read_name(name: str) -> str:
    """Name as it was meant: Chinese Windows writes GBK and does not say so, and the format then
    takes it for the code page of the first PCs."""
    try:
        return name.encode("cp437").decode("gb18030")
    except UnicodeError:
        return name
