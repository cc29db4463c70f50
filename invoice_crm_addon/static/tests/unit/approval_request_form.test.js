import { expect, test } from "@odoo/hoot";
import { waitFor, waitForNone } from "@odoo/hoot-dom";
import { defineMailModels } from "@mail/../tests/mail_test_helpers";
import {
    contains,
    defineModels,
    fields,
    models,
    mountView,
    onRpc,
} from "@web/../tests/web_test_helpers";

class Request extends models.Model {
    name = fields.Char();
    can_decide = fields.Boolean();
    _records = [
        { id: 1, name: "First", can_decide: true },
        { id: 2, name: "Second", can_decide: true },
    ];
}

defineMailModels();
defineModels([Request]);

const ARCH = `
    <form js_class="approval_request_form" edit="0">
        <header><button name="action_approve" type="object" string="Approve" invisible="not can_decide"/></header>
        <field name="can_decide" invisible="1"/>
        <field name="name"/>
    </form>`;

test("a decided request makes room for the next; the last one stays", async () => {
    onRpc("request", "action_approve", function ({ args }) {
        this.env["request"].write(args[0], { can_decide: false });
        expect.step(args[0]);
        return true;
    });
    await mountView({ type: "form", resModel: "request", resId: 1, resIds: [1, 2], arch: ARCH });
    expect(".o_field_widget[name=name]").toHaveText("First");
    await contains("button[name=action_approve]").click();
    await waitFor(".o_field_widget[name=name]:contains(Second)", { timeout: 3000 });
    await contains("button[name=action_approve]").click();
    await waitForNone("button[name=action_approve]", { timeout: 3000 });
    expect(".o_field_widget[name=name]").toHaveText("Second");
    expect.verifySteps([[1], [2]]);
});
