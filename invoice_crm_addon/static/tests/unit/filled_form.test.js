import { expect, test } from "@odoo/hoot";
import { queryAllTexts, waitFor } from "@odoo/hoot-dom";
import { defineMailModels } from "@mail/../tests/mail_test_helpers";
import {
    contains,
    defineModels,
    fields,
    getService,
    makeServerError,
    models,
    mountView,
    onRpc,
} from "@web/../tests/web_test_helpers";

class Parcel extends models.Model {
    name = fields.Char();
    city = fields.Char();
    weight = fields.Integer();
    signed_by = fields.Char();
    note = fields.Text();
    date_start = fields.Date();
    date_end = fields.Date();
    _records = [
        { id: 1, name: "First", note: "Fragile" },
        { id: 2, name: "Second", date_end: "2027-01-31" },
    ];
    _views = {
        form: `
            <form js_class="filled_form">
                <header><button name="send" type="object" string="Send" confirm="Really?"/></header>
                <group><field name="name"/><field name="city"/><field name="note"/></group>
            </form>`,
    };
}

defineMailModels();
defineModels([Parcel]);
// Kept with the settings of the user.
onRpc("res.users.settings", "set_res_users_settings", ({ kwargs }) => kwargs.new_settings);

const ARCH = `
    <form js_class="filled_form">
        <sheet>
            <group><field name="name"/><field name="city"/></group>
            <notebook>
                <page string="Delivery"><group><field name="signed_by"/></group></page>
                <page string="Notes"><field name="note"/></page>
                <page string="Parcel"><group><field name="weight"/></group></page>
            </notebook>
        </sheet>
    </form>`;

test("a switch hides empty fields, their labels and empty pages, and shows them again", async () => {
    await mountView({ type: "form", resModel: "parcel", resId: 1, arch: ARCH });
    expect(queryAllTexts(".nav-link")).toEqual(["Delivery", "Notes", "Parcel"]);
    await contains(".o_only_filled_switch").click();
    expect("[name=city]").not.toBeVisible();
    expect(queryAllTexts(".o_form_label:visible")).toEqual(["Name"]);
    expect(queryAllTexts(".nav-link")).toEqual(["Notes", "Parcel"]);
    await contains(".o_only_filled_switch").click();
    expect("[name=city]").toBeVisible();
});

test("a new record shows everything", async () => {
    await mountView({ type: "form", resModel: "parcel", arch: ARCH });
    expect(".o_only_filled_switch").toHaveCount(0);
    expect(queryAllTexts(".nav-link")).toEqual(["Delivery", "Notes", "Parcel"]);
});

test("what is not on a page does not fill it", async () => {
    const arch = `
        <form js_class="filled_form">
            <sheet>
                <field name="name"/>
                <notebook>
                    <page string="Hidden"><field name="weight" invisible="1"/><field name="city"/></page>
                    <page string="Never" invisible="1"><field name="note"/></page>
                    <page string="Grouped">
                        <group invisible="not city"><field name="weight"/></group>
                        <field name="city"/>
                    </page>
                    <page string="Shown"><field name="weight" invisible="city"/></page>
                </notebook>
            </sheet>
        </form>`;
    await mountView({ type: "form", resModel: "parcel", resId: 1, arch });
    expect(queryAllTexts(".nav-link")).toEqual(["Hidden", "Grouped", "Shown"]);
    await contains(".o_only_filled_switch").click();
    expect(queryAllTexts(".nav-link")).toEqual(["Shown"]);
    await contains(".o_only_filled_switch").click();
});

test("a range of dates goes with its label, and only if it has neither", async () => {
    const arch = `
        <form js_class="filled_form">
            <group>
                <field name="name"/>
                <label for="date_start" string="Term"/>
                <div class="o_row">
                    <field name="date_start" widget="daterange" options="{'end_date_field': 'date_end'}"/>
                    <field name="date_end" invisible="1"/>
                </div>
            </group>
        </form>`;
    await mountView({ type: "form", resModel: "parcel", resId: 1, resIds: [1, 2], arch });
    await contains(".o_only_filled_switch").click();
    expect(queryAllTexts(".o_form_label:visible")).toEqual(["Name"]);
    await contains(".o_pager_next").click();
    expect(queryAllTexts(".o_form_label:visible")).toEqual(["Name", "Term"]);
    await contains(".o_only_filled_switch").click();
});

/** What nobody caught is told later, by the browser and then by core, which takes its time. */
async function closeRefusal() {
    await expect.waitForErrors(["Where to?"]);
    const button = ".modal:contains(Where to) .btn-primary";
    await waitFor(button, { timeout: 3000 });
    await contains(button).click();
}

async function mountFilledForm(confirm) {
    const arch = `
        <form js_class="filled_form">
            <header><button name="send" type="object" string="Send" ${confirm}/></header>
            <group><field name="name"/><field name="city"/></group>
        </form>`;
    await mountView({ type: "form", resModel: "parcel", resId: 1, arch });
    await contains(".o_only_filled_switch").click();
}

