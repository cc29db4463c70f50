import { registry } from "@web/core/registry";
import { press, waitForState } from "./helpers";

/** Drops the table of customers that the test published, as from the desktop. */
function dropTable(name) {
    return {
        content: `Drop ${name}`,
        trigger: ".o_list_view",
        async run({ anchor }) {
            const response = await fetch(`/web/content/invoice_crm_addon.${name}`);
            const file = new File([await response.blob()], `${name}.xlsx`);
            const dataTransfer = new DataTransfer();
            dataTransfer.items.add(file);
            for (const event of ["dragover", "drop"]) {
                anchor.dispatchEvent(
                    new DragEvent(event, { bubbles: true, cancelable: true, dataTransfer })
                );
            }
        },
    };
}

registry.category("web_tour.tours").add("invoice_crm_customer_import", {
    url: "/odoo/customer-imports",
    steps: () => [
        { trigger: ".o_upload_customers" },
        dropTable("tour_customers"),
        ...waitForState("checked"),
        { trigger: ".o_field_widget[name=problem_row_ids] .o_data_row:contains(9.14403E+17)" },
        ...press("action_apply"),
        ...waitForState("done"),
        { trigger: "button[name=action_download_problems]:visible" },
        { trigger: ".o_breadcrumb a, .o_back_button", run: "click" },
        { trigger: ".o_data_row:contains(tour_customers.xlsx)" },
        dropTable("tour_corrected"),
        ...waitForState("checked"),
        ...press("action_apply"),
        ...waitForState("done"),
        { trigger: ".o_form_view:not(:has(a[name=problems]))" },
        ...press("action_view_customers"),
        { trigger: ".o_data_row:contains(导入示例10号)" },
    ],
});
