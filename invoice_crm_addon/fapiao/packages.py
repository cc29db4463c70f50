"""Packages that PDF files and pictures need, and XML and OFD do not."""

import importlib
from types import ModuleType

from .errors import FapiaoError

#: Name of the distribution by the module that is imported.
PACKAGES = {"pdfplumber": "pdfplumber", "pypdfium2": "pypdfium2", "zxingcpp": "zxing-cpp"}


def need(module: str) -> ModuleType:
    """Import one of the packages.

    :raise FapiaoError: ``package_missing``, with the name to install
    """
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise FapiaoError("package_missing", package=PACKAGES[module]) from error
