import { expect, test } from "@odoo/hoot";
import { manuallyDispatchProgrammaticEvent, queryOne, waitFor, waitUntil } from "@odoo/hoot-dom";
import { animationFrame } from "@odoo/hoot-mock";
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
    filename = fields.Char();
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
    patchWithCleanup(browser.navigator, { mediaDevices: { getUserMedia: getUserMedia || show } });
    patchWithCleanup(window, {
        BarcodeDetector: class {
            static async getSupportedFormats() {
                return ["qr_code"];
            }
            async detect() {
                // In the middle, where the dialog asks for it.
                return [{ rawValue: TITLE_QR, boundingBox: { x: 150, y: 75, width: 0, height: 0 } }];
            }
        },
    });
}

function waitForValue(name, tag, value) {
    const field = `.o_field_widget[name=${name}] ${tag}`;
    return waitUntil(() => queryOne(field).value === value, { timeout: 5000 });
}

function mountWizard(resId = 1) {
    return mountView({
        type: "form",
        resModel: "paste",
        resId,
        arch: `
            <form>
                <field name="text" default_focus="1"/>
                <field name="file"/>
                <field name="filename"/>
                <widget name="billing_scan"/>
                <widget name="billing_drop"/>
            </form>`,
    });
}

test("what the camera sees becomes the text, and the file gives way", async () => {
    mockCamera();
    await mountWizard();
    await contains(".o_widget_billing_scan button").click();
    await waitForValue("text", "textarea", TITLE_QR);
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
    patchWithCleanup(browser.navigator, { mediaDevices: undefined });
    await mountWizard();
    expect(".o_widget_billing_scan button").toHaveCount(0);
});

// === FILES ===

const PICTURE = new File(["qr"], "抬头.png", { type: "image/png" });
const CONTENT = btoa("qr");

function carry(files, text = "") {
    const data = new DataTransfer();
    files.forEach((file) => data.items.add(file));
    if (text) {
        data.setData("text/plain", text);
    }
    return data;
}

async function bring(event, data) {
    const key = event === "paste" ? "clipboardData" : "dataTransfer";
    await manuallyDispatchProgrammaticEvent(queryOne("[name=text] textarea"), event, {
        [key]: data,
    });
    await animationFrame();
}

test("a file is dropped anywhere", async () => {
    await mountWizard();
    await bring("dragover", carry([PICTURE]));
    expect(".o_form_view").toHaveClass("o_fapiao_dropping");
    await bring("drop", carry([PICTURE]));
    await waitForValue("file", "input", CONTENT);
    expect(".o_field_widget[name=filename] input").toHaveValue("抬头.png");
    expect(".o_form_view").not.toHaveClass("o_fapiao_dropping");
});

test("a screenshot is pasted, and text stays text", async () => {
    await mountWizard();
    await bring("paste", carry([PICTURE], "名称：示例公司"));
    expect(".o_field_widget[name=file] input").toHaveValue("before");
    await bring("paste", carry([PICTURE]));
    await waitForValue("file", "input", CONTENT);
});

test("several files at a time are none", async () => {
    await mountWizard();
    await bring("drop", carry([PICTURE, new File(["x"], "b.png")]));
    await waitFor(".o_notification:contains(one file)");
    expect(".o_field_widget[name=file] input").toHaveValue("before");
});

test("the text of a new dialog has the cursor", async () => {
    await mountWizard(false);
    expect("[name=text] textarea").toBeFocused();
});
