"""What tells a line of a bank account from all others."""

import hashlib
import re
from collections import Counter

from .values import normalize

_BLANKS = re.compile(r"\s+")


def make_keys(entries):
    """A key for each entry; the same line has the same one in every file that holds it.

    The bank's own number of the transaction counts, with day and amount: it is not always unique.
    Without one all that the line says does. Equal lines of a file are counted, so that both stay,
    and are the first and the second in another file too.

    :param list[Entry] entries: of one account, in the order of time
    :rtype: list[str]
    """
    seen, keys = Counter(), []
    for entry in entries:
        said = (entry.date.isoformat(), f"{entry.amount:.2f}", *_get_words(entry))
        seen[said] += 1
        text = "\x1f".join((*said, str(seen[said])))
        keys.append(hashlib.sha256(text.encode()).hexdigest()[:40])
    return keys


def _get_words(entry):
    serial = normalize(entry.serial).upper()
    if serial.strip("0-"):
        return ("serial", serial)
    return ("line", entry.account or _squeeze(entry.name), _squeeze(entry.text))


def _squeeze(text):
    return _BLANKS.sub("", normalize(text)).casefold()
