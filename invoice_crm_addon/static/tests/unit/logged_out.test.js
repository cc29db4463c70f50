import { expect, test } from "@odoo/hoot";
import { defineMailModels } from "@mail/../tests/mail_test_helpers";
import {
    contains,
    defineModels,
    fields,
    makeServerError,
    models,
    mountView,
    onRpc,
} from "@web/../tests/web_test_helpers";

class Letter extends models.Model {
    name = fields.Char();
    _records = [{ id: 1, name: "First" }];
    _views = { form: `<form><field name="name"/></form>` };
}

defineMailModels();
defineModels([Letter]);

test("who is logged out reads what to do, and what was typed stays", async () => {
    let isLoggedOut = true;
    onRpc("letter", "web_save", ({ args }) => {
        expect.step(args[1]);
        if (isLoggedOut) {
            throw makeServerError({
                errorName: "odoo.http.SessionExpiredException",
                message: "Session expired",
            });
        }
    });
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
    isLoggedOut = false;
    await contains(".o_panel_field_save").click();
    expect(field).toHaveText("Second");
    expect.verifySteps([{ name: "Second" }, { name: "Second" }]);
});
