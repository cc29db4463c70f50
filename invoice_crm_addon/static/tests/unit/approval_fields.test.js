import { expect, mockDate, test } from "@odoo/hoot";
import { queryAllTexts } from "@odoo/hoot-dom";
import { defineMailModels } from "@mail/../tests/mail_test_helpers";
import {
    contains,
    defineModels,
    fields,
    mockService,
    models,
    mountView,
} from "@web/../tests/web_test_helpers";

const PERSON = { user_id: 7, name: "Li" };
const ENTRY = {
    ...PERSON,
    decision: "approve",
    label: "Approved",
    date: "2026-03-05 08:00:00",
    hours: 26,
    comment: "Fine",
};
const STEP = { note: "", rule: "", entries: [], people: [], since: false, deadline: false };
const ROUND = {
    id: 3,
    flow: "Large tickets",
    version: 2,
    cycle: 1,
    state: "pending",
    state_label: "Waiting",
    is_change: false,
    date: "2026-03-04 08:00:00",
    date_decided: false,
    requester: PERSON,
    changes: [],
    can_open: true,
    closing: false,
    steps: [
        { ...STEP, id: 1, name: "Lead", state: "approved", state_label: "Approved", entries: [ENTRY] },
        {
            ...STEP,
            id: 2,
            name: "Finance",
            state: "pending",
            state_label: "Waiting",
            since: "2026-03-05 08:00:00",
            deadline: "2026-03-05 09:00:00",
            people: [{ user_id: 8, name: "Wang", for: "Zhao" }],
        },
    ],
};

class Document extends models.Model {
    names = fields.Json();
    options = fields.Json();
    open_fields = fields.Json();
    timeline = fields.Json();
    res_model = fields.Char();
    condition = fields.Char();
    archived = fields.Boolean({ string: "Archived" });
    acc_number = fields.Char({ string: "Account Number" });
    _records = [
        {
            id: 1,
            names: ["note"],
            options: [
                { name: "content", label: "Content" },
                { name: "note", label: "Notes" },
            ],
            open_fields: { content: "Content", note: "Notes" },
            timeline: [ROUND],
            res_model: "document",
            condition: "[('res_model', '=', 'a')]",
        },
    ];
}

defineMailModels();
defineModels([Document]);

const mountForm = (arch, params = {}) =>
    mountView({ type: "form", resModel: "document", resId: 1, arch: `<form>${arch}</form>`, ...params });

test("names of fields are ticked in a list, in its order", async () => {
    await mountForm(`
        <field name="options" invisible="1"/>
        <field name="names" widget="approval_fields" options="{'options_field': 'options'}"/>`);
    expect(queryAllTexts(".o-checkbox")).toEqual(["Content", "Notes"]);
    expect(".o_approval_fields [aria-live]").toHaveText("1 of 2 ticked");
    await contains(".o-checkbox:first input").click();
    expect(".o_approval_fields [aria-live]").toHaveText("2 of 2 ticked");
    await contains("button:contains(Tick none)").click();
    expect(".o_approval_fields [aria-live]").toHaveText("0 of 2 ticked");
});

test("what is approved again is said, and louder before it is saved", async () => {
    await mountForm(`
        <field name="open_fields" widget="approval_open_fields"/><field name="res_model"/>`);
    expect(".alert-info").toHaveText(/Content, Notes/);
    await contains("[name=res_model] input").edit("other");
    expect(".alert-warning").toHaveText(/Saving asks for approval again/);
});

test("the timeline says who decided, who is asked, and what is late", async () => {
    mockDate("2026-03-05 10:30:00", 0);
    mockService("action", { doAction: ({ res_id }) => expect.step(res_id) });
    await mountForm(`<field name="timeline" widget="approval_timeline"/>`);
    expect("summary").toHaveText(/Large tickets v2\s*Round 1\s*Waiting/);
    expect(".o_approval_entry_approve").toHaveText("Approved");
    expect("blockquote").toHaveText("Fine");
    expect(".o_approval_timeline").toHaveText(/waited 1 day,? 2 hr/);
    expect(".o_approval_timeline_people").toHaveText("Wang for Zhao");
    expect(".badge:contains(Past Deadline)").toHaveCount(1);
    await contains("button:contains(Open Request)").click();
    expect.verifySteps([3]);
});

test("a condition names no field that people read in part, and no archived documents", async () => {
    await mountForm(`<field name="res_model"/><field name="condition" widget="approval_condition"/>`);
    expect(".o_tree_editor_condition").toHaveCount(1);
    expect(".o_domain_selector .o-checkbox").toHaveCount(0);
    await contains(".o_domain_selector .o_model_field_selector").click();
    expect(".o_model_field_selector_popover_item_name:contains(Account Number)").toHaveCount(0);
    expect(".o_model_field_selector_popover_item_name:contains(Archived)").toHaveCount(1);
});
