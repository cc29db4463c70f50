from odoo.tests import HttpCase, no_retry, tagged

from odoo.addons.web.tests import test_js


@tagged("post_install", "-at_install")
class TestUnit(HttpCase):
    @no_retry
    def test_components(self):
        """All suites of ``static/tests/unit``, in a browser without a server behind it.

        One page runs them: it takes longer to load Odoo's unit tests than to run ours.
        """
        ours = test_js.HOOTCommon._generate_hash(self, "@invoice_crm_addon")
        self.browser_js(
            f"/web/tests?headless&loglevel=2&preset=desktop&timeout=15000&id={ours}",
            "",
            "",
            login="admin",
            timeout=900,
            success_signal="[HOOT] Test suite succeeded",
            error_checker=test_js.unit_test_error_checker,
        )
