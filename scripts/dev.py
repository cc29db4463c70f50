#!/usr/bin/env python3
"""Entry of every Makefile target. Starts on any Python, goes on in the private one."""

import errno
import importlib
import os
import sys

from runtime import layout, process, pyenv
from runtime.console import Failure, say


def bootstrap():
    """Have the private environment, then start this same command again inside it."""
    pyenv.check_python()
    layout.check_owner()
    with layout.only_one("tools"):
        if not (layout.VENV / "complete").exists():
            layout.check_space(layout.FIRST_SETUP_MB)
        layout.check_space(layout.EVERY_START_MB)
        pyenv.ensure()
    python = str(layout.VENV_PYTHON)
    if os.path.realpath(sys.prefix) != os.path.realpath(layout.VENV):
        os.execv(python, [python, *sys.argv])


def odoo_cli(words):
    """Run the private Odoo's own command line."""
    from runtime import cluster, console, odoo

    console.stream = sys.stderr
    odoo.ensure()
    with cluster.running():
        return odoo.call(words)


def command(name):
    """Return a function that imports a command's module only when it is called."""

    def call(words):
        return importlib.import_module(f"runtime.{name}").main(words)

    return call


COMMANDS = {
    "run": command("serve"),
    "test": command("testing"),
    "lint": command("lint"),
    "bench": command("bench"),
    "screenshots": command("screenshots"),
    "traditional": command("traditional"),
    "docs": command("docs"),
    "clean": command("clean"),
    "odoo": odoo_cli,
}


def main():
    name, *words = sys.argv[1:] or ["help"]
    if name not in COMMANDS:
        say(f"usage: {sys.argv[0]} {{{','.join(COMMANDS)}}} ...")
        return 2
    process.exit_on_signals()
    try:
        if name != "clean":
            bootstrap()
        return COMMANDS[name](words)
    except Failure as error:
        say(f"\n{name}: {error}")
        return 1
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        say(f"\n{name}: The disk is full: {error}. Free some space and run again.")
        return 1
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
