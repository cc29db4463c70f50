"""The outcome of stages: counted from JUnit files, printed once at the end."""

import collections
import contextlib
import dataclasses
import tempfile
import time
import traceback
import xml.etree.ElementTree as ET

from . import process
from .console import Failure, kept_in, say


@dataclasses.dataclass
class Stage:
    """One part of a run and what came of it."""

    name: str
    passed: int = 0
    failed: int = 0
    skipped: int = 0
    seconds: float = 0.0
    # Test files, with the seconds of their tests and set-ups.
    files: collections.Counter = dataclasses.field(default_factory=collections.Counter)
    notes: list = dataclasses.field(default_factory=list)
    # Names of tests, with why they were left out.
    left_out: list = dataclasses.field(default_factory=list)


class Report:
    """Collects stages; a stage that dies before it can count is one failure."""

    def __init__(self):
        self.stages = []
        self.start = time.monotonic()
        self.side = None

    def check(self, name, function):
        """Run one check: it returns a list of findings, empty when all is well."""
        say(f"\n== {name}")
        start = time.monotonic()
        findings = function()
        stage = Stage(name, passed=int(not findings), failed=int(bool(findings)))
        stage.seconds = time.monotonic() - start
        stage.notes = [f"{len(findings)} lines, printed above"] if findings else []
        self.stages.append(stage)
        for line in findings:
            say(f"   {line}")
        say(f"   {'failed' if findings else 'ok'}, {stage.seconds:.1f} s")
        self._show_side()
        return not findings

    def suite(self, name, function, junit):
        """Run a test suite that leaves a JUnit file; read the counts from it."""
        say(f"\n== {name}")
        start = time.monotonic()
        junit.unlink(missing_ok=True)
        code = function()
        stage = read_junit(name, junit)
        # 1 stands for failures, 5 for nothing selected; with another one not all tests ran.
        if code not in (0, 1, 5) or (code == 1 and not stage.failed):
            stage.failed += 1
            stage.notes.insert(0, f"pytest ended with code {code}")
        stage.seconds = time.monotonic() - start
        self.stages.append(stage)
        self._show_side()
        return not stage.failed

    @contextlib.contextmanager
    def beside(self):
        """Lend a report whose stages run one after another beside those of this one.

        What they print stays together: it is shown when a stage of this one has ended.
        """
        place = len(self.stages)
        self.side = side = Side()
        try:
            with process.threads(1) as side.pool:
                yield side
                side.show(wait=True)
        except BaseException:
            side.show()
            raise
        finally:
            self.stages[place:place] = side.stages
            self.side = None

    def _show_side(self):
        if self.side:
            self.side.show()

    def broke(self, name, error):
        """Note a part that could not run at all."""
        say(f"\n{error}")
        self.stages.append(Stage(name, failed=1, notes=[str(error)]))

    def finish(self):
        """Print the summary; the last line is the one that programs read."""
        say("\n== summary")
        for stage in self.stages:
            counts = f"{stage.passed} passed, {stage.failed} failed, {stage.skipped} skipped"
            say(f"   {stage.name:<42} {counts:<38} {stage.seconds:7.1f} s")
            if stage.failed:
                for note in stage.notes[:10]:
                    say(f"      {note}")
            for note in stage.left_out[:10]:
                say(f"      skipped: {note}")
        say(f"   {'all':<81} {time.monotonic() - self.start:7.1f} s")
        self.show_slowest()
        passed, failed, skipped = (
            sum(getattr(stage, key) for stage in self.stages)
            for key in ("passed", "failed", "skipped")
        )
        say(f"\n{passed} passed, {failed} failed" + (f", {skipped} skipped" if skipped else ""))
        return 1 if failed or not passed else 0

    def show_slowest(self, number=10):
        """Print in which test files the time goes."""
        files = collections.Counter()
        for stage in self.stages:
            files += stage.files
        if files:
            say("\n== slowest test files: seconds of their tests, set-up of classes included")
        for path, seconds in files.most_common(number):
            say(f"   {path:<81} {seconds:7.1f} s")


class Side(Report):
    """Takes stages and comes back at once: a thread runs them."""

    def __init__(self):
        super().__init__()
        self.pool = None
        self.waiting = collections.deque()

    def check(self, name, function):
        """See :meth:`Report.check`."""
        self._begin(name, lambda: super(Side, self).check(name, function))

    def suite(self, name, function, junit):
        """See :meth:`Report.suite`."""
        self._begin(name, lambda: super(Side, self).suite(name, function, junit))

    def _begin(self, name, stage):
        say(f"-- beside what follows: {name}")
        self.waiting.append(self.pool.submit(self._run, name, stage))

    def _run(self, name, stage):
        """Run a stage; return what it printed."""
        with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as file:
            with kept_in(file):
                try:
                    stage()
                except Failure as error:
                    self.broke(name, error)
                except Exception:
                    self.broke(name, traceback.format_exc())
            file.seek(0)
            return file.read().rstrip()

    def show(self, wait=False):
        """Print what stages printed that have ended, by default only of those.

        :param bool wait: wait for those that have not
        """
        while self.waiting and (wait or self.waiting[0].done()):
            stage = self.waiting.popleft()
            if not stage.cancelled():
                say(stage.result())


def read_junit(name, path):
    """Count the cases of a JUnit file, and the time of each test file; note what failed."""
    stage = Stage(name)
    if not path.exists():
        return stage
    try:
        cases = ET.parse(path).iter("testcase")
    except ET.ParseError as error:
        stage.failed = 1
        stage.notes.append(f"{path} is cut short: {error}")
        return stage
    for case in cases:
        label = f"{case.get('classname')}.{case.get('name')}"
        if case.get("file"):
            stage.files[case.get("file")] += float(case.get("time", 0))
        if case.find("failure") is not None or case.find("error") is not None:
            stage.failed += 1
            stage.notes.append(label)
        elif (skip := case.find("skipped")) is not None:
            stage.skipped += 1
            stage.left_out.append(f"{label}: {skip.get('message') or 'without a reason'}")
        else:
            stage.passed += 1
    return stage
