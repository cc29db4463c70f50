"""Where everything stands: the repository, and the one folder that the runtime fills."""

import fcntl
import os
import shutil
from contextlib import contextmanager
from pathlib import Path

from .console import Failure, say

ROOT = Path(__file__).resolve().parents[2]
MODULE = "invoice_crm_addon"
MODULE_DIR = ROOT / MODULE
# Modules that only test databases have, such as models that use the add-on's mixins.
TEST_ADDONS = ROOT / "tests" / "addons"
RUNTIME = Path(os.environ.get("RUNTIME_DIR") or ROOT / ".runtime").absolute()

DOWNLOADS = Path(os.environ.get("RUNTIME_DOWNLOADS") or RUNTIME / "downloads").absolute()
ODOO_TREE = RUNTIME / "odoo"
VENV = RUNTIME / "venv"
VENV_PYTHON = VENV / "bin" / "python"
PG = RUNTIME / "pg"
ODOO_DATA = RUNTIME / "odoo-data"
ODOO_RC = RUNTIME / "odoo.conf"
ODOO_TEST_RC = RUNTIME / "odoo-test.conf"
STATE = RUNTIME / "state"

# An unpacked Odoo, its Python packages, a cluster and the demo database.
FIRST_SETUP_MB = 3500
# What PostgreSQL and the filestore need to go on working.
EVERY_START_MB = 300
# Databases of all tests: template, test, a copy for each process, one of a life.
TESTS_MB = 1500


def test_modules():
    """Return the folders of the modules that exist for tests alone."""
    return sorted(path.parent for path in TEST_ADDONS.glob("*/__manifest__.py"))


def check_space(megabytes):
    """Refuse early, in words, what would otherwise end in a half-written folder."""
    RUNTIME.mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(RUNTIME).free // 2**20
    if free < megabytes:
        raise Failure(
            f"The disk of {RUNTIME} has {free} MB left, {megabytes} MB are needed.",
            "Free some space, or name a folder on another disk with RUNTIME_DIR=...",
        )


def check_owner():
    """Refuse to mix root's files with a user's: neither could mend the other's."""
    RUNTIME.mkdir(parents=True, exist_ok=True)
    owner = RUNTIME.stat().st_uid
    if owner != os.geteuid():
        raise Failure(
            f"{RUNTIME} was made by another account (number {owner}).",
            "Use that account, let it run make clean, or name another folder: RUNTIME_DIR=...",
        )


@contextmanager
def only_one(name):
    """Let one command at a time make or mend a part of the runtime folder."""
    folder = RUNTIME / "locks"
    folder.mkdir(parents=True, exist_ok=True)
    with open(folder / name, "w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say(f"-- waiting for another command of this repository (it makes: {name})")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def remove_tree(path):
    """Delete a folder that may be missing, half-made, or a link."""
    if path.is_symlink() or path.is_file():
        path.unlink()
    elif path.exists():
        shutil.rmtree(path)
