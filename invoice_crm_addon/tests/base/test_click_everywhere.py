import os

from odoo.tests import HttpCase, new_test_user, tagged

CLICK = (
    "odoo.loader.modules.get('@web/webclient/clickbot/clickbot_loader')"
    ".startClickEverywhere('invoice_crm_addon.menu_ticket_root', {light});"
)
# Many menus show the same model with the same filters. Unless CLICK_EVERY_FILTER is set, the robot
# tries a filter once in each kind of view: it passes by what looks like "Custom Filter...".
ONCE = """
const seen = new Set();
new MutationObserver(() => {
    const menu = document.querySelector(".o_filter_menu:not(.o_seen)");
    const { action, view } = odoo.__WOWL_DEBUG__.root.env.services.action.currentController || {};
    if (!menu || !view) {
        return;
    }
    menu.classList.add("o_seen");
    for (const item of menu.querySelectorAll(":scope > .o_menu_item, :scope > .o_accordion")) {
        const place = [action.res_model, action.search_view_id?.[0], view.type];
        const filter = JSON.stringify([...place, item.innerText.trim()]);
        if (seen.has(filter)) {
            item.classList.remove("o_accordion");
            item.classList.add("o_add_custom_filter");
        }
        seen.add(filter);
    }
}).observe(document.body, { childList: true, subtree: true });
"""


@tagged("post_install", "-at_install")
class TestClickEverywhere(HttpCase):
    """Core's click robot opens all our menus, views and filters without a client error."""

    allow_end_on_form = True

    def _click_everywhere(self, login, light="false"):
        once = "" if os.environ.get("CLICK_EVERY_FILTER") else ONCE
        self.browser_js(
            "/odoo",
            once + CLICK.format(light=light),
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
