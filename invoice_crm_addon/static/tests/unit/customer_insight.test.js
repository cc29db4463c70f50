import { expect, test } from "@odoo/hoot";
import { animationFrame, queryAllTexts } from "@odoo/hoot-dom";
import { defineMailModels } from "@mail/../tests/mail_test_helpers";
import {
    clickSave,
    contains,
    mockService,
    mountView,
    onRpc,
    patchWithCleanup,
} from "@web/../tests/web_test_helpers";
import { InsightChart } from "@invoice_crm_addon/pages/insight_chart";

defineMailModels();

const ARCH = `<form><field name="name"/><widget name="customer_insight"/></form>`;
const SUMMARY = {
    amount: 300,
    average: 150,
    count: 2,
    count_ever: 2,
    days_between: 30,
    days_since: 4,
    due: 4,
    first_date: "2026-05-01",
    last_date: "2026-06-01",
    late: 1,
    late_share: 0.25,
    per_month: 1,
};

function mockFigures(values = {}) {
    onRpc("invoice.customer.insight", "get_figures", ({ args }) => {
        expect.step(`figures of ${args[1]} months`);
        return {
            currency_id: 1,
            domain: [["state", "=", "issued"]],
            months: ["2026-05-01", "2026-06-01"],
            types: [{ id: 7, name: "Receipt", counts: [1, 1], amounts: [100, 200] }],
            summary: SUMMARY,
            categories: [{ id: 3, name: "Paper", amount: 300 }],
            tax_classes: [{ id: "106", name: "Paper (106)", amount: 300 }],
            left_out: [],
            ...values,
        };
    });
    onRpc("invoice.customer.insight", "get_opportunities", ({ args }) => {
        expect.step(`offers by ${args[1]}`);
        const goods = { id: 1, goods: "Ink", share: 0.5, taker_count: 1, similar_count: 2, amount_median: 9 };
        return { scores: { rfm_class: "best", label: "Best" }, goods: [goods], currency_id: 1 };
    });
}

async function mountTab(customerId) {
    await mountView({ type: "form", resModel: "res.partner", resId: customerId, arch: ARCH });
    await animationFrame();
}

/** Charts draw on a canvas: what they are given is looked at instead. */
function watchCharts() {
    const charts = [];
    patchWithCleanup(InsightChart.prototype, {
        setup() {
            charts.push(this);
        },
    });
    return charts;
}

test("figures, classes and offers of the customer", async () => {
    const charts = watchCharts();
    mockFigures();
    await mountTab(17);
    expect.verifySteps(["offers by rfm", "figures of 12 months"]);
    expect(".o_customer_insight_class").toHaveText(/Best/);
    expect(queryAllTexts(".o_customer_insight tbody td")).toEqual(["Ink", "50%(1 / 2)", "$ 9.00"]);
    expect(".o_customer_insight").toHaveText(/25%\n1 of 4 that were due/);
    const [byMonth, byGoods] = charts;
    expect(byMonth.props.series).toEqual([{ name: "Receipt", values: [100, 200] }]);
    expect(byGoods.props.labels).toEqual(["Paper"]);
});

test("the period and the measure are chosen", async () => {
    const charts = watchCharts();
    mockFigures();
    await mountTab(17);
    await contains("button:contains(24 Months)").click();
    expect.verifySteps(["offers by rfm", "figures of 12 months", "figures of 24 months"]);
    await contains("button:contains(Tickets)").click();
    expect(charts[0].props.series[0].values).toEqual([1, 1]);
    await contains("button:contains(Tax Class)").click();
    expect(charts[1].props.labels).toEqual(["Paper (106)"]);
    await contains("button:contains(Industry)").click();
    expect.verifySteps(["offers by industry"]);
});

test("figures follow what is saved", async () => {
    watchCharts();
    mockFigures();
    await mountTab(17);
    expect.verifySteps(["offers by rfm", "figures of 12 months"]);
    await contains("[name=name] input").edit("Another");
    expect.verifySteps([]);
    await clickSave();
    await animationFrame();
    expect.verifySteps(["figures of 12 months", "offers by rfm"]);
});

test("a bar opens its tickets", async () => {
    const charts = watchCharts();
    mockFigures();
    const opened = [];
    mockService("action", { doAction: (action) => opened.push(action) });
    await mountTab(17);
    expect.verifySteps(["offers by rfm", "figures of 12 months"]);
    charts[0].props.onBarClicked(0, 0);
    charts[0].props.onBarClicked(1, 0);
    charts[1].props.onBarClicked(0, 0);
    expect(opened.map((action) => action.domain)).toEqual([
        [["state", "=", "issued"], ["issue_date", ">=", "2026-05-01"], ["type_id", "=", 7], ["issue_date", "<", "2026-06-01"]],
        [["state", "=", "issued"], ["issue_date", ">=", "2026-06-01"], ["type_id", "=", 7]],
        [["state", "=", "issued"], ["issue_date", ">=", "2026-05-01"], ["line_ids", "any", [["product_id.categ_id", "=", 3]]]],
    ]);
});

test("charts are drawn", async () => {
    mockFigures();
    await mountTab(17);
    expect.verifySteps(["offers by rfm", "figures of 12 months"]);
    expect(".o_customer_insight canvas").toHaveCount(2);
});

test("a customer without tickets is told so", async () => {
    mockFigures({ types: [], categories: [], tax_classes: [], summary: { ...SUMMARY, count_ever: 0 } });
    await mountTab(17);
    expect.verifySteps(["offers by rfm", "figures of 12 months"]);
    expect(".o_customer_insight_empty").toHaveCount(1);
    expect("canvas").toHaveCount(0);
});
