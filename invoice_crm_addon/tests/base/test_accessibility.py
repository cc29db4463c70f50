import os
import unittest
from pathlib import Path
from urllib.parse import urlsplit

from odoo import fields
from odoo.tests import HttpCase, tagged

from ...models.base.proof import proven
from ..common import TicketCommon

AXE = os.environ.get("AXE_CORE")
# What core draws around our screens, and within them; it is not ours to mend.
OF_CORE = (
    ".o_main_navbar",
    ".o_control_panel_navigation",
    ".o_searchview",
    ".o_search_panel",
    ".o_cp_switch_buttons",
    ".o_optional_columns_dropdown",
    ".o_list_actions_header",
    ".o_list_record_selector",
    ".o_list_table thead",
    ".o_calendar_sidebar",
    ".o-mail-Chatter",
    ".o_field_many2one_avatar_user",
    ".o_kanban_header",
    ".o_statusbar_status",
    ".fc-scroller",
    ".o_pager",
    ".o_cp_action_menus",
    ".o_notebook_headers",
    "header",
    "footer",
)
CHECK = """
%(axe)s;
(async () => {
    const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
    const find = async (selector) => {
        for (let turn = 0; turn < 100; turn++) {
            const el = document.querySelector(selector);
            if (el) {
                return el;
            }
            await sleep(100);
        }
        throw new Error(`${selector} is not there`);
    };
    for (const selector of %(clicks)s) {
        (await find(selector)).click();
        await sleep(600);
    }
    await find(%(ready)s);
    await sleep(600);
    const { violations } = await axe.run(
        { include: [[%(include)s]], exclude: %(exclude)s.map((selector) => [selector]) },
        { runOnly: { type: "tag", values: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"] } }
    );
    const found = violations
        .filter(({ impact }) => ["serious", "critical"].includes(impact))
        .flatMap(({ id, nodes }) =>
            nodes.map(({ html, any }) => `${id}: ${html.slice(0, 200)} (${any[0]?.message || ""})`)
        );
    if (found.length) {
        console.error(`${found.length} faults\\n${found.slice(0, 20).join("\\n")}`);
    } else {
        console.log("test successful");
    }
})().catch((error) => console.error(String(error)));
"""

# Whether text can be read on each of the colours that a type can have: 4.5 : 1, as WCAG asks.
CONTRAST = """
(async () => {
    const parse = (color) => {
        const canvas = document.createElement("canvas").getContext("2d");
        canvas.fillStyle = color;
        canvas.fillRect(0, 0, 1, 1);
        return [...canvas.getImageData(0, 0, 1, 1).data].slice(0, 3);
    };
    const luminance = (color) => {
        const [r, g, b] = parse(color).map((value) => {
            value /= 255;
            return value <= 0.03928 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
        });
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const contrast = (one, two) => {
        const [light, dark] = [luminance(one), luminance(two)].sort((a, b) => b - a);
        return (light + 0.05) / (dark + 0.05);
    };
    const style = document.createElement("link");
    style.rel = "stylesheet";
    style.href = %(css)s;
    const loaded = new Promise((resolve, reject) => {
        style.onload = resolve;
        style.onerror = () => reject(new Error("no style sheet"));
    });
    document.querySelectorAll("link[rel=stylesheet]").forEach((link) => link.remove());
    document.head.append(style);
    await loaded;
    const found = [];
    for (let color = 0; color < 12; color++) {
        const box = document.createElement("div");
        box.className = "o_calendar_renderer";
        box.innerHTML = `<span class="badge rounded-pill o_badge_color_${color}">text</span>
            <a class="fc-event o_ticket_event o_calendar_color_${color}">text</a>`;
        document.body.append(box);
        const badge = getComputedStyle(box.querySelector(".badge"));
        const event = getComputedStyle(box.querySelector(".fc-event"));
        const pairs = {
            badge: [badge.color, badge.backgroundColor],
            event: [
                event.getPropertyValue("--fc-event-text-color"),
                event.getPropertyValue("--fc-event-bg-color"),
            ],
        };
        for (const [name, [text, ground]] of Object.entries(pairs)) {
            const value = contrast(text, ground);
            if (!(value >= 4.5)) {
                found.push(`${name} ${color}: ${value.toFixed(2)} (${text} on ${ground})`);
            }
        }
    }
    console[found.length ? "error" : "log"](found.join("\\n") || "test successful");
})().catch((error) => console.error(String(error)));
"""


