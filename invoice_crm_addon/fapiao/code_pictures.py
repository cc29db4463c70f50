"""QR codes that OFD and XML files hold as pictures: one more witness of what they state.

A picture that cannot be read takes the witness away and nothing else, so no error leaves here.
Pictures are decoded in the other process, see :mod:`~.apart`.
"""

import dataclasses
import time
from contextlib import suppress

from .apart import read_codes_apart
from .errors import FapiaoError
from .facts import Facts
from .limits import Limits
from .packages import is_installed

#: Of one file. A picture of a code has about 150 × 150 pixels and 1 KiB.
MAX_PICTURES = 4
MAX_PICTURE_BYTES = 256 * 1024
_MAX_PIXELS = 1_500_000
_MAX_SECONDS = 3.0


class CodePictures:
    """Reads the codes of one file, as long as its allowance of pictures and time lasts."""

    def __init__(self, limits: Limits):
        self._limits = limits
        self._pictures = MAX_PICTURES
        self._seconds = min(limits.seconds, _MAX_SECONDS)

    def collect(self, facts: Facts) -> None:
        """Note the first code of an invoice in the pictures, unless its text is known."""
        for source, content in facts.pictures:
            if facts.has_code or not self._can_read():
                return
            self._pictures -= 1
            start = time.monotonic()
            with suppress(FapiaoError):
                for text in read_codes_apart(content, self._picture_limits()):
                    facts.add_qr(text, source)
            self._seconds -= time.monotonic() - start

    def _can_read(self) -> bool:
        installed = is_installed("zxingcpp") and is_installed("PIL")
        return installed and self._pictures > 0 and self._seconds > 0

    def _picture_limits(self) -> Limits:
        pixels = min(self._limits.pixels, _MAX_PIXELS)
        return dataclasses.replace(self._limits, seconds=self._seconds, pixels=pixels)
