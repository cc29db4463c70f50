"""What the person at the terminal reads: steps with their time, failures with a cure."""

import contextlib
import errno
import os
import subprocess
import sys
import threading
import time


class Failure(Exception):
    """Something the person can mend: one sentence what is wrong, one how to mend it."""

    def __init__(self, what, mend=""):
        super().__init__(f"{what} {mend}".strip())


# Commands whose own output is read by programs send the steps to stderr instead.
stream = None
# Of each thread: where it and its children write, when that is not the terminal.
_own = threading.local()


def say(text=""):
    """Print at once, so that the order stays right beside the output of children."""
    print(text, file=output() or stream or sys.stdout, flush=True)


def output():
    """Return the file that keeps what this thread prints, None for the terminal."""
    return getattr(_own, "file", None)


@contextlib.contextmanager
def kept_in(file):
    """Keep in a file what this thread says, and what the children print that it hands it to."""
    _own.file = file
    try:
        yield
    finally:
        _own.file = None


@contextlib.contextmanager
def step(name):
    """Announce a step, time it, and name it in whatever goes wrong inside."""
    say(f"-- {name}")
    start = time.monotonic()
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise Failure(
                f"The disk filled up while: {name}.",
                "Free some space (a runtime with test databases takes about 4 GB), run again.",
            ) from error
        raise
    except Failure:
        say(f"   failed after {time.monotonic() - start:.1f} s: {name}")
        raise
    say(f"   {time.monotonic() - start:.1f} s")


def run(command, *, failure, mend="", quiet=True, **options):
    """Run a command; when it fails, show the end of its output and raise Failure."""
    if quiet:
        options.setdefault("stdout", subprocess.PIPE)
        options.setdefault("stderr", subprocess.STDOUT)
    options.setdefault("stdin", subprocess.DEVNULL)
    command = [os.fspath(part) for part in command]
    done = subprocess.run(command, text=True, errors="replace", **options)
    if done.returncode:
        if done.stdout:
            say(tail(done.stdout).rstrip())
        if "No space left on device" in (done.stdout or ""):
            failure, mend = f"{failure} The disk is full.", "Free some space and run again."
        raise Failure(failure, mend)
    return done.stdout or ""


def tail(text, lines=25):
    """Return the last lines of a text, indented, so that they read as a quotation."""
    return "".join(f"   | {line}\n" for line in text.rstrip().splitlines()[-lines:])
