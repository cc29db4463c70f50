import { registry } from "@web/core/registry";
import { chooseRecord, press, saveForm, waitForState } from "./helpers";

const tours = registry.category("web_tour.tours");
const ORDERS = ".o_settlement_section[data-kind=order]";

/** Submits and issues the ticket that is open, of a type without a number. */
function issueTicket() {
    return [
        ...chooseRecord("type_id", "测试收据"),
        ...saveForm(),
        ...press("action_submit"),
        ...waitForState("approved"),
        ...press("action_issue"),
        ...waitForState("issued"),
    ];
}

/** The salesperson confirms the order. */
tours.add("invoice_crm_order_confirm", {
    steps: () => [
        ...press("action_confirm"),
        ...waitForState("sale"),
        { trigger: ".o_field_widget[name=amount_to_ticket]:contains(1,130.00)" },
    ],
});

/** Finance receives the down payment of the order, and issues its ticket. */
tours.add("invoice_crm_order_down_payment", {
    steps: () => [
        { trigger: ".o_form_view .o-form-buttonbox button:has(.fa-balance-scale)", run: "click" },
        { trigger: `${ORDERS} tbody tr:contains(1,130.00)` },
        { trigger: `${ORDERS} tbody button`, run: "click" },
        { trigger: ".o_form_view .o_field_widget[name=amount] input:value(1,130.00)", run: "edit 339" },
        { trigger: ".o_field_widget[name=sale_order_id] input:value(/^S/)" },
        ...press("action_post"),
        ...press("action_create_ticket"),
        { trigger: ".o_form_view .o_field_widget[name=line_ids] .o_data_row:contains(339.00)" },
        ...issueTicket(),
    ],
});

/** The salesperson bills what is delivered. */
tours.add("invoice_crm_order_invoice", {
    steps: () => [
        { trigger: ".o_statusbar_buttons button[data-hotkey=q]:visible", run: "click" },
        { trigger: ".modal button[name=create_invoices]", run: "click" },
        { trigger: ".o_form_view .o_field_widget[name=invoice_line_ids] .o_data_row" },
    ],
});

/** Finance posts the invoice, uses the down payment for it, and issues the ticket of the rest. */
tours.add("invoice_crm_order_rest", {
    steps: () => [
        ...press("action_post"),
        ...waitForState("posted"),
        ...press("action_create_ticket"),
        { trigger: ".o_form_view .o_field_widget[name=amount_total]:contains(791.00)" },
        ...issueTicket(),
    ],
});

/** Finance settles the invoice with what is on account; the rest is open. */
tours.add("invoice_crm_order_settle", {
    steps: () => [
        { trigger: ".o_form_view .o-form-buttonbox button:has(.fa-balance-scale)", run: "click" },
        { trigger: ".o_settlement_section[data-kind=item] thead input", run: "click" },
        { trigger: ".o_settlement_section[data-kind=credit] thead input", run: "click" },
        { trigger: ".o_settlement_use:enabled", run: "click" },
        { trigger: ".o_settlement_page:not(:has(.o_settlement_section[data-kind=credit]))" },
        { trigger: ".o_settlement_section[data-kind=item] tbody tr:contains(791.00)" },
    ],
});
