import { Component, useState } from "@odoo/owl";
import { CheckBox } from "@web/core/checkbox/checkbox";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { fuzzyTest } from "@web/core/utils/search";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

/** More options than this get a search box. */
const SEARCH_FROM = 12;

/**
 * Ticks the names of fields from a readable list.
 *
 * The value is a list of names; the options, each with `name` and `label`, come from the field
 * that the option `options_field` of the view names.
 */
export class ApprovalFieldsField extends Component {
    static template = "invoice_crm_addon.ApprovalFieldsField";
    static components = { CheckBox };
    static props = { ...standardFieldProps, optionsField: String };

    setup() {
        this.state = useState({ query: "" });
    }

    get options() {
        return this.props.record.data[this.props.optionsField] || [];
    }

    get ticked() {
        return new Set(this.props.record.data[this.props.name] || []);
    }

    get tickedOptions() {
        return this.options.filter(({ name }) => this.ticked.has(name));
    }

    get countText() {
        return _t("%(ticked)s of %(all)s ticked", {
            ticked: this.tickedOptions.length,
            all: this.options.length,
        });
    }

    get hasSearch() {
        return this.options.length > SEARCH_FROM;
    }

    get shownOptions() {
        const { query } = this.state;
        return query ? this.options.filter(({ label }) => fuzzyTest(query, label)) : this.options;
    }

    onChange(name, isTicked) {
        const ticked = this.ticked;
        ticked[isTicked ? "add" : "delete"](name);
        this.update(ticked);
    }

    /** Ticks all that are shown, or none of them. */
    onChangeAll(isTicked) {
        const ticked = this.ticked;
        for (const { name } of this.shownOptions) {
            ticked[isTicked ? "add" : "delete"](name);
        }
        this.update(ticked);
    }

    /** Keeps the order of the list, and only what is in it. */
    update(ticked) {
        const names = this.options.map(({ name }) => name).filter((name) => ticked.has(name));
        return this.props.record.update({ [this.props.name]: names });
    }
}

export const approvalFieldsField = {
    component: ApprovalFieldsField,
    supportedTypes: ["json"],
    isEmpty: () => false,
    extractProps: ({ options }) => ({ optionsField: options.options_field }),
};

registry.category("fields").add("approval_fields", approvalFieldsField);
