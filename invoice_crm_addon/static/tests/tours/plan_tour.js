import { registry } from "@web/core/registry";

import { openPage, press, saveForm, waitForState } from "./helpers";

/** A yearly contract that bills every month: planned at once, the first month billed by a click. */
registry.category("web_tour.tours").add("invoice_crm_yearly_contract", {
    steps: () => [
        ...openPage("recurring"),
        {
            trigger: ".o_field_widget[name=billing_rule_ids] .o_field_x2many_list_row_add a",
            run: "click",
        },
        {
            trigger: ".o_field_widget[name=billing_rule_ids] .o_selected_row td[name=name] input",
            run: "edit Service fee",
        },
        {
            trigger: ".o_field_widget[name=billing_rule_ids] .o_selected_row td[name=amount] input",
            run: "edit 1000",
        },
        ...saveForm(),
        ...press("action_submit"),
        ...waitForState("active"),
        ...press("action_view_planned_bills"),
        { trigger: ".o_list_view .o_data_row:nth-child(12)" },
        { trigger: ".o_list_view:not(:has(.o_data_row:nth-child(13)))" },
        {
            content: "What comes, in the calendar",
            trigger: ".o_switch_view.o_calendar",
            run: "click",
        },
        { trigger: ".o_calendar_view .fc-event:contains(Service fee)" },
        { trigger: ".o_switch_view.o_list", run: "click" },
        {
            content: "The first month is billed now",
            trigger: ".o_list_view .o_data_row:first-child button[name=action_make]",
            run: "click",
        },
        { trigger: ".o_form_view .o_field_widget[name=content]" },
    ],
});
