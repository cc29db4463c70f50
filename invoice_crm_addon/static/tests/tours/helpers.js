/** Saves the form and waits until it is saved. */
export function saveForm() {
    return [
        { trigger: ".o_form_button_save:enabled", run: "click" },
        { trigger: "body:not(:has(.o_form_button_save:visible))" },
    ];
}

/** Chooses a record in a many2one field by typing its name. */
export function chooseRecord(field, name) {
    return [
        { trigger: `.o_field_widget[name=${field}] input`, run: `edit ${name}` },
        {
            trigger: `.o-autocomplete--dropdown-item > a:not(.o_m2o_dropdown_option):contains(${name})`,
            run: "click",
        },
        // What is chosen stands there; a menu that opens once more closes with the next click.
        { trigger: `.o_field_widget[name=${field}] input:value(${name})` },
    ];
}

/** Opens the whole form of a row, from the panel that a click on it shows. */
export function openForm(row = ".o_data_row") {
    return [
        { trigger: `${row} .o_data_cell[name=name]`, run: "click" },
        { trigger: ".o_record_panel_open", run: "click" },
        { trigger: "body:not(:has(.o_record_panel)) .o_form_view" },
    ];
}

/** Clicks a button of the form's header or body, by the method that it calls. */
export function press(method) {
    return [{ trigger: `button[name=${method}]:visible`, run: "click" }];
}

/** Waits until the status bar shows a state. */
export function waitForState(state) {
    return [
        {
            trigger: `.o_statusbar_status .o_arrow_button_current[data-value=${state}]`,
        },
    ];
}

/** Opens a page of the form's notebook. */
export function openPage(name) {
    return [{ trigger: `.o_notebook_headers a[name=${name}]`, run: "click" }];
}

/** Drops a file that the test published, as from the desktop. */
export function dropFile(trigger, published, name) {
    return [
        {
            content: `Drop ${name}`,
            trigger,
            async run({ anchor }) {
                const response = await fetch(`/web/content/invoice_crm_addon.${published}`);
                const file = new File([await response.blob()], name);
                const dataTransfer = new DataTransfer();
                dataTransfer.items.add(file);
                for (const event of ["dragover", "drop"]) {
                    anchor.dispatchEvent(
                        new DragEvent(event, { bubbles: true, cancelable: true, dataTransfer })
                    );
                }
            },
        },
    ];
}

/** Drops the OFD file that the test published. */
export function dropOfd(trigger) {
    return dropFile(trigger, "tour_ofd", "fapiao.ofd");
}
