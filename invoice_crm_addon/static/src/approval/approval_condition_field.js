import { DomainSelector } from "@web/core/domain_selector/domain_selector";
import { registry } from "@web/core/registry";
import { user } from "@web/core/user";
import { DomainField, domainField } from "@web/views/fields/domain/domain_field";

/** Shown in part to most people; they have no groups. The server knows them as well. */
const ACCOUNT_NUMBER_FIELDS = [
    "acc_number",
    "buyer_bank_account",
    "invoice_bank_acc_number",
    "sanitized_acc_number",
];

/** Whether a condition may name a field: what it holds is for everybody, and can be searched. */
function isOffered({ name, groups, searchable, type }) {
    const isHidden = groups || ACCOUNT_NUMBER_FIELDS.includes(name);
    return !isHidden && searchable && !["json", "separator"].includes(type);
}

/**
 * The domain editor without the choice of archived documents, since whatever is submitted is
 * active, and without fields that a condition may not name.
 */
export class ApprovalConditionSelector extends DomainSelector {
    getShowArchivedCheckBox() {
        return false;
    }

    getPathEditorInfo() {
        const info = super.getPathEditorInfo(...arguments);
        const extractProps = (props) => ({ ...info.extractProps(props), filter: isOffered });
        return { ...info, extractProps };
    }
}

/**
 * Condition of an approval flow or stage: the domain editor on the documents of the flow.
 *
 * A condition may name `uid`, whoever submits; the record count is that of the current user.
 */
export class ApprovalConditionField extends DomainField {
    static components = { ...DomainField.components, DomainSelector: ApprovalConditionSelector };

    /** A stage that is edited in its flow follows the flow, also where that is not saved yet. */
    getResModel(props = this.props) {
        const parent = props.record._parentRecord;
        return parent?.data.res_model || props.record.data.res_model;
    }

    getContext(props = this.props) {
        return { ...props.context, uid: user.userId };
    }

    getEvaluatedDomain(props = this.props) {
        // Expressions are welcome here: no warning about them.
        this.lastDomainChecked = this.getDomain(props);
        return super.getEvaluatedDomain(props);
    }
}

export const approvalConditionField = {
    ...domainField,
    component: ApprovalConditionField,
    extractProps() {
        return {
            ...domainField.extractProps(...arguments),
            allowExpressions: true,
            resModel: "res_model",
        };
    },
};

registry.category("fields").add("approval_condition", approvalConditionField);
