import { expect, test } from "@odoo/hoot";
import { waitFor } from "@odoo/hoot-dom";
import { defineMailModels } from "@mail/../tests/mail_test_helpers";
import { browser } from "@web/core/browser/browser";
import {
    contains,
    defineModels,
    fields,
    models,
    mountView,
    patchWithCleanup,
} from "@web/../tests/web_test_helpers";

const TITLE_QR = "$01$示例公司#91310115MA1K4LFD7T";

class Paste extends models.Model {
    _name = "paste";
    text = fields.Text();
    file = fields.Char();
    _records = [{ id: 1, text: "before", file: "before" }];
}

defineMailModels();
defineModels([Paste]);

/** A camera that shows a grey picture, in which the browser's detector finds a code. */
function mockCamera({ getUserMedia } = {}) {
    const show = () => {
        const canvas = document.createElement("canvas");
        canvas.getContext("2d").fillRect(0, 0, 300, 150);
        return canvas.captureStream();
    };
    patchWithCleanup(browser, {
        navigator: { ...browser.navigator, mediaDevices: { getUserMedia: getUserMedia || show } },
    });
    patchWithCleanup(window, {
        BarcodeDetector: class {
            static async getSupportedFormats() {
                return ["qr_code"];
            }
            async detect() {
                return [{ rawValue: TITLE_QR }];
            }
        },
    });
}

function mountWizard() {
    return mountView({
        type: "form",
        resModel: "paste",
        resId: 1,
        arch: `<form><field name="text"/><field name="file"/><widget name="billing_scan"/></form>`,
    });
}

test("what the camera sees becomes the text, and the file gives way", async () => {
    mockCamera();
    await mountWizard();
    await contains(".o_widget_billing_scan button").click();
    await waitFor(`.o_field_widget[name=text] textarea:value(${JSON.stringify(TITLE_QR)})`, {
        timeout: 5000,
    });
    expect(".o_field_widget[name=file] input").toHaveValue("");
    expect(".modal").toHaveCount(0);
});

test("a camera that is not allowed says so, and changes nothing", async () => {
    mockCamera({
        getUserMedia: async () => {
            throw Object.assign(new Error("denied"), { name: "NotAllowedError" });
        },
    });
    await mountWizard();
    await contains(".o_widget_billing_scan button").click();
    await waitFor(".modal:contains(authorization)");
    expect(".o_field_widget[name=text] textarea").toHaveValue("before");
});

test("no button without a camera", async () => {
    patchWithCleanup(browser, { navigator: { ...browser.navigator, mediaDevices: undefined } });
    await mountWizard();
    expect(".o_widget_billing_scan button").toHaveCount(0);
});
