"""What a benchmark measures, and the table that it prints."""

import statistics
import time
from collections import defaultdict
from pathlib import Path


def measure(env, function, *arguments):
    """Call a function as a transaction of its own would, and write all that it changed.

    Nothing is in the cache of records, nor in that of the transaction.

    :return: seconds and queries
    """
    env.flush_all()
    env.transaction.reset()
    env.cr.cache.clear()
    queries, start = env.cr.sql_log_count, time.perf_counter()
    function(*arguments)
    env.flush_all()
    env.cr.precommit.run()
    return time.perf_counter() - start, env.cr.sql_log_count - queries


def get_processor_seconds(env):
    """What this process used, and that of the database if it is on this machine."""
    env.cr.execute("SELECT pg_backend_pid()")
    # Its clock ticks a hundred times a second; the scheduler counts nanoseconds.
    counts = Path(f"/proc/{env.cr.fetchone()[0]}/schedstat")
    nanoseconds = int(counts.read_text().split()[0]) if counts.exists() else 0
    return time.process_time() + nanoseconds / 1e9


class Table:
    """Medians of what was measured, one row a subject, one column a contestant."""

    def __init__(self, titles):
        self.titles = titles
        self.figures = defaultdict(list)

    def add(self, row, title, seconds, queries):
        self.figures[row, title].append((seconds, queries))

    def median(self, row, title, count=1):
        """Return milliseconds and queries a record, or nothing if it was not measured."""
        if (row, title) not in self.figures:
            return None
        seconds, queries = map(statistics.median, zip(*self.figures[row, title], strict=True))
        return seconds * 1000 / count, queries / count

    def total(self, rows, title, count=1):
        """Return the sum of some rows' medians."""
        found = [figure for row in rows if (figure := self.median(row, title, count))]
        return tuple(map(sum, zip(*found, strict=True))) if found else None

    def print_head(self, subject):
        head = "".join(f"{title:>10} {'':8}" for title in self.titles)
        print(f"\n{subject:32}{head}   ratio")
        print(" " * 32 + f"{'queries':>10} {'ms':>8}" * len(self.titles) + "   queries, time")

    def print_row(self, name, figures, target=""):
        cells = "".join(
            f"{figure[1]:10.1f} {figure[0]:8.1f}" if figure else f"{'–':>10} {'–':>8}"
            for figure in figures
        )
        ours, *others = figures
        ratios = "".join(
            f"{other[1] / ours[1]:8.1f} x {other[0] / ours[0]:5.1f} x"
            for other in others
            if ours and other
        )
        print(f"  {name:30}{cells}{ratios:18}{target and f'   target: {target}'}")
