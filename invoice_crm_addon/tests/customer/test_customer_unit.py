from odoo.tests import HttpCase, no_retry, tagged

from odoo.addons.web.tests import test_js

SUITES = ("billing_scan", "customer_insight", "invoice_jobs")


@tagged("post_install", "-at_install")
class TestCustomerUnit(HttpCase):
    @no_retry
    def test_unit(self):
        """Components of the customer file, in a browser without a server behind it."""
        for suite in SUITES:
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
