"""Loads the packages by their folders: importing them through the add-on would import Odoo."""

import importlib
import pathlib
import sys
import types

sys.path.insert(0, str(pathlib.Path(__file__).parent))
ADDON = pathlib.Path(__file__).parents[2] / "invoice_crm_addon"

parent = types.ModuleType("plain_addon")
parent.__path__ = [str(ADDON)]
sys.modules["plain_addon"] = parent
sys.modules["statements"] = importlib.import_module("plain_addon.statements")
