import { registry } from "@web/core/registry";
import { openForm, openPage, press, saveForm } from "./helpers";

const tours = registry.category("web_tour.tours");

/** Opens the request of the customer's billing data, and looks at what is to be verified. */
function openRequest(phone) {
    return [
        ...openForm(".o_data_row:contains(北京晨光测试有限公司)"),
        { trigger: `.o_field_widget[name=facts_html]:contains(6222021001116245702):contains(${phone})` },
        { trigger: ".o_field_widget[name=business_licence] img" },
    ];
}

tours.add("invoice_crm_billing_rejected", {
    url: "/odoo/tickets-to-approve",
    steps: () => [
        ...openRequest("010-62345678"),
        ...press("action_open_reject"),
        { trigger: ".modal .o_field_widget[name=comment] textarea", run: "edit 电话与执照不符" },
        { trigger: ".modal button[name=action_confirm]:visible", run: "click" },
        { trigger: "body:not(:has(.modal))" },
        { trigger: ".o_form_view:not(:has(button[name=action_open_reject]:visible))" },
    ],
});

tours.add("invoice_crm_billing_corrected", {
    url: "/odoo/ticket-customers",
    steps: () => [
        { trigger: ".o_data_row:contains(北京晨光测试有限公司) .o_data_cell[name=complete_name]", run: "click" },
        ...openPage("billing"),
        { trigger: ".alert-warning:contains(电话与执照不符)" },
        { trigger: ".o_field_widget[name=business_licence] img" },
        { trigger: ".o_field_widget[name=invoice_phone] input", run: "edit 010-60000000" },
        ...saveForm(),
        ...press("action_submit_billing"),
        { trigger: "body:not(:has(button[name=action_submit_billing]:visible))" },
    ],
});

tours.add("invoice_crm_billing_verified", {
    url: "/odoo/tickets-to-approve",
    steps: () => [
        ...openRequest("010-60000000"),
        ...press("action_approve"),
        { trigger: ".o_form_view:not(:has(button[name=action_approve]:visible))" },
    ],
});

tours.add("invoice_crm_billing_seen", {
    url: "/odoo/ticket-customers",
    steps: () => [
        { trigger: ".o_data_row:contains(北京晨光测试有限公司) .o_data_cell[name=complete_name]", run: "click" },
        ...openPage("billing"),
        { trigger: ".o_field_widget[name=billing_verified_by_id]:contains(Approver)" },
    ],
});
