"""Children that never outlive the command: own process group, ended with it."""

import contextlib
import ctypes
import os
import signal
import subprocess
from concurrent import futures

_LIBC = ctypes.CDLL(None)
_PR_SET_PDEATHSIG = 1
# Children that somebody waits for.
_running = set()


def _die_with_parent():
    # Even kill -9 of this command leaves no Odoo behind.
    _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


def start(command, **options):
    """Start a child in its own group: Ctrl-C reaches it once, through us."""
    options.setdefault("stdin", subprocess.DEVNULL)
    return subprocess.Popen(
        list(map(os.fspath, command)),
        start_new_session=True,
        preexec_fn=_die_with_parent,
        **options,
    )


def finish(child, patience=15):
    """End a child and what it started: politely, then for certain."""
    for number, seconds in ((signal.SIGINT, patience), (signal.SIGTERM, 5), (signal.SIGKILL, 5)):
        if child.poll() is not None:
            break
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child.pid, number)
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.wait(seconds)
    # Grandchildren (browsers) that stayed behind in the group.
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(child.pid, signal.SIGKILL)


def run(command, **options):
    """Run a child to its end, and end it when this command is interrupted."""
    child = start(command, **options)
    _running.add(child)
    try:
        return child.wait()
    finally:
        finish(child)
        _running.discard(child)


@contextlib.contextmanager
def threads(number):
    """Lend threads that run children; an interruption ends the children, so also the threads."""
    with futures.ThreadPoolExecutor(number) as pool:
        try:
            yield pool
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            for child in [*_running]:
                finish(child)
            raise


def ignore_interrupts():
    """Let the clean-up at the end run undisturbed by a second Ctrl-C."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)


def exit_on_signals():
    """Turn kill and a closed terminal into an ordinary end, clean-up included."""

    def leave(number, _frame):
        raise SystemExit(128 + number)

    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, leave)
    # A shell's background jobs start with Ctrl-C ignored; kill -INT shall work there too.
    signal.signal(signal.SIGINT, signal.default_int_handler)
