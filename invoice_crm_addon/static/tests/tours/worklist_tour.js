import { registry } from "@web/core/registry";
import { chooseRecord, press, saveForm, waitForState } from "./helpers";

const tours = registry.category("web_tour.tours");

/** A customer paid a year ago: was the ticket ever issued? One click says no, another makes it. */
tours.add("invoice_crm_paid_never_ticketed", {
    steps: () => [
        { trigger: "button[name=action_view_paid_unticketed]:contains(1,130.00)", run: "click" },
        { trigger: ".o_list_view .o_data_row:contains(1,130.00)" },
        { trigger: ".o_list_footer, .o_list_table tfoot" },
        ...press("action_create_ticket"),
        { trigger: ".o_form_view .o_field_widget[name=line_ids] .o_data_row:contains(1,130.00)" },
        ...chooseRecord("type_id", "测试收据"),
        ...saveForm(),
        ...press("action_submit"),
        ...waitForState("approved"),
        ...press("action_issue"),
        ...waitForState("issued"),
    ],
});

/** What waits is on the home page, and beside the menu. */
tours.add("invoice_crm_overview", {
    steps: () => [
        { trigger: "[data-worklist=overdue] .o_worklist_count:contains(/^1$/)" },
        {
            trigger: "button[data-menu-xmlid='invoice_crm_addon.menu_ticket_worklists']",
            run: "click",
        },
        {
            trigger:
                ".dropdown-item[data-menu-xmlid='invoice_crm_addon.menu_worklist_overdue'] .o_worklist_badge:contains(/^1$/)",
            run: "click",
        },
        { trigger: ".o_list_view .o_data_cell[name=days_overdue]:contains(9)" },
        { trigger: ".o_list_view .o_data_cell[name=amount_open].text-danger:contains(1,130.00)" },
        { trigger: ".o_list_view button[name=action_remind_customer]", run: "click" },
        { trigger: ".modal .o_field_widget[name=items]:contains(1,130.00)" },
        { trigger: ".modal .btn-close", run: "click" },
        { trigger: "body:not(:has(.modal))" },
        {
            trigger: "a.o_nav_entry[data-menu-xmlid='invoice_crm_addon.menu_ticket_overview']",
            run: "click",
        },
        { trigger: "[data-worklist=overdue]" },
    ],
});
