import { after, beforeEach, expect, mockDate, test } from "@odoo/hoot";
import { advanceTime, animationFrame, press, queryAllTexts } from "@odoo/hoot-dom";
import { defineMailModels } from "@mail/../tests/mail_test_helpers";
import {
    contains,
    defineModels,
    fields,
    getService,
    models,
    mountView,
    mountWithCleanup,
    makeMockEnv,
    onRpc,
    patchTranslations,
    patchWithCleanup,
} from "@web/../tests/web_test_helpers";
import { DateTimePicker } from "@web/core/datetime/datetime_picker";
import { user } from "@web/core/user";
import { ListController } from "@web/views/list/list_controller";
import { WebClient } from "@web/webclient/webclient";
import { findable } from "@invoice_crm_addon/find/find_bar";
import { splitValues } from "@invoice_crm_addon/find/many_values";
import { TicketTotals } from "@invoice_crm_addon/find/ticket_totals";

class Parcel extends models.Model {
    name = fields.Char();
    city = fields.Char();
    weight = fields.Integer();
    date = fields.Date();
    _records = [
        { id: 1, name: "First", city: "Beijing", weight: 3, date: "2026-03-05" },
        { id: 2, name: "Second", city: "Shanghai", weight: 7, date: "2026-02-05" },
        { id: 3, name: "Third", city: "Beijing", weight: 7, date: "2025-12-05" },
    ];
}

defineMailModels();
defineModels([Parcel]);

beforeEach(() => {
    findable.add("parcel", { fields: ["city", "weight"] }, { force: true });
    return () => findable.remove("parcel");
});

const SEARCH = `<search><filter name="date" string="Shipped On" date="date"/></search>`;
const NAMES = ".o_data_row .o_data_cell[name=name]";

async function mountParcels(params = {}) {
    await mountView({
        type: "list",
        resModel: "parcel",
        arch: `<list js_class="record_panel_list"><field name="name"/></list>`,
        searchViewArch: SEARCH,
        ...params,
    });
}

function mockTotals(answer) {
    onRpc("invoice.finder", "get_totals", ({ args }) => {
        expect.step(JSON.stringify(args[0]));
        return answer;
    });
}

async function openConditions() {
    await contains(".o_find_toggle").click();
    await animationFrame();
}

async function typeCondition(index, value) {
    const input = `.o_find_condition:eq(${index}) .o_tree_editor_editor:last-child input`;
    await contains(input).edit(value, { confirm: "blur" });
    await animationFrame();
}

test.tags("desktop");
test("conditions become facets of the search, and take the place of those before", async () => {
    await mountParcels();
    expect(".o_data_row").toHaveCount(3);
    await openConditions();
    expect(".o_find_condition").toHaveCount(1);
    await typeCondition(0, "Beijing");
    await contains(".o_find_add").click();
    await typeCondition(1, "7");
    await contains(".o_find_apply").click();
    await animationFrame();
    expect(queryAllTexts(NAMES)).toEqual(["Third"]);
    expect(".o_searchview_facet").toHaveCount(2);
    await contains(".o_find_remove:eq(1)").click();
    await contains(".o_find_apply").click();
    await animationFrame();
    expect(queryAllTexts(NAMES)).toEqual(["First", "Third"]);
    expect(".o_searchview_facet").toHaveCount(1);
    await contains(".o_find_clear").click();
    await animationFrame();
    expect(".o_data_row").toHaveCount(3);
    expect(".o_searchview_facet").toHaveCount(0);
    expect(".o_find_condition").toHaveCount(0);
});

test.tags("desktop");
test("there are three conditions, and what is empty asks for nothing", async () => {
    await mountParcels();
    await openConditions();
    await contains(".o_find_add").click();
    await contains(".o_find_add").click();
    expect(".o_find_condition").toHaveCount(3);
    expect(".o_find_add").toHaveCount(0);
    await contains(".o_find_remove:eq(1)").click();
    await contains(".o_find_remove:eq(1)").click();
    await contains(".o_find_apply").click();
    await animationFrame();
    expect(".o_data_row").toHaveCount(3);
    expect(".o_searchview_facet").toHaveCount(0);
});

test.tags("desktop");
test("Enter finds", async () => {
    await mountParcels();
    await openConditions();
    await contains(".o_find_condition .o_tree_editor_editor:last-child input").edit("Shanghai", {
        confirm: false,
    });
    await press("Enter");
    await advanceTime(1);
    await animationFrame();
    expect(queryAllTexts(NAMES)).toEqual(["Second"]);
});

test.tags("desktop");
test("Escape closes the conditions and goes back to their button", async () => {
    await mountParcels();
    await openConditions();
    await contains(".o_find_apply").focus();
    await press("Escape");
    await animationFrame();
    expect(".o_find_condition").toHaveCount(0);
    expect(".o_find_toggle").toBeFocused();
    await press("Escape");
    expect(".o_find_toggle").toBeFocused();
});

