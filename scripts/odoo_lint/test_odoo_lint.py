"""Odoo's own test_lint, run by pytest-odoo and narrowed to our modules.

test_lint walks every add-on it can find, which takes minutes and mostly judges the code
of others. While these tests run, the lists that it walks hold our modules alone; the
checks themselves are Odoo's, unchanged.

Left out: test_checkers (tests the linter itself), test_docstring (judges base only),
test_eslint (needs an eslint of Node.js).
"""

import logging
from unittest import mock

import pytest

from odoo.modules import Manifest
from odoo.modules.registry import Registry
from odoo.tools import config

from odoo.addons.test_lint.tests import (
    test_dunderinit,
    test_i18n,
    test_index,
    test_jstranslate,
    test_l10n,
    test_manifests,
    test_markers,
    test_naming,
    test_onchange_domains,
    test_orm_import,
    test_override_signatures,
    test_pofile,
    test_pylint,
    test_routes,
    test_test_holes,
)

from runtime import layout

FOLDERS = [layout.MODULE_DIR, *layout.test_modules()]
MODULES = [folder.name for folder in FOLDERS]
# Keys of a manifest that Odoo never reads: the Apps store and OCA's tools do.
OUTWARD_KEYS = {"maintainers", "support"}

TestDunderinit = test_dunderinit.TestDunderinit
TestI18n = test_i18n.TestI18n
TestIndex = test_index.TestIndex
TestJsTranslations = test_jstranslate.TestJsTranslations
TestL10n = test_l10n.L10nLinter
TestManifests = test_manifests.ManifestLinter
TestNaming = test_naming.TestNaming
TestOnchangeDomains = test_onchange_domains.TestOnchangeDomains
TestOrmImport = test_orm_import.TestDunderinit
TestOverrideSignatures = test_override_signatures.TestLintOverrideSignatures
TestPofile = test_pofile.PotLinter
TestPylint = test_pylint.TestPyLint
TestRoutes = test_routes.RoutesLinter
TestTestHoles = test_test_holes.TestTestHoles


class TestMarkers(test_markers.TestConflictMarkers):
    """The one check whose list of files cannot be narrowed from outside."""

    def test_conflict_markers(self):
        for folder in FOLDERS:
            for path in folder.rglob("*"):
                if path.suffix in test_markers.EXTENSIONS:
                    self.check_file(str(path))


def models_of_modules(database):
    """Return the models of a registry that our modules define or extend."""
    prefixes = tuple(f"odoo.addons.{name}." for name in MODULES)
    return {
        name: model
        for name, model in Registry(database).items()
        if any(parent.__module__.startswith(prefixes) for parent in model.mro())
    }


@pytest.fixture(autouse=True)
def narrowed_to_modules():
    """Let the checks see our modules and nothing else."""
    manifests = [Manifest.for_addon(name) for name in MODULES]
    with (
        mock.patch.object(Manifest, "all_addon_manifests", lambda: manifests),
        mock.patch.object(
            test_manifests, "MANIFEST_KEYS", test_manifests.MANIFEST_KEYS | OUTWARD_KEYS
        ),
        mock.patch.object(test_pofile, "get_modules", lambda: MODULES),
        mock.patch.object(test_naming, "Registry", models_of_modules),
        mock.patch.object(test_override_signatures, "Registry", models_of_modules),
    ):
        yield


@pytest.fixture(autouse=True)
def pylint_sees_modules_only(request):
    """test_pylint always adds Odoo's own tree, which it finds by this attribute."""
    if request.cls is not TestPylint:
        yield
        return
    with mock.patch.dict(config.__dict__, root_path=str(layout.MODULE_DIR)):
        yield


@pytest.fixture(autouse=True)
def warnings_are_findings(caplog):
    """Some checks only log what they find."""
    caplog.set_level(logging.WARNING, logger="odoo.addons.test_lint")
    yield
    found = [
        record.getMessage()
        for record in caplog.records
        if record.levelno >= logging.WARNING and record.name.startswith("odoo.addons.test_lint")
    ]
    assert not found, "\n".join(found)
