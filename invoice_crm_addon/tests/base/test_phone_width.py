import json

from odoo.tests import HttpCase, tagged

from ..common import TicketCommon
from .settled import SETTLED

# Opens actions one after the other and says what of each is wider than a phone.
WALK = """
(async () => {
    const { services } = odoo.__WOWL_DEBUG__.root.env;
    const app = %(app)s;
    const below = (menu) => (menu.childrenTree || []).flatMap((one) => [one, ...below(one)]);
    const menus = app ? below(services.menu.getMenuAsTree(services.menu.getAll()
        .find(({ xmlid }) => xmlid === app).id)).filter(({ actionID, childrenTree }) =>
        actionID && !childrenTree.length).map(({ name, actionID }) => [name, actionID]) : [];
    const found = [];
    for (const [name, action] of [...menus, ...%(actions)s]) {
        await services.action.doAction(action, { clearBreadcrumbs: true });
        await until(() => document.querySelector(".o_action_manager > *, .modal-body > *"));
        await settle();
        const tabs = document.querySelectorAll(".o_notebook_headers .nav-link");
        for (const tab of tabs.length ? tabs : [null]) {
            if (tab) {
                tab.click();
                await settle();
            }
            const page = document.documentElement;
            const boxes = ".o_list_renderer, .table-responsive, .modal-body, .o_content";
            for (const el of [page, ...document.querySelectorAll(boxes)]) {
                const isOpen = el === page || (el.checkVisibility() && !el.matches(%(pushed)s));
                if (isOpen && el.scrollWidth > el.clientWidth + 1) {
                    const place = el.closest("[name]")?.getAttribute("name") || "";
                    found.push(`${name}, ${tab?.innerText || place}: ${el.className}`
                        + ` ${el.scrollWidth} > ${el.clientWidth}`);
                }
            }
        }
        await services.action.doAction({ type: "ir.actions.act_window_close" });
        await until(() => !document.querySelector(".modal"));
    }
    if (!menus.length && !%(actions)s.length) {
        found.push("nothing was opened");
    }
    console[found.length ? "error" : "log"](found.join("\\n") || "test successful");
})().catch((error) => console.error(String(error)));
"""
# What core pushes aside: a table whose rows and columns the user chooses, columns of cards.
PUSHED = ".o_pivot, :has(> .o_kanban_grouped)"
READY = "odoo.isReady === true"


@tagged("post_install", "-at_install")
class TestPhoneWidth(TicketCommon, HttpCase):
    """What our app shows fits a phone: nothing is found by pushing a table aside only."""

    browser_size = "390x844"
    touch_enabled = True

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.flow = cls._create_flow("invoice.ticket", [cls.approver])
        cls.waiting = cls._create_ticket(content="Waits")
        cls._submit(cls.waiting)
        cls.flow.active = False
        cls.ticket = cls._create_ticket()
        cls._submit(cls.ticket)
        cls._issue(cls.ticket)
        cls.contract = cls._create_contract()
        cls.parcel = cls._create_shipment(cls.ticket)
        cls.people = cls.finance | cls.manager
        cls.people.tour_enabled = False

    def _walk(self, login, app=None, actions=()):
        code = SETTLED + WALK % {
            "app": json.dumps(app),
            "actions": json.dumps(list(actions)),
            "pushed": json.dumps(PUSHED),
        }
        self.browser_js("/odoo/tickets", code, READY, login=login, timeout=600)

    @staticmethod
    def _open(record, target="current", **values):
        return [
            record._description,
            {
                "type": "ir.actions.act_window",
                "res_model": record._name,
                "res_id": record.id,
                "views": [[False, "form"]],
                "target": target,
                **values,
            },
        ]

    def test_menus(self):
        for login in ("ticket_finance", "ticket_manager"):
            with self.subTest(login=login):
                self._walk(login, "invoice_crm_addon.menu_ticket_root")

    def test_forms(self):
        records = (
            self.waiting,
            self.waiting.approval_request_id,
            self.ticket,
            self.contract,
            self.parcel,
            self.customer,
        )
        self._walk("ticket_finance", actions=[self._open(record) for record in records])
        settings = (self.flow, self.type_special)
        self._walk("ticket_manager", actions=[self._open(record) for record in settings])

    def test_dialogs(self):
        """With lines that are written, cell by cell."""
        letter = self.env["invoice.ticket.cancel.wizard"]
        context = {"default_ticket_ids": self.ticket.ids, "default_action": "red"}
        split = self.env["invoice.ticket.split.wizard"]
        actions = [
            self._open(letter, "new", context=context),
            self._open(split, "new", context={"default_contract_id": self.contract.id}),
        ]
        self._walk("ticket_finance", actions=actions)
