import { Component } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

/**
 * Says of an approved document which fields are approved again when they change; louder while
 * there is something to save.
 */
export class ApprovalOpenFieldsField extends Component {
    static template = "invoice_crm_addon.ApprovalOpenFields";
    static props = { ...standardFieldProps };

    get labels() {
        return Object.values(this.props.record.data[this.props.name] || {}).join(_t(", "));
    }

    get isDirty() {
        return this.props.record.dirty;
    }
}

export const approvalOpenFieldsField = {
    component: ApprovalOpenFieldsField,
    displayName: _t("Fields That Are Approved Again"),
    supportedTypes: ["json"],
};

registry.category("fields").add("approval_open_fields", approvalOpenFieldsField);
