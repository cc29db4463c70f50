import { registry } from "@web/core/registry";
import { stepUtils } from "@web_tour/tour_utils";
import { dropFile } from "./helpers";

const ROW = ".o_data_row";

/** Finance drops the bureau's list on the tickets, opens July 2026 with it, explains what only the
 * bureau has, and closes the month. By names only: it runs in Chinese. */
registry.category("web_tour.tours").add("invoice_crm_bureau_month", {
    steps: () => [
        { trigger: ".o_upload_fapiao" },
        ...dropFile(".o_list_view", "tour_bureau_list", "list.xlsx"),
        { trigger: ".o_fapiao_results .list-group-item:contains(list.xlsx) .text-bg-success" },
        { trigger: ".o_fapiao_close", run: "click" },
        stepUtils.showAppsMenuItem(),
        { trigger: ".o_app[data-menu-xmlid='invoice_crm_addon.menu_ticket_root']", run: "click" },
        { trigger: "[data-menu-xmlid='invoice_crm_addon.menu_bureau']", run: "click" },
        { trigger: "[data-menu-xmlid='invoice_crm_addon.menu_ticket_bureau_month']", run: "click" },
        { trigger: `${ROW} td[name=name]:contains(2026-07)`, run: "click" },
        { trigger: ".o_field_widget[name=list_count]:contains(1)" },
        { trigger: ".o_bureau_results:contains(1,130.00)" },
        { trigger: "button[name=action_open_rows]", run: "click" },
        { trigger: ".o_list_view .o_group_header:count(1)", run: "click" },
        { trigger: `${ROW}:count(1) .o_list_record_selector input`, run: "click" },
        { trigger: "button[name=action_open_explain]", run: "click" },
        { trigger: ".modal .o_field_widget[name=reason] input[data-value=outside]", run: "click" },
        { trigger: ".modal .o_field_widget[name=note] input", run: "edit 分公司自行开具" },
        { trigger: ".modal button[name=action_confirm]", run: "click" },
        { trigger: "body:not(:has(.modal)) .o_list_view" },
        { trigger: ".o_breadcrumb .breadcrumb-item a:last, .o_back_button", run: "click" },
        { trigger: "button[name=action_close]", run: "click" },
        { trigger: ".modal .modal-footer .btn-primary", run: "click" },
        { trigger: ".o_statusbar_status .o_arrow_button_current[data-value=closed]" },
    ],
});
