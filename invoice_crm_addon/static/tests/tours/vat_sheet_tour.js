import { registry } from "@web/core/registry";

const getFigure = (line, column) => `.o_vat_table tr[data-line=${line}] td[data-column=${column}]`;
const BACK = ".o_breadcrumb .breadcrumb-item a";

/** Finance reads the list of sales of March 2026, opens what figures are made of, and goes on. */
registry.category("web_tour.tours").add("invoice_crm_vat_sheet", {
    steps: () => [
        { trigger: `${getFigure("exempt_goods", "other")}:contains(500.00)` },
        { trigger: `${getFigure("refund_services", "other")}:contains(800.00)` },
        { trigger: "tr[data-line=voided]:contains(300.00)" },
        {
            trigger: `${getFigure("general_13_goods", "special")} button:contains(5,157.97)`,
            run: "click",
        },
        { trigger: ".o_list_view tfoot:contains(5,157.97):contains(670.54)" },
        { trigger: BACK, run: "click" },
        {
            trigger: `${getFigure("general_13_services", "unissued")} button:contains(2,000.00)`,
            run: "click",
        },
        { trigger: ".o_list_view .o_data_row:count(2)" },
        { trigger: BACK, run: "click" },
        { trigger: "tr[data-line=red] button:contains(5,010.44)", run: "click" },
        { trigger: ".o_list_view tfoot:contains(5,010.44)" },
        { trigger: BACK, run: "click" },
        { trigger: ".o_vat_next", run: "click" },
        { trigger: `${getFigure("general_13_goods", "special")}:contains(6,000.00)` },
        { trigger: "tr[data-line=earlier]:contains(1,000.00)" },
    ],
});
