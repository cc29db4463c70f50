import { registry } from "@web/core/registry";
import { press, waitForState } from "./helpers";

const ITEMS = ".o_settlement_section[data-kind=item]";

/** Finance settles three invoices of two contracts with one payment, and writes its receipt. */
registry.category("web_tour.tours").add("invoice_crm_settlement", {
    steps: () => [
        { trigger: ".o_form_view .o-form-buttonbox button:has(.fa-balance-scale)", run: "click" },
        { trigger: `${ITEMS} tbody tr:count(3)` },
        { trigger: ".o_settlement_pay:disabled" },
        { trigger: `${ITEMS} thead input`, run: "click" },
        { trigger: ".o_settlement_chosen:contains(3,955.00)" },
        { trigger: ".o_settlement_pay:enabled", run: "click" },
        { trigger: ".modal .o_field_widget[name=amount] input:value(3,955.00)" },
        ...press("action_create_payments"),
        { trigger: `.o_settlement_page:not(:has(${ITEMS}))` },
        { trigger: ".o_settlement_section[data-kind=payment] tbody tr:contains(3,955.00)" },
        { trigger: ".o_notification_buttons button", run: "click" },
        ...waitForState("issued"),
    ],
});
