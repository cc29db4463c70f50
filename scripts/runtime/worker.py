"""pytest plugin: each process that runs tests in Odoo has files of its own, and its browser time.

pytest-odoo gives each process a copy of the database, and lends all of them the files of the
original. After each class of tests Odoo removes the files that its database does not know,
and so would take away what the other process has just written.
"""

import functools
import os
from unittest import mock

import pytest

from odoo.tests.common import get_db_name
from odoo.tools import config

from . import databases

# Steps of a tenth of a second: Odoo skips a test whose browser has not started after 10 seconds,
# which takes longer on a machine that does much else.
BROWSER_STEPS = 300


@pytest.fixture(scope="session", autouse=True)
def patient_with_the_browser():
    """Wait longer for the browser to start than Odoo does."""
    with mock.patch("odoo.tests.common.CHECK_BROWSER_ITERATIONS", BROWSER_STEPS):
        yield


@pytest.fixture(scope="session", autouse=True)
def own_filestore(load_registry):
    """Copy the files that pytest-odoo lends, and let Odoo work on the copy."""
    if not os.environ.get("PYTEST_XDIST_WORKER"):
        yield
        return
    name = get_db_name()
    databases.copy_files(os.path.basename(config.filestore(name)), name)
    own = functools.partial(type(config).filestore, config)
    with mock.patch.object(config, "filestore", own):
        yield
