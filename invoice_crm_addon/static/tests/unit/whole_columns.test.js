import { expect, test } from "@odoo/hoot";
import { animationFrame, queryAll, queryAllTexts, queryOne } from "@odoo/hoot-dom";
import { defineMailModels } from "@mail/../tests/mail_test_helpers";
import { contains, defineModels, fields, models, mountView } from "@web/../tests/web_test_helpers";

class Stamp extends models.Model {
    number = fields.Char();
    kind = fields.Selection({
        selection: [
            ["short", "Seal"],
            ["long", "Waiting for the approval of the head of the department"],
        ],
    });
    day = fields.Date();
    place = fields.Char();
    amount = fields.Float();
    _records = [
        { id: 1, number: "1", kind: "short", day: "2019-12-31", place: "A", amount: 1.5 },
        { id: 2, number: "26312000000041841164", kind: "long", day: "2019-01-01", place: "B" },
    ];
}

defineMailModels();
defineModels([Stamp]);

const isCut = (el) => el.scrollWidth > el.clientWidth + 1;
const getTitles = () => queryAllTexts("th[data-name]");
const mountStamps = (columns, params = {}) =>
    mountView({
        type: "list",
        resModel: "stamp",
        arch: `<list js_class="whole_columns_list">${columns}</list>`,
        ...params,
    });

test("figures, days, chips and numbers are whole, whatever width the view gives", async () => {
    await mountStamps(`
        <field name="number" class="o_column_whole" width="30px"/>
        <field name="kind" widget="badge" width="30px"/>
        <field name="day" width="30px"/>
        <field name="amount" width="30px"/>
        <field name="place"/>`);
    expect(queryAll(".o_data_cell").filter(isCut)).toEqual([]);
});

test("a chip takes no more room than it needs", async () => {
    await mountStamps(`<field name="kind" widget="badge" width="900px"/><field name="place"/>`, {
        domain: [["kind", "=", "short"]],
    });
    expect(queryOne("th[data-name=kind]").offsetWidth).toBeLessThan(200);
});

const WIDE = `
    <field name="number" width="900px"/>
    <field name="place" optional="show" width="300px"/>
    <field name="day" optional="show"/>
    <field name="amount" optional="hide"/>`;

test("columns that nobody asked for make way, from the right", async () => {
    await mountStamps(WIDE.replace("300px", "340px"));
    await animationFrame();
    expect(getTitles()).toEqual(["Number", "Place"]);
});

test("columns that the user chose stay", async () => {
    await mountStamps(WIDE.replace("300px", "340px"));
    await contains(".o_optional_columns_dropdown_toggle").click();
    await contains(".o-dropdown-item:contains(Amount) input").click();
    expect(getTitles()).toEqual(["Number", "Place", "Day", "Amount"]);
});
