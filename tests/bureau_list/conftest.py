"""Loads the packages by their folders: importing them through the add-on would import Odoo."""

import pathlib
import sys
import types

ADDON = pathlib.Path(__file__).parents[2] / "invoice_crm_addon"

# The package takes what stands beside it: both need one above them.
parent = types.ModuleType("bureau_addon")
parent.__path__ = [str(ADDON)]
sys.modules["bureau_addon"] = parent
# Tests of the add-on write the same lists.
sys.path.insert(0, str(ADDON / "tests" / "bureau"))
