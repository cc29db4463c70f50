import json
import os
import unittest
from pathlib import Path
from urllib.parse import urlsplit

from odoo import fields
from odoo.tests import HttpCase, tagged

from ...models.base.proof import proven
from ..common import TicketCommon
from .settled import SETTLED

AXE = os.environ.get("AXE_CORE")
# What core draws around our screens; it is not ours to mend.
OF_CORE = (
    ".o_main_navbar",
    ".o_control_panel_navigation",
    ".o_cp_switch_buttons",
    ".o_searchview",
    ".o_search_panel",
    ".o_search_panel_sidebar",
    ".o_optional_columns_dropdown",
    ".o_list_record_selector",
    ".o_calendar_sidebar_container",
    ".o_calendar_sidebar",
    ".o-mail-Chatter",
    ".o_pager",
    "button.oi-panel-right",
    "button:has(> .oi-panel-right)",
    ".o_show_password",
    ".o_button_more",
)
# What core's own fields lack within them.
IN_FIELDS = {
    "aria-allowed-attr": ".o_tag, .o-autocomplete--input",
    "aria-required-parent": ".o_notebook .nav-link, .o_colorlist_toggler",
    "image-alt": ".o_m2m_avatar, [class*=o_field_many2one_avatar] img",
    "role-img-alt": ".o_field_kanban_activity i",
}
CHECK = """
(async () => {
    const script = document.createElement("script");
    script.src = %(axe)s;
    const loaded = new Promise((resolve) => script.addEventListener("load", resolve));
    document.head.append(script);
    await loaded;
    const ofCore = %(in_fields)s;
    const isOurs = (id, target) =>
        !(id in ofCore) || !document.querySelector(target)?.matches(ofCore[id]);
    const find = async (selector) => {
        const start = Date.now();
        await until(() => document.querySelector(selector) || Date.now() - start > 20000);
        const el = document.querySelector(selector);
        if (!el) {
            throw new Error(`${selector} is not there`);
        }
        return el;
    };
    // As a click on a link does: the web client stays, its screen goes.
    const open = async (path) => {
        document
            .querySelectorAll(".o_action_manager > *")
            .forEach((el) => el.setAttribute("data-left", ""));
        const link = Object.assign(document.createElement("a"), { href: path });
        document.body.append(link);
        link.click();
        link.remove();
        await find("body:not(:has([data-left]))");
    };
    const check = async ({ ready, clicks, include }) => {
        for (const selector of clicks) {
            (await find(selector)).click();
            await settle();
        }
        await find(ready);
        await settle();
        const { violations } = await axe.run(
            { include: [[include]], exclude: %(exclude)s.map((selector) => [selector]) },
            { runOnly: { type: "tag", values: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"] } }
        );
        return violations
            .filter(({ impact }) => ["serious", "critical"].includes(impact))
            .flatMap(({ id, nodes }) =>
                nodes
                    .filter(({ target }) => isOurs(id, target[0]))
                    .map(({ html, any }) =>
                        `${id}: ${html.slice(0, 200)} (${any[0]?.message || ""})`)
            );
    };
    const found = [];
    for (const [index, screen] of %(screens)s.entries()) {
        const place = [screen.path, ...screen.clicks].join(" ");
        try {
            if (index) {
                await open(screen.path);
            }
            found.push(...(await check(screen)).map((fault) => `${place}: ${fault}`));
        } catch (error) {
            found.push(`${place}: ${error}`);
        }
    }
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
    const found = [];
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
    for (const [bundle, url] of Object.entries(%(urls)s)) {
        const style = document.createElement("link");
        style.rel = "stylesheet";
        style.href = url;
        const loaded = new Promise((resolve, reject) => {
            style.onload = resolve;
            style.onerror = () => reject(new Error("no style sheet"));
        });
        document.querySelectorAll("link[rel=stylesheet]").forEach((link) => link.remove());
        document.head.append(style);
        await loaded;
        for (let color = 0; color < 12; color++) {
            const box = document.createElement("div");
            box.className = "o_calendar_renderer";
            box.innerHTML = `<span class="badge rounded-pill o_badge_color_${color}">text</span>
                <a class="fc-event o_ticket_event o_calendar_color_${color}">text</a>
                <div class="bg-view"><div class="o_fapiao_document">text</div></div>
                <div class="o_invoice_app bg-view"><span class="text-muted">text</span></div>`;
            document.body.append(box);
            const badge = getComputedStyle(box.querySelector(".badge"));
            const event = getComputedStyle(box.querySelector(".fc-event"));
            const pairs = {
                badge: [badge.color, badge.backgroundColor],
                document: [
                    getComputedStyle(box.querySelector(".o_fapiao_document")).color,
                    getComputedStyle(box.querySelector(".bg-view")).backgroundColor,
                ],
                quiet: [
                    getComputedStyle(box.querySelector(".text-muted")).color,
                    getComputedStyle(box.querySelector(".bg-view")).backgroundColor,
                ],
                event: [
                    event.getPropertyValue("--fc-event-text-color"),
                    event.getPropertyValue("--fc-event-bg-color"),
                ],
            };
            for (const [name, [text, ground]] of Object.entries(pairs)) {
                const value = contrast(text, ground);
                if (!(value >= 4.5)) {
                    found.push(`${bundle}: ${name} ${color}: ${value.toFixed(2)}`
                        + ` (${text} on ${ground})`);
                }
            }
        }
    }
    console[found.length ? "error" : "log"](found.join("\\n") || "test successful");
})().catch((error) => console.error(String(error)));
"""


