"""A test that shows half a surrogate pair fails alone, and does not end the run."""

import subprocess
import sys

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


def test_half_a_surrogate_pair_is_told(tmp_path):
    (tmp_path / "test_it.py").write_text(TESTS)
    words = ["-p", "no:odoo", "-p", "runtime.sendable", "-p", "no:cacheprovider", "-n2"]
    run = subprocess.run(
        [sys.executable, "-m", "pytest", *words, "test_it.py"],
        cwd=tmp_path,
        env={"PYTHONPATH": str(layout.ROOT / "scripts"), "PATH": ""},
        capture_output=True,
        check=False,
        encoding="utf-8",
    )
    assert "2 failed, 1 passed, 1 warning" in run.stdout, run.stdout + run.stderr
    assert r"said \ud800" in run.stdout
    assert r"warned \ud800" in run.stdout
