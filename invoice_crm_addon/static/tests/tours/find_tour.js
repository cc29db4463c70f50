import { registry } from "@web/core/registry";

const tours = registry.category("web_tour.tours");

/** From the home page to the tickets of a period, of a condition and of many numbers. */
tours.add("invoice_crm_find", {
    steps: () => [
        { trigger: "[data-figure=ticketed] .o_home_value:contains(2,260.00)", run: "click" },
        { trigger: ".o_totals_amount:contains(2,260.00)" },
        { trigger: "[data-part=special]:contains(1,130.00)" },
        { trigger: ".o_find_period", run: "click" },
        { trigger: "[data-period=last_year]", run: "click" },
        { trigger: ".o_searchview_facet" },
        { trigger: ".o_ticket_totals:not(:contains(2,260.00))" },
        { trigger: ".o_facet_remove", run: "click" },
        { trigger: ".o_totals_amount:contains(2,260.00)" },
        { trigger: ".o_find_toggle", run: "click" },
        { trigger: ".o_find_condition .o-autocomplete input", run: "edit 晨光" },
        { trigger: ".o-autocomplete--dropdown-item:contains(晨光)", run: "click" },
        { trigger: ".o_find_apply", run: "click" },
        { trigger: ".o_searchview_facet:contains(晨光)" },
        { trigger: ".o_find_clear", run: "click" },
        { trigger: "body:not(:has(.o_searchview_facet))" },
        { trigger: ".o_find_many", run: "click" },
        {
            trigger: ".o_many_text",
            run: ({ anchor }) => {
                anchor.value = "２5312000000000000001\n25312000000000000009";
                anchor.dispatchEvent(new InputEvent("input", { bubbles: true }));
            },
        },
        { trigger: ".o_many_find:enabled", run: "click" },
        { trigger: ".o_many_missing:value(25312000000000000009)" },
        { trigger: ".modal-footer .btn-primary", run: "click" },
        { trigger: "body:not(:has(.modal)) .o_searchview_facet" },
        { trigger: ".o_list_table:not(:has(.o_data_row:contains(25312000000000000002))) .o_data_row:contains(25312000000000000001)" },
    ],
});