@tagged("post_install", "-at_install")
class TestTypeColours(HttpCase):
    def test_contrast(self):
        """Of all colours that a type can have, as a tag and in the calendar; of the ink of printed
        forms and of quiet text; light and dark."""
        urls = {
            bundle: self.env["ir.qweb"]._get_asset_bundle(bundle, js=False).css().url
            for bundle in ("web.assets_web", "web.assets_web_dark")
        }
        code = CONTRAST % {"urls": json.dumps(urls)}
        self.browser_js("/odoo", code, "odoo.isReady === true", login="admin")


@tagged("post_install", "-at_install")
@unittest.skipUnless(AXE, "AXE_CORE names no script of axe-core")
class TestAccessibility(TicketCommon, HttpCase):
    """Nothing serious on our screens for those who see, hear or point otherwise: WCAG 2.1 AA."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.axe = cls.env["ir.attachment"].create(
            {"name": "axe.js", "raw": Path(AXE).read_bytes(), "public": True}
        )
        today = fields.Date.context_today(cls.env.user)
        cls.ticket = cls._create_ticket(issue_date=today)
        cls._create_flow("invoice.ticket", [cls.approver])
        cls.waiting = cls._create_ticket(content="Waits")
        cls._submit(cls.waiting)
        cls.contract = cls._create_contract()
        issued = cls._create_ticket(type_id=cls.type_voucher.id)
        cls._issue(issued)
        cls.parcel = cls._create_shipment(issued)

    def _check(self, login, *screens):
        """Open a page, and what follows it from there, since a page takes long to load."""
        code = SETTLED + CHECK % {
            "axe": repr(f"/web/content/{self.axe.id}/axe.js"),
            "in_fields": json.dumps(IN_FIELDS),
            "screens": json.dumps(screens),
            "exclude": list(OF_CORE),
        }
        path = screens[0]["path"]
        with self.subTest(path=path, login=login):
            self.browser_js(path, code, login=login, timeout=60 + 30 * len(screens))

    @staticmethod
    def _screen(path, ready, clicks=(), include=".o_action_manager"):
        """
        :param str ready: what shows that the screen is there
        :param tuple clicks: what to click before that, one after the other
        :param str include: what of the page is checked
        """
        return {"path": path, "ready": ready, "clicks": clicks, "include": include}

    # === SCREENS === #

    def _list(self, path):
        """A list, and a record that is opened in its panel."""
        clicks = [".o_data_row .o_data_cell"]
        return self._screen(f"/odoo/{path}", ".o_record_panel .o_form_sheet", clicks)

    def _form(self, path, record):
        return self._screen(f"/odoo/{path}/{record.id}", ".o_form_sheet")

    def _home(self):
        return self._screen("/odoo/tickets-overview", ".o_worklist_overview .card")

    def _settings(self):
        block = ".app_settings_block[data-key=invoice_crm_addon]"
        tab = ".settings_tab [data-key=invoice_crm_addon]"
        return self._screen("/odoo/settings", block, [tab], include=block)

    def _views(self):
        return [
            self._screen("/odoo/tickets", ".o_kanban_record", [".o_switch_view.o_kanban"]),
            self._screen("/odoo/tickets", ".fc-event", [".o_switch_view.o_calendar"]),
        ]

    def _pages(self):
        page = ".o_control_panel, .o_action_manager > div"
        dialog = ".o_dialog .modal-content"
        return [
            self._screen("/odoo/tickets-overview", page),
            self._screen("/odoo/settle", page),
            self._screen("/odoo/tickets-to-issue", ".o_view_controller"),
            self._screen("/odoo/tickets", ".o_find_condition", [".o_find_toggle"]),
            self._screen("/odoo/tickets", ".o_many_values", [".o_find_many"], include=dialog),
        ]

    # === TESTS === #

    def test_finance(self):
        self._check(
            "ticket_finance",
            *map(self._list, ("tickets", "invoice-contracts", "ticket-shipments")),
            *self._views(),
            self._form("tickets", self.ticket),
            self._form("tickets", self.waiting),
            self._form("invoice-contracts", self.contract),
            self._form("ticket-shipments", self.parcel),
            *self._pages(),
        )

    def test_approver(self):
        self._check(
            "ticket_approver",
            self._list("tickets-to-approve"),
            self._form("tickets-to-approve", self.waiting.approval_request_id),
            self._home(),
        )

    def test_manager(self):
        """With the figures and charts of who leads, and the first steps of who sets it up."""
        self.manager.group_ids |= self.env.ref("base.group_system")
        self._check("ticket_manager", self._home(), self._settings())

    def test_pages_behind_links(self):
        """What customers and approvers see behind the links of our mails, without login."""
        contact = self.env["res.partner"].create({"name": "Li", "parent_id": self.customer.id})
        question = proven(self.env["invoice.billing.confirmation"]).create(
            {
                "partner_id": self.customer.id,
                "contact_id": contact.id,
                "user_id": self.sales.id,
            }
        )
        request_sudo = self.waiting.sudo().approval_request_id
        for link in (proven(question)._get_link(), request_sudo._get_link(self.approver)):
            parts = urlsplit(link)
            page = self._screen(f"{parts.path}?{parts.query}", "form", include="body")
            self._check(None, page)
        # And to a customer who is logged in at the portal, with its bars.
        parts = urlsplit(proven(question)._get_link())
        page = self._screen(f"{parts.path}?{parts.query}", "form", include="body")
        self._check("ticket_portal", page)
        for path in ("/invoice_crm/tickets", "/invoice_crm/statement"):
            page = self._screen(f"{path}?token=x", "body", include="body")
            self._check("ticket_portal", page)


@tagged("post_install", "-at_install")
@unittest.skipUnless(AXE, "AXE_CORE names no script of axe-core")
class TestAccessibilityOfPhones(TestAccessibility):
    """The same on a phone: cards for tables, and a record over its list."""

    browser_size = "390x844"
    touch_enabled = True

    def _list(self, path):
        """A phone opens cards."""
        return self._screen(f"/odoo/{path}", ".o_kanban_record:not(.o_kanban_ghost)")

    def _views(self):
        return [self._screen("/odoo/vat-return", ".o_vat_table")]

    def test_manager(self):
        """A list without cards is itself cards, too."""
        self.manager.group_ids |= self.env.ref("base.group_system")
        types = self._screen("/odoo/ticket-types", ".o_data_row")
        self._check("ticket_manager", types, self._home(), self._settings())
