import { useState } from "@odoo/owl";
import { registry } from "@web/core/registry";
import { getTag } from "@web/core/utils/xml";
import { Field } from "@web/views/fields/field";
import { FormCompiler } from "@web/views/form/form_compiler";
import { FormController } from "@web/views/form/form_controller";
import { FormRenderer } from "@web/views/form/form_renderer";
import { formView } from "@web/views/form/form_view";
import { getModifier } from "@web/views/view_compiler";
import { useFilledSwitch } from "./filled_switch";
import { isEmpty, onlyFilled } from "./only_filled";

/** Whether a field can be left out: it holds nothing, and nobody is about to fill it or has to. */
export function isUnfilled(record, name) {
    const isAsked = record._isRequired(name) || record.isFieldInvalid(name);
    return !record.isNew && !isAsked && !(name in record._changes) && isEmpty(record, name);
}

/** A field that tells the style sheet that it holds nothing, also while it could be changed. */
export class FilledField extends Field {
    get classNames() {
        const { record, name, fieldInfo } = this.props;
        // Of a range of dates, the other one is shown with it.
        const { start_date_field, end_date_field } = fieldInfo?.options || {};
        const names = [name, start_date_field, end_date_field].filter((n) => n in record.fields);
        const o_field_unfilled = names.every((n) => isUnfilled(record, n));
        return { ...super.classNames, o_field_unfilled };
    }
}

/** What can hide an element of a page, from the element up to the page. */
function getConditions(el, page) {
    const conditions = [];
    for (; el !== page; el = el.parentElement) {
        conditions.push(getModifier(el, "invisible"));
    }
    return conditions.filter((condition) => condition && condition !== "False");
}

/** Fields of a page, without those of the lists in it, each with what can hide it. */
function getPageFields(page) {
    return [...page.querySelectorAll("field")]
        .filter((field) => !page.contains(field.parentElement.closest("field")))
        .map((field) => ({
            name: field.getAttribute("name"),
            invisible: getConditions(field, page),
        }));
}

/** Pages of a notebook that hold nothing are left out with the empty fields. */
export class FilledFormCompiler extends FormCompiler {
    compileNotebook(el, params) {
        const isLeftOut = (page) =>
            !params.compileInvisibleNodes && ["True", "1"].includes(getModifier(page, "invisible"));
        const fields = [...el.children]
            .filter((child) => getTag(child, true) === "page" && !isLeftOut(child))
            .map(getPageFields);
        const notebook = super.compileNotebook(el, params);
        for (const [index, page] of [...notebook.children].entries()) {
            const isVisible = page.getAttribute("isVisible");
            const own = JSON.stringify(fields[index]);
            page.setAttribute("isVisible", `(${isVisible}) and __comp__.isPageShown(${own})`);
        }
        return notebook;
    }
}

export class FilledFormRenderer extends FormRenderer {
    static components = { ...FormRenderer.components, Field: FilledField };

    setup() {
        super.setup();
        this.filled = useState(this.env.formFilled || onlyFilled(this.props.record.resModel));
    }

    /** What is not on the page, as fields that only its conditions need, does not fill it. */
    isPageShown(fields) {
        const { record } = this.props;
        if (!this.filled.isOn || !fields.length) {
            return true;
        }
        const isHidden = (condition) =>
            this.evaluateBooleanExpr(condition, record.evalContextWithVirtualIds);
        return fields.some(
            ({ name, invisible }) => !isUnfilled(record, name) && !invisible.some(isHidden)
        );
    }
}

/**
 * A form with a switch that hides what is empty: fields, groups and pages. All of the record is
 * shown once something is refused.
 */
export class FilledFormController extends FormController {
    static template = "invoice_crm_addon.FilledForm";

    setup() {
        super.setup();
        this.filled = useFilledSwitch(this.props.resModel, () => this.model.root.resId);
        const { onRootLoaded } = this.model.hooks;
        this.model.hooks.onRootLoaded = (root) => {
            if (root.resId !== this.seenId) {
                this.filled.isAllNeeded = false;
            }
            this.seenId = root.resId;
            return onRootLoaded(root);
        };
    }

    onSaveError(...args) {
        this.filled.isAllNeeded = true;
        return super.onSaveError(...args);
    }

    /** A button saves first, and what is refused then is told to nobody else. */
    async beforeExecuteActionButton(clickParams) {
        try {
            return await super.beforeExecuteActionButton(clickParams);
        } catch (error) {
            this.filled.isAllNeeded = true;
            throw error;
        }
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
