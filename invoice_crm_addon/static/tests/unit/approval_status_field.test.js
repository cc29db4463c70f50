import { expect, test } from "@odoo/hoot";
import { queryAllTexts } from "@odoo/hoot-dom";
import { defineMailModels } from "@mail/../tests/mail_test_helpers";
import { defineModels, fields, models, mountView } from "@web/../tests/web_test_helpers";

class Paper extends models.Model {
    state = fields.Selection({ selection: [["approved", "Approved"]] });
    approval_change_waits = fields.Boolean();
    _records = [
        { id: 1, state: "approved", approval_change_waits: true },
        { id: 2, state: "approved", approval_change_waits: false },
    ];
}

defineMailModels();
defineModels([Paper]);

const FIELD = `<field name="state" widget="approval_status" decoration-info="state == 'approved'"/>`;

test("a list says beside the status that a change waits, and asks for nothing more", async () => {
    await mountView({ type: "list", resModel: "paper", arch: `<list>${FIELD}</list>` });
    expect(queryAllTexts(".o_data_row .badge")).toEqual(["Approved", "A change waits", "Approved"]);
    expect(".o_data_row:first .badge:first").toHaveClass("text-bg-info");
    expect(".o_change_waits").toHaveCount(1);
});

test("and so do cards", async () => {
    await mountView({
        type: "kanban",
        resModel: "paper",
        arch: `<kanban><templates><t t-name="card">${FIELD}</t></templates></kanban>`,
    });
    expect(".o_kanban_record .o_change_waits").toHaveCount(1);
});
