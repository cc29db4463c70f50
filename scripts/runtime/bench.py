"""make bench: every bench/bench_*.py inside Odoo, on a scratch database."""

import os
import time

from . import cluster, databases, layout, odoo, process
from .console import Failure, say

BENCH = "invoice_crm_bench"
FOLDER = layout.ROOT / "bench"


def main(words):
    """Run the benchmarks whose file names contain one of the words, or all of them."""
    scripts = [
        path
        for path in sorted(FOLDER.glob("bench_*.py"))
        if not words or any(word in path.stem for word in words)
    ]
    if not scripts:
        say("No benchmark matches: bench/ holds none" + (f" for {words}" if words else "") + ".")
        return 0
    odoo.ensure()
    with cluster.running():
        databases.create(BENCH)
        try:
            for script in scripts:
                run(script)
        finally:
            databases.drop(BENCH)
    return 0


def run(script):
    """Run one benchmark in an Odoo shell of its own: `env` is there, as in a shell."""
    say(f"\n== {script.name}")
    start = time.monotonic()
    words = ("shell", "-d", BENCH, "--no-http", "--log-level=error")
    with open(script) as keyboard:
        # The shell reads its code from here, so that a benchmark needs no start-up code.
        code = process.run(
            odoo.command(*words),
            stdin=keyboard,
            env=odoo.environment(PYTHONPATH=os.fspath(FOLDER)),
        )
    if code:
        raise Failure(f"{script.name} failed with code {code}.")
    say(f"   {time.monotonic() - start:.1f} s")
