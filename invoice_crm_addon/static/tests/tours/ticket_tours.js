import { registry } from "@web/core/registry";
import { chooseRecord, dropOfd, openForm, openPage, press, saveForm, waitForState } from "./helpers";

const tours = registry.category("web_tour.tours");

/** Fills the first line of a new ticket: goods and price. */
function fillLine(price) {
    return [
        {
            trigger: ".o_field_widget[name=line_ids] .o_field_x2many_list_row_add a",
            run: "click",
        },
        {
            trigger: ".o_selected_row .o_field_widget[name=name] input",
            run: "edit 技术咨询",
        },
        {
            trigger: ".o_selected_row .o_field_widget[name=price_unit] input",
            run: `edit ${price}`,
        },
    ];
}

tours.add("invoice_crm_sales", {
    url: "/odoo/ticket-customers",
    steps: () => [
        { trigger: ".o_data_row:contains(北京晨光测试有限公司) .o_data_cell[name=complete_name]", run: "click" },
        ...openPage("tickets"),
        ...press("action_create_contract"),
        { trigger: ".o_field_widget[name=amount_total] input", run: "edit 20000" },
        { trigger: ".o_field_widget[name=name] input", run: "edit 年度维护合同" },
        ...saveForm(),
        ...press("action_submit"),
        ...waitForState("active"),
        { trigger: ".o_breadcrumb a:contains(北京晨光测试有限公司)", run: "click" },
        ...openPage("tickets"),
        ...press("action_create_ticket"),
        { trigger: ".o_field_widget[name=line_ids]" },
        ...chooseRecord("type_id", "测试普票"),
        ...chooseRecord("contract_id", "年度维护合同"),
        ...fillLine("1130"),
        ...saveForm(),
        ...openPage("billing"),
        { trigger: ".o_field_widget[name=buyer_vat] input:value(91110108MA00TEST2K)" },
        ...press("action_submit"),
        ...waitForState("pending"),
    ],
});

const price = ".o_field_widget[name=line_ids] .o_selected_row .o_field_widget[name=price_unit]";

/** A number that would not be kept is refused while it is typed; 13 decimals are kept. */
tours.add("invoice_crm_digits", {
    steps: () => [
        { trigger: ".o_field_widget[name=line_ids] .o_data_cell[name=price_unit]", run: "click" },
        { trigger: `${price} input:value(1,130)` },
        { trigger: `${price} input`, run: "edit 17636.6828571428571 && press Tab" },
        { trigger: `${price}.o_field_invalid` },
        { trigger: ".o_notification:contains(17636.6828571428571)" },
        { trigger: `${price} input`, run: "edit 0.0012345678901 && press Tab" },
        { trigger: `${price}:not(.o_field_invalid) input:value(0.0012345678901)` },
        ...saveForm(),
        { trigger: ".o_data_cell[name=price_unit]:contains(/^0.0012345678901$/)" },
    ],
});

tours.add("invoice_crm_approver_rejects", {
    url: "/odoo/tickets-to-approve",
    steps: () => [
        ...openForm(),
        ...press("action_view_document"),
        { trigger: ".o_field_widget[name=line_ids] .o_data_row" },
        ...waitForState("pending"),
        ...press("action_open_reject"),
        { trigger: ".modal .o_field_widget[name=comment] textarea", run: "edit 单价有误" },
        { trigger: ".modal .btn-danger[name=action_confirm]", run: "click" },
        ...waitForState("draft"),
        { trigger: ".alert:contains(单价有误)" },
    ],
});

tours.add("invoice_crm_sales_corrects", {
    url: "/odoo/my-tickets",
    steps: () => [
        ...openForm(),
        { trigger: ".alert:contains(单价有误)" },
        {
            trigger: ".o_field_widget[name=line_ids] .o_data_cell[name=quantity]",
            run: "click",
        },
        {
            trigger: ".o_selected_row .o_field_widget[name=quantity] input",
            run: "edit 1",
        },
        ...press("action_submit"),
        ...waitForState("pending"),
    ],
});

tours.add("invoice_crm_approver_approves", {
    url: "/odoo/tickets-to-approve",
    steps: () => [
        ...openForm(),
        ...press("action_approve"),
        ...waitForState("approved"),
    ],
});

tours.add("invoice_crm_finance_issues", {
    url: "/odoo/tickets-to-issue",
    steps: () => [
        { trigger: ".o_upload_fapiao" },
        ...dropOfd(".o_list_view"),
        { trigger: ".o_fapiao_panel .o_fapiao_results .text-bg-success" },
        { trigger: ".o_fapiao_panel .o_fapiao_open_ticket", run: "click" },
        ...waitForState("issued"),
        { trigger: ".o_field_widget[name=fapiao_number]:contains(12235358)" },
        ...press("action_ship"),
        {
            trigger: ".o_field_widget[name=tracking_number] input",
            run: "edit SF1234567890123",
        },
        ...saveForm(),
        ...press("action_deliver"),
        { trigger: ".modal .o_field_widget[name=signed_by] input", run: "edit 王芳" },
        { trigger: ".modal button[name=action_save]", run: "click" },
        ...waitForState("delivered"),
        { trigger: ".o_field_widget[name=signed_by]:contains(王芳)" },
    ],
});

tours.add("invoice_crm_finance_decides", {
    url: "/odoo/ticket-customers",
    steps: () => [
        { trigger: ".o_data_row:contains(北京晨光测试有限公司) .o_data_cell[name=complete_name]", run: "click" },
        ...dropOfd(".o_form_view .o_form_sheet"),
        // Two tickets wait for the same file: finance chooses.
        { trigger: ".o_fapiao_panel .o_fapiao_results .text-bg-warning" },
        { trigger: ".o_fapiao_panel .o_fapiao_open_file", run: "click" },
        { trigger: ".o_fapiao_document:contains(12235358)" },
        { trigger: ".o_fapiao_evidence:contains(12235358)" },
        {
            trigger: ".o_fapiao_candidates .o_kanban_record:contains(第二张) button[name=action_choose]",
            run: "click",
        },
        ...waitForState("issued"),
        // The panel, folded meanwhile, knows what was decided on the form, and takes it back.
        { trigger: ".o_fapiao_panel button[aria-expanded=false]", run: "click" },
        { trigger: ".o_fapiao_panel .o_fapiao_results .text-bg-success" },
        { trigger: ".o_fapiao_panel .o_fapiao_undo", run: "click" },
        { trigger: ".o_fapiao_panel .o_fapiao_results .text-bg-warning" },
        ...waitForState("approved"),
        { trigger: ".o_fapiao_panel .o_fapiao_close", run: "click" },
        { trigger: "body:not(:has(.o_fapiao_panel))" },
    ],
});

tours.add("invoice_crm_finance_reissues", {
    url: "/odoo/tickets",
    steps: () => [
        ...openForm(".o_data_row:contains(12235358)"),
        ...press("action_void"),
        { trigger: ".modal .o_field_widget[name=reason] textarea", run: "edit 抬头有误" },
        { trigger: ".modal .btn-danger[name=action_confirm]", run: "click" },
        ...waitForState("voided"),
        ...press("action_reissue"),
        ...waitForState("draft"),
        ...openPage("other"),
        { trigger: ".o_field_widget[name=reissue_of_id]:contains(12235358)" },
    ],
});
