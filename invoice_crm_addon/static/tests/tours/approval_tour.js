import { registry } from "@web/core/registry";
import { openForm, openPage, press, waitForState } from "./helpers";

const tours = registry.category("web_tour.tours");

/** Chooses a colleague in the dialog of a decision. */
function choosePerson(name) {
    return [
        { trigger: ".modal .o_field_widget[name=user_id] input", run: `edit ${name}` },
        {
            content: "Choose the match of what was typed, not of the list before",
            trigger: `.o-autocomplete--dropdown-item a:has(.fw-bold:contains(${name}))`,
            run: "click",
        },
        { trigger: "body:not(:has(.o-autocomplete--dropdown-menu))" },
    ];
}

/** Confirms the dialog of a decision with a comment. */
function confirmWith(comment) {
    return [
        { trigger: ".modal .o_field_widget[name=comment] textarea", run: `edit ${comment}` },
        { trigger: ".modal button[name=action_confirm]:visible", run: "click" },
        { trigger: "body:not(:has(.modal))" },
    ];
}

tours.add("invoice_crm_approver_comments", {
    url: "/odoo/tickets-to-approve",
    steps: () => [
        ...openForm(),
        { trigger: ".o_approval_timeline [aria-current=step] .o_approval_person" },
        ...press("action_open_approve"),
        { trigger: ".modal .o_field_widget[name=subject]:contains(北京晨光测试有限公司)" },
        ...confirmWith("金额已核对"),
        { trigger: ".o_approval_timeline blockquote:contains(金额已核对)" },
        { trigger: ".o_approval_timeline [aria-current=step]:contains(Lead)" },
        ...openPage("decisions"),
        { trigger: ".o_field_widget[name=decision_ids] .o_data_row:contains(金额已核对)" },
        ...press("action_verify"),
        { trigger: ".o_notification .bg-success" },
    ],
});

tours.add("invoice_crm_lead_transfers", {
    url: "/odoo/tickets-to-approve",
    steps: () => [
        { trigger: ".o_data_row .o_list_record_selector input", run: "click" },
        { trigger: ".o_control_panel button[name=action_open_transfer]", run: "click" },
        ...choosePerson("Manager"),
        ...confirmWith("本周出差"),
        { trigger: ".o_view_nocontent_smiling_face" },
    ],
});

tours.add("invoice_crm_sales_follows", {
    url: "/odoo/my-tickets",
    steps: () => [
        ...openForm(),
        ...waitForState("pending"),
        ...openPage("approval"),
        { trigger: ".o_approval_timeline blockquote:contains(金额已核对)" },
        { trigger: ".o_approval_timeline .o_approval_entry_transfer:contains(Manager)" },
        { trigger: ".o_approval_timeline [aria-current=step] .o_approval_person:contains(Manager)" },
        ...press("action_remind_approvers"),
        { trigger: ".o_notification" },
        { trigger: "body:not(:has(button[name=action_remind_approvers]))" },
    ],
});

tours.add("invoice_crm_sales_changes_what_is_approved", {
    url: "/odoo/my-tickets",
    steps: () => [
        ...openForm(),
        ...waitForState("approved"),
        { trigger: ".o_field_widget[name=approval_open_fields] .alert-info" },
        { trigger: ".o_field_widget[name=content] input", run: "edit 第三季度服务费 && press Tab" },
        { trigger: ".o_field_widget[name=approval_open_fields] .alert-warning" },
        { trigger: ".o_form_button_save:enabled", run: "click" },
        {
            trigger:
                ".alert .o_invoice_approval_changes:contains(第二季度服务费):contains(第三季度服务费)",
        },
        {
            trigger: ".o_form_statusbar button[name=action_open_withdraw]",
            run: "click",
        },
        ...confirmWith("写错了"),
        { trigger: ".o_field_widget[name=content] input:value(第二季度服务费)" },
        { trigger: "body:not(:has(.o_invoice_approval_changes))" },
    ],
});
