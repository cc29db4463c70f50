"""Odoo 19.0 from Debian's archive, through a private apt state: no root, no system change.

apt keeps its lists, cache and sources in the runtime folder, and takes the mirror from
the machine's own configuration, so that proxies, caches and mirrors set up there hold.
"""

import re
import shutil
import subprocess
import tempfile
from pathlib import Path

from . import layout
from .console import Failure, run, step

PACKAGE = "odoo-19"
# Odoo's package links to these; unpacked into the same prefix, the links resolve.
LINKED = (
    "libjs-jquery",
    "libjs-jquery-form",
    "libjs-underscore",
    "fonts-roboto-unhinted",
    "fonts-montserrat",
    "fonts-inconsolata",
    "fonts-ocr-b",
    # 4.7 file names; the 7.x of later suites breaks the links.
    "fonts-font-awesome/bookworm",
)
OWN_ODOO = (
    "Set ODOO_PATH to a checkout or an installation of Odoo 19.0 to use that one instead "
    "of downloading it."
)


def mirror():
    """Return the URI of the Debian archive that this machine's apt uses."""
    if not shutil.which("apt-get") or not shutil.which("dpkg"):
        raise Failure("This system has no apt, so Odoo cannot be downloaded.", OWN_ODOO)
    with tempfile.TemporaryDirectory() as lists:
        # Only prints what an update would fetch, so neither root nor network is needed,
        # and a system whose lists were never downloaded answers too.
        listing = subprocess.run(
            ["apt-get", "-o", f"Dir::State::Lists={lists}", "update", "--print-uris"],
            capture_output=True,
            text=True,
        ).stdout
    found = re.findall(r"^'(\S+/)dists/([^/\s]+)/InRelease'", listing, re.MULTILINE)
    archives = [uri for uri, suite in found if "-" not in suite]
    # The archive proper ends in /debian wherever it is mirrored.
    archives.sort(key=lambda uri: not uri.endswith("/debian/"))
    if not archives:
        raise Failure("apt on this system names no Debian archive.", OWN_ODOO)
    return archives[0]


def keyring():
    """Return the Debian archive keyring of this machine."""
    for name in ("debian-archive-keyring.pgp", "debian-archive-keyring.gpg"):
        path = Path("/usr/share/keyrings") / name
        if path.exists():
            return path
    raise Failure(
        "The Debian archive keyring is missing.",
        "Install the package debian-archive-keyring. " + OWN_ODOO,
    )


class PrivateApt:
    """apt-get with every folder of its own below the runtime folder."""

    def __init__(self, folder):
        self.folder = folder
        for name in ("lists/partial", "cache/archives/partial"):
            (folder / name).mkdir(parents=True, exist_ok=True)
        (folder / "status").touch()
        uri, key = mirror(), keyring()
        (folder / "sources.list").write_text(
            "".join(f"deb [signed-by={key}] {uri} {suite} main\n" for suite in ("sid", "bookworm"))
        )

    def command(self, *words):
        """Return an apt-get command line that reads and writes only our folder."""
        folder = self.folder
        options = {
            "Dir::State": folder,
            "Dir::State::Lists": folder / "lists",
            "Dir::State::Status": folder / "status",
            "Dir::Cache": folder / "cache",
            "Dir::Etc::SourceList": folder / "sources.list",
            "Dir::Etc::SourceParts": "/nonexistent",
            "Dir::Etc::PreferencesParts": "/nonexistent",
            "Acquire::Languages": "none",
            "Acquire::PDiffs": "false",
            "Acquire::Retries": "3",
            "Acquire::IndexTargets::deb::DEP-11::DefaultEnabled": "false",
            "APT::Update::Error-Mode": "any",
            # As root apt would drop to a user that may not reach this folder.
            "APT::Sandbox::User": "",
        }
        flags = [part for key, value in options.items() for part in ("-o", f"{key}={value}")]
        return ["apt-get", *flags, *words]


def download():
    """Fetch the packages; a finished download is kept and used without network."""
    done = layout.DOWNLOADS / "complete"
    if done.exists():
        return
    layout.DOWNLOADS.mkdir(parents=True, exist_ok=True)
    with step("download Odoo 19.0 (123 MB) with a private apt"):
        apt = PrivateApt(layout.DOWNLOADS / "apt")
        offline = "Check the network (or the proxy in apt's configuration), run again. " + OWN_ODOO
        run(apt.command("update"), failure="The Debian archive cannot be reached.", mend=offline)
        run(
            apt.command("download", PACKAGE, *LINKED),
            cwd=layout.DOWNLOADS,
            failure="Odoo's Debian packages cannot be downloaded.",
            mend=offline,
        )
        layout.remove_tree(layout.DOWNLOADS / "apt")
        done.touch()


def unpack():
    """Unpack the packages into a temporary prefix and rename it when it is whole."""
    if layout.ODOO_TREE.exists():
        return
    download()
    new = layout.ODOO_TREE.with_name("odoo.tmp")
    with step("unpack Odoo 19.0"):
        layout.remove_tree(new)
        for package in sorted(layout.DOWNLOADS.glob("*.deb")):
            try:
                run(["dpkg", "-x", package, new], failure=f"{package.name} cannot be unpacked.")
            except Failure as error:
                if "disk is full" in str(error):
                    raise
                # A damaged download: forget it, so that the next run fetches it again.
                (layout.DOWNLOADS / "complete").unlink(missing_ok=True)
                raise Failure(str(error), "Run again: it is downloaded anew.") from error
        _fill_gaps(new)
        new.rename(layout.ODOO_TREE)


def _fill_gaps(prefix):
    """Add what Debian leaves out and the web client misses loudly."""
    addons = prefix / "usr/lib/python3/dist-packages/odoo/addons"
    # Blurs camera backgrounds in calls; without a file the client logs an error on every
    # page, which fails every browser test.
    script = addons / "mail/static/lib/selfie_segmentation/selfie_segmentation.js"
    script.parent.mkdir(parents=True, exist_ok=True)
    script.touch()