test.tags("desktop");
test("other models have no bar", async () => {
    findable.remove("parcel");
    await mountParcels();
    expect(".o_find_bar").toHaveCount(0);
});

test("a pasted column is split, whatever parts its values", () => {
    expect(splitValues("1\r\n2\n\n 3 \n2", true)).toEqual(["1", "2", "3"]);
    expect(splitValues("1,2，3；4\t5、6", true)).toEqual(["1", "2", "3", "4", "5", "6"]);
    expect(splitValues("2531 2000", true)).toEqual(["2531 2000"]);
    expect(splitValues("Foo Co., Ltd.\nBar Co., Ltd.", false)).toEqual([
        "Foo Co., Ltd.",
        "Bar Co., Ltd.",
    ]);
    expect(splitValues("甲公司、乙公司", false)).toEqual(["甲公司", "乙公司"]);
    expect(splitValues(`"1"\n'2`, true)).toEqual(["1", "2"]);
});

test.tags("desktop");
test("many values are one facet, and those without a record are listed", async () => {
    onRpc("invoice.finder", "get_many_fields", () => [
        { path: "name", label: "Name", is_number: false },
    ]);
    onRpc("invoice.finder", "find_many", ({ args }) => {
        expect.step(args);
        return {
            domain: [["name", "in", ["First", "Third"]]],
            count: 2,
            label: "Name",
            found: 2,
            missing: ["Fourth"],
        };
    });
    await mountParcels();
    await contains(".o_find_many").click();
    expect(".o_many_find").not.toBeEnabled();
    await contains(".o_many_text").edit("first\nthird\nFourth", { confirm: false });
    await contains(".o_many_find").click();
    await animationFrame();
    expect.verifySteps([["parcel", "name", ["first", "third", "Fourth"]]]);
    expect(queryAllTexts(NAMES)).toEqual(["First", "Third"]);
    expect(".o_searchview_facet").toHaveCount(1);
    expect(".o_searchview_facet").toHaveText("Name: 2 values");
    expect(".o_many_missing").toHaveValue("Fourth");
    await contains(".modal-footer .btn-secondary").click();
    expect(".o_many_text").toHaveValue("Fourth");
});

test.tags("desktop");
test("what is corrected is found besides what was found before", async () => {
    const answers = [
        { domain: [["name", "in", ["First"]]], count: 1, found: 1, missing: ["Secnod"] },
        { domain: [["name", "in", ["Second"]]], count: 1, found: 1, missing: [] },
    ];
    onRpc("invoice.finder", "get_many_fields", () => [
        { path: "name", label: "Name", is_number: false },
    ]);
    onRpc("invoice.finder", "find_many", () => ({ label: "Name", ...answers.shift() }));
    await mountParcels();
    await contains(".o_find_many").click();
    await contains(".o_many_text").edit("First\nSecnod", { confirm: false });
    await contains(".o_many_find").click();
    await animationFrame();
    await contains(".modal-footer .btn-secondary").click();
    await contains(".o_many_text").edit("Second", { confirm: false });
    await contains(".o_many_find").click();
    await animationFrame();
    expect(".o_many_values").toHaveCount(0);
    expect(queryAllTexts(NAMES)).toEqual(["First", "Second"]);
    expect(".o_searchview_facet").toHaveCount(1);
    expect(".o_searchview_facet").toHaveText("Name: 2 values");
});

test.tags("desktop");
test("conditions take the place of those that another view was asked for", async () => {
    Parcel._views = {
        list: `<list js_class="record_panel_list"><field name="name"/></list>`,
        kanban: `<kanban js_class="invoice_fapiao_file_kanban"><templates><t t-name="card">
            <field name="name"/></t></templates></kanban>`,
        search: SEARCH,
    };
    await mountWithCleanup(WebClient);
    await getService("action").doAction({
        type: "ir.actions.act_window",
        res_model: "parcel",
        views: [
            [false, "list"],
            [false, "kanban"],
        ],
    });
    await openConditions();
    await typeCondition(0, "Beijing");
    await contains(".o_find_apply").click();
    await animationFrame();
    expect(queryAllTexts(NAMES)).toEqual(["First", "Third"]);
    await contains(".o_switch_view.o_kanban").click();
    await animationFrame();
    expect(".o_kanban_record:not(.o_kanban_ghost)").toHaveCount(2);
    await openConditions();
    await typeCondition(0, "Shanghai");
    await contains(".o_find_apply").click();
    await animationFrame();
    expect(".o_searchview_facet").toHaveCount(1);
    expect(queryAllTexts(".o_kanban_record:not(.o_kanban_ghost)")).toEqual(["Second"]);
});

