"""What make test prints, stages that run beside others included; how it reads its arguments."""

import threading
import time

import pytest

from runtime import console, layout, process, testing
from runtime.console import Failure, say
from runtime.report import Report

JUNIT = """<testsuites><testsuite>
<testcase classname="a" name="good" file="tests/test_a.py" time="1.5"/>
<testcase classname="a" name="bad" file="tests/test_a.py" time="2"><failure/></testcase>
<testcase classname="a" name="worse"><error/></testcase>
<testcase classname="a" name="later"><skipped message="no browser"/></testcase>
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
    assert "skipped: a.later: no browser" in out


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


@pytest.mark.parametrize("code, failed", [(1, 2), (2, 3), (-9, 3)])
def test_suite_that_is_ended_says_so_beside_its_failures(code, failed, tmp_path, capsys):
    junit = tmp_path / "junit.xml"
    report = Report()
    report.suite("tests", lambda: junit.write_text(JUNIT) and code, junit)
    assert report.finish() == 1
    out = capsys.readouterr().out
    assert out.splitlines()[-1] == f"1 passed, {failed} failed, 1 skipped"
    assert (f"ended with code {code}" in out) == (failed == 3)


def test_counts_that_are_cut_short_are_a_failure(tmp_path, capsys):
    junit = tmp_path / "junit.xml"
    report = Report()
    report.suite("tests", lambda: junit.write_text(JUNIT[:90]) and 0, junit)
    assert report.finish() == 1
    assert "cut short" in capsys.readouterr().out


def test_nothing_executed_is_no_success(tmp_path, capsys):
    report = Report()
    report.suite("tests", lambda: 5, tmp_path / "none.xml")
    assert report.finish() == 1


def test_stages_that_run_beside_others_are_printed_whole_and_stand_first(tmp_path, capfd):
    junit = tmp_path / "junit.xml"
    first_is_done, second_may_go = threading.Event(), threading.Event()

    def first():
        code = process.run(["sh", "-c", "echo child; exit 3"], stdout=console.output())
        return [f"code {code}"]

    def second():
        first_is_done.set()
        assert second_may_go.wait(30)
        return junit.write_text(JUNIT) and 1

    def main():
        assert first_is_done.wait(30)
        say("from main")
        return []

    report = Report()
    with report.beside() as side:
        side.check("first", first)
        side.suite("second", second, junit)
        report.check("main", main)
        out = capfd.readouterr().out
        assert out.index("from main") < out.index("== first") < out.index("child")
        assert "== second" not in out
        second_may_go.set()
    assert [stage.name for stage in report.stages] == ["first", "second", "main"]
    assert report.finish() == 1
    assert capfd.readouterr().out.splitlines()[-1] == "2 passed, 3 failed, 1 skipped"


@pytest.mark.parametrize("error", [Failure("No disk."), ValueError("No disk.")])
def test_stage_that_breaks_beside_others_is_one_failure(error, capfd):
    report = Report()

    def broken():
        raise error

    with report.beside() as side:
        side.check("broken", broken)
        side.check("whole", list)
    assert report.finish() == 1
    out = capfd.readouterr().out
    assert "No disk." in out
    assert out.splitlines()[-1] == "1 passed, 1 failed"


def test_interruption_ends_what_runs_beside(capfd):
    started = threading.Event()

    def long():
        started.set()
        process.run(["sleep", "60"])
        return []

    report, start = Report(), time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        with report.beside() as side:
            side.check("long", long)
            side.check("never begun", long)
            assert started.wait(30)
            while not process._running:
                time.sleep(0.01)
            raise KeyboardInterrupt
    assert time.monotonic() - start < 30
    assert [stage.name for stage in report.stages] == ["long"]


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
