"""The process that :mod:`~.apart` starts: reads files one by one while it is asked."""

import errno
import json
import os
import select
import struct
import sys

from .errors import FapiaoError
from .legibility import check_legibility
from .limits import Limits
from .pdf import read_pdf, read_pdf_parts
from .pdf_pages import cut_pages, show_place
from .picture import read_codes, read_picture, search_codes
from .plain import to_plain

_HEAD = struct.Struct(">I")
#: Seconds without a file, after which the process ends.
IDLE = 60
READERS = {
    "pdf": read_pdf,
    "pdf_parts": read_pdf_parts,
    "picture": read_picture,
    "codes": read_codes,
    "licence": check_legibility,
    "search_codes": search_codes,
    "cut": cut_pages,
    "show": show_place,
}


def main(memory: int) -> None:
    """Answer until the input ends, or nothing comes for a while.

    :param memory: bytes that the process may use; 0 for no limit
    """
    _limit_memory(memory)
    # Libraries that print would spoil the answers.
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    files = sys.stdin.buffer.raw
    while select.select([files], [], [], IDLE)[0]:
        head = _read(files)
        content = _read(files)
        if head is None or content is None:
            return
        answer = json.dumps(_answer(json.loads(head), content)).encode()
        answers.write(_HEAD.pack(len(answer)))
        answers.write(answer)
        answers.flush()


def _answer(head: dict, content: bytes) -> dict:
    try:
        found = READERS[head["reader"]](content, Limits(**head["limits"]), **head["params"])
        return {"found": to_plain(found)}
    except FapiaoError as error:
        return {"error": error.code, "params": {k: str(v) for k, v in error.params.items()}}
    except MemoryError:
        return {"error": "too_much_memory", "params": {}}
    except Exception as error:
        if isinstance(error, OSError) and error.errno == errno.ENOMEM:
            return {"error": "too_much_memory", "params": {}}
        return {"error": "unreadable", "params": {"detail": type(error).__name__}}


def _read(stream) -> bytes | None:
    size = _read_exactly(stream, _HEAD.size)
    return size and _read_exactly(stream, _HEAD.unpack(size)[0])


def _read_exactly(stream, size: int) -> bytes | None:
    pieces, left = [], size
    while left:
        piece = stream.read(left)
        if not piece:
            return None
        pieces.append(piece)
        left -= len(piece)
    return b"".join(pieces)


def _limit_memory(memory: int) -> None:
    try:
        import resource
    except ImportError:  # not on this system
        return
    if memory:
        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
