from odoo.tests import HttpCase, tagged

from ..common import TicketCommon
from .settled import SETTLED

# Has the screen show what paper would, then says what is cut there or should not be on it.
PRINT = """
(async () => {
    const { services } = odoo.__WOWL_DEBUG__.root.env;
    const arrive = async (selector) => {
        await until(() => document.querySelector(selector));
        await settle();
    };
    const found = [];
    await arrive(".o_form_view .o_data_row");
    for (const sheet of document.styleSheets) {
        for (const rule of sheet.cssRules) {
            if (rule.media?.mediaText === "print") {
                rule.media.mediaText = "all";
            }
        }
    }
    for (const cell of document.querySelectorAll(".o_list_table .o_data_cell")) {
        if (cell.checkVisibility() && cell.scrollWidth > cell.clientWidth + 1) {
            found.push(`cut: ${cell.innerText}`);
        }
    }
    const unasked = ".o_notebook_headers .nav-link:not(.active), .o_approval_open_fields";
    for (const el of document.querySelectorAll(unasked)) {
        if (el.checkVisibility()) {
            found.push(`printed: ${el.innerText}`);
        }
    }
    await services.action.doAction("invoice_crm_addon.invoice_worklist_action_overview");
    await arrive(".o_worklist_overview canvas");
    for (const canvas of document.querySelectorAll(".o_worklist_overview canvas")) {
        canvas.style.width = "2000px";
        if (canvas.offsetWidth > canvas.parentElement.clientWidth + 1) {
            found.push("a chart is wider than its card");
        }
    }
    await services.action.doAction("invoice_crm_addon.invoice_settlement_action", {
        additionalContext: { active_model: "res.partner", active_id: %(customer)s },
    });
    await arrive(".o_settlement_page :is(input, td button)");
    const asked = document.querySelectorAll(".o_settlement_page :is(input, td button)");
    if (!asked.length || [...asked].some((el) => el.checkVisibility())) {
        found.push(`of ${asked.length} boxes and buttons of the account some are printed`);
    }
    console[found.length ? "error" : "log"](found.join("\\n") || "test successful");
})().catch((error) => console.error(String(error)));
"""


@tagged("post_install", "-at_install")
class TestPrint(TicketCommon, HttpCase):
    """What a browser prints of our screens is whole, and has nothing that only a screen is for."""

    browser_size = "800x1100"

    def test_ticket_and_overview(self):
        self._create_flow("invoice.ticket", [self.approver])
        ticket = self._create_ticket(content="Printed")
        self._submit(ticket)
        self._approve(ticket)
        self._issue(ticket)
        self._create_payment(partner_id=ticket.partner_id.id)
        self.finance.tour_enabled = False
        self.browser_js(
            f"/odoo/tickets/{ticket.id}",
            SETTLED + PRINT % {"customer": ticket.partner_id.id},
            "odoo.isReady === true",
            login="ticket_finance",
            timeout=120,
        )
