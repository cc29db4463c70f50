import { registry } from "@web/core/registry";
import { press, waitForState } from "./helpers";

const ROW = ".o_data_row:first";

/** Finance accepts what a check found, opens the record of another one, and checks again. */
registry.category("web_tour.tours").add("invoice_crm_data_check", {
    steps: () => [
        { trigger: ".o_group_header:first", run: "click" },
        { trigger: `${ROW} .o_data_cell[name=message]:contains(1.00)`, run: "click" },
        { trigger: ".o_form_view .alert:contains(1.00)" },
        ...press("action_open_accept"),
        { trigger: ".modal .o_field_widget[name=reason] textarea", run: "edit 已与客户电话确认" },
        { trigger: ".modal button[name=action_confirm]", run: "click" },
        { trigger: "body:not(:has(.modal))" },
        ...waitForState("accepted"),
        { trigger: ".o_breadcrumb .breadcrumb-item a", run: "click" },
        { trigger: ".o_list_view .o_group_header:first" },
        { trigger: ".o_data_row:count(1) button[name=action_open_record]", run: "click" },
        { trigger: ".o_form_view .o_field_widget[name=line_ids]" },
        { trigger: "[data-menu-xmlid='invoice_crm_addon.menu_ticket_reporting']", run: "click" },
        {
            trigger: "[data-menu-xmlid='invoice_crm_addon.menu_data_check_runs']",
            run: "click",
        },
        { trigger: ".o_list_view button[name=action_check_now]", run: "click" },
        { trigger: ".o_form_view .alert-info:visible" },
        { trigger: ".o_field_widget[name=result_ids] .o_data_row" },
    ],
});