test.tags("desktop");
test("a period takes two clicks, also at the turn of a year", async () => {
    mockDate("2026-01-15 12:00:00");
    await mountParcels();
    expect(".o_find_period").toHaveText("Shipped On");
    for (const [period, names] of [
        ["last_month", ["Third"]],
        ["month", []],
        ["last_quarter", ["Third"]],
        ["quarter", ["First", "Second"]],
        ["last_year", ["Third"]],
        ["year", ["First", "Second"]],
        ["any", ["First", "Second", "Third"]],
    ]) {
        await contains(".o_find_period").click();
        await contains(`[data-period=${period}]`).click();
        await animationFrame();
        expect(queryAllTexts(NAMES)).toEqual(names, { message: period });
    }
    expect(".o_searchview_facet").toHaveCount(0);
});

/** Texts of the search's facet, of each period by turn. */
async function getPeriodFacets() {
    mockDate("2026-11-30 12:00:00");
    await mountParcels();
    // As in our app, which is known once the client stands.
    document.body.classList.add("o_invoice_app");
    after(() => document.body.classList.remove("o_invoice_app"));
    const texts = {};
    for (const period of ["month", "last_month", "last_quarter", "year"]) {
        await contains(".o_find_period").click();
        await contains(`[data-period=${period}]`).click();
        await animationFrame();
        texts[period] = queryAllTexts(".o_searchview_facet").join();
    }
    return texts;
}

async function speakChinese() {
    await makeMockEnv(); // with the language of its user
    patchWithCleanup(luxon.Settings, { defaultLocale: "zh-CN" });
    patchWithCleanup(user, {
        get lang() {
            return "zh-CN";
        },
    });
}

test.tags("desktop");
test("a period is called as it is in English", async () => {
    expect(await getPeriodFacets()).toEqual({
        month: "Shipped On: November 2026",
        last_month: "Shipped On: October 2026",
        last_quarter: "Shipped On: Q3 2026",
        year: "Shipped On: 2026",
    });
});

test.tags("desktop");
test("a period is called as it is in Chinese", async () => {
    await speakChinese();
    patchTranslations({ invoice_crm_addon: { "Q3 %(year)s": "%(year)s年第三季度" } });
    expect(await getPeriodFacets()).toEqual({
        month: "Shipped On: 2026年11月",
        last_month: "Shipped On: 2026年10月",
        last_quarter: "Shipped On: 2026年第三季度",
        year: "Shipped On: 2026年",
    });
});

test.tags("desktop");
test("the month of a small calendar is called as it is in Chinese", async () => {
    mockDate("2026-11-08 12:00:00");
    await speakChinese();
    await mountWithCleanup(DateTimePicker);
    expect(".o_datetime_picker_header").not.toHaveText(/2026年11月/);
    document.body.classList.add("o_invoice_app");
    after(() => document.body.classList.remove("o_invoice_app"));
    await mountWithCleanup(DateTimePicker);
    expect(".o_datetime_picker_header:last").toHaveText(/2026年11月/);
});

test.tags("desktop");
test("totals are read once for a search, and again whenever the list is", async () => {
    findable.add("parcel", { fields: ["city"], Totals: TicketTotals }, { force: true });
    mockTotals({
        currency_id: 1,
        count: 1234,
        issued: 7,
        amount: 1130,
        tax: 130,
        parts: [{ key: "special", count: 7, amount: 1130 }],
        note: "Incomplete.",
    });
    onRpc("parcel", "action_do", () => true);
    let mounted;
    patchWithCleanup(ListController.prototype, {
        setup() {
            super.setup();
            mounted = this;
        },
    });
    await mountParcels({
        arch: `<list js_class="record_panel_list">
                   <field name="name"/><button name="action_do" type="object" string="Do"/>
               </list>`,
        searchViewArch: `<search>
            <filter name="heavy" string="Heavy" domain="[('weight', '>', 5)]"/>
            <filter name="by" string="By City" context="{'group_by': 'city'}"/></search>`,
        context: { search_default_heavy: 1 },
    });
    await animationFrame();
    const heavy = `[["weight",">",5]]`;
    expect.verifySteps([heavy]);
    expect(".o_totals_count").toHaveText("1,234 found");
    expect(".o_totals_amount").toHaveText("$ 1,130.00");
    expect("[data-part=special]").toHaveText("Special VAT 7: $ 1,130.00");
    expect(".o_totals_note").toHaveText("Incomplete.");
    await contains(".o_data_row button[name=action_do]").click();
    await animationFrame();
    expect.verifySteps([heavy]);
    // A wizard of another model, or files: what they changed has the list read anew.
    await mounted.model.load();
    await animationFrame();
    expect.verifySteps([heavy]);
    await contains(".o_facet_remove").click();
    await animationFrame();
    expect.verifySteps(["[]"]);
});
