"""What make test prints last, and how it reads its arguments."""

import pytest

from runtime import layout, testing
from runtime.console import Failure
from runtime.report import Report

JUNIT = """<testsuites><testsuite>
<testcase classname="a" name="good" file="tests/test_a.py" time="1.5"/>
<testcase classname="a" name="bad" file="tests/test_a.py" time="2"><failure/></testcase>
<testcase classname="a" name="worse"><error/></testcase>
<testcase classname="a" name="later"><skipped/></testcase>
</testsuite></testsuites>"""


def test_last_line_adds_up_all_stages(tmp_path, capsys):
    junit = tmp_path / "junit.xml"
    report = Report()
    report.check("lint", list)
    report.suite("tests", lambda: junit.write_text(JUNIT) and 1, junit)
    assert report.finish() == 1
    out = capsys.readouterr().out
    assert out.splitlines()[-1] == "2 passed, 2 failed, 1 skipped"
    assert "a.bad" in out


def test_slowest_files_are_named_before_the_last_line(tmp_path, capsys):
    junit = tmp_path / "junit.xml"
    report = Report()
    for file, seconds in (("tests/test_b.py", 4), ("tests/test_c.py", 3)):
        text = JUNIT.replace("tests/test_a.py", file).replace('time="2"', f'time="{seconds}"')
        report.suite(file, lambda text=text: junit.write_text(text) and 1, junit)
    capsys.readouterr()
    report.finish()
    *_rest, title, first, second, _empty, last = capsys.readouterr().out.splitlines()
    assert title.startswith("== slowest test files")
    assert first.split() == ["tests/test_b.py", "5.5", "s"]
    assert second.split() == ["tests/test_c.py", "4.5", "s"]
    assert last == "2 passed, 4 failed, 2 skipped"


def test_suite_that_dies_before_it_counts_is_a_failure(tmp_path, capsys):
    report = Report()
    report.suite("tests", lambda: 3, tmp_path / "none.xml")
    assert report.finish() == 1


def test_nothing_executed_is_no_success(tmp_path, capsys):
    report = Report()
    report.suite("tests", lambda: 5, tmp_path / "none.xml")
    assert report.finish() == 1


def test_paths_choose_the_kind_of_test():
    module = f"{layout.MODULE}/__manifest__.py::TestX"
    assert testing.split_arguments(["-k", "approval"]) == (
        ["tests"],
        [layout.MODULE_DIR, layout.TEST_ADDONS],
        ["-k", "approval"],
    )
    assert testing.split_arguments([module, "-x"]) == ([], [module], ["-x"])
    assert testing.split_arguments(["tests/runtime"]) == (["tests/runtime"], [], [])
    assert testing.split_arguments(["tests/addons", "-x"]) == ([], ["tests/addons"], ["-x"])


def test_environment_says_how_many_processes_run_tests(monkeypatch):
    monkeypatch.delenv("TEST_PROCESSES", raising=False)
    assert 1 <= testing.processes(partial=False) <= testing.MOST_PROCESSES
    assert testing.processes(partial=True) == 1
    monkeypatch.setenv("TEST_PROCESSES", "7")
    assert testing.processes(partial=False) == testing.processes(partial=True) == 7
    monkeypatch.setenv("TEST_PROCESSES", "many")
    with pytest.raises(Failure, match="no number"):
        testing.processes(partial=False)
