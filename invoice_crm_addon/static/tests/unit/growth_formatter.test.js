import { expect, test } from "@odoo/hoot";
import { defineMailModels } from "@mail/../tests/mail_test_helpers";
import { makeMockEnv } from "@web/../tests/web_test_helpers";
import { formatGrowth } from "@invoice_crm_addon/reporting/growth_formatter";

defineMailModels();

test("growth has its sign, and is empty where nothing was before", async () => {
    await makeMockEnv(); // how numbers are written
    expect(formatGrowth(0.125)).toBe("+12.5%");
    expect(formatGrowth(-1)).toBe("-100%");
    expect(formatGrowth(0)).toBe("0%");
    expect(formatGrowth(false)).toBe("");
});
