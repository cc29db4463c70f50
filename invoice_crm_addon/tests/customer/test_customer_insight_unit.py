from odoo.tests import HttpCase, no_retry, tagged

from odoo.addons.web.tests import test_js

SUITE = "@invoice_crm_addon/unit/customer_insight"


@tagged("post_install", "-at_install")
class TestCustomerInsightUnit(HttpCase):
    @no_retry
    def test_unit(self):
        """The tab's component, in a browser without a server behind it."""
        suite = test_js.HOOTCommon._generate_hash(self, SUITE)
        self.browser_js(
            f"/web/tests?headless&loglevel=2&preset=desktop&timeout=15000&id={suite}",
            "",
            "",
            login="admin",
            timeout=300,
            success_signal="[HOOT] Test suite succeeded",
            error_checker=test_js.unit_test_error_checker,
        )
