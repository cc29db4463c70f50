import { useEffect, useRef } from "@odoo/owl";
import { DomainSelector } from "@web/core/domain_selector/domain_selector";
import { _t } from "@web/core/l10n/translation";
import { condition, connector } from "@web/core/tree_editor/condition_tree";
import { domainFromTree } from "@web/core/tree_editor/domain_from_tree";
import { TreeEditor } from "@web/core/tree_editor/tree_editor";
import { getDefaultValue } from "@web/core/tree_editor/tree_editor_value_editors";

/** As many conditions stand in the bar; more are core's custom filter. */
export const MOST_CONDITIONS = 3;

/** Whether somebody chose or typed a value: what is empty asks for nothing yet. */
function isFilled({ type, value }) {
    return type !== "condition" || (Array.isArray(value) ? value.length : value !== "");
}

/** Core's editor of conditions in one line: field, operator and value of each, side by side. */
export class FindEditor extends TreeEditor {
    static template = "invoice_crm_addon.FindEditor";
    static components = { ...TreeEditor.components, TreeEditor };
    static props = { ...TreeEditor.props, getNextCondition: Function };

    setup() {
        super.setup();
        // Core's selects have no name, which a screen reader would say.
        const editor = useRef("editor");
        useEffect(() => {
            for (const select of editor.el.querySelectorAll("select:not([aria-label])")) {
                select.setAttribute("aria-label", _t("Comparison or Value"));
            }
        });
    }

    get canAdd() {
        return this.tree.children.length < MOST_CONDITIONS;
    }

    /** A further condition is on another field. */
    makeCondition(parent) {
        return this.props.getNextCondition(parent.children.map(({ path }) => path));
    }
}

/** Core's domain selector with that editor, on fields that people search a model by. */
export class FindSelector extends DomainSelector {
    static template = "invoice_crm_addon.FindSelector";
    static components = { FindEditor };
    static props = { ...DomainSelector.props, fields: Array };

    getDefaultCondition(fieldDefs) {
        this.fieldDefs = fieldDefs;
        return this.getNextCondition([]);
    }

    getNextCondition(used) {
        const names = this.props.fields.filter((name) => name in this.fieldDefs);
        const name = names.find((name) => !used.includes(name)) || names[0];
        if (!name) {
            return super.getDefaultCondition(this.fieldDefs);
        }
        const fieldDef = this.fieldDefs[name];
        const operator = this.getDefaultOperator(fieldDef);
        return condition(name, operator, getDefaultValue(fieldDef, operator));
    }

    /** Tell the domain, and that of the conditions that have a value. */
    update(tree) {
        const filled = connector("&", tree.children.filter(isFilled));
        this.props.update(domainFromTree(tree), filled.children.length && domainFromTree(filled));
    }
}
