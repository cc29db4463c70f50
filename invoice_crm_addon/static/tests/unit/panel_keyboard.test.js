import { expect, test } from "@odoo/hoot";
import { animationFrame, press, queryOne, waitFor } from "@odoo/hoot-dom";
import { defineMailModels } from "@mail/../tests/mail_test_helpers";
import {
    contains,
    defineModels,
    fields,
    models,
    mountView,
    onRpc,
} from "@web/../tests/web_test_helpers";

class Letter extends models.Model {
    name = fields.Char({ readonly: true });
    is_open = fields.Boolean();
    day = fields.Date();
    _records = [
        { id: 1, name: "First", is_open: true, day: "2026-03-05" },
        { id: 2, name: "Second", is_open: true },
    ];
    _views = {
        form: `
            <form>
                <header>
                    <button name="action_close" type="object" string="Close It"/>
                    <button name="action_ask" type="object" string="Close It with a Word…"/>
                </header>
                <sheet><group><field name="name"/></group></sheet>
            </form>`,
    };
}

defineMailModels();
defineModels([Letter]);

async function mountLetters() {
    await mountView({
        type: "list",
        resModel: "letter",
        arch: `<list js_class="record_panel_list"><field name="name"/></list>`,
        domain: [["is_open", "=", true]],
    });
    await contains(".o_data_row:eq(0) .o_data_cell").click();
}

test("the keyboard goes into a panel without fields to change before its buttons", async () => {
    await mountLetters();
    await contains(".o_data_row:eq(0) .o_data_cell").click();
    expect(".o_record_panel_body").toBeFocused();
});

test("after a decision the keyboard stands before the buttons of the next record", async () => {
    onRpc("letter", "action_close", function ({ args }) {
        this.env["letter"].write(args[0], { is_open: false });
        return false;
    });
    await mountLetters();
    queryOne(".o_record_panel button[name=action_close]").focus();
    await press("Enter");
    await animationFrame();
    await animationFrame();
    expect(".o_record_panel_title").toHaveText("Second");
    expect(".o_record_panel_body").toBeFocused();
});

test("a record without buttons has no empty bar for them", async () => {
    Letter._views.form = `
        <form>
            <header><button name="action_close" type="object" string="Close It" invisible="id == 1"/></header>
            <sheet><group><field name="name"/></group></sheet>
        </form>`;
    await mountLetters();
    expect(".o_record_panel .o_form_statusbar").not.toBeVisible();
    await press("ArrowDown");
    await animationFrame();
    await animationFrame();
    expect(".o_record_panel_title").toHaveText("Second");
    expect(".o_record_panel .o_form_statusbar").toBeVisible();
});

test("a decision that a dialog asks about makes room for the next record", async () => {
    Letter._views["form,reason"] = `
        <form><footer><button name="action_close" type="object" string="Say It"/></footer></form>`;
    onRpc("letter", "action_ask", () => ({
        type: "ir.actions.act_window",
        res_model: "letter",
        res_id: 2,
        views: [[false, "form"]],
        context: { form_view_ref: "reason" },
        target: "new",
    }));
    onRpc("letter", "action_close", function () {
        this.env["letter"].write([1], { is_open: false });
        return { type: "ir.actions.act_window_close" };
    });
    await mountLetters();
    await contains(".o_record_panel button[name=action_ask]").click();
    await contains(".o_dialog button[name=action_close]").click();
    await animationFrame();
    expect(".o_data_row").toHaveCount(1);
    expect(".o_record_panel_title").toHaveText("Second");
    expect(".o_record_panel_body").toBeFocused();
});

test("the next record begins at its top", async () => {
    Letter._views.form = `
        <form><sheet><field name="name"/><div style="height: 5000px"/></sheet></form>`;
    await mountLetters();
    const body = queryOne(".o_record_panel_body");
    body.scrollTop = 1000;
    expect(body.scrollTop).toBe(1000);
    await press("ArrowDown");
    await animationFrame();
    await animationFrame();
    expect(".o_record_panel_title").toHaveText("Second");
    expect(body.scrollTop).toBe(0);
});

test("a day takes the keyboard at the click that opens it", async () => {
    Letter._views.form = `<form><field name="name"/><field name="day"/></form>`;
    onRpc("letter", "web_save", ({ args }) => expect.step(args[1]));
    await mountLetters();
    await contains(".o_record_panel [name=day]").click();
    await waitFor(".o_record_panel [name=day] input:focus");
    await contains(".o_record_panel [name=day] input").edit("03/07/2026");
    await animationFrame();
    expect.verifySteps([{ day: "2026-03-07" }]);
    expect(".o_record_panel [name=day] input").toHaveCount(0);
});
