import { expect, test } from "@odoo/hoot";
import { animationFrame } from "@odoo/hoot-dom";
import { defineMailModels } from "@mail/../tests/mail_test_helpers";
import {
    contains,
    defineMenus,
    getService,
    mockService,
    mountWithCleanup,
    patchWithCleanup,
} from "@web/../tests/web_test_helpers";
import { browser } from "@web/core/browser/browser";
import { ManualMenu } from "@invoice_crm_addon/manual/manual_menu";

defineMailModels();

async function mountMenu(action, app = 1) {
    defineMenus([
        { id: 1, name: "Tickets", xmlid: "invoice_crm_addon.menu_ticket_root" },
        { id: 2, name: "Another", xmlid: "another.menu" },
    ]);
    mockService("action", { currentController: action && { action } });
    patchWithCleanup(browser, { open: (...args) => expect.step(args) });
    await mountWithCleanup(ManualMenu);
    getService("menu").setCurrentMenu(app);
    await animationFrame();
}

test("opens the chapter of the screen beside the work", async () => {
    await mountMenu({ xml_id: "invoice_crm_addon.some_action", res_model: "invoice.ticket" });
    await contains("button[aria-label='Manual']").click();
    expect.verifySteps([
        ["/invoice_crm/manual?at=invoice_crm_addon.some_action%2Cinvoice.ticket", "_blank"],
    ]);
});

test("of a page that is no list by its tag", async () => {
    await mountMenu({ tag: "invoice_settlement" });
    await contains(".o_manual_menu").click();
    expect.verifySteps([["/invoice_crm/manual?at=invoice_settlement", "_blank"]]);
});

test("opens the first page where nothing is shown", async () => {
    await mountMenu(null);
    await contains(".o_manual_menu").click();
    expect.verifySteps([["/invoice_crm/manual?at=", "_blank"]]);
});

test("is not there in other apps", async () => {
    await mountMenu({ res_model: "res.partner" }, 2);
    expect(".o_manual_menu").toHaveCount(0);
});