@tagged("post_install", "-at_install")
class TestTypeColours(HttpCase):
    def test_contrast(self):
        """Of all colours that a type can have, as a tag and in the calendar, light and dark."""
        for bundle in ("web.assets_web", "web.assets_web_dark"):
            with self.subTest(bundle=bundle):
                css = self.env["ir.qweb"]._get_asset_bundle(bundle, js=False).css()
                code = CONTRAST % {"css": repr(css.url)}
                self.browser_js("/odoo", code, "odoo.isReady === true", login="admin")


@tagged("post_install", "-at_install")
@unittest.skipUnless(AXE, "AXE_CORE names no script of axe-core")
class TestAccessibility(TicketCommon, HttpCase):
    """Nothing serious on our screens for those who see, hear or point otherwise: WCAG 2.1 AA."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.axe = Path(AXE).read_text()
        today = fields.Date.context_today(cls.env.user)
        cls.ticket = cls._create_ticket(issue_date=today)
        cls._create_flow("invoice.ticket", [cls.approver])
        cls.waiting = cls._create_ticket(content="Waits")
        cls._submit(cls.waiting)
        cls.contract = cls._create_contract()
        issued = cls._create_ticket(type_id=cls.type_voucher.id)
        cls._issue(issued)
        cls.parcel = cls._create_shipment(issued)

    def _check(self, path, ready, clicks=(), login="ticket_finance", include=".o_action_manager"):
        code = CHECK % {
            "axe": self.axe,
            "clicks": list(clicks),
            "ready": repr(ready),
            "include": repr(include),
            "exclude": list(OF_CORE),
        }
        with self.subTest(path=path, clicks=clicks):
            self.browser_js(path, code, login=login, timeout=120)

    def test_lists_and_panels(self):
        row = ".o_data_row .o_data_cell"
        for path in ("tickets", "invoice-contracts", "ticket-shipments"):
            self._check(f"/odoo/{path}", ".o_record_panel .o_form_sheet", [row])
        path = "/odoo/tickets-to-approve"
        self._check(path, ".o_record_panel .o_form_sheet", [row], login="ticket_approver")

    def test_views_of_tickets(self):
        for view, ready in (
            ("o_kanban", ".o_kanban_record"),
            ("o_calendar", ".fc-event"),
            ("o_pivot", ".o_pivot table"),
        ):
            self._check("/odoo/tickets", ready, [f".o_switch_view.{view}"])

    def test_forms(self):
        for record in (self.ticket, self.waiting, self.contract, self.parcel):
            path = f"/odoo/{record._name}/{record.id}"
            self._check(path, ".o_form_sheet")
        request = self.waiting.approval_request_id
        self._check(f"/odoo/{request._name}/{request.id}", ".o_form_sheet")

    def test_work_pages(self):
        self._check("/odoo/tickets-overview", ".o_action")
        self._check("/odoo/settle", ".o_action")
        self._check("/odoo/tickets-to-issue", ".o_view_controller")

    def test_pages_behind_links(self):
        """What customers and approvers see behind the links of our mails, without login."""
        question = self.env["invoice.billing.confirmation"].create(
            {"partner_id": self.customer.id, "user_id": self.sales.id}
        )
        request_sudo = self.waiting.sudo().approval_request_id
        for link in (proven(question)._get_link(), request_sudo._get_link(self.approver)):
            parts = urlsplit(link)
            self._check(f"{parts.path}?{parts.query}", "form", login=None, include="body")
