import { expect, test } from "@odoo/hoot";
import { formatGrowth } from "@invoice_crm_addon/reporting/growth_formatter";

test("growth has its sign, and is empty where nothing was before", () => {
    expect(formatGrowth(0.125)).toBe("+12.5%");
    expect(formatGrowth(-1)).toBe("-100%");
    expect(formatGrowth(0)).toBe("0%");
    expect(formatGrowth(false)).toBe("");
});
