from odoo.tests import HttpCase, new_test_user, tagged

CLICK = (
    "odoo.loader.modules.get('@web/webclient/clickbot/clickbot_loader')"
    ".startClickEverywhere('invoice_crm_addon.menu_ticket_root', {light});"
)


@tagged("post_install", "-at_install")
class TestClickEverywhere(HttpCase):
    """Core's click robot opens all our menus, views and filters without a client error."""

    allow_end_on_form = True

    def _click_everywhere(self, login, light="false"):
        self.browser_js(
            "/odoo",
            CLICK.format(light=light),
            "odoo.isReady === true",
            login=login,
            timeout=1200,
            success_signal="clickbot test succeeded",
        )

    def test_administrator_clicks_everywhere(self):
        self.env.ref("base.user_admin").tour_enabled = False
        self._click_everywhere("admin")

    def test_sales_user_clicks_through_the_menus(self):
        new_test_user(
            self.env,
            login="click_sales",
            groups="invoice_crm_addon.group_ticket_user",
            tour_enabled=False,
        )
        self._click_everywhere("click_sales", light="true")
