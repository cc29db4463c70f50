import { registry } from "@web/core/registry";

const getRow = (text) => `.o_field_widget[name=shown_item_ids] .o_data_row:contains(${text})`;

/** Finance sends what passes to the tax bureau, and records that it refused one. By names only:
 * it runs in Chinese. */
registry.category("web_tour.tours").add("invoice_crm_bureau_batch", {
    steps: () => [
        { trigger: ".o_list_view .o_data_row:count(3)" },
        { trigger: ".o_list_view thead .o_list_record_selector input", run: "click" },
        { trigger: "button[name=action_send_to_bureau]", run: "click" },
        { trigger: ".modal [name=good_count]:contains(2)" },
        { trigger: ".modal [name=bad_line_ids] .o_data_row:count(1)" },
        { trigger: ".modal [name=bad_line_ids] [name=problem]:contains(Uncoded)" },
        { trigger: ".modal button[name=action_confirm]", run: "click" },
        { trigger: ".o_form_view button[name=action_download]" },
        { trigger: `${getRow("1,130.00")} button[name=action_refuse]`, run: "click" },
        { trigger: ".modal [name=reason] input", run: "edit 购买方税号不存在" },
        { trigger: ".modal button[name=action_confirm]", run: "click" },
        { trigger: `${getRow("购买方税号不存在")}:contains(1,130.00)` },
        { trigger: ".o_field_widget[name=open_count]:contains(1)" },
        { trigger: `${getRow("2,260.00")} button[name=action_open_ticket]`, run: "click" },
        { trigger: ".o_form_view .o_field_widget[name=bureau_state] .badge" },
    ],
});
