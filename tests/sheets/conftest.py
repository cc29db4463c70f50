"""Loads the package by its folder: importing it through the add-on would import Odoo."""

import importlib.util
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent))
PACKAGE = pathlib.Path(__file__).parents[2] / "invoice_crm_addon" / "sheets"

spec = importlib.util.spec_from_file_location(
    "sheets", PACKAGE / "__init__.py", submodule_search_locations=[str(PACKAGE)]
)
module = importlib.util.module_from_spec(spec)
sys.modules["sheets"] = module
spec.loader.exec_module(module)
