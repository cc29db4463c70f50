"""Packages that PDF files and pictures need, and XML and OFD do not."""

import importlib
import importlib.util
from functools import lru_cache
from types import ModuleType

from .errors import FapiaoError

#: Name of the distribution by the module that is imported.
PACKAGES = {"pdfminer": "pdfminer.six", "pypdfium2": "pypdfium2", "zxingcpp": "zxing-cpp"}


def missing_packages() -> list[str]:
    """Names of the packages that would have to be installed to read PDF files and pictures."""
    return [name for module, name in PACKAGES.items() if not importlib.util.find_spec(module)]


def need(module: str) -> ModuleType:
    """Import one of the packages, or a module in it.

    :raise FapiaoError: ``package_missing``, with the name to install
    """
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise FapiaoError("package_missing", package=PACKAGES[module.partition(".")[0]]) from error


@lru_cache
def is_installed(module: str) -> bool:
    """Whether a package can be imported; it is looked for without importing it."""
    return importlib.util.find_spec(module) is not None
