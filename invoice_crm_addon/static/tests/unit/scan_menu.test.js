import { Component, xml } from "@odoo/owl";
import { beforeEach, expect, mockTouch, test } from "@odoo/hoot";
import { animationFrame } from "@odoo/hoot-dom";
import { defineMailModels } from "@mail/../tests/mail_test_helpers";
import {
    contains,
    defineMenus,
    getService,
    makeMockEnv,
    mockService,
    mountWithCleanup,
    onRpc,
    patchWithCleanup,
} from "@web/../tests/web_test_helpers";
import { BarcodeDialog } from "@web/core/barcode/barcode_dialog";
import { browser } from "@web/core/browser/browser";
import { MainComponentsContainer } from "@web/core/main_components_container";
import { ScanMenu } from "@invoice_crm_addon/scan/scan_menu";

const ACTION = { type: "ir.actions.act_window", res_model: "invoice.ticket" };

/** A camera that sees a parcel, or that the browser keeps back. */
class Camera extends Component {
    static template = xml`
        <button class="o_test_code" t-on-click="() => props.onResult('SF1234567890')">code</button>
        <button class="o_test_refused" t-on-click="refuse">no</button>`;
    static props = ["*"];

    refuse() {
        this.props.onError(new Error("No camera."));
    }
}

defineMailModels();

beforeEach(() => {
    defineMenus([
        { id: 1, name: "Tickets", xmlid: "invoice_crm_addon.menu_ticket_root" },
        { id: 2, name: "Another", xmlid: "another.menu" },
    ]);
    patchWithCleanup(BarcodeDialog.components, { BarcodeVideoScanner: Camera });
});

async function mountMenu({ app = 1, isTouch = true, hasCamera = true } = {}) {
    mockTouch(isTouch);
    const mediaDevices = hasCamera ? { getUserMedia: () => {} } : undefined;
    patchWithCleanup(browser.navigator, { mediaDevices });
    mockService("action", { doAction: (action) => expect.step(action) });
    await makeMockEnv();
    getService("menu").setCurrentMenu(app);
    await mountWithCleanup(MainComponentsContainer);
    await mountWithCleanup(ScanMenu);
}

test("a code before the camera opens what it stands for", async () => {
    onRpc("invoice.scanner", "read_code", ({ args }) => {
        expect.step(args);
        return { action: ACTION };
    });
    await mountMenu();
    expect(".o_scan_menu").toHaveAttribute("aria-label", "Scan a code");
    await contains(".o_scan_menu").click();
    await contains(".modal .o_test_code").click();
    await animationFrame();
    expect.verifySteps([["SF1234567890", []], ACTION]);
    expect(".modal").toHaveCount(0);
});

test("a dialog that is closed reads nothing", async () => {
    await mountMenu();
    await contains(".o_scan_menu").click();
    await contains(".modal .btn-close, .modal .oi-arrow-left").click();
    expect(".modal").toHaveCount(0);
    expect.verifySteps([]);
});

test("a camera that is kept back is told in the dialog", async () => {
    await mountMenu();
    await contains(".o_scan_menu").click();
    await contains(".modal .o_test_refused").click();
    expect(".modal").toHaveText(/No camera/);
    expect.verifySteps([]);
});

test("it is there where it can read: in the app, by touch, with a camera", async () => {
    await mountMenu();
    expect(".o_scan_menu").toHaveCount(1);
    getService("menu").setCurrentMenu(2);
    await animationFrame();
    expect(".o_scan_menu").toHaveCount(0);
    getService("menu").setCurrentMenu(1);
    await animationFrame();
    expect(".o_scan_menu").toHaveCount(1);
});

for (const [name, where] of Object.entries({
    "in another app": { app: 2 },
    "without touch": { isTouch: false },
    "without a camera": { hasCamera: false },
})) {
    test(`it is not offered ${name}`, async () => {
        await mountMenu(where);
        expect(".o_scan_menu").toHaveCount(0);
    });
}
