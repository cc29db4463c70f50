import { expect, test } from "@odoo/hoot";
import { animationFrame, queryAllTexts, queryAttribute } from "@odoo/hoot-dom";
import { defineMailModels } from "@mail/../tests/mail_test_helpers";
import {
    defineModels,
    fields,
    makeMockEnv,
    models,
    mountView,
    patchWithCleanup,
} from "@web/../tests/web_test_helpers";
import { user } from "@web/core/user";
import { formatShort, formatWan } from "@invoice_crm_addon/base/amounts";
import { AmountGraphRenderer } from "@invoice_crm_addon/lazy/amount_graph";

const DOLLAR = 1;

class Sale extends models.Model {
    status = fields.Selection({
        selection: [
            ["paid", "Paid"],
            ["open", "Open"],
        ],
    });
    amount_issued = fields.Monetary({ currency_field: "currency_id" });
    amount_company = fields.Monetary({ currency_field: "currency_id" });
    currency_id = fields.Many2one({ relation: "res.currency" });
    kind = fields.Char();
    pieces = fields.Integer();
    _records = [
        { id: 1, status: "paid", amount_issued: 123456.78, amount_company: 123456.78, currency_id: DOLLAR, kind: "a", pieces: 12 },
        { id: 2, status: "open", amount_issued: 99, amount_company: 99, currency_id: DOLLAR },
    ];
}

defineMailModels();
defineModels([Sale]);

function speak(lang) {
    patchWithCleanup(user, {
        get lang() {
            return lang;
        },
    });
}

test("large numbers are read by ten thousands", async () => {
    await makeMockEnv();
    speak("zh-CN");
    expect(formatWan(9999.99)).toBe("");
    expect(formatWan(12345.6)).toBe("1.23万");
    expect(formatWan(-20000)).toBe("-2万");
    expect(formatWan(12345678)).toBe("1,234.57万");
    expect(formatWan(99999999)).toBe("1亿");
    expect(formatWan(123456789)).toBe("1.23亿");
    speak("zh-TW");
    expect(formatWan(123456789)).toBe("1.23億");
});

test("amounts keep their currency, and small ones their cents", async () => {
    await makeMockEnv();
    speak("zh-CN");
    expect(formatShort(56789.1, { currencyId: DOLLAR })).toBe("$\u00a05.68万");
    expect(formatShort(56.7, { currencyId: DOLLAR })).toBe("$\u00a056.70");
    expect(formatShort(56789.1)).toBe("5.68万");
    speak("en-US");
    expect(formatShort(56789.1, { currencyId: DOLLAR, isExact: true })).toBe("$\u00a056,789.10");
    expect(formatShort(56789.1)).toBe("56,789");
});

test.tags("desktop");
test("sums above the cards are short, and exact in their tooltip", async () => {
    speak("zh-CN");
    await mountView({
        type: "kanban",
        resModel: "sale",
        groupBy: ["status"],
        arch: `
            <kanban js_class="invoice_ticket_kanban">
                <field name="currency_id"/><field name="amount_company"/>
                <progressbar field="status" colors='{"paid": "success"}' sum_field="amount_issued"/>
                <templates><t t-name="card"><field name="status"/></t></templates>
            </kanban>`,
    });
    await animationFrame();
    expect(queryAllTexts(".o_animated_number b").sort()).toEqual(["$ 12.35万", "$ 99.00"]);
    expect(queryAttribute(".o_animated_number:contains(万)", "data-tooltip")).toMatch(/123,456\.78/);
});

test.tags("desktop");
test("a sum without a currency is as exact as it is", async () => {
    await mountView({
        type: "kanban",
        resModel: "sale",
        groupBy: ["kind"],
        arch: `
            <kanban js_class="invoice_ticket_kanban">
                <progressbar field="status" colors='{"paid": "success"}' sum_field="pieces"/>
                <templates><t t-name="card"><field name="status"/></t></templates>
            </kanban>`,
    });
    await animationFrame();
    expect(queryAttribute(".o_animated_number:contains(/^12$/)", "data-tooltip")).toBe("Pieces: 12");
});

test("axes of charts are short, tooltips are exact", async () => {
    await makeMockEnv();
    speak("zh-CN");
    const { formatValue } = AmountGraphRenderer.prototype;
    expect(formatValue.call({ isExact: false }, 1234567, false)).toBe("123.46万");
    expect(formatValue.call({ isExact: true }, 1234567, true)).toBe("1,234,567");
    expect(formatValue.call({ isExact: false }, 5000, true)).toBe("5,000");
});
