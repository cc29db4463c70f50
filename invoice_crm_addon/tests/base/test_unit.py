from pathlib import Path

from odoo.tests import HttpCase, no_retry, tagged

from odoo.addons.web.tests import test_js

FOLDER = Path(__file__).parents[2] / "static/tests/unit"


@tagged("post_install", "-at_install")
class TestUnit(HttpCase):
    @no_retry
    def test_components(self):
        """Each suite of ``static/tests/unit``, in a browser without a server behind it."""
        suites = [path.name.removesuffix(".test.js") for path in sorted(FOLDER.glob("*.test.js"))]
        self.assertTrue(suites)
        for suite in suites:
            with self.subTest(suite=suite):
                suite_id = test_js.HOOTCommon._generate_hash(
                    self, f"@invoice_crm_addon/unit/{suite}"
                )
                self.browser_js(
                    f"/web/tests?headless&loglevel=2&preset=desktop&timeout=15000&id={suite_id}",
                    "",
                    "",
                    login="admin",
                    timeout=300,
                    success_signal="[HOOT] Test suite succeeded",
                    error_checker=test_js.unit_test_error_checker,
                )
