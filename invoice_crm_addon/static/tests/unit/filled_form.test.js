import { expect, test } from "@odoo/hoot";
import { queryAllTexts } from "@odoo/hoot-dom";
import { defineMailModels } from "@mail/../tests/mail_test_helpers";
import {
    contains,
    defineModels,
    fields,
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
    _records = [{ id: 1, name: "First", note: "Fragile" }];
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
