"""Reads in a process of its own what native libraries parse: PDF files and pictures.

A file that crashes a library, hangs it or eats the memory ends that process and nothing else. It
is kept for the next file, since starting it takes longer than reading, and ends by itself when it
is not asked for a while. It knows no secrets: no database, no settings, an environment of a few
names.

Both sides speak JSON behind a length: a file that takes the process over cannot send code.
"""

import atexit
import contextlib
import dataclasses
import json
import os
import pathlib
import selectors
import struct
import subprocess
import sys
import threading
import time

from .document import FapiaoDocument
from .errors import ERRORS, FapiaoError
from .limits import Limits
from .plain import from_plain

_HEAD = struct.Struct(">I")
_MAX_ANSWER = 16 * 1024 * 1024
_FILES_PER_PROCESS = 500
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

    def read_file(self, reader: str, content: bytes, limits: Limits) -> FapiaoDocument:
        """Read a file in the process.

        :param reader: name of the function, see :mod:`~.apart_process`
        :raise FapiaoError: what the reader raises, ``too_slow``, ``reader_crashed``
        """
        head = json.dumps({"reader": reader, "limits": dataclasses.asdict(limits)}).encode()
        with self._lock:
            try:
                try:
                    self._send(self._ensure(limits), head, content)
                except OSError:
                    # It ended by itself just now.
                    self.end()
                    self._send(self._ensure(limits), head, content)
                answer = self._receive(limits.seconds)
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

    def _ensure(self, limits: Limits) -> subprocess.Popen:
        """The running process; another one after a fork, or with another limit of memory."""
        process = self._process
        if process and self._owner == os.getpid() and self._memory == limits.memory:
            if process.poll() is None:
                return process
        if process and self._owner == os.getpid():
            self.end()
        folder = str(pathlib.Path(__file__).parent)
        self._process = subprocess.Popen(
            [sys.executable, "-c", _START, folder, str(limits.memory)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=os.path.abspath(os.sep),
            env={name: os.environ[name] for name in _KEPT if name in os.environ},
        )
        self._owner, self._memory, self._files = os.getpid(), limits.memory, 0
        return self._process

    def _send(self, process: subprocess.Popen, *parts: bytes) -> None:
        for part in parts:
            process.stdin.write(_HEAD.pack(len(part)))
            process.stdin.write(part)
        process.stdin.flush()

    def _receive(self, seconds: float) -> bytes:
        deadline = time.monotonic() + seconds
        stream = self._process.stdout
        (length,) = _HEAD.unpack(_receive(stream, _HEAD.size, deadline))
        if length > _MAX_ANSWER:
            raise FapiaoError("reader_crashed")
        return _receive(stream, length, deadline)

    def end(self) -> None:
        """Stop the process, whatever it does; the next file starts another one."""
        process, self._process = self._process, None
        if process:
            process.kill()
            process.wait()
            for stream in (process.stdin, process.stdout):
                with contextlib.suppress(OSError):
                    stream.close()


def _receive(stream, size: int, deadline: float) -> bytes:
    """Exactly ``size`` bytes.

    :raise FapiaoError: ``too_slow``, ``reader_crashed``
    """
    pieces, left = [], size
    with selectors.DefaultSelector() as selector:
        selector.register(stream, selectors.EVENT_READ)
        while left:
            wait = deadline - time.monotonic()
            if wait <= 0 or not selector.select(wait):
                raise FapiaoError("too_slow")
            piece = os.read(stream.fileno(), min(left, 65536))
            if not piece:
                raise FapiaoError("reader_crashed")
            pieces.append(piece)
            left -= len(piece)
    return b"".join(pieces)


def _interpret(answer: bytes) -> FapiaoDocument:
    try:
        values = json.loads(answer)
        if values.get("error") in ERRORS:
            raise FapiaoError(values["error"], **values["params"])
        document = from_plain(values["document"])
    except FapiaoError:
        raise
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise FapiaoError("reader_crashed") from error
    if not isinstance(document, FapiaoDocument):
        raise FapiaoError("reader_crashed")
    return document


_apart = Apart()
end_apart = _apart.end
atexit.register(end_apart)


def read_pdf_apart(content: bytes, limits: Limits) -> FapiaoDocument:
    """:func:`~.pdf.read_pdf` in the process."""
    return _apart.read_file("pdf", content, limits)


def read_picture_apart(content: bytes, limits: Limits) -> FapiaoDocument:
    """:func:`~.picture.read_picture` in the process."""
    return _apart.read_file("picture", content, limits)
