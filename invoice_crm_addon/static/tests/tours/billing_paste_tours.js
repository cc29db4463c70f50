import { registry } from "@web/core/registry";
import { openForm, openPage, press, saveForm, waitForState } from "./helpers";

const tours = registry.category("web_tour.tours");

const PASTED = [
    "麻烦开一下专票，谢谢",
    "名称：资料不全测试有限公司",
    "税　号：9131 0115 MA1K 4LFD 7T",
    "地址、电话：上海市浦东新区示例路１号 021-55555555",
    "开户行及账号：示例银行上海浦东支行 1100220033004400",
].join("；");

function openCustomer() {
    return [
        {
            trigger: ".o_data_row:contains(资料不全测试有限公司) .o_data_cell[name=complete_name]",
            run: "click",
        },
    ];
}

/** Sales pastes what the customer sent, sees it in parts, and submits it. */
tours.add("invoice_crm_billing_pasted", {
    url: "/odoo/ticket-customers",
    steps: () => [
        ...openCustomer(),
        ...openPage("billing"),
        { trigger: ".o_form_view button:has(.fa-paste):visible", run: "click" },
        { trigger: ".modal .o_field_widget[name=text] textarea", run: `edit ${PASTED}` },
        { trigger: ".modal .o_field_widget[name=vat] input", run: "click" },
        { trigger: ".modal .o_field_widget[name=vat] input:value(91310115MA1K4LFD7T)" },
        {
            trigger:
                ".modal .o_field_widget[name=invoice_bank_acc_number] input:value(1100220033004400)",
        },
        { trigger: ".modal button[name=action_apply]", run: "click" },
        { trigger: "body:not(:has(.modal))" },
        { trigger: ".o_field_widget[name=invoice_phone] input:value(021-55555555)" },
        { trigger: ".o_field_widget[name=billing_completeness]:contains(100)" },
        ...press("action_submit_billing"),
        { trigger: "body:not(:has(button[name=action_submit_billing]:visible))" },
    ],
});

/** The approver reads every field in full, and agrees. */
tours.add("invoice_crm_billing_agreed", {
    url: "/odoo/tickets-to-approve",
    steps: () => [
        ...openForm(".o_data_row:contains(资料不全测试有限公司)"),
        {
            trigger:
                ".o_field_widget[name=facts_html]:contains(1100220033004400):contains(91310115MA1K4LFD7T)",
        },
        ...press("action_approve"),
        { trigger: ".o_form_view:not(:has(button[name=action_approve]:visible))" },
    ],
});

/** The special VAT invoice, which verified customers alone get. */
tours.add("invoice_crm_billing_ticketed", {
    url: "/odoo/ticket-customers",
    steps: () => [
        ...openCustomer(),
        ...openPage("tickets"),
        ...press("action_create_ticket"),
        {
            trigger: ".o_field_widget[name=line_ids] .o_field_x2many_list_row_add a",
            run: "click",
        },
        { trigger: ".o_selected_row .o_field_widget[name=name] input", run: "edit 技术咨询" },
        { trigger: ".o_selected_row .o_field_widget[name=price_unit] input", run: "edit 1130" },
        ...saveForm(),
        { trigger: ".o_form_view:not(:has(.o_field_widget[name=billing_hint]:visible))" },
        ...press("action_submit"),
        ...waitForState("approved"),
    ],
});
