"""make docs: the manual in both languages, from docs/ into the add-on."""

import hashlib
import shutil
import sys
import tempfile
from pathlib import Path

from . import layout
from .console import run, step
from .pyenv import PIP_OPTIONS

SOURCES = layout.ROOT / "docs"
REQUIREMENTS = layout.ROOT / "requirements-docs.txt"
LANGUAGES = ("zh_CN", "en")
BUILT = layout.MODULE_DIR / "static" / "manual"
#: Holds the digest of what the manual was built from: tests tell by it that it is up to date.
STAMP = BUILT / "sources.sha256"
VENV = layout.RUNTIME / "docs-venv"
#: What Sphinx leaves beside the pages, and no page needs.
LEFT_OVER = (".buildinfo", "objects.inv", "_static/pygments.css", "_static/translations.js")


def main(_words):
    """Build the manual and put it where the add-on serves it from."""
    with step("have the tool that builds the manual"):
        _ensure_tool()
    for language in LANGUAGES:
        with step(f"build the manual: {language}"):
            build(language, BUILT / language)
    STAMP.write_text(digest() + "\n")
    return 0


def digest():
    """Return one digest of all that the manual is made from."""
    whole = hashlib.sha256()
    for path in sorted((REQUIREMENTS, *SOURCES.rglob("*"))):
        if path.is_file() and "__pycache__" not in path.parts:
            whole.update(str(path.relative_to(layout.ROOT)).encode())
            whole.update(hashlib.sha256(path.read_bytes()).digest())
    return whole.hexdigest()


def build(language, target):
    """Build one language; a warning, such as a link that leads nowhere, is an error.

    :param Path target: folder that the pages replace
    """
    with tempfile.TemporaryDirectory() as scratch:
        pages = Path(scratch, "pages")
        sphinx = [VENV / "bin" / "python", "-m", "sphinx", "-q", "-W", "--keep-going", "-E"]
        options = ["-b", "html", "-c", SOURCES, "-d", Path(scratch, "read")]
        run(
            [*sphinx, *options, "-D", f"language={language}", SOURCES / language, pages],
            failure=f"Sphinx finds faults in docs/{language}.",
        )
        for name in LEFT_OVER:
            pages.joinpath(name).unlink(missing_ok=True)
        layout.remove_tree(target)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copytree(pages, target)


def _ensure_tool():
    stamp, wanted = VENV / "complete", REQUIREMENTS.read_text() + sys.version
    if stamp.exists() and stamp.read_text() == wanted:
        return
    layout.remove_tree(VENV)
    run([sys.executable, "-m", "venv", VENV], failure="python3 -m venv failed.")
    pip = [VENV / "bin" / "python", "-m", "pip", "install", "--quiet", *PIP_OPTIONS]
    run([*pip, "-r", REQUIREMENTS], failure="pip could not install Sphinx.")
    stamp.write_text(wanted)
