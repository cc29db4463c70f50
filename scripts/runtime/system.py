"""System packages that only browser and PDF tests need."""

import os
import shutil
import subprocess

from . import axe
from .console import Failure, run, say, step

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def apt_install(packages):
    """Install packages with the system's apt; only called as root."""
    environment = dict(os.environ, DEBIAN_FRONTEND="noninteractive")
    network = "Check the network (or the proxy in apt's configuration), run again."
    run(
        ["apt-get", "update"],
        failure="apt-get update failed.",
        mend=network,
        env=environment,
    )
    run(
        ["apt-get", "install", "-y", "--no-install-recommends", *packages],
        failure=f"apt-get cannot install {' '.join(packages)}.",
        mend=network,
        env=environment,
    )


def missing_packages():
    """Return the Debian packages that browser and PDF tests still need."""
    missing = []
    if not any(shutil.which(name) for name in BROWSERS):
        missing.append("chromium")
    if not _has_chinese_font():
        missing.append("fonts-wqy-zenhei")
    if not shutil.which("wkhtmltopdf"):
        missing.append("wkhtmltopdf")
    # Only to fetch what checks the screens for those who see or hear them otherwise.
    if not axe.is_there() and not shutil.which("npm"):
        missing.append("npm")
    return missing


def _has_chinese_font():
    if not shutil.which("fc-list"):
        return False
    fonts = subprocess.run(["fc-list", ":lang=zh-cn", "family"], capture_output=True, text=True)
    return bool(fonts.stdout.strip())


def ensure():
    """Install what is missing as root; otherwise name the one command that does it."""
    missing = missing_packages()
    if not missing:
        return
    if shutil.which("fc-list") is None and "fonts-wqy-zenhei" in missing:
        missing.append("fontconfig")
    command = f"apt-get install --no-install-recommends {' '.join(missing)}"
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        raise Failure(
            "The browser and PDF tests need programs that are not installed.",
            f"Run once, as root: {command}",
        )
    with step(f"install for browser and PDF tests: {' '.join(missing)}"):
        apt_install(missing)
        if still := missing_packages():
            say(f"   still missing: {' '.join(still)}")
