import { Component, onWillStart, useState } from "@odoo/owl";
import { CopyButton } from "@web/core/copy_button/copy_button";
import { Dialog } from "@web/core/dialog/dialog";
import { Domain } from "@web/core/domain";
import { _t } from "@web/core/l10n/translation";
import { useAutofocus, useService } from "@web/core/utils/hooks";
import { formatInteger } from "@web/views/fields/formatters";

/**
 * The values of a pasted column or row.
 *
 * Lines and cells part values; so do commas, unless names stand one a line, which have commas of
 * their own. Blanks do not: numbers are written with them.
 */
export function splitValues(text, isNumber) {
    const separator = !isNumber && /[\n\t]/.test(text.trim()) ? /[\r\n\t]+/ : /[\r\n\t,，;；、]+/;
    const values = text.split(separator).map((value) => value.trim().replace(/^["']+|["']+$/g, ""));
    return [...new Set(values.filter(Boolean))];
}

/** Takes a column of numbers or names, and finds the records of all of them. */
export class ManyValuesDialog extends Component {
    static template = "invoice_crm_addon.ManyValuesDialog";
    static components = { CopyButton, Dialog };
    static props = { resModel: String, onFound: Function, close: Function };

    setup() {
        this.orm = useService("orm");
        this.notification = useService("notification");
        this.state = useState({ fields: [], path: "", text: "", answer: null, isBusy: false });
        this.copied = _t("Copied");
        useAutofocus({ refName: "text" });
        onWillStart(async () => {
            const { resModel } = this.props;
            this.state.fields = await this.call("get_many_fields", [resModel]);
            this.state.path = this.state.fields[0]?.path;
        });
    }

    call(method, args) {
        return this.orm.call("invoice.finder", method, args);
    }

    get values() {
        const { fields, path, text } = this.state;
        return splitValues(text, fields.find((field) => field.path === path)?.is_number);
    }

    get countText() {
        return _t("%s values", formatInteger(this.values.length));
    }

    get foundText() {
        const { count, found } = this.state.answer;
        return _t("%(records)s records of %(values)s values are shown.", {
            records: formatInteger(count),
            values: formatInteger(found),
        });
    }

    get missingHeading() {
        const { length } = this.state.answer.missing;
        return _t("Of %s values you can see none:", formatInteger(length));
    }

    get missingText() {
        return this.state.answer.missing.join("\n");
    }

    async find() {
        const { values } = this;
        this.state.isBusy = true;
        try {
            const { resModel } = this.props;
            const answer = await this.call("find_many", [resModel, this.state.path, values]);
            if (answer.count) {
                const domain = new Domain(answer.domain).toString();
                this.props.onFound({ ...answer, domain });
            }
            if (!answer.missing.length) {
                return this.props.close();
            }
            this.state.answer = answer;
        } finally {
            this.state.isBusy = false;
        }
    }

    /** What was not found, to be corrected. */
    retry() {
        Object.assign(this.state, { text: this.missingText, answer: null });
    }
}
