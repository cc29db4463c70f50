"""make bench: every bench/bench_*.py inside Odoo, on a scratch database of its own."""

import os
import time

from . import cluster, console, databases, layout, odoo, process, pyenv
from .console import Failure, say, step

BENCH = "invoice_crm_bench"
FOLDER = layout.ROOT / "bench"
REQUIREMENTS = FOLDER / "requirements.txt"
FETCHED = layout.RUNTIME / "bench-addons"
# Add-ons that a benchmark compares ours with, from bench/addons.
BESIDE = {"bench_approvals": "bench_tier"}
# Benchmarks that compare with packages of requirements.txt which are no add-ons.
BESIDE_PACKAGES = ("bench_fapiao",)
# Benchmarks that look at the same database without the add-on or copy it, and change nothing there.
BESIDE_TEMPLATE = ("bench_install", "bench_payments")


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
    """Run one benchmark on a copy: rows and add-ons of one must not weigh on the next."""
    say(f"\n== {script.name}")
    own = f"{BENCH}_{script.stem}"
    databases.drop(own)
    try:
        databases.copy(BENCH, own)
        run_on(own, script)
    finally:
        databases.drop(own)


def run_on(name, script):
    """Run one benchmark in an Odoo shell of its own: `env` is there, as in a shell."""
    options = install_beside(name, BESIDE[script.stem]) if script.stem in BESIDE else ()
    extra = {"PYTHONPATH": os.fspath(FOLDER)}
    if script.stem in BESIDE_PACKAGES and fetch():
        extra["BENCH_FETCHED"] = os.fspath(FETCHED)
    if script.stem in BESIDE_TEMPLATE:
        extra["BENCH_PLAIN"] = databases.template()
    start = time.monotonic()
    words = ("shell", "-d", name, "--no-http", "--log-level=error", *options)
    with open(script) as keyboard:
        # The shell reads its code from here, so that a benchmark needs no start-up code.
        code = process.run(
            odoo.command(*words),
            stdin=keyboard,
            env=odoo.environment(**extra),
        )
    if code:
        raise Failure(f"{script.name} failed with code {code}.")
    say(f"   {time.monotonic() - start:.1f} s")


def install_beside(name, addon):
    """Install what a benchmark compares with; without a network it does without.

    :return: the options with which Odoo finds it
    """
    if not fetch():
        return ()
    paths = [
        *odoo.addons_path(odoo.package_folder()),
        FOLDER / "addons",
        FETCHED / "odoo" / "addons",
    ]
    options = ("--addons-path", ",".join(map(str, paths)))
    databases.odoo_step(f"install {addon}", f"install-{addon}", "-d", name, "-i", addon, *options)
    return options


def fetch():
    """Have the packages of bench/requirements.txt in the runtime folder.

    :return: whether they are there
    """
    pinned, stamp = REQUIREMENTS.read_text(), FETCHED / "complete"
    pip = [layout.VENV_PYTHON, "-m", "pip", "install", *pyenv.PIP_OPTIONS, "--quiet"]
    with layout.only_one("bench-addons"):
        if stamp.exists() and stamp.read_text() == pinned:
            return True
        layout.remove_tree(FETCHED)
        try:
            with step("fetch the packages to compare with"):
                # All that they depend on is Odoo, which is here already.
                console.run(
                    [*pip, "--no-deps", "--target", FETCHED, "-r", REQUIREMENTS],
                    failure="pip cannot fetch the packages of bench/requirements.txt.",
                    mend="Figures of the add-on alone follow.",
                )
        except Failure as error:
            say(f"   {error}")
            return False
        stamp.write_text(pinned)
    return True
