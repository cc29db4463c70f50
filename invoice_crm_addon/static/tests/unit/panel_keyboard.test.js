import { expect, test } from "@odoo/hoot";
import { animationFrame, press, queryOne } from "@odoo/hoot-dom";
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
    _records = [
        { id: 1, name: "First", is_open: true },
        { id: 2, name: "Second", is_open: true },
    ];
    _views = {
        form: `
            <form>
                <header><button name="action_close" type="object" string="Close It"/></header>
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
