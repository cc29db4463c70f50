"""make test: lint, plain tests, then the tests that need Odoo, and one summary."""

import os

from . import cluster, databases, layout, lint, odoo, system
from .console import Failure, say, step
from .report import Report

PLAIN = "tests"
# The second stands inside PLAIN, which passes it by: see norecursedirs in pyproject.toml.
IN_ODOO = [layout.MODULE_DIR, layout.TEST_ADDONS]


def main(words):
    """Run everything, or with arguments for pytest only the tests they select."""
    system.ensure()
    report = Report()
    odoo.ensure()
    plain, in_odoo, options = split_arguments(words)
    partial = bool(words)
    if partial:
        say("-- arguments are given: only the tests they select run, no lint")
    else:
        lint.static_checks(report)
    if plain:
        run_plain(report, plain, options)
    if in_odoo:
        try:
            with cluster.running(), databases.test_slot() as name:
                run_in_odoo(report, name, in_odoo, options, partial)
        except Failure as error:
            report.broke("database with the add-on installed", error)
    return report.finish()


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


def run_plain(report, paths, options):
    """Run the tests that need no Odoo server: fapiao, the wheel, the runtime itself."""
    paths = [path for path in paths if (layout.ROOT / path.partition("::")[0]).exists()]
    if not paths:
        return
    samples = os.environ.get("FAPIAO_SAMPLES")
    say(f"\n   FAPIAO_SAMPLES: {samples or 'not set, so tests on sample documents are skipped'}")
    junit = databases.LOGS / "plain.xml"
    report.suite("plain tests", lambda: lint.pytest(paths, junit, "-q", *options), junit)


def run_in_odoo(report, name, paths, options, partial):
    """Install our modules on a fresh database and run their tests there."""
    warnings = databases.create(name)
    with step("prepare the web client's assets"):
        warnings += databases.make_assets(name)
    report.check("install log of our modules", lambda: warnings)
    if not partial:
        lint.odoo_checks(report, name)
    junit = databases.LOGS / f"{name}.xml"
    report.suite(
        "tests in Odoo, with browser",
        lambda: lint.pytest(paths, junit, "-q", *options, odoo_database=name, http=True),
        junit,
    )
