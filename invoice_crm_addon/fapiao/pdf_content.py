"""The content of a PDF page, operator by operator, faster than pdfminer takes it apart.

pdfminer steps through a content stream token by token, which is most of the time that a page of
an invoice takes: every character of it may be placed by operators of its own. One regular
expression finds the same tokens; what it does not know, such as pictures inside the stream, is
left to pdfminer.
"""

import re
from collections.abc import Iterable, Iterator

from .packages import need

_Base = need("pdfminer.pdfinterp").PDFPageInterpreter
_get_stream = need("pdfminer.pdftypes").stream_value
_make_name = need("pdfminer.psparser").LIT

_END = rb"(?=[\s\x00()<>\[\]{}/%]|$)"
_TOKEN = re.compile(
    rb"[\s\x00]*(?:"
    rb"(?P<number>[-+]?(?:\d+\.?\d*|\.\d+))" + _END + rb"|"
    rb"(?P<word>[^\s\x00()<>\[\]{}/%]+)|"
    rb"<(?P<hex>[0-9A-Fa-f\s]*)>|"
    rb"\((?P<text>(?:[^()\\]|\\[\s\S])*)\)|"
    rb"/(?P<name>[^\s\x00()<>\[\]{}/%]*)|"
    rb"(?P<open>\[|<<)|(?P<close>\]|>>)|"
    rb"(?P<comment>%[^\r\n]*)|"
    rb"(?P<end>$))"
)
_ESCAPE = re.compile(rb"\\(?:([0-7]{1,3})|(\r\n|[\s\S]))")
_ESCAPED = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f"}
#: Operators that move, write or draw, by their number of operands; colours do not matter.
_BY_COUNT = {
    0: "q Q h S s f F f* B B* b b* n BT ET T*",
    1: "w Tc Tw Tz TL Tr Ts Tj TJ ' Do",
    2: "m l Td TD Tf",
    3: '"',
    4: "v y re",
    6: "cm c Tm",
}
_COUNTS = {name: count for count, names in _BY_COUNT.items() for name in names.split()}
#: pdfminer's method of each.
_METHODS = {
    name: "do_" + name.replace("*", "_a").replace("'", "_q").replace('"', "_w") for name in _COUNTS
}


class _UnknownContentError(ValueError):
    """The content has something that only pdfminer reads."""


class Interpreter(_Base):
    """Hands what a page writes and draws to a device of pdfminer."""

    def execute(self, streams: Iterable) -> None:
        # Forms may hold each other in a circle.
        streams = [
            stream
            for stream in map(_get_stream, streams)
            if stream.objid is not None and stream.objid not in self.parent_stream_ids
        ]
        try:
            content = b"\n".join(stream.get_data() for stream in streams)
            operations = list(_read_operations(content))
        except _UnknownContentError:
            super().execute(streams)
            return
        self.stream_ids = {stream.objid for stream in streams}
        for name, operands in operations:
            count = _COUNTS[name]
            if len(operands) >= count:
                getattr(self, _METHODS[name])(*operands[len(operands) - count :])


def _read_operations(content: bytes) -> Iterator[tuple[str, list]]:
    """Operators of a content stream, each with its operands.

    :raise _UnknownContentError: there is something in it that is not understood here
    """
    operands: list = []
    outer: list[list] = []
    position, size = 0, len(content)
    while position < size:
        match = _TOKEN.match(content, position)
        if not match:
            raise _UnknownContentError
        position, kind = match.end(), match.lastgroup
        value = match[kind]
        if kind == "number":
            operands.append(float(value) if b"." in value else int(value))
        elif kind == "hex":
            operands.append(_read_hex(value))
        elif kind == "text":
            operands.append(_ESCAPE.sub(_unescape, value) if b"\\" in value else value)
        elif kind == "name":
            operands.append(_make_name(value.decode("utf-8", "replace")))
        elif kind == "open":
            outer.append(operands)
            operands = []
        elif kind == "close":
            if not outer:
                raise _UnknownContentError
            inner, operands = operands, outer.pop()
            operands.append(inner)
        elif kind == "word":
            name = value.decode("latin-1")
            if name == "BI":
                raise _UnknownContentError
            if outer:  # true, false or null
                operands.append(None)
                continue
            if name in _COUNTS:
                yield name, operands
            operands = []


def _read_hex(value: bytes) -> bytes:
    digits = b"".join(value.split())
    return bytes.fromhex((digits + b"0" if len(digits) % 2 else digits).decode())


def _unescape(match: re.Match) -> bytes:
    if match[1]:
        return bytes([int(match[1], 8) & 255])
    if match[2] in (b"\n", b"\r", b"\r\n"):
        return b""
    return _ESCAPED.get(match[2], match[2])
