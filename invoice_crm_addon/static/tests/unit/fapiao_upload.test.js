import { expect, test } from "@odoo/hoot";
import { animationFrame } from "@odoo/hoot-dom";
import { defineMailModels } from "@mail/../tests/mail_test_helpers";
import {
    MockServer,
    defineModels,
    fields,
    getService,
    mockService,
    models,
    mountViewInDialog,
    onRpc,
} from "@web/../tests/web_test_helpers";

class InvoiceTicket extends models.Model {
    _name = "invoice.ticket";
    fapiao_number = fields.Char();
    state = fields.Char();
    _records = [{ id: 1, fapiao_number: false, state: "approved" }];
}

defineMailModels();
defineModels([InvoiceTicket]);

async function mountIssue() {
    onRpc("has_group", () => true);
    mockService("action", { doAction: (action) => expect.step(action.type) });
    await mountViewInDialog({
        type: "form",
        resModel: "invoice.ticket",
        resId: 1,
        arch: `<form><widget name="fapiao_upload"/><field name="fapiao_number"/></form>`,
    });
}

/** What the import tells once files were read. */
async function finish(row, ticket_id = 1) {
    getService("fapiao_import").bus.trigger("done", { rows: [row], target: { ticket_id } });
    await animationFrame();
    await animationFrame();
}

test("the dialog is done once the file issued its ticket", async () => {
    await mountIssue();
    MockServer.env["invoice.ticket"].write([1], { state: "issued" });
    await finish({ message: "It is issued." });
    expect.verifySteps(["ir.actions.act_window_close"]);
});

test("a file that issued nothing says why, and fills in what it gave", async () => {
    await mountIssue();
    MockServer.env["invoice.ticket"].write([1], { fapiao_number: "25312000000000000001" });
    await finish({ message: "The buyer is another one." });
    expect.verifySteps([]);
    expect(".o_notification").toHaveText("The buyer is another one.");
    expect("[name=fapiao_number] input").toHaveValue("25312000000000000001");
});

test("files of another ticket are no business of the dialog", async () => {
    await mountIssue();
    await finish({ message: "It is issued." }, 2);
    expect.verifySteps([]);
    expect(".o_notification").toHaveCount(0);
});
