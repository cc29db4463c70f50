"""make lint: ruff, pylint-odoo, bandit, and Odoo's own test_lint on our modules only."""

import os
import re
import tempfile
from concurrent import futures

from . import cluster, console, databases, layout, odoo, process
from .console import Failure, say
from .report import Report

PYTHON_PATHS = (layout.MODULE, "scripts", "tests", "bench")


def main(_words):
    """Run every linter; the database part reuses the last one with the same files."""
    report = Report()
    odoo.ensure()
    quick_checks(report)
    with report.beside() as side:
        slow_checks(side)
        try:
            with cluster.running(), databases.test_slot() as name:
                current = databases.recorded(name) == databases.fingerprint(name)
                if not current or not databases.exists(name):
                    databases.create(name)
                odoo_checks(report, name)
        except Failure as error:
            report.broke("database with the add-on installed", error)
    return report.finish()


def quick_checks(report):
    """Run what takes no time."""
    paths = [path for path in PYTHON_PATHS if (layout.ROOT / path).is_dir()]
    report.check("ruff check", lambda: tool("ruff", "check", *paths))
    report.check("ruff format --check", lambda: tool("ruff", "format", "--check", *paths))


def slow_checks(report):
    """Run what needs neither a database nor more than a part of the machine."""
    report.check("pylint-odoo, mandatory for 19.0", pylint)
    report.check("bandit", bandit)


def odoo_checks(report, name):
    """Run Odoo's own lint tests, narrowed to our modules, on a database that has them."""
    junit = databases.LOGS / f"{name}-lint.xml"
    return report.suite(
        "Odoo's test_lint on our modules",
        lambda: pytest("scripts/odoo_lint", junit, "-q", odoo_database=name),
        junit,
    )


def pylint():
    """Run pylint on our modules and, beside it, on their tests; return the findings.

    The texts of tests are translated by nobody. pylint-odoo knows that of files which stand in
    the folder tests itself, not of those in folders below.
    """
    modules = [layout.MODULE_DIR, *layout.test_modules()]
    tests = [folder / "tests" for folder in modules]
    left_out = ",".join(re.escape(f"{folder}/") for folder in tests)
    with futures.ThreadPoolExecutor() as pool:
        runs = [
            pool.submit(tool, "pylint", f"--ignore-paths={left_out}", *modules),
            pool.submit(tool, "pylint", "--disable=translation-required", *tests),
        ]
        return [line for run in runs for line in run.result()]


def bandit():
    """Look for dangerous code in what is installed; tests may do as they like."""
    return tool("bandit", "-q", "-r", layout.MODULE_DIR, "--exclude", layout.MODULE_DIR / "tests")


def tool(name, *words):
    """Run a tool of the environment; return its findings as lines."""
    command = [layout.VENV_PYTHON, "-m", name, *words]
    with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as output:
        code = process.run(command, cwd=layout.ROOT, stdout=output, stderr=output)
        output.seek(0)
        lines = output.read().strip().splitlines()
    return (lines or [f"{name} ended with code {code}"]) if code else []


def pytest(path, junit, *words, odoo_database=None, http=False):
    """Run pytest on a path, with Odoo when a database is named, and return its code."""
    command = [
        layout.VENV_PYTHON,
        "-m",
        "pytest",
        f"--junitxml={junit}",
        # This family of the format names the file of each test.
        "-o",
        "junit_family=xunit1",
        "-rs",
        "--tb=short",
        "-p",
        "runtime.sendable",
        "-p",
        "runtime.crash",
        *words,
    ]
    if odoo_database:
        command += [f"--odoo-database={odoo_database}", "--odoo-log-level=error"]
        # Where Odoo leaves screenshots of failed browser tests.
        command += [f"--odoo-extra=screenshots={databases.LOGS / 'screenshots'}"]
        command += ["--odoo-http"] if http else []
        command += ["-p", "runtime.worker"]
        environment = databases.environment(odoo_database)
    else:
        command += ["-p", "no:odoo"]
        environment = dict(os.environ)
    environment["PYTHONPATH"] = os.pathsep.join(
        [str(layout.ROOT / "scripts"), *filter(None, [environment.get("PYTHONPATH")])]
    )
    command += [path] if isinstance(path, str) else path
    databases.LOGS.mkdir(parents=True, exist_ok=True)
    output = console.output()
    code = process.run(command, cwd=layout.ROOT, env=environment, stdout=output, stderr=output)
    if code == 5:
        say("   no test selected here")
    return code
