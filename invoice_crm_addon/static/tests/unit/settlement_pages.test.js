import { expect, test } from "@odoo/hoot";
import { queryAllTexts, queryOne } from "@odoo/hoot-dom";
import { animationFrame } from "@odoo/hoot-mock";
import { defineMailModels } from "@mail/../tests/mail_test_helpers";
import {
    contains,
    defineModels,
    fields,
    makeMockEnv,
    mockService,
    models,
    mountView,
    mountWithCleanup,
    onRpc,
    patchWithCleanup,
} from "@web/../tests/web_test_helpers";
import { router } from "@web/core/browser/router";
import { registry } from "@web/core/registry";
import { getDefaultConfig } from "@web/views/view";
import { VatSheet } from "@invoice_crm_addon/pages/vat_sheet";
import { SettlementPage } from "@invoice_crm_addon/pages/settlement_page";
import { SettlementReport } from "@invoice_crm_addon/pages/settlement_report";

const DOLLAR = 1;
const ROW = {
    id: 5,
    model: "account.move",
    name: "INV/1",
    label: "",
    contract: "",
    date: "2026-03-05",
    date_due: "2026-04-05",
    is_overdue: true,
    amount: 100,
    open: 60,
    on_account: 0,
    currency_id: DOLLAR,
};
const PAGE = {
    partner: { id: 9, name: "Beijing Trading", confirmed: "" },
    rights: { pay: true, link: false },
    sections: [
        {
            kind: "item",
            count: 1,
            totals: [{ currency_id: DOLLAR, open: 60, overdue: 60 }],
            rows: [ROW],
        },
    ],
    balance: [{ currency_id: DOLLAR, owed: 60, on_account: 10, open: 50 }],
};

class Line extends models.Model {
    _name = "line";
    name = fields.Char();
    _records = [{ id: 1, name: "Owes" }];
}

defineMailModels();
defineModels([Line]);

async function mountAction(Component, action, props = {}) {
    onRpc("has_group", () => true);
    const env = await makeMockEnv({ config: getDefaultConfig() });
    const common = { actionId: 1, className: "", updateActionState() {} };
    return mountWithCleanup(Component, { env, props: { action, ...common, ...props } });
}

test("what is chosen of a customer is added up and paid", async () => {
    onRpc("invoice.settlement", "get_page", () => PAGE);
    onRpc("invoice.settlement", "register_payment", ({ args }) => {
        expect.step(args);
        return { type: "ir.actions.act_window" };
    });
    mockService("action", { doAction: () => {} });
    await mountAction(SettlementPage, { context: { active_id: 9 } });
    expect("h2").toHaveText("Beijing Trading");
    expect(".o_settlement_total").toHaveText(/Overdue \$ 60.00/);
    expect(".o_settlement_balance").toHaveText(/\$ 50.00\s+On account \$ 10.00/);
    expect(".o_settlement_pay").not.toBeEnabled();
    await contains(".o_settlement_row input").click();
    expect(".o_settlement_chosen").toHaveText(/\$ 60.00/);
    expect(".o_settlement_pay").toBeEnabled();
    await contains(".o_settlement_pay").click();
    expect.verifySteps([[9, [5]]]);
});

test("from there, the customer is reminded", async () => {
    onRpc("invoice.settlement", "get_page", () => PAGE);
    onRpc("res.partner", "action_remind", ({ args }) => {
        expect.step(args[0]);
        return { type: "ir.actions.act_window" };
    });
    mockService("action", { doAction: () => {} });
    // As the client opens it: its code comes with it.
    const action = { tag: "invoice_settlement", context: { active_id: 9 } };
    await mountAction(registry.category("actions").get(action.tag), action);
    await contains(".o_settlement_remind").click();
    expect.verifySteps([[9]]);
});

test("the address of a page alone names no record", async () => {
    onRpc("get_page", () => expect.step("asked"));
    const params = { model: "invoice.check", res_model: "invoice.contract" };
    await mountAction(SettlementReport, { params, context: {} });
    expect(".alert-info").toHaveText(/Open the customer, contract or order/);
    expect(".o_settlement_print").toHaveCount(0);
    expect.verifySteps([]);
});

