import { registry } from "@web/core/registry";
import { BadgeField, badgeField } from "@web/views/fields/badge/badge_field";

/** Where a document stands; besides, that a change of it waits to be approved. */
export class ApprovalStatusField extends BadgeField {
    static template = "invoice_crm_addon.ApprovalStatusField";

    get changeWaits() {
        return this.props.record.data.approval_change_waits;
    }
}

registry.category("fields").add("approval_status", {
    ...badgeField,
    component: ApprovalStatusField,
    fieldDependencies: [{ name: "approval_change_waits", type: "boolean", readonly: true }],
});
