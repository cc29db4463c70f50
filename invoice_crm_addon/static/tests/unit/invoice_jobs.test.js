import { expect, test } from "@odoo/hoot";
import { advanceTime, animationFrame } from "@odoo/hoot-mock";
import { defineMailModels } from "@mail/../tests/mail_test_helpers";
import { contains, getService, mountWithCleanup, onRpc } from "@web/../tests/web_test_helpers";
import { WebClient } from "@web/webclient/webclient";

defineMailModels();

const MODEL = "invoice.customer.import";

function answer(values) {
    return { name: "big.xlsx", state: "running", is_over: false, done: 0, total: 900, counts: [], ...values };
}

test("the panel follows an import of customers until it is over", async () => {
    const answers = [
        answer({ done: 500 }),
        answer({ state: "done", is_over: true, done: 900, counts: [["Written", 899], ["Errors", 1]] }),
    ];
    onRpc(MODEL, "get_progress", ({ args }) => {
        expect.step(`progress of ${args[0][0]}`);
        return answers.shift();
    });
    await mountWithCleanup(WebClient);
    getService("fapiao_import").watch(MODEL, 7);
    getService("fapiao_import").watch(MODEL, 7); // the form says so each time that it is drawn
    await animationFrame();
    await animationFrame();
    expect(".o_fapiao_panel [role=status]").toHaveText("Importing customers: 500 of 900");
    expect(".o_fapiao_upload").toHaveCount(1);
    await advanceTime(2000);
    await animationFrame();
    expect(".o_fapiao_panel [role=status]").toHaveText("Customers are imported");
    expect(".o_invoice_job").toHaveText(/Written 899\s*Errors 1/);
    expect.verifySteps(["progress of 7", "progress of 7"]);
    await contains(".o_fapiao_close").click();
    expect(".o_fapiao_panel").toHaveCount(0);
});

test("a job whose panel is closed is not asked for any more", async () => {
    onRpc(MODEL, "get_progress", () => {
        expect.step("progress");
        return answer();
    });
    await mountWithCleanup(WebClient);
    getService("fapiao_import").watch(MODEL, 7);
    await animationFrame();
    await animationFrame();
    await contains(".o_fapiao_close").click();
    await advanceTime(10000);
    expect.verifySteps(["progress"]);
});
