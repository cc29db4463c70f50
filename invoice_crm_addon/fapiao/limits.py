"""How much a file may hold before it is refused: bounded time and memory for any input."""

from dataclasses import dataclass

from .errors import FapiaoError

MIB = 1024 * 1024


@dataclass(frozen=True)
class Limits:
    """Sizes are bytes. An invoice of 2,000 lines fits the defaults: its OFD has 250,000 marks.

    :param file_bytes: size of the file itself
    :param entries: parts in an archive
    :param entry_bytes: declared size of one unpacked part (an embedded font reaches 20 MiB)
    :param total_bytes: declared size of all unpacked parts
    :param ratio: unpacked ÷ packed size of a part, looked at from ``ratio_floor`` bytes on
    :param xml_bytes: XML that is parsed in one file, all parts together
    :param xml_marks: ``<`` characters in that XML, an upper bound of its elements
    :param pages: pages of a PDF
    :param pixels: width × height of a picture
    :param seconds: time for a PDF or a picture
    :param memory: of the process that reads them
    :param files: files in an archive of invoices, those of archives inside it included
    :param depth: archives inside each other
    """

    file_bytes: int = 50 * MIB
    entries: int = 2000
    entry_bytes: int = 64 * MIB
    total_bytes: int = 256 * MIB
    ratio: int = 150
    ratio_floor: int = MIB
    xml_bytes: int = 16 * MIB
    xml_marks: int = 400_000
    pages: int = 50
    pixels: int = 50_000_000
    seconds: float = 10.0
    memory: int = 512 * MIB
    files: int = 1000
    depth: int = 3


class Budget:
    """What is left of the XML limits while one file is read."""

    def __init__(self, limits: Limits):
        self.limits = limits
        self._bytes = limits.xml_bytes
        self._marks = limits.xml_marks

    @property
    def bytes_left(self) -> int:
        return self._bytes

    def spend(self, content: bytes, part: str) -> None:
        """Take one XML part off the budget.

        :raise FapiaoError: ``xml_too_large`` when it is used up
        """
        self._bytes -= len(content)
        self._marks -= content.count(b"<")
        if self._bytes < 0 or self._marks < 0:
            raise FapiaoError("xml_too_large", part=part)
