import "@invoice_crm_addon/base/dialog_opener";
import { after, expect, test } from "@odoo/hoot";
import { animationFrame, press, queryOne, runAllTimers } from "@odoo/hoot-dom";
import { Component, xml } from "@odoo/owl";
import { defineMailModels } from "@mail/../tests/mail_test_helpers";
import { contains, getService, mountWithCleanup } from "@web/../tests/web_test_helpers";
import { Dialog } from "@web/core/dialog/dialog";

defineMailModels();

class Opener extends Component {
    static template = xml`<button class="opener">Ask</button>`;
    static props = ["*"];
}

class Question extends Component {
    static components = { Dialog };
    static template = xml`<Dialog title="'Question'"><input class="answer"/></Dialog>`;
    static props = ["*"];
}

/** As core does it: the button is disabled while it acts, and loses the keyboard. */
async function ask(isOurs) {
    await mountWithCleanup(Opener);
    document.body.classList.toggle("o_invoice_app", isOurs);
    after(() => document.body.classList.remove("o_invoice_app"));
    await contains(".opener").focus();
    queryOne(".opener").blur();
    getService("dialog").add(Question);
    await animationFrame();
    expect(".o_dialog").toHaveCount(1);
    await press("Escape");
    await animationFrame();
    await runAllTimers();
    expect(".o_dialog").toHaveCount(0);
}

test("the keyboard stays in the dialog below", async () => {
    await mountWithCleanup(Opener);
    document.body.classList.add("o_invoice_app");
    after(() => document.body.classList.remove("o_invoice_app"));
    await contains(".opener").focus();
    getService("dialog").add(Question);
    await animationFrame();
    await contains(".answer").focus();
    queryOne(".answer").blur();
    getService("dialog").add(Question);
    await animationFrame();
    expect(".o_dialog").toHaveCount(2);
    await press("Escape");
    await animationFrame();
    await runAllTimers();
    expect(".o_dialog").toHaveCount(1);
    expect(".answer").toBeFocused();
});

test("the keyboard goes back to the button that opened a dialog", async () => {
    await ask(true);
    expect(".opener").toBeFocused();
});

test("outside of our app it stays where core leaves it", async () => {
    await ask(false);
    expect(".opener").not.toBeFocused();
});
