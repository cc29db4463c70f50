import "@invoice_crm_addon/base/field_help";
import { expect, test } from "@odoo/hoot";
import { animationFrame, press, queryOne, runAllTimers } from "@odoo/hoot-dom";
import { defineMailModels } from "@mail/../tests/mail_test_helpers";
import { contains, defineModels, fields, models, mountView } from "@web/../tests/web_test_helpers";

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
    _records = [{ id: 1, code: "304" }];
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
}

async function pressKey(key) {
    await press(key);
    await runAllTimers();
    await animationFrame();
}

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
