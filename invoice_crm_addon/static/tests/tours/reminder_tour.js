import { registry } from "@web/core/registry";

const tours = registry.category("web_tour.tours");

/** From the receivables: a preview of who gets what, one left out, the others sent. */
tours.add("invoice_crm_reminders", {
    steps: () => [
        { trigger: ".o_list_view .o_data_row:contains('Third Customer')" },
        { trigger: ".o_list_view thead .o_list_record_selector input", run: "click" },
        { trigger: "button[name=action_remind]", run: "click" },
        { trigger: ".modal .o_field_widget[name=due_line_ids] .o_data_row:contains('Second Customer')" },
        {
            content: "Who has no address is not chosen, and the reason stands beside",
            trigger:
                ".modal .o_data_row:contains('Without Address'):has(td[name=problem]:not(:empty)):not(:has(td[name=is_selected] input:checked))",
        },
        {
            content: "What the customer gets",
            trigger: ".modal .o_data_row:contains('Second Customer') td[name=partner_id]",
            run: "click",
        },
        { trigger: ".modal .o_field_widget[name=preview]:contains('1,130.00')" },
        { trigger: ".modal:has(.o_field_widget[name=preview]) .btn-close", run: "click" },
        {
            trigger: ".modal .o_data_row:contains('Third Customer') td[name=is_selected] input:checked",
            run: "click",
        },
        {
            trigger:
                ".modal .o_data_row:contains('Third Customer'):not(:has(td[name=is_selected] input:checked))",
        },
        { trigger: ".modal button[name=action_send]", run: "click" },
        { trigger: ".o_notification" },
        { trigger: "body:not(:has(.modal))" },
    ],
});
