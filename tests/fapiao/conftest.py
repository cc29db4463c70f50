"""Loads the package by its folder: importing it through the add-on would import Odoo."""

import importlib.util
import os
import pathlib
import sys

import pytest

PACKAGE = pathlib.Path(__file__).parents[2] / "invoice_crm_addon" / "fapiao"


def load(name, path, **options):
    """Load a module or package from its file, under any name."""
    spec = importlib.util.spec_from_file_location(name, path, **options)
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def load_package(name):
    """Load the package under any name."""
    return load(name, PACKAGE / "__init__.py", submodule_search_locations=[str(PACKAGE)])


load_package("fapiao")
for name in (
    "fapiao_builders",
    "fapiao_pdf",
    "fapiao_ofd",
    "fapiao_street",
    "fapiao_expected",
    "fapiao_layouts",
    "fapiao_pages",
):
    load(name, pathlib.Path(__file__).with_name(f"{name}.py"))


@pytest.fixture
def load_as():
    """Loads the package under another name, and forgets it afterwards."""
    names = []

    def load_under(name):
        names.append(name)
        return load_package(name)

    yield load_under
    for module in list(sys.modules):
        if module.split(".")[0] in names:
            del sys.modules[module]


@pytest.fixture(scope="session")
def samples():
    """Folder with e-invoice files and ``expected.tsv``."""
    folder = os.environ.get("FAPIAO_SAMPLES")
    if not folder:
        pytest.skip("FAPIAO_SAMPLES names no folder with sample files")
    return pathlib.Path(folder)