test("a page that is loaded again asks for the same days", async () => {
    patchWithCleanup(router, { current: { page_from: "2026-01-01", page_to: "2026-03-31" } });
    onRpc("get_page", ({ args }) => {
        expect.step(args.slice(2));
        return { title: "Check", date_from: args[2], date_to: args[3], cards: [], tables: [] };
    });
    const params = { model: "invoice.check", res_model: "invoice.contract" };
    await mountAction(SettlementReport, { params, context: { active_id: 2 } });
    expect.verifySteps([["2026-01-01", "2026-03-31"]]);
});

test("a check has cards and tables whose rows open their documents", async () => {
    onRpc("invoice.check", "get_page", ({ args }) => {
        expect.step(args);
        return {
            title: "Check of a contract",
            date_from: "",
            date_to: args[3] || "",
            is_as_of: true,
            confirmed: "",
            cards: [{ label: "Open", value: 12.5, currency_id: DOLLAR, note: "of all" }],
            tables: [
                {
                    name: "items",
                    title: "Items",
                    columns: [
                        { name: "day", label: "Day", type: "date" },
                        { name: "sum", label: "Sum", type: "money" },
                    ],
                    rows: [
                        {
                            values: { day: false, sum: 12.5 },
                            currency_id: DOLLAR,
                            res_model: "sale.order",
                            res_id: 4,
                        },
                    ],
                },
            ],
        };
    });
    mockService("action", { doAction: ({ res_model, res_id }) => expect.step([res_model, res_id]) });
    const params = { model: "invoice.check", res_model: "invoice.contract" };
    await mountAction(SettlementReport, { params, context: { active_id: 2 } });
    expect(".o_settlement_card").toHaveText(/Open\s*\$ 12.50\s*of all/);
    expect(queryAllTexts(".o_settlement_items tbody td")).toEqual(["", "$ 12.50", ""]);
    // A phone shows no headings: each value says its own.
    expect(".o_settlement_items td:eq(1)").toHaveAttribute("data-label", "Sum");
    await contains(".o_settlement_items button").click();
    expect.verifySteps([
        ["invoice.contract", 2, null, null],
        ["sale.order", 4],
    ]);
});

test("figures of the VAT return open what is behind them, month by month", async () => {
    const cells = { special: [100, 13], other: [0, 0], unissued: [0, 0], total: [100, 13] };
    const total = { name: "All", line: "1", cells };
    onRpc("invoice.vat.sheet", "get_page", ({ args: [month, company] }) => {
        expect.step(`page ${month}`);
        return {
            title: "VAT",
            month: month || "2026-01",
            company_id: company || 1,
            companies: [],
            currency_id: DOLLAR,
            warnings: ["A warning."],
            columns: { special: "Special", other: "Other", unissued: "None", total: "Total" },
            sections: [{ total, rows: [] }],
            total,
            below: [],
        };
    });
    await mountAction(VatSheet, { context: {} });
    expect(".alert-warning").toHaveText("A warning.");
    expect(queryOne(".o_vat_month").value).toBe("2026-01");
    await contains(".o_vat_previous").click();
    await animationFrame();
    expect(queryOne(".o_vat_month").value).toBe("2025-12");
    expect.verifySteps(["page null", "page 2025-12"]);
});

test("statements of banks are taken by who may, with a button", async () => {
    onRpc("has_group", () => true);
    const arch = `<list js_class="invoice_bank_match_list"><field name="name"/></list>`;
    await mountView({ type: "list", resModel: "line", arch });
    expect(".o_upload_statements").toHaveCount(1);
    expect(".o_list_view").toHaveAttribute("data-fapiao-drop", /Drop statements/);
});

test("who may not, is offered none", async () => {
    onRpc("has_group", () => false);
    const arch = `<list js_class="invoice_bank_match_list"><field name="name"/></list>`;
    await mountView({ type: "list", resModel: "line", arch });
    expect(".o_upload_statements").toHaveCount(0);
});

const NAME = `<field name="name"/>`;
for (const [type, jsClass, content] of [
    ["list", "receivable_list", NAME],
    ["kanban", "receivable_kanban", `<templates><t t-name="card">${NAME}</t></templates>`],
]) {
    test(`what customers owe is asked as of another day (${type})`, async () => {
        const arch = `<${type} js_class="${jsClass}">${content}</${type}>`;
        const context = { receivable_as_of: "2026-03-05" };
        await mountView({ type, resModel: "line", arch, context });
        expect(queryOne(".o_receivable_as_of").value).toBe("2026-03-05");
    });
}
