"""A hostile test fails alone, and does not end the run: it shows what cannot be sent, or dies."""

import subprocess
import sys

import pytest

from runtime import layout

TESTS = r"""
import logging, subprocess, warnings, pytest

def test_fails():
    assert not "said \ud800"

def test_logs():
    logging.getLogger(__name__).warning("logged \ud800")
    warnings.warn("warned \ud800")

@pytest.mark.parametrize("value", ["named \ud800"])
def test_is_named(value):
    assert 0
"""


DEADLY = """
import os, threading, warnings, pytest

class Odd(UserWarning):
    pass

class TestDies:
    def test_dies(self):
        os.kill(os.getpid(), 9)

    def test_after_it(self):
        pass

class TestHangs:
    def test_hangs(self):
        threading.Event().wait()

    def test_after_it(self):
        warnings.warn("odd", Odd)

class TestExits:
    def test_exits(self):
        raise SystemExit(3)
"""


def run_pytest(folder, tests, *words):
    (folder / "test_it.py").write_text(tests)
    words = [
        "-p",
        "no:odoo",
        "-p",
        "runtime.sendable",
        "-p",
        "runtime.crash",
        "-p",
        "no:cacheprovider",
        "-n2",
        *words,
    ]
    return subprocess.run(
        [sys.executable, "-m", "pytest", "--import-mode=importlib", *words, "test_it.py"],
        cwd=folder,
        env={"PYTHONPATH": str(layout.ROOT / "scripts"), "PATH": ""},
        capture_output=True,
        check=False,
        encoding="utf-8",
        timeout=120,
    )


def test_half_a_surrogate_pair_is_told(tmp_path):
    run = run_pytest(tmp_path, TESTS)
    assert "2 failed, 1 passed, 1 warning" in run.stdout, run.stdout + run.stderr
    assert r"said \ud800" in run.stdout
    assert r"warned \ud800" in run.stdout


def test_process_that_dies_or_hangs_is_told_and_the_others_go_on(tmp_path):
    limit = ["-o", "faulthandler_timeout=5", "-o", "faulthandler_exit_on_timeout=true"]
    run = run_pytest(tmp_path, DEADLY, "--dist=loadscope", *limit)
    assert "3 failed, 2 passed" in run.stdout, run.stdout + run.stderr
    for name in ("TestDies::test_dies", "TestHangs::test_hangs"):
        assert f"crashed while running 'test_it.py::{name}'" in run.stdout
    assert "in test_hangs" in run.stderr
    assert "odd" in run.stdout


@pytest.mark.parametrize("fatal", [(0, 1), (3, 0), (5, 0), (5, 1), (6, 1)])
def test_process_that_dies_late_leaves_nothing_undone(tmp_path, fatal):
    body = "        {}\n".format
    tests = "import os\n\n" + "\n".join(
        f"class Test{number}:\n"
        + "".join(
            f"    def test_{index}(self):\n"
            + body("os.kill(os.getpid(), 9)" if (number, index) == fatal else "pass")
            for index in range(2)
        )
        for number in range(7)
    )
    words = ["--dist=loadscope", "--no-loadscope-reorder"]
    run = run_pytest(tmp_path, tests, *words)
    assert "1 failed, 13 passed" in run.stdout, run.stdout + run.stderr
