"""Invoice files to read: samples of FAPIAO_SAMPLES, and what the tests' generators write."""

import importlib.util
import os
import pathlib
import sys

ROOT = pathlib.Path(__file__).parents[1]
SEEDS = range(4)
SHAPES = ("special", "red", "hundred_lines", "code12", "blockchain")


def _load(name, path):
    spec = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)


# It loads the package by its folder, as "fapiao", and the generators.
_load("fapiao_tests", ROOT / "tests" / "fapiao" / "conftest.py")
# Last, and here alone: what else lies there is meant for another benchmark.
sys.path.append(os.environ.get("BENCH_FETCHED", ""))


def read(content):
    """Read a file the way the add-on does."""
    return sys.modules["fapiao"].read_document(content)


def find_samples(*endings):
    """Content of the sample files by name; none without FAPIAO_SAMPLES."""
    folder = os.environ.get("FAPIAO_SAMPLES")
    paths = sorted(pathlib.Path(folder).iterdir()) if folder else ()
    return {path.name: path.read_bytes() for path in paths if path.suffix in endings}


def make_document(shape, seed):
    """A random invoice of a shape; the same seed gives the same one."""
    from fapiao_builders import random_document, rng_for

    return random_document(rng_for("bench", shape, seed), shape)


def write(title, document):
    """Content of a document as a file of a format: XML, OFD or PDF."""
    from fapiao_builders import write_edrm, write_einvoice
    from fapiao_ofd import write_platform_ofd
    from fapiao_pdf import write_pdf

    if title == "XML":
        return write_edrm(document).encode() if document.code else write_einvoice(document)
    return write_platform_ofd(document) if title == "OFD" else write_pdf(document)


def make_files():
    """Content of the generated files by format and name."""
    documents = {
        f"{shape} {seed}": make_document(shape, seed) for shape in SHAPES for seed in SEEDS
    }
    return {
        title: {name: write(title, document) for name, document in documents.items()}
        for title in ("XML", "OFD", "PDF")
    }
