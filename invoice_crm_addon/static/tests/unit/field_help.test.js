import "@invoice_crm_addon/base/field_help";
import { after, expect, test } from "@odoo/hoot";
import { animationFrame, press, queryOne, runAllTimers } from "@odoo/hoot-dom";
import { defineMailModels } from "@mail/../tests/mail_test_helpers";
import {
    contains,
    defineModels,
    fields,
    getService,
    models,
    mountView,
} from "@web/../tests/web_test_helpers";
import { FormViewDialog } from "@web/views/view_dialogs/form_view_dialog";

class Letter extends models.Model {
    name = fields.Char({ help: "Whom it is for." });
    city = fields.Char();
    way = fields.Selection({
        selection: [
            ["post", "By post"],
            ["hand", "By hand"],
        ],
        help: "How it goes.",
    });
    line_ids = fields.One2many({ relation: "letter.line" });
    _records = [{ id: 1, name: "First", city: "Beijing", line_ids: [1] }];
}

class LetterLine extends models.Model {
    _name = "letter.line";
    code = fields.Char({ help: "Nineteen digits." });
    name = fields.Char({ help: "What it is." });
    _records = [{ id: 1, code: "304", name: "Stamp" }];
    _views = { form: `<form><group><field name="name"/></group></form>` };
}

defineMailModels();
defineModels([Letter, LetterLine]);

async function mountLetter() {
    await mountView({
        type: "form",
        resModel: "letter",
        resId: 1,
        arch: `
            <form><sheet>
                <group>
                    <field name="name"/><field name="city"/><field name="way" widget="radio"/>
                </group>
                <field name="line_ids"><list editable="bottom"><field name="code"/></list></field>
            </sheet></form>`,
    });
    document.body.classList.add("o_invoice_app");
    after(() => document.body.classList.remove("o_invoice_app"));
}

async function pressKey(key) {
    await press(key);
    await runAllTimers();
    await animationFrame();
}

test("F1 in a dialog explains its own field", async () => {
    await mountLetter();
    getService("dialog").add(FormViewDialog, { resModel: "letter.line", resId: 1 });
    await animationFrame();
    await animationFrame();
    await contains(".o_dialog [name=name] input").focus();
    await pressKey("F1");
    expect(".o-tooltip").toHaveText(/What it is/);
});

test("F1 explains the field that has the keyboard, and the next key goes on", async () => {
    await mountLetter();
    await contains("[name=name] input").focus();
    await pressKey("F1");
    expect(".o-tooltip").toHaveText(/Whom it is for/);
    await pressKey("a");
    expect(".o-tooltip").toHaveCount(0);
    await pressKey("F1");
    await pressKey("Escape");
    expect(".o-tooltip").toHaveCount(0);
});

test("a screen reader says what a field is for", async () => {
    await mountLetter();
    await contains("[name=name] input").focus();
    const id = queryOne("[name=name] input").getAttribute("aria-describedby");
    expect(document.getElementById(id).textContent).toBe("Whom it is for.");
    await contains("[name=city] input").focus();
    expect("[name=name] input").not.toHaveAttribute("aria-describedby");
    expect("[name=city] input").not.toHaveAttribute("aria-describedby");
    await pressKey("F1");
    expect(".o-tooltip").toHaveCount(0);
});

test("a column is explained in its cells", async () => {
    await mountLetter();
    await contains(".o_data_cell[name=code]").click();
    expect(".o_data_cell[name=code] input").toHaveAttribute("aria-keyshortcuts", "F1");
    await pressKey("F1");
    expect(".o-tooltip").toHaveText(/Nineteen digits/);
});

test("a field of several boxes is explained in each", async () => {
    await mountLetter();
    await contains("[name=way] input:eq(1)").focus();
    await pressKey("F1");
    expect(".o-tooltip").toHaveText(/How it goes/);
});
