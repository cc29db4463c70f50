"""Many records, some at a time: what migrations and installations go through."""

import logging
import time

from odoo.tools import split_every

_logger = logging.getLogger(__name__)

# A line of the log in so many seconds.
INTERVAL = 10


class Progress:
    """Says in the log how far something is, at the end and now and then before.

    :param str subject: what is done, of what
    :param int total: of how many records
    """

    def __init__(self, subject, total):
        self.subject, self.total = subject, total
        self.done, self.said = 0, time.monotonic()

    def add(self, count):
        self.done += count
        now = time.monotonic()
        if self.done >= self.total or now - self.said >= INTERVAL:
            self.said = now
            _logger.info("%s: %s of %s", self.subject, self.done, self.total)


def in_batches(Model, ids, subject, size=1000):
    """Yield records, so many at a time, and say how far it is.

    What was changed of them is written before the next ones, and nothing of them is kept in
    memory: there may be a million. The transaction stays one, as an update wants it.

    :param Model: what browses them
    :param Iterable[int] ids: ids, or one-tuples of ids as a cursor fetches them
    :param str subject: what is done, for the log
    """
    ids = [row[0] if isinstance(row, tuple) else row for row in ids]
    progress, env = Progress(subject, len(ids)), Model.env
    for part in split_every(size, ids):
        yield Model.browse(part)
        env.flush_all()
        env.invalidate_all(flush=False)
        progress.add(len(part))
