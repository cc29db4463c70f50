import { destroy, expect, test } from "@odoo/hoot";
import { animationFrame, press, queryAllTexts } from "@odoo/hoot-dom";
import { defineMailModels } from "@mail/../tests/mail_test_helpers";
import {
    contains,
    defineMenus,
    getService,
    makeMockEnv,
    mockService,
    mountWithCleanup,
    onRpc,
    patchWithCleanup,
} from "@web/../tests/web_test_helpers";
import { user } from "@web/core/user";
import { getDefaultConfig } from "@web/views/view";
import { NavBar } from "@web/webclient/navbar/navbar";
import { WorklistOverview } from "@invoice_crm_addon/pages/worklist_overview";

defineMailModels();

const OVERDUE = {
    key: "overdue",
    name: "Overdue",
    hint: "Past the due date.",
    count: 1234,
    amount: 5650,
    note: "Incomplete: no exchange rate of CHF.",
    is_alarm: true,
    action: "invoice_crm_addon.invoice_worklist_action_overdue",
    menu: "invoice_crm_addon.menu_worklist_overdue",
};
const APPROVALS = {
    key: "to_approve",
    name: "To Approve",
    hint: "They wait for your decision.",
    count: 0,
    amount: null,
    is_alarm: false,
    action: "invoice_crm_addon.invoice_approval_request_action_to_approve",
    menu: "invoice_crm_addon.menu_ticket_to_approve",
};
const PROPS = { action: {}, actionId: 1, className: "", updateActionState() {} };

const LIST = { type: "ir.actions.act_window", res_model: "invoice.ticket" };
const FIGURE = {
    key: "ticketed",
    name: "Ticketed",
    value: 1500,
    before: 5000,
    same: 1000,
    is_amount: true,
    note: "Incomplete: no exchange rate of USD.",
    action: { ...LIST, name: "this month" },
    action_before: { ...LIST, name: "last month" },
};
const STEPS = [
    { key: "company", name: "Company", hint: "Its data.", is_done: true, action: "company" },
    { key: "flow", name: "Flow", hint: "Who approves.", is_done: false, action: "flow" },
];

function mockOverview(...lists) {
    const overview = { currency_id: 1, sections: [{ name: "Collect", lists }] };
    onRpc("invoice.worklist", "get_overview", () => {
        expect.step("get_overview");
        return overview;
    });
    onRpc("invoice.home", "get_home", () => {
        expect.step("get_home");
        return { ...overview, figures: [FIGURE], charts: [], steps: STEPS };
    });
}

function mockMenu() {
    defineMenus([
        {
            id: 1,
            name: "Tickets",
            xmlid: "invoice_crm_addon.menu_ticket_root",
            children: [
                {
                    id: 2,
                    name: "Worklists",
                    children: [
                        { id: 3, name: "Overdue", xmlid: OVERDUE.menu, actionID: 7 },
                        { id: 4, name: "To Approve", xmlid: APPROVALS.menu, actionID: 8 },
                    ],
                },
            ],
        },
        { id: 9, name: "Another", xmlid: "another.menu" },
    ]);
}

async function mountOverview() {
    const env = await makeMockEnv({ config: getDefaultConfig() });
    return mountWithCleanup(WorklistOverview, { env, props: PROPS });
}

async function mountNavBar(appId) {
    mockMenu();
    await mountWithCleanup(NavBar);
    getService("menu").setCurrentMenu(appId);
    await animationFrame();
    await animationFrame();
}

test("a card says how much waits, and opens it", async () => {
    mockOverview(OVERDUE, APPROVALS);
    const opened = [];
    mockService("action", { doAction: (action) => opened.push(action) });
    await mountOverview();
    expect.verifySteps(["get_home"]);
    expect(queryAllTexts(".o_worklist_count")).toEqual(["1,234", "0"]);
    expect("[data-worklist=overdue]").toHaveText(/\$ 5,650.00/);
    expect(".o_worklist_note").toHaveText(OVERDUE.note);
    expect("[data-worklist=overdue] .o_worklist_count").toHaveClass("text-danger");
    expect(".o_worklist_done").toHaveCount(0);
    await contains("[data-worklist=overdue]").click();
    expect(opened).toEqual([OVERDUE.action]);
});

