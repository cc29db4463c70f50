import { onMounted } from "@odoo/owl";
import { after, expect, test } from "@odoo/hoot";
import { queryAll, waitForNone, waitUntil } from "@odoo/hoot-dom";
import { defineMailModels } from "@mail/../tests/mail_test_helpers";
import {
    contains,
    defineModels,
    fields,
    makeServerError,
    models,
    mountView,
    onRpc,
    patchWithCleanup,
} from "@web/../tests/web_test_helpers";
import { browser } from "@web/core/browser/browser";
import { LoggedOutDialog } from "@invoice_crm_addon/base/logged_out";

class Letter extends models.Model {
    name = fields.Char();
    _records = [{ id: 1, name: "First" }];
    _views = { form: `<form><field name="name"/></form>` };
}

defineMailModels();
defineModels([Letter]);

function answer(session) {
    onRpc("letter", "web_save", ({ args }) => {
        expect.step(args[1]);
        if (session.isLoggedOut) {
            throw makeServerError({
                errorName: "odoo.http.SessionExpiredException",
                message: "Session expired",
            });
        }
    });
}

test("who is logged out reads what to do, and what was typed stays", async () => {
    const session = { isLoggedOut: true };
    answer(session);
    await mountView({
        type: "list",
        resModel: "letter",
        arch: `<list js_class="record_panel_list"><field name="name"/></list>`,
    });
    await contains(".o_data_row .o_data_cell").click();
    const field = ".o_record_panel [name=name]";
    await contains(field).click();
    await contains(`${field} input`).edit("Second", { confirm: false });
    await contains(".o_panel_field_save").click();
    expect(".o_panel_field_error").toHaveText(/Log in again in another tab/);
    expect(`${field} input`).toHaveValue("Second");
    session.isLoggedOut = false;
    await contains(".o_panel_field_save").click();
    expect(field).toHaveText("Second");
    expect.verifySteps([{ name: "Second" }, { name: "Second" }]);
});

function turnPage(state) {
    patchWithCleanup(document, { visibilityState: state });
    document.dispatchEvent(new Event("visibilitychange"));
}

/** What nobody caught is told later, by the browser and then by core, which takes its time. */
async function waitForRefusal(...steps) {
    await expect.waitForErrors([/Session expired/]);
    await expect.waitForSteps([...steps, "dialog"]);
    await waitUntil(() => queryAll(".o_dialog").length === 1, { timeout: 3000 });
}

test("a form of who is logged out keeps what was typed until it is saved", async () => {
    expect.errors(2);
    const session = { isLoggedOut: true };
    answer(session);
    patchWithCleanup(browser, { open: (url) => expect.step(url) });
    patchWithCleanup(LoggedOutDialog.prototype, {
        setup() {
            super.setup();
            onMounted(() => expect.step("dialog"));
        },
    });
    await mountView({ type: "form", resModel: "letter", resId: 1 });
    document.body.classList.add("o_invoice_app");
    after(() => document.body.classList.remove("o_invoice_app"));
    await contains("[name=name] input").edit("Second");
    await contains(".o_form_button_save").click();
    const typed = { name: "Second" };
    await waitForRefusal(typed);
    expect(".o_dialog [role=alert]").toHaveText(/Log in again in another tab/);
    await contains(".o_dialog .btn-primary").click();
    // The page is left: core saves the form, and is refused once more.
    turnPage("hidden");
    await waitForRefusal("/web/login", typed);
    turnPage("visible");
    await waitForNone(".o_dialog");
    expect("[name=name] input").toHaveValue("Second");
    session.isLoggedOut = false;
    await contains(".o_form_button_save").click();
    expect(".o_form_status_indicator_buttons").toHaveClass("invisible");
    expect.verifySteps([typed]);
});
