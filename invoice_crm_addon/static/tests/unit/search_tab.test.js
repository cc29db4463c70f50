import "@invoice_crm_addon/base/search_tab";
import { beforeEach, expect, test } from "@odoo/hoot";
import { animationFrame, press, queryOne } from "@odoo/hoot-dom";
import { defineMailModels } from "@mail/../tests/mail_test_helpers";
import { contains, defineModels, fields, models, mountView } from "@web/../tests/web_test_helpers";

class Parcel extends models.Model {
    name = fields.Char();
    city = fields.Char();
    fee = fields.Integer();
    _records = [{ id: 1, name: "First", city: "Beijing", fee: 3 }];
}

defineMailModels();
defineModels([Parcel]);

async function mountParcels(isOurs = true) {
    await mountView({
        type: "list",
        resModel: "parcel",
        arch: `
            <list>
                <field name="name"/><field name="city" nolabel="1"/><field name="fee" sum="Fees"/>
            </list>`,
        searchViewArch: `<search><field name="name"/></search>`,
    });
    document.body.classList.toggle("o_invoice_app", isOurs);
}

const BOX = ".o_searchview_input";
const isInBox = () => queryOne(BOX) === document.activeElement;

beforeEach(() => () => document.body.classList.remove("o_invoice_app"));

test("Tab leaves the search box, forward and back", async () => {
    await mountParcels();
    await contains(BOX).focus();
    await press("Tab");
    expect(isInBox()).toBe(false);
    await contains(BOX).focus();
    await press("Tab", { shiftKey: true });
    await animationFrame();
    expect(isInBox()).toBe(false);
});

test("Tab goes through what the box proposes", async () => {
    await mountParcels();
    await contains(BOX).edit("Fir", { confirm: false });
    expect(".o_searchview_autocomplete").toHaveCount(1);
    await press("Tab");
    expect(isInBox()).toBe(true);
});

test("outside of our app the box is core's", async () => {
    await mountParcels(false);
    await contains(BOX).focus();
    await press("Tab");
    await animationFrame();
    expect(isInBox()).toBe(true);
});

test("a cell names its column, for phones that see no headings", async () => {
    await mountParcels();
    expect(".o_data_cell[name=name]").toHaveAttribute("data-label", "Name");
    expect(".o_data_cell[name=city]").not.toHaveAttribute("data-label");
    expect("tfoot td[data-label=Fee]").toHaveText("3");
});
