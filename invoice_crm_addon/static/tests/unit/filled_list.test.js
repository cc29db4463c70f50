import { expect, test } from "@odoo/hoot";
import { queryAllTexts } from "@odoo/hoot-dom";
import { defineMailModels } from "@mail/../tests/mail_test_helpers";
import { user } from "@web/core/user";
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
    fee = fields.Integer();
    note = fields.Text();
    _records = [
        { id: 1, name: "First", fee: 3 },
        { id: 2, name: "Second", city: "Shanghai", fee: 4 },
    ];
}

defineMailModels();
defineModels([Parcel]);
// Kept with the settings of the user.
onRpc("res.users.settings", "set_res_users_settings", ({ kwargs }) => kwargs.new_settings);

const ARCH = `
    <list js_class="record_panel_list">
        <field name="name"/>
        <field name="city"/>
        <field name="weight"/>
        <field name="fee" invisible="1"/>
        <field name="note"/>
    </list>`;
const mountParcels = (params = {}) =>
    mountView({ type: "list", resModel: "parcel", arch: ARCH, ...params });
const headings = () => queryAllTexts("th.o_column_sortable");

test("a switch hides columns in which nothing stands, without asking the server", async () => {
    onRpc("parcel", "web_search_read", () => expect.step("read"));
    await mountParcels();
    expect(headings()).toEqual(["Name", "City", "Weight", "Fee", "Note"]);
    await contains(".o_only_filled_switch").click();
    // Zero is a number; what no row shows is not there, whatever it is.
    expect(headings()).toEqual(["Name", "City", "Weight"]);
    expect(".o_only_filled_switch").toHaveAttribute("aria-pressed", "true");
    expect(user.settings.only_filled_models).toEqual(["parcel"]);
    await contains(".o_only_filled_switch").click();
    expect(headings()).toEqual(["Name", "City", "Weight", "Fee", "Note"]);
    expect(user.settings.only_filled_models).toEqual([]);
    expect.verifySteps(["read"]);
});

test("a list of nothing keeps its columns", async () => {
    await mountParcels({ domain: [["id", "=", 0]] });
    await contains(".o_only_filled_switch").click();
    expect(headings()).toHaveLength(5);
    await contains(".o_only_filled_switch").click();
});
