import { useState } from "@odoo/owl";
import { registry } from "@web/core/registry";
import { Field } from "@web/views/fields/field";
import { FormCompiler } from "@web/views/form/form_compiler";
import { FormController } from "@web/views/form/form_controller";
import { FormRenderer } from "@web/views/form/form_renderer";
import { formView } from "@web/views/form/form_view";
import { isEmpty, onlyFilled } from "./only_filled";

/** Whether a field can be left out: it holds nothing, and nobody is about to fill it or has to. */
export function isUnfilled(record, name) {
    const isAsked = record._isRequired(name) || record.isFieldInvalid(name);
    return !record.isNew && !isAsked && !(name in record._changes) && isEmpty(record, name);
}

/** A field that tells the style sheet that it holds nothing, also while it could be changed. */
export class FilledField extends Field {
    get classNames() {
        const { record, name } = this.props;
        return { ...super.classNames, o_field_unfilled: isUnfilled(record, name) };
    }
}

/** Pages of a notebook that hold nothing are left out with the empty fields. */
export class FilledFormCompiler extends FormCompiler {
    compileNotebook(el, params) {
        const notebook = super.compileNotebook(el, params);
        for (const page of notebook.querySelectorAll("t[fieldNames]")) {
            const isVisible = page.getAttribute("isVisible");
            const names = page.getAttribute("fieldNames");
            page.setAttribute("isVisible", `(${isVisible}) and __comp__.isPageShown(${names})`);
        }
        return notebook;
    }
}

export class FilledFormRenderer extends FormRenderer {
    static components = { ...FormRenderer.components, Field: FilledField };

    setup() {
        super.setup();
        this.filled = useState(onlyFilled(this.props.record.resModel));
    }

    isPageShown(names) {
        const { record } = this.props;
        const isAsked = !this.filled.isOn || !names.length;
        return isAsked || names.some((name) => !isUnfilled(record, name));
    }
}

/** A form with a switch that hides what is empty: fields, groups and pages. */
export class FilledFormController extends FormController {
    static template = "invoice_crm_addon.FilledForm";

    setup() {
        super.setup();
        this.filled = useState(onlyFilled(this.props.resModel));
    }

    get className() {
        return { ...super.className, o_only_filled: this.filled.isOn };
    }

    /** Custom fields are defined where all of a kind are, and not on one record. */
    getStaticActionMenuItems() {
        const items = super.getStaticActionMenuItems();
        delete items.addPropertyFieldValue;
        return items;
    }
}

export const filledFormView = {
    ...formView,
    Compiler: FilledFormCompiler,
    Controller: FilledFormController,
    Renderer: FilledFormRenderer,
};

registry.category("views").add("filled_form", filledFormView);