test("lists with nothing in them stand in a line below the cards", async () => {
    const noted = { ...APPROVALS, key: "noted", note: "Incomplete: no exchange rate of CHF." };
    mockOverview(APPROVALS, OVERDUE, noted);
    mockService("action", { doAction: (action) => expect.step(action) });
    await mountOverview();
    expect(queryAllTexts(".o_worklist_card .fw-bold:first-child")).toEqual([
        "Overdue",
        "To Approve",
    ]);
    expect(".o_worklist_card[data-worklist=noted]").toHaveCount(1);
    expect(".o_worklist_section").toHaveClass("col-lg-6");
    expect(queryAllTexts(".o_worklist_empty button")).toEqual(["To Approve 0"]);
    expect(".o_worklist_empty button").toHaveAttribute("title", APPROVALS.hint);
    await contains(".o_worklist_empty [data-worklist=to_approve]").focus();
    await press("Enter");
    expect.verifySteps(["get_home", APPROVALS.action]);
});

test("amounts are short in Chinese, and exact in their tooltips", async () => {
    patchWithCleanup(user, {
        get lang() {
            return "zh-CN";
        },
    });
    mockOverview({ ...OVERDUE, amount: 1234567.8 });
    await mountOverview();
    expect.verifySteps(["get_home"]);
    expect(".o_worklist_amount").toHaveText("$ 123.46万");
    expect(".o_worklist_amount").toHaveAttribute("title", /1,234,567\.80/);
});

test("nothing waits", async () => {
    mockOverview(APPROVALS);
    await mountOverview();
    expect.verifySteps(["get_home"]);
    expect(".o_worklist_done").toHaveCount(1);
});

test("figures are fresh whenever the page is shown", async () => {
    mockOverview(APPROVALS);
    const overview = await mountOverview();
    destroy(overview);
    await mountWithCleanup(WorklistOverview, { props: PROPS });
    expect.verifySteps(["get_home", "get_home"]);
});

test("without anything on the same days before there is no change", async () => {
    mockOverview(APPROVALS);
    patchWithCleanup(FIGURE, { same: 0 });
    await mountOverview();
    expect(".o_home_change").toHaveCount(0);
    expect.verifySteps(["get_home"]);
});

test("this month stands against the same days of the last, and each opens its list", async () => {
    mockOverview(APPROVALS);
    const opened = [];
    mockService("action", { doAction: (action) => opened.push(action) });
    await mountOverview();
    expect("[data-figure=ticketed] .o_home_value").toHaveText("$ 1,500.00");
    expect(".o_home_change").toHaveText(/^\+50%\s*vs\. the same days last month$/);
    expect(".o_home_change").toHaveAttribute("title", /last month: .*1,000\.00$/);
    expect(".o_home_before").toHaveText("Last month: $ 5,000.00");
    expect(".o_home_note").toHaveText(FIGURE.note);
    await contains(".o_home_value").click();
    await contains(".o_home_before").click();
    expect(opened).toEqual([FIGURE.action, FIGURE.action_before]);
    expect.verifySteps(["get_home"]);
});

test("first steps are opened, marked as done, and put away", async () => {
    mockOverview(APPROVALS);
    onRpc("invoice.home", "hide_steps", () => {
        expect.step("hide_steps");
        return true;
    });
    mockService("action", { doAction: (action) => expect.step(action) });
    await mountOverview();
    expect(".o_home_steps").toHaveText(/1 of 2 done/);
    expect("[data-step=company] .fa-check-circle").toHaveCount(1);
    expect("[data-step=flow] .fa-check-circle").toHaveCount(0);
    await contains("[data-step=flow]").click();
    await contains(".o_home_hide").click();
    await animationFrame();
    expect(".o_home_steps").toHaveCount(0);
    expect.verifySteps(["get_home", "flow", "hide_steps"]);
});

test.tags("desktop");
test("the menu says how much waits", async () => {
    mockOverview(OVERDUE, APPROVALS);
    await mountNavBar(1);
    expect.verifySteps(["get_overview"]);
    await contains(".o_menu_sections button").click();
    expect(queryAllTexts(".o-dropdown--menu .dropdown-item")).toEqual(["Overdue1234", "To Approve"]);
    expect(".o_worklist_badge").toHaveClass("text-bg-danger");
});

test.tags("desktop");
test("a menu without figures is a menu", async () => {
    onRpc("invoice.worklist", "get_overview", () => {
        throw new Error("no answer");
    });
    await mountNavBar(1);
    await contains(".o_menu_sections button").click();
    expect(queryAllTexts(".o-dropdown--menu .dropdown-item")).toEqual(["Overdue", "To Approve"]);
    expect(".o_notification, .o_error_dialog").toHaveCount(0);
});

test.tags("desktop");
test("other apps ask for nothing", async () => {
    mockOverview(OVERDUE);
    await mountNavBar(9);
    expect.verifySteps([]);
});
