"""Reads in a process of its own what native libraries parse: PDF files and pictures.

A file that crashes a library, hangs it or eats the memory ends that process and nothing else. It
is kept for the next file, since starting it takes longer than reading, and ends by itself when it
is not asked for a while. It knows no secrets: no database, no settings, an environment of a few
names.

Both sides speak JSON behind a length: a file that takes the process over cannot send code.
"""

import atexit
import base64
import contextlib
import dataclasses
import json
import os
import pathlib
import selectors
import struct
import subprocess  # nosec B404
import sys
import threading
import time

from .document import FapiaoDocument, Unread
from .errors import ERRORS, LEGIBILITY, FapiaoError
from .limits import Limits
from .plain import from_plain
from .tax_id import is_uscc

_HEAD = struct.Struct(">I")
_MAX_ANSWER = 96 * 1024 * 1024
_FILES_PER_PROCESS = 500
_PIECE = 64 * 1024
# Needs no file of its own, unlike the default one.
_Selector = getattr(selectors, "PollSelector", selectors.DefaultSelector)
# How much longer a file of several invoices may take than one of one.
_PARTS_TIME = 3
# Seconds since its last answer; later it may be about to end, and take a file to its grave.
_ASKED_WITHIN = 50
_KEPT = (
    "PATH",
    "PYTHONPATH",
    "PYTHONHOME",
    "VIRTUAL_ENV",
    "LD_LIBRARY_PATH",
    "SYSTEMROOT",
    "LANG",
    "LC_ALL",
)
# The package is loaded by its folder, under its own name: the parent may know it by another.
_START = (
    "import importlib.util as u, sys;"
    "s = u.spec_from_file_location('fapiao', sys.argv[1] + '/__init__.py',"
    " submodule_search_locations=[sys.argv[1]]);"
    "m = u.module_from_spec(s); sys.modules['fapiao'] = m; s.loader.exec_module(m);"
    "from fapiao.apart_process import main; main(int(sys.argv[2]))"
)


class Apart:
    """The process, started when it is first needed."""

    def __init__(self):
        self._lock = threading.Lock()
        self._process: subprocess.Popen | None = None
        self._owner = None
        self._memory = 0
        self._files = 0
        self._asked = 0.0

    def read_file(self, reader: str, content: bytes, limits: Limits) -> FapiaoDocument:
        """Read a file in the process.

        :param reader: name of the function, see :mod:`~.apart_process`
        :raise FapiaoError: what the reader raises, ``too_slow``, ``reader_crashed``
        """
        document = self._call(reader, content, limits)
        if not isinstance(document, FapiaoDocument):
            raise FapiaoError("reader_crashed")
        return document

    def read_parts(
        self, reader: str, content: bytes, limits: Limits
    ) -> tuple[FapiaoDocument | Unread, ...]:
        """Read all invoices of a file in the process; there may be many, and more time for them.

        :raise FapiaoError: like :meth:`read_file`
        """
        limits = dataclasses.replace(limits, seconds=limits.seconds * _PARTS_TIME)
        parts = self._call(reader, content, limits)
        if not isinstance(parts, tuple) or not all(
            isinstance(part, FapiaoDocument | Unread) for part in parts
        ):
            raise FapiaoError("reader_crashed")
        return parts

    def read_codes(self, picture: bytes, limits: Limits, reader: str = "codes") -> list[str]:
        """Texts of the QR codes in a picture.

        :raise FapiaoError: like :meth:`read_file`
        """
        texts = self._call(reader, picture, limits)
        if not isinstance(texts, tuple):
            raise FapiaoError("reader_crashed")
        return [text for text in texts if isinstance(text, str)]

    def check_legibility(self, content: bytes, limits: Limits) -> dict:
        """What is wrong with a picture or PDF file of a licence, see :mod:`~.legibility`.

        :raise FapiaoError: like :meth:`read_file`
        """
        found = self._call("licence", content, limits)
        if not isinstance(found, dict):
            raise FapiaoError("reader_crashed")
        problems, tax_ids = (found.get(name) for name in ("problems", "tax_ids"))
        if not isinstance(problems, tuple) or not isinstance(tax_ids, tuple):
            raise FapiaoError("reader_crashed")
        return {
            "problems": [code for code in problems if code in LEGIBILITY],
            "tax_ids": [text for text in tax_ids if isinstance(text, str) and is_uscc(text)],
        }

    def make_bytes(self, maker: str, content: bytes, limits: Limits, **params: object) -> bytes:
        """Have the process make another file of a file.

        :raise FapiaoError: like :meth:`read_file`
        """
        made = self._call(maker, content, limits, **params)
        try:
            return base64.b64decode(made, validate=True)
        except (TypeError, ValueError) as error:
            raise FapiaoError("reader_crashed") from error

    def _call(self, reader: str, content: bytes, limits: Limits, **params: object) -> object:
        """What a function of the process returns.

        :param params: further arguments, as JSON has them
        """
        # All of its fields are numbers.
        head = {"reader": reader, "limits": vars(limits), "params": params}
        head = json.dumps(head).encode()
        with self._lock:
            try:
                answer = self._exchange(limits, head, content)
            except OSError as error:
                self.end()
                raise FapiaoError("reader_crashed") from error
            except BaseException:
                self.end()
                raise
            self._files += 1
            if self._files >= _FILES_PER_PROCESS:
                self.end()
        return _interpret(answer)

    def _exchange(self, limits: Limits, *parts: bytes) -> bytes:
        deadline = time.monotonic() + limits.seconds
        try:
            self._send(limits, parts, deadline)
        except OSError:
            # It ended by itself just now.
            self.end()
            self._send(limits, parts, deadline)
        answer = self._receive(deadline)
        self._asked = time.monotonic()
        return answer

    def _ensure(self, limits: Limits) -> subprocess.Popen:
        """The running process; another one after a fork, or with another limit of memory."""
        process = self._process
        if process and self._owner == os.getpid() and self._memory == limits.memory:
            if process.poll() is None and time.monotonic() - self._asked < _ASKED_WITHIN:
                return process
        if process and self._owner == os.getpid():
            self.end()
        folder = str(pathlib.Path(__file__).parent)
        # No shell, and no word of a file or a user: this package's own folder and a number.
        self._process = subprocess.Popen(  # nosec B603
            [sys.executable, "-c", _START, folder, str(limits.memory)],
            bufsize=0,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=os.path.abspath(os.sep),
            env={name: os.environ[name] for name in _KEPT if name in os.environ},
        )
        os.set_blocking(self._process.stdin.fileno(), False)
        self._owner, self._memory, self._files = os.getpid(), limits.memory, 0
        self._asked = time.monotonic()
        return self._process

    def _send(self, limits: Limits, parts: tuple[bytes, ...], deadline: float) -> None:
        stream = self._ensure(limits).stdin
        # In one piece: each write wakes the other process, which then waits for the rest.
        message = b"".join(_HEAD.pack(len(part)) + part for part in parts)
        _send(stream, message, deadline)

    def _receive(self, deadline: float) -> bytes:
        stream = self._process.stdout
        answer, end = bytearray(), _HEAD.size
        while len(answer) < end:
            answer += _receive(stream, deadline)
            if end == _HEAD.size <= len(answer):
                (length,) = _HEAD.unpack_from(answer)
                if length > _MAX_ANSWER:
                    raise FapiaoError("reader_crashed")
                end += length
        if len(answer) > end:
            raise FapiaoError("reader_crashed")
        return bytes(answer[_HEAD.size :])

    def end(self) -> None:
        """Stop the process, whatever it does; the next file starts another one."""
        process, self._process = self._process, None
        if process:
            process.kill()
            process.wait()
            for stream in (process.stdin, process.stdout):
                with contextlib.suppress(OSError):
                    stream.close()


