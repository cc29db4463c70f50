import { registry } from "@web/core/registry";
import { press } from "./helpers";

registry.category("web_tour.tours").add("invoice_crm_bank_statement", {
    url: "/odoo/bank-matching",
    steps: () => [
        { trigger: ".o_upload_statements" },
        {
            content: "Drop a statement",
            trigger: ".o_list_view",
            async run({ anchor }) {
                const response = await fetch("/web/content/invoice_crm_addon.tour_statement");
                const file = new File([await response.blob()], "statement.csv");
                const dataTransfer = new DataTransfer();
                dataTransfer.items.add(file);
                for (const event of ["dragover", "drop"]) {
                    anchor.dispatchEvent(
                        new DragEvent(event, { bubbles: true, cancelable: true, dataTransfer })
                    );
                }
            },
        },
        { trigger: ".modal .o_data_row:contains(statement.csv)" },
        ...press("action_import"),
        { trigger: ".modal .o_field_widget[name=certain_count]:contains(1)" },
        { trigger: ".modal .o_match_now", run: "click" },
        { trigger: "body:not(:has(.modal)) .o_data_row:contains(Beijing Example Trading)" },
        { trigger: ".o_data_row:first button[name=action_accept]", run: "click" },
        { trigger: ".o_list_view:not(:has(.o_data_row))" },
    ],
});