async function pressRefusedButton(confirm) {
    await contains("button[name=send]").click();
    if (confirm) {
        await contains(".modal:contains(Really) .btn-primary").click();
    }
    await closeRefusal();
}

for (const [kind, confirm] of [
    ["at once", ""],
    ["once it is confirmed", `confirm="Really?"`],
]) {
    test(`what is refused ${kind} may lack something hidden: all is shown until it is hidden again`, async () => {
        expect.errors(1);
        onRpc("parcel", "send", () => {
            throw makeServerError({ message: "Where to?" });
        });
        await mountFilledForm(confirm);
        expect("[name=city]").not.toBeVisible();
        await pressRefusedButton(confirm);
        expect("[name=city]").toBeVisible();
        expect(".o_only_filled_switch").toHaveAttribute("aria-pressed", "false");
        await contains(".o_only_filled_switch").click();
        expect("[name=city]").not.toBeVisible();
        await contains(".o_only_filled_switch").click();
    });
}

for (const confirm of ["", `confirm="Really?"`]) {
    test(`a button whose form cannot be saved ${confirm} shows all of it`, async () => {
        expect.errors(1);
        onRpc("parcel", "web_save", () => {
            throw makeServerError({ message: "Where to?" });
        });
        await mountFilledForm(confirm);
        await contains("[name=name] input").edit("Other");
        await pressRefusedButton(confirm);
        expect("[name=city]").toBeVisible();
        await contains(".o_only_filled_switch").click();
        await contains(".o_only_filled_switch").click();
    });
}

test("what is refused to another record leaves this one as it is", async () => {
    expect.errors(1);
    onRpc("parcel", "send", () => {
        throw makeServerError({ message: "Where to?" });
    });
    const arch = `
        <form js_class="filled_form"><group><field name="name"/><field name="city"/></group></form>`;
    await mountView({ type: "form", resModel: "parcel", resId: 1, arch });
    await contains(".o_only_filled_switch").click();
    const action = { type: "object", name: "send", resModel: "parcel", resId: 2 };
    getService("action").doActionButton({ ...action, context: {} });
    await closeRefusal();
    expect("[name=city]").not.toBeVisible();
    await contains(".o_only_filled_switch").click();
});

async function mountFilledPanel() {
    const arch = `<list js_class="record_panel_list"><field name="name"/></list>`;
    await mountView({ type: "list", resModel: "parcel", arch });
    await contains(".o_data_row:eq(0) .o_data_cell").click();
    await contains(".o_record_panel .o_only_filled_switch").click();
    expect(".o_record_panel [name=city]").not.toBeVisible();
}

test("what is refused in the panel beside a list is shown whole, until the next record", async () => {
    expect.errors(1);
    onRpc("parcel", "send", () => {
        throw makeServerError({ message: "Where to?" });
    });
    await mountFilledPanel();
    await contains(".o_record_panel button[name=send]").click();
    await contains(".modal:contains(Really) .btn-primary").click();
    await closeRefusal();
    expect(".o_record_panel [name=city]").toBeVisible();
    await contains(".o_data_row:eq(1) .o_data_cell").click();
    expect(".o_record_panel_title").toHaveText("Second");
    expect(".o_record_panel [name=city]").not.toBeVisible();
    await contains(".o_record_panel .o_only_filled_switch").click();
});

test("a field of the panel that is refused may lack another one", async () => {
    onRpc("parcel", "web_save", () => {
        throw makeServerError({ message: "Where to?" });
    });
    await mountFilledPanel();
    await contains(".o_record_panel [name=note]").click();
    await contains(".o_record_panel [name=note] textarea").edit("Heavy", { confirm: false });
    await contains(".o_panel_field_save").click();
    expect(".o_panel_field_error").toHaveText("Where to?");
    expect(".o_record_panel [name=city]").toBeVisible();
    await contains(".o_record_panel .o_only_filled_switch").click();
    expect(".o_record_panel [name=city]").not.toBeVisible();
    await contains(".o_record_panel .o_only_filled_switch").click();
});

test("what was refused while all was shown leaves the switch to one click", async () => {
    onRpc("parcel", "web_save", () => {
        throw makeServerError({ message: "Where to?" });
    });
    await mountFilledPanel();
    await contains(".o_record_panel .o_only_filled_switch").click();
    await contains(".o_record_panel [name=note]").click();
    await contains(".o_record_panel [name=note] textarea").edit("Heavy", { confirm: false });
    await contains(".o_panel_field_save").click();
    await contains(".o_panel_field_cancel").click();
    await contains(".o_record_panel .o_only_filled_switch").click();
    expect(".o_record_panel [name=city]").not.toBeVisible();
    await contains(".o_record_panel .o_only_filled_switch").click();
    expect(".o_record_panel [name=city]").toBeVisible();
});