def _send(stream, content: bytes, deadline: float) -> None:
    """All of ``content``, even to a process that is slow to take it.

    :raise FapiaoError: ``too_slow``
    """
    left = memoryview(content)
    while left:
        try:
            left = left[os.write(stream.fileno(), left[:_PIECE]) :]
        except BlockingIOError:
            _wait(stream, selectors.EVENT_WRITE, deadline)


def _wait(stream, event: int, deadline: float) -> None:
    """Until a pipe can be written or read.

    :raise FapiaoError: ``too_slow``
    """
    with _Selector() as selector:
        selector.register(stream, event)
        wait = deadline - time.monotonic()
        if wait <= 0 or not selector.select(wait):
            raise FapiaoError("too_slow")


def _receive(stream, deadline: float) -> bytes:
    """What has come, at least one byte.

    :raise FapiaoError: ``too_slow``, ``reader_crashed``
    """
    _wait(stream, selectors.EVENT_READ, deadline)
    piece = os.read(stream.fileno(), _PIECE)
    if not piece:
        raise FapiaoError("reader_crashed")
    return piece


def _interpret(answer: bytes) -> object:
    try:
        values = json.loads(answer)
        if values.get("error") in ERRORS:
            raise FapiaoError(values["error"], **values["params"])
        return from_plain(values["found"])
    except FapiaoError:
        raise
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise FapiaoError("reader_crashed") from error


_apart = Apart()
end_apart = _apart.end
atexit.register(end_apart)


def read_pdf_apart(content: bytes, limits: Limits) -> FapiaoDocument:
    """:func:`~.pdf.read_pdf` in the process."""
    return _apart.read_file("pdf", content, limits)


def read_pdf_parts_apart(content: bytes, limits: Limits) -> tuple[FapiaoDocument | Unread, ...]:
    """:func:`~.pdf.read_pdf_parts` in the process."""
    return _apart.read_parts("pdf_parts", content, limits)


def read_picture_apart(content: bytes, limits: Limits) -> FapiaoDocument:
    """:func:`~.picture.read_picture` in the process."""
    return _apart.read_file("picture", content, limits)


def read_codes_apart(picture: bytes, limits: Limits) -> list[str]:
    """:func:`~.picture.read_codes` in the process."""
    return _apart.read_codes(picture, limits)


def search_codes_apart(picture: bytes, limits: Limits) -> list[str]:
    """:func:`~.picture.search_codes` in the process."""
    return _apart.read_codes(picture, limits, "search_codes")


def check_legibility(content: bytes, limits: Limits | None = None) -> dict:
    """:func:`~.legibility.check_legibility` in the process.

    A file that it cannot look at is a doubt like others: no error leaves here.
    """
    try:
        return _apart.check_legibility(content, limits or Limits())
    except FapiaoError as error:
        code = "too_large" if error.code in ("too_slow", "too_much_memory") else "damaged"
        return {"problems": [code], "tax_ids": []}


def cut_pages(content: bytes, pages: tuple[int, ...], limits: Limits | None = None) -> bytes:
    """:func:`~.pdf_pages.cut_pages` in the process: a PDF file of some pages of another.

    :raise FapiaoError: the file is damaged, or too much
    """
    return _apart.make_bytes("cut", content, limits or Limits(), pages=list(pages))


def show_place(
    content: bytes, page: int, box: tuple[float, ...], limits: Limits | None = None
) -> bytes:
    """:func:`~.pdf_pages.show_place` in the process: a PNG picture of a place in a PDF file.

    :raise FapiaoError: the file is damaged, or too much
    """
    return _apart.make_bytes("show", content, limits or Limits(), page=page, box=list(box))
