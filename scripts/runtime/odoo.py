"""Which Odoo runs, how it is configured, and how its command line is called."""

import ast
import os
import re
import signal
import subprocess
from pathlib import Path

from . import cluster, debian, layout
from .console import Failure

SERIES = (19, 0)


def package_folder():
    """Return the folder to put on Python's path: the one that holds the odoo package."""
    own = os.environ.get("ODOO_PATH")
    if not own:
        debian.unpack()
        return layout.ODOO_TREE / "usr/lib/python3/dist-packages"
    start = Path(own).expanduser().resolve()
    patterns = (
        ".",
        "..",
        "usr/lib/python3/dist-packages",
        "lib/python3*/site-packages",
        "lib/python3*/dist-packages",
    )
    for pattern in patterns:
        for folder in [start / pattern] if "*" not in pattern else sorted(start.glob(pattern)):
            release = folder / "odoo" / "release.py"
            if release.is_file():
                _check_series(release)
                return folder.resolve()
    raise Failure(
        f"ODOO_PATH={own} holds no Odoo.",
        "Name the checkout (the folder of odoo-bin) or the installation (the folder of odoo/).",
    )


def _check_series(release):
    match = re.search(r"^version_info\s*=\s*(\(.*\))", release.read_text(), re.MULTILINE)
    found = ast.literal_eval(re.sub(r"\b(FINAL|ALPHA|BETA|RELEASE_CANDIDATE)\b", "''", match[1]))
    if found[:2] != SERIES:
        raise Failure(
            f"ODOO_PATH names Odoo {found[0]}.{found[1]}, this add-on needs 19.0.",
            "Check out branch 19.0 there, or unset ODOO_PATH.",
        )


def addons_path(folder):
    """Return the add-on folders: the ones of a checkout, then this repository."""
    # An installation has all add-ons inside the odoo package, a checkout beside it.
    inside = (folder / "odoo" / "addons" / "base_setup").is_dir()
    paths = [] if inside else [folder / "addons"]
    if (layout.MODULE_DIR / "__manifest__.py").is_file():
        paths.append(layout.ROOT)
    return paths


def ensure():
    """Have an Odoo, make the environment see it, and write its configurations."""
    with layout.only_one("odoo"):
        _ensure()


def _ensure():
    folder = package_folder()
    (link,) = layout.VENV.glob("lib/python3*/site-packages")
    _write(link / "odoo.pth", f"{folder}\n")
    layout.ODOO_DATA.mkdir(parents=True, exist_ok=True)
    _configure(addons_path(folder))


def _configure(paths):
    """Write the configuration, and the one with which Odoo finds tests/addons as well."""
    options = {
        "data_dir": layout.ODOO_DATA,
        # Only for this machine: the demo's passwords are its logins.
        "http_interface": "127.0.0.1",
        "list_db": False,
        "unaccent": False,
        "max_cron_threads": 1,
    }
    # Whatever Odoo finds it offers to install, so in the demo it must not find these.
    tests = [layout.TEST_ADDONS] if layout.test_modules() else []
    for rc, folders in ((layout.ODOO_RC, paths), (layout.ODOO_TEST_RC, paths + tests)):
        found = {"addons_path": ",".join(map(str, folders)), **options}
        lines = [f"{key} = {value}\n" for key, value in found.items() if value != ""]
        _write(rc, "[options]\n" + "".join(lines))


def _write(path, text):
    if not path.exists() or path.read_text() != text:
        path.write_text(text)


def environment(rc=None, **extra):
    """Return the process environment of Odoo: a configuration, the server of PG*."""
    own = {key: value for key, value in os.environ.items() if key != "OPENERP_SERVER"}
    # Odoo's lint tests look for pylint on the path, pytest-odoo for createdb and dropdb.
    folders = (layout.VENV / "bin", cluster.binary("createdb").parent)
    path = os.pathsep.join([*map(str, folders), os.environ.get("PATH", os.defpath)])
    own.update(ODOO_RC=str(rc or layout.ODOO_RC), PATH=path, PYTHONUNBUFFERED="1", **extra)
    return own


def command(*words):
    """Return a command line of Odoo's own CLI."""
    return [str(layout.VENV_PYTHON), "-m", "odoo", *map(str, words)]


def call(words):
    """Run Odoo's CLI in the foreground, keyboard included, and return its exit code."""
    child = subprocess.Popen(command(*words), env=environment())
    # Ctrl-C reaches the child by itself; it decides what that means (a shell goes on).
    previous = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        return child.wait()
    finally:
        signal.signal(signal.SIGINT, previous)
        if child.poll() is None:
            child.terminate()
            child.wait()
