"""make test: lint, plain tests, then the tests that need Odoo, and one summary."""

import contextlib
import os

from . import axe, cluster, databases, layout, lint, odoo, system
from .console import Failure, say, step
from .report import Report

PLAIN = "tests"
# Each process that runs tests in Odoo has a registry, a database and at times a browser.
MOST_PROCESSES = 2
# The second stands inside PLAIN, which passes it by: see norecursedirs in pyproject.toml.
IN_ODOO = [layout.MODULE_DIR, layout.TEST_ADDONS]


def main(words):
    """Run everything, or with arguments for pytest only the tests they select."""
    system.ensure()
    report = Report()
    odoo.ensure()
    plain, in_odoo, options = split_arguments(words)
    if in_odoo:
        axe.ensure()
    try:
        if words:
            say("-- arguments are given: only the tests they select run, no lint")
            run_part(report, plain, in_odoo, options)
        else:
            run_whole(report, plain, in_odoo)
    except Failure as error:
        report.broke("the run", error)
    return report.finish()


def run_part(report, plain, in_odoo, options):
    """Run the tests that arguments select."""
    if plain:
        run_plain(report, plain, options, partial=True)
    if in_odoo:
        with database(report) as name:
            if name:
                run_in_odoo(report, name, in_odoo, options, partial=True)


def run_whole(report, plain, in_odoo):
    """Run everything. Checks that keep one processor busy run beside what comes before Odoo."""
    layout.check_space(layout.TESTS_MB)
    lint.quick_checks(report)
    with contextlib.ExitStack() as stack:
        with report.beside() as side:
            lint.slow_checks(side)
            name = stack.enter_context(database(report))
            if name:
                lint.odoo_checks(side, name)
            run_plain(report, plain, [], partial=False)
        if name:
            run_in_odoo(report, name, in_odoo, [], partial=False)


def split_arguments(words):
    """Sort pytest's arguments: paths of plain tests, paths of Odoo tests, options.

    Without a path both kinds run whole; with paths only the kinds that they name.
    """
    plain, in_odoo, options = [], [], []
    for word in words:
        path = word.partition("::")[0]
        if word.startswith("-") or not (layout.ROOT / path).exists():
            options.append(word)
        elif any((layout.ROOT / path).is_relative_to(folder) for folder in IN_ODOO):
            in_odoo.append(word)
        else:
            plain.append(word)
    if plain or in_odoo:
        return plain, in_odoo, options
    return [PLAIN], IN_ODOO, options


def run_plain(report, paths, options, partial):
    """Run the tests that need no Odoo server: fapiao, the wheel, the runtime itself."""
    paths = [path for path in paths if (layout.ROOT / path.partition("::")[0]).exists()]
    if not paths:
        return
    samples = os.environ.get("FAPIAO_SAMPLES")
    say(f"\n   FAPIAO_SAMPLES: {samples or 'not set, so tests on sample documents are skipped'}")
    junit = databases.LOGS / "plain.xml"
    words = [*side_by_side(processes(partial)), *options]
    report.suite("plain tests", lambda: lint.pytest(paths, junit, "-q", *words), junit)


def processes(partial):
    """Return how many processes run tests at the same time; TEST_PROCESSES may say it.

    A part of the tests is mostly over before a second process has started.
    """
    wanted = os.environ.get("TEST_PROCESSES")
    if wanted and not wanted.isdecimal():
        raise Failure(f"TEST_PROCESSES={wanted} is no number.", "Say how many processes run tests.")
    return int(wanted or (1 if partial else min(len(os.sched_getaffinity(0)), MOST_PROCESSES)))


def side_by_side(number):
    """Return the options with which pytest-xdist shares the tests among processes.

    A class stays in one process, because its set-up takes longer than most of its tests. The
    order of the files is kept: by number of tests, classes of few long tests would come last,
    and one process would wait for the other.
    """
    numbers = [f"--numprocesses={number if number > 1 else 0}"]
    return [*numbers, "--dist=loadscope", "--no-loadscope-reorder"]


@contextlib.contextmanager
def database(report):
    """Lend a fresh database with our modules, or nothing when that broke, which is reported."""
    with contextlib.ExitStack() as stack:
        name = None
        try:
            stack.enter_context(cluster.running())
            name = stack.enter_context(databases.test_slot())
            report.check("install log of our modules", lambda: make_database(name))
        except Failure as error:
            report.broke("database with the add-on installed", error)
            name = None
        yield name


def run_in_odoo(report, name, paths, options, partial):
    """Run the tests of our modules on their database, or on copies of it."""
    number = processes(partial)
    if number > 1 and not databases.can_have_workers(name):
        say("\n-- createdb does not reach the server of PGHOST: one process runs the tests in Odoo")
        number = 1
    words = ["-q", *side_by_side(number), *options]
    junit = databases.LOGS / f"{name}.xml"
    report.suite(
        "tests in Odoo, with browser",
        lambda: lint.pytest(paths, junit, *words, odoo_database=name, http=True),
        junit,
    )


def make_database(name):
    """Make the database of the tests; return the warnings of its install."""
    warnings = databases.create(name)
    with step("prepare the web client's assets"):
        return warnings + databases.make_assets(name)
