"""Many rows, cloned in SQL, and what a screen on them costs beside the same answer in plain SQL."""

import contextlib
import json
import statistics
import time

import psycopg2
from measures import get_processor_seconds

from odoo.tools import json_default


class Screens:
    """Rows and measures.

    :param env: of the user who looks at the screens
    :param int rounds: how often each is opened; the median counts
    """

    def __init__(self, env, rounds):
        self.env = env
        self.rounds = rounds

    def ask(self, query, *arguments):
        self.env.cr.execute(query, arguments or None)
        return self.env.cr.fetchall()

    def clone(self, table, count, source, **values):
        """Copy one row many times; ``values`` are SQL expressions, ``n`` counts from 0.

        :param source: record of the table
        :return: ids, in the order of ``n``
        """
        columns = self.ask(
            "SELECT column_name FROM information_schema.columns "
            "WHERE table_name = %s AND column_name <> 'id' AND is_generated = 'NEVER'",
            table,
        )
        columns = [name for (name,) in columns]
        chosen = [values.get(name, f'source."{name}"') for name in columns]
        names = ", ".join(f'"{name}"' for name in columns)
        rows = self.ask(
            f"INSERT INTO {table} ({names}) SELECT {', '.join(chosen)} "
            f"FROM {table} AS source, generate_series(0, {count - 1}) AS n "
            f"WHERE source.id = {source.id} ORDER BY n RETURNING id"
        )
        return [row[0] for row in rows]

    def analyze(self, *tables):
        for table in tables:
            self.env.cr.execute(f"ANALYZE {table}")

    def keep(self):
        """Commit the rows, and leave the tables as they are when nobody writes for a while."""
        self.env.cr.commit()
        connection = psycopg2.connect(dbname=self.env.cr.dbname)
        connection.autocommit = True
        with contextlib.closing(connection), connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE")
        self.env.invalidate_all()

    def measure(self, function):
        """Median milliseconds, those of processors, and queries, with nothing in the cache."""
        times = []
        for _round in range(self.rounds):
            self.env.invalidate_all()
            used, queries = get_processor_seconds(self.env), self.env.cr.sql_log_count
            start = time.perf_counter()
            function()
            seconds, queries = time.perf_counter() - start, self.env.cr.sql_log_count - queries
            times.append((seconds * 1000, (get_processor_seconds(self.env) - used) * 1000))
        return *map(statistics.median, zip(*times, strict=True)), queries

    def show(self, name, function, beside=None):
        """Measure and print a line; return the milliseconds.

        :param float beside: milliseconds that it is compared with
        """
        milliseconds, used, queries = self.measure(function)
        ratio = f"  {milliseconds / beside:5.2f} x" if beside else ""
        print(
            f"{name:58} {milliseconds:8.1f} ms  {queries:3} queries{ratio}"
            f"  processor {used:8.1f} ms",
            flush=True,
        )
        return milliseconds

    def compare(self, name, function, *queries, cells=0):
        """Print what a screen costs beside plain SQL, turn by turn, both as JSON for the browser.

        Other work on the machine changes the milliseconds, and hardly what the processors did for
        each side: this process, and the database's without parallel workers.

        :param int cells: of a list, rows by columns: what each costs is printed as well
        """
        self.env.cr.execute("SET max_parallel_workers_per_gather = 0")
        sides = {"SQL": lambda: [self.ask(query) for query in queries], name: function}
        figures = {side: [] for side in sides}
        for _round in range(self.rounds):
            for side, ask in sides.items():
                self.env.invalidate_all()
                count = self.env.cr.sql_log_count
                used, start = get_processor_seconds(self.env), time.perf_counter()
                json.dumps(ask(), default=json_default)
                seconds = time.perf_counter() - start
                used = get_processor_seconds(self.env) - used
                figures[side].append((seconds, used, self.env.cr.sql_log_count - count - 2))
        plain, ours = (
            (statistics.median(a for a, _b, _c in rows), statistics.median(b for _a, b, _c in rows))
            for rows in figures.values()
        )
        print(
            f"{name:44} {ours[0] * 1000:8.1f} ms  {figures[name][-1][2]:3} queries  "
            f"SQL {plain[0] * 1000:8.1f} ms  {ours[0] / plain[0]:5.2f} x  "
            f"processor {ours[1] * 1000:8.1f} ms {ours[1] / plain[1]:5.2f} x"
            + (f"  {cells} cells of {ours[1] * 1e6 / cells:5.1f} µs" if cells else ""),
            flush=True,
        )
