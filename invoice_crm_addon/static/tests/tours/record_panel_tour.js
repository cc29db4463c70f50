import { registry } from "@web/core/registry";

const panel = ".o_record_panel";
const number = `${panel} .o_field_widget[name=fapiao_number]`;
const press = (key) => (helpers) =>
    helpers.anchor.dispatchEvent(
        new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true })
    );

/** Beside the list: from one ticket to the next, one field changed, refused, and left. */
registry.category("web_tour.tours").add("invoice_crm_record_panel", {
    steps: () => [
        { trigger: ".o_data_row:eq(0) .o_data_cell[name=name]", run: "click" },
        { trigger: `${panel} .o_record_panel_title:contains('TK/')` },
        { trigger: ".o_data_row:eq(0).o_record_panel_row" },
        {
            content: "The list stays, and an arrow key moves on",
            trigger: ".o_data_row:eq(0) .o_data_cell[name=name]",
            run: press("ArrowDown"),
        },
        { trigger: ".o_data_row:eq(1).o_record_panel_row" },
        { trigger: `${number}.o_panel_field_open`, run: "click" },
        { trigger: `${number} input`, run: "edit 12" },
        { trigger: `${number} .o_panel_field_save`, run: "click" },
        {
            content: "The server says why not, beside the field",
            trigger: `${number} .o_panel_field_error:not(:empty)`,
        },
        { trigger: `${number} .o_panel_field_cancel`, run: "click" },
        { trigger: `${number}:not(:has(input))` },
        { trigger: `${panel} .o_only_filled_switch`, run: "click" },
        { trigger: `${panel}.o_only_filled:not(:has(.o_field_widget[name=fapiao_number]:visible))` },
        { trigger: `${panel} .o_only_filled_switch`, run: "click" },
        { trigger: `${panel}:not(.o_only_filled)` },
        { trigger: `${panel} .o_record_panel_open`, run: "click" },
        { trigger: ".o_form_view .o_field_widget[name=line_ids]" },
    ],
});
