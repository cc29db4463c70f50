"""axe-core, the accessibility checker that the browser tests run on our screens.

It comes from npm, pinned like everything else, and is no part of the add-on: its licence (MPL-2.0)
stays with it in the runtime folder.
"""

import hashlib
import io
import os
import tarfile
import tempfile
from pathlib import Path

from . import layout
from .console import Failure, run, step

VERSION = "4.10.3"
SHA256 = "0f2b4d7dcdf7d1219df8d1959ad68e565f51d14c3f0d88bb71cd59abeb956292"
SCRIPT = layout.RUNTIME / "axe" / VERSION / "axe.min.js"
VARIABLE = "AXE_CORE"


def is_there():
    """Whether there is a script already, ours or one that somebody named."""
    return SCRIPT.exists() or bool(os.environ.get(VARIABLE))


def ensure():
    """Have the script, and say in the environment where it stands."""
    if not is_there():
        with step(f"fetch axe-core {VERSION} for the accessibility tests"):
            _fetch()
    os.environ.setdefault(VARIABLE, str(SCRIPT))


def _fetch():
    with tempfile.TemporaryDirectory() as folder:
        run(
            ["npm", "pack", "--silent", f"axe-core@{VERSION}"],
            failure="npm cannot fetch axe-core.",
            mend="Check the network and npm's configuration (npm config list), run again.",
            cwd=folder,
        )
        archive = (Path(folder) / f"axe-core-{VERSION}.tgz").read_bytes()
    if hashlib.sha256(archive).hexdigest() != SHA256:
        raise Failure("What npm fetched is not the axe-core that was pinned.", "Fetch it again.")
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        content = tar.extractfile("package/axe.min.js").read()
    SCRIPT.parent.mkdir(parents=True, exist_ok=True)
    SCRIPT.write_bytes(content)
