"""The virtual environment: Odoo's Python dependencies and the tools, all pinned."""

import contextlib
import hashlib
import os
import subprocess
import sys

from . import layout
from .console import Failure, run, say, step

SUPPORTED = ((3, 10), (3, 13))
REQUIREMENTS = ("requirements.txt", "requirements-pdf.txt", "requirements-dev.txt")
PIP_OPTIONS = ("--disable-pip-version-check", "--no-input", "--progress-bar=off")


def check_python():
    """Refuse a Python that Odoo 19.0 does not run on, before anything is made."""
    version = sys.version_info[:2]
    if not SUPPORTED[0] <= version <= SUPPORTED[1]:
        raise Failure(
            f"Odoo 19.0 runs on Python 3.10 to 3.13, python3 here is {version[0]}.{version[1]}.",
            "Name another one: make PYTHON=python3.13 ...",
        )


def fingerprint():
    """Return a digest of the pinned packages."""
    pinned = b"".join((layout.ROOT / name).read_bytes() for name in REQUIREMENTS)
    return hashlib.sha256(pinned).hexdigest()


def place():
    """Return the environment's folder and Python version, or nothing when it is dead.

    A moved folder breaks the links inside, another Python cannot load the packages.
    """
    code = "import sys; print(sys.version_info[:2])"
    with contextlib.suppress(OSError):
        done = subprocess.run([layout.VENV_PYTHON, "-c", code], capture_output=True, text=True)
        if done.returncode == 0:
            return f"{layout.VENV} {done.stdout.strip()}"
    return ""


def ensure():
    """Make the environment, mend one that is half-made, bring an outdated one up to date."""
    stamp = layout.VENV / "complete"
    old_place, _, old_packages = (stamp.read_text() if stamp.exists() else "").partition("\n")
    alive = bool(old_place) and old_place == place()
    if alive and old_packages == fingerprint():
        return
    with step("make the Python environment (Odoo's dependencies, tools)"):
        if not alive:
            layout.remove_tree(layout.VENV)
            _make_venv()
        # Without the old stamp: an update that is cut short starts from nothing next time.
        stamp.unlink(missing_ok=True)
        files = [part for name in REQUIREMENTS for part in ("-r", layout.ROOT / name)]
        run(
            [layout.VENV_PYTHON, "-m", "pip", "install", *PIP_OPTIONS, *files],
            failure="pip cannot install the pinned Python packages.",
            mend="Check the network and pip's configuration (pip config list), run again.",
        )
        stamp.write_text(f"{place()}\n{fingerprint()}")


def _make_venv():
    """Run python -m venv; Debian's python3 lacks ensurepip without python3-venv."""
    command = [sys.executable, "-m", "venv", str(layout.VENV)]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode == 0:
        return
    package = f"python{sys.version_info[0]}.{sys.version_info[1]}-venv"
    missing = "ensurepip" in done.stdout + done.stderr
    if missing and os.geteuid() == 0:
        from . import system

        say(f"   python3 has no ensurepip here: installing {package}")
        system.apt_install([package])
        run(command, failure="python3 -m venv failed.")
    elif missing:
        raise Failure(
            "python3 on this system cannot make virtual environments.",
            f"Install the package once, as root: apt-get install {package}",
        )
    else:
        raise Failure("python3 -m venv failed: " + (done.stdout + done.stderr).strip())
