import { DomainSelector } from "@web/core/domain_selector/domain_selector";
import { registry } from "@web/core/registry";
import { user } from "@web/core/user";
import { DomainField, domainField } from "@web/views/fields/domain/domain_field";

/** The domain editor without the choice of archived documents: whatever is submitted is active. */
export class ApprovalConditionSelector extends DomainSelector {
    getShowArchivedCheckBox() {
        return false;
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
