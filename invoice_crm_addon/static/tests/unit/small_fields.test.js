import { after, expect, test } from "@odoo/hoot";
import { Deferred, advanceTime, animationFrame, freezeTime } from "@odoo/hoot-mock";
import { defineMailModels } from "@mail/../tests/mail_test_helpers";
import {
    contains,
    defineModels,
    fields,
    models,
    mountView,
    onRpc,
} from "@web/../tests/web_test_helpers";
import { invoiceJobs } from "@invoice_crm_addon/fapiao/fapiao_import_service";
import { toPlainText } from "@invoice_crm_addon/ticket/exact_float_field";

class Attachment extends models.Model {
    _name = "file.attachment";
    name = fields.Char();
    _records = [
        { id: 1, name: "scan.PNG" },
        { id: 2, name: "invoice.pdf" },
        { id: 3, name: "invoice.ofd" },
    ];
}

class Item extends models.Model {
    _name = "item";
    quantity = fields.Float({ digits: [0, 13] });
    state = fields.Char();
    file_id = fields.Many2one({ relation: "file.attachment" });
    _records = [
        ...[1, 2, 3].map((id) => ({ id, quantity: 0.00000001, state: "done", file_id: id })),
        { id: 4, state: "waiting" },
    ];
}

defineMailModels();
defineModels([Attachment, Item]);

const mountForm = (arch, resId = 1) =>
    mountView({ type: "form", resModel: "item", resId, arch: `<form>${arch}</form>` });

/** Time passes only as the tests say: a form looks again by itself, on a slow machine before it is asked to. */
async function mountJob(resId) {
    freezeTime();
    await mountView({
        type: "form",
        resModel: "item",
        resId,
        arch: `<form js_class="invoice_job_form"><field name="state"/></form>`,
    });
}

test("numbers have all their decimals, and no exponent", () => {
    expect(toPlainText(1e-8)).toBe("0.00000001");
    expect(toPlainText(-1234.5)).toBe("-1234.5");
    expect(toPlainText(1e21)).toBe("1000000000000000000000");
});

test("a number of too many digits is refused as it is typed", async () => {
    await mountForm(`<field name="quantity" widget="exact_float"/>`);
    expect("[name=quantity] input").toHaveValue("0.00000001");
    await contains("[name=quantity] input").edit("1234567890123.4567");
    expect(".o_notification").toHaveText(/more digits than can be kept/);
});

test("pictures and PDF are shown, other files are offered", async () => {
    const preview = `<field name="file_id" widget="attachment_preview" readonly="1"/>`;
    await mountForm(preview);
    expect("[name=file_id] img").toHaveAttribute("alt", "scan.PNG");
    expect("[name=file_id] iframe").toHaveCount(0);
});

test("of a file that no browser shows there is a link", async () => {
    await mountForm(`<field name="file_id" widget="attachment_preview" readonly="1"/>`, 3);
    expect("[name=file_id] img, [name=file_id] iframe").toHaveCount(0);
    expect("[name=file_id] a").toHaveAttribute("href", "/web/content/3?download=true");
});

test("all files of a record can be looked at", async () => {
    onRpc("ir.attachment", "search_read", ({ kwargs }) => {
        expect(kwargs.domain).toEqual([
            ["res_model", "=", "item"],
            ["res_id", "=", 2],
        ]);
        return [
            { id: 2, display_name: "invoice.pdf" },
            { id: 3, display_name: "invoice.ofd" },
        ];
    });
    await mountForm(
        `<field name="file_id" widget="attachment_preview" readonly="1" options="{'all': True}"/>`,
        2
    );
    expect("[name=file_id] iframe").toHaveAttribute("title", "invoice.pdf");
    expect("[name=file_id] button[aria-pressed=true]").toHaveText("invoice.pdf");
    await contains("[name=file_id] button:contains(invoice.ofd)").click();
    expect("[name=file_id] iframe").toHaveCount(0);
    expect("[name=file_id] p").toHaveText(/cannot show files of this kind/);
    expect("[name=file_id] a").toHaveAttribute("href", "/web/content/3?download=true");
});

test("the form of a job that is done asks nobody", async () => {
    onRpc("item", "get_progress", () => expect.step("progress"));
    await mountJob(1);
    await advanceTime(2000);
    expect.verifySteps([]);
});

test("the form of a job that waits looks again, once it knows what it asked for", async () => {
    onRpc("item", "get_progress", ({ args }) => {
        expect.step(`progress of ${args[0]}`);
        return { name: "2026", state: "done", is_over: true, done: 1, total: 1, counts: [] };
    });
    invoiceJobs.add("item", { getTitle: ({ name }) => name });
    after(() => invoiceJobs.remove("item"));
    const answer = new Deferred();
    let isSlow = false;
    onRpc("item", "web_read", async () => {
        expect.step("read");
        if (isSlow) {
            await answer;
        }
    });
    await mountJob(4);
    expect.verifySteps(["read", "progress of 4"]);
    isSlow = true;
    await advanceTime(2000);
    await advanceTime(4000);
    expect.verifySteps(["read"]);
    answer.resolve();
    await animationFrame();
    await advanceTime(2000);
    expect.verifySteps(["read"]);
});

test("imports of customers are taken with a button, by who may", async () => {
    onRpc("has_group", () => true);
    const arch = `<list js_class="invoice_customer_import_list"><field name="state"/></list>`;
    await mountView({ type: "list", resModel: "item", arch });
    expect(".o_list_view").toHaveAttribute("data-fapiao-drop", /Drop a file of customers/);
});
