import { registry } from "@web/core/registry";
import { chooseRecord, press, saveForm, waitForState } from "./helpers";

const tours = registry.category("web_tour.tours");

/** Adds a stage, with one person, to the flow, in the stage's own dialog. */
function addStage(name, user) {
    const dialog = ".o_dialog .o_form_view";
    return [
        {
            trigger: ".o_field_widget[name=stage_ids] .o_field_x2many_list_row_add a",
            run: "click",
        },
        { trigger: `${dialog} .o_field_widget[name=name] input`, run: `edit ${name}` },
        { trigger: `${dialog} .o_field_widget[name=user_ids] input`, run: `edit ${user}` },
        { trigger: `.o-autocomplete--dropdown-item > a:contains(${user})`, run: "click" },
        { trigger: `${dialog} .o_field_widget[name=user_ids] .o_tag` },
        { trigger: ".o_dialog .o_form_button_save", run: "click" },
        { trigger: `.o_field_widget[name=stage_ids] .o_data_row:contains(${name}):contains(${user})` },
        { trigger: "body:not(:has(.o_dialog))" },
    ];
}

tours.add("invoice_crm_administrator_configures", {
    url: "/odoo/ticket-types",
    steps: () => [
        { trigger: ".o_list_button_add", run: "click" },
        { trigger: ".o_field_widget[name=name] input", run: "edit 押金收据" },
        { trigger: ".o_field_widget[name=code] input", run: "edit 押金" },
        { trigger: ".o_field_widget[name=color] .o_colorlist button", run: "click" },
        { trigger: ".o_field_widget[name=color] button.o_colorlist_item_color_6", run: "click" },
        {
            trigger: ".o_field_widget[name=custom_field_ids] .o_field_x2many_list_row_add a",
            run: "click",
        },
        { trigger: ".o_selected_row .o_field_widget[name=name] input", run: "edit 押金用途" },
        ...saveForm(),
    ],
});

tours.add("invoice_crm_administrator_flow", {
    url: "/odoo/approval-flows",
    steps: () => [
        { trigger: ".o_list_button_add", run: "click" },
        { trigger: ".o_field_widget[name=name] input", run: "edit 押金审批" },
        ...addStage("部门负责人", "Lead"),
        ...addStage("总经理", "Approver"),
        { trigger: ".o_notebook a[name=trigger_fields]", run: "click" },
        { trigger: ".o_approval_fields_search", run: "edit 客户" },
        { trigger: ".o_approval_fields .o-checkbox:contains(客户) input", run: "click" },
        { trigger: ".o_approval_fields span:contains(1)" },
        ...saveForm(),
        { trigger: ".o_notebook a[name=stages]", run: "click" },
        { trigger: ".o_field_widget[name=stage_ids] .o_data_row:nth-child(2)" },
        { trigger: "button[name=action_try]", run: "click" },
        { trigger: ".o_dialog .o_field_widget[name=requester_id]" },
        { trigger: ".o_dialog .modal-footer button.btn-primary", run: "click" },
        { trigger: "body:not(:has(.o_dialog))" },
    ],
});

tours.add("invoice_crm_next_ticket_obeys", {
    url: "/odoo/my-tickets",
    steps: () => [
        { trigger: ".o_list_button_add", run: "click" },
        ...chooseRecord("partner_id", "北京晨光测试有限公司"),
        ...chooseRecord("type_id", "押金收据"),
        {
            trigger: ".o_field_properties .o_property_field:contains(押金用途) input",
            run: "edit 设备押金",
        },
        {
            trigger: ".o_field_widget[name=line_ids] .o_field_x2many_list_row_add a",
            run: "click",
        },
        { trigger: ".o_selected_row .o_field_widget[name=name] input", run: "edit 设备押金" },
        { trigger: ".o_selected_row .o_field_widget[name=price_unit] input", run: "edit 500" },
        ...saveForm(),
        ...press("action_submit"),
        ...waitForState("pending"),
        { trigger: ".alert .o_field_widget[name=approval_waiting_user_ids]:contains(Lead)" },
    ],
});
