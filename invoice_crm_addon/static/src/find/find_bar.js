import { Component, useRef, useState } from "@odoo/owl";
import { Domain } from "@web/core/domain";
import { getDomainDisplayedOperators } from "@web/core/domain_selector/domain_selector_operator_editor";
import { Dropdown } from "@web/core/dropdown/dropdown";
import { DropdownItem } from "@web/core/dropdown/dropdown_item";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { condition } from "@web/core/tree_editor/condition_tree";
import { domainFromTree } from "@web/core/tree_editor/domain_from_tree";
import { getDefaultValue } from "@web/core/tree_editor/tree_editor_value_editors";
import { useService } from "@web/core/utils/hooks";
import { ControlPanel } from "@web/search/control_panel/control_panel";
import { CHANGED } from "./find_events";
import { FindSelector } from "./find_selector";
import { ManyValuesDialog } from "./many_values";
import { PERIODS, getPeriodFilter, setPeriod } from "./periods";

/**
 * Models whose lists have the bar: `fields` that people look for first, and the component in
 * `Totals` that says what the list adds up to.
 */
export const findable = registry.category("invoice_findable");

/**
 * What is looked for, in a line above the list.
 *
 * Conditions, many values and periods become facets of the search: they are combined with its
 * filters, and kept as favourites with them.
 */
export class FindBar extends Component {
    static template = "invoice_crm_addon.FindBar";
    static components = { Dropdown, DropdownItem, FindSelector };
    static props = {};

    setup() {
        this.dialog = useService("dialog");
        this.fieldService = useService("field");
        this.resModel = this.env.searchModel.resModel;
        Object.assign(this, findable.get(this.resModel));
        this.state = useState({ isOpen: false, domain: "[]", filled: "" });
        this.periods = PERIODS;
        this.toggleRef = useRef("toggle");
    }

    /** The date that a period asks for, as the search calls it; "" if it has none. */
    get periodLabel() {
        return getPeriodFilter(this.env.searchModel)?.description || "";
    }

    async toggle() {
        if (!this.state.isOpen && this.state.domain === "[]") {
            this.state.domain = await this.getFirstDomain();
        }
        this.state.isOpen = !this.state.isOpen;
    }

    /** A condition without a value on the field that comes first. */
    async getFirstDomain() {
        const fieldDefs = await this.fieldService.loadFields(this.resModel);
        const name = this.fields.find((name) => name in fieldDefs);
        if (!name) {
            return "[]";
        }
        const [operator] = getDomainDisplayedOperators(fieldDefs[name]);
        const value = getDefaultValue(fieldDefs[name], operator);
        return domainFromTree(condition(name, operator, value));
    }

    /** Escape closes the conditions, unless it has something of theirs to close first. */
    onEscape(ev) {
        const { activeElement } = document;
        const isOther = activeElement !== this.toggleRef.el;
        const hasListOpen = isOther && activeElement.ariaExpanded === "true";
        if (ev.key !== "Escape" || !this.state.isOpen || hasListOpen) {
            return;
        }
        if (!document.querySelector(".o_popover, .o-dropdown--menu")) {
            ev.stopPropagation(); // a panel beside the list stays
            this.close();
        }
    }

    close() {
        this.state.isOpen = false;
        this.toggleRef.el.focus();
    }

    onConditionsChanged(domain, filled) {
        Object.assign(this.state, { domain, filled: filled || "" });
    }

    async onKeydown(ev) {
        if (ev.key === "Enter" && ev.target.matches("input:not([role=combobox])")) {
            ev.preventDefault();
            ev.target.blur(); // what is typed counts when it is left
            await new Promise((resolve) => setTimeout(resolve));
            await this.find();
        }
    }

    /** Have the search ask for the conditions, in place of those that it was asked for before. */
    async find() {
        const { searchModel } = this.env;
        const { filled } = this.state;
        const items = () => Object.values(searchModel.searchItems);
        searchModel.blockNotification = Boolean(filled);
        // The search outlives the bar: it goes with the user from the list to the cards.
        new Set(
            items()
                .filter((item) => item.isFindCondition)
                .map((item) => item.groupId)
        ).forEach((group) => searchModel.deactivateGroup(group));
        const first = searchModel.nextGroupId;
        if (filled) {
            await searchModel.splitAndAddDomain(filled);
        }
        items()
            .filter((item) => item.groupId >= first && item.groupId < searchModel.nextGroupId)
            .forEach((item) => (item.isFindCondition = true));
    }

    async clear() {
        this.state.filled = "";
        await this.find();
        this.state.domain = "[]";
        this.close();
    }

    openManyValues() {
        const { searchModel } = this.env;
        let filter = null;
        const labels = new Set();
        const onFound = ({ domain, label, found }) => {
            labels.add(label);
            const count = found + (filter?.count || 0);
            if (filter) {
                // What was corrected is searched besides what was found before.
                domain = Domain.or([filter.domain, domain]).toString();
                searchModel.blockNotification = true;
                searchModel.deactivateGroup(filter.groupId);
                searchModel.blockNotification = false;
            }
            filter = {
                description: _t("%(field)s: %(count)s values", {
                    field: [...labels].join(", "),
                    count,
                }),
                count,
                domain,
                invisible: "True",
                type: "filter",
            };
            searchModel.createNewFilters([filter]);
        };
        this.dialog.add(ManyValuesDialog, { resModel: this.resModel, onFound });
    }

    setPeriod(period) {
        setPeriod(this.env.searchModel, period);
    }
}

export class FindControlPanel extends ControlPanel {
    static template = "invoice_crm_addon.FindControlPanel";
    static components = { ...ControlPanel.components, FindBar };

    get hasFindBar() {
        const { inDialog, searchModel } = this.env;
        return !inDialog && findable.contains(searchModel?.resModel);
    }
}

/**
 * A view with the bar above it, for the models in `findable`.
 *
 * The search tells with `CHANGED` that records of the view were read anew or saved.
 *
 * @param {Object} view a view of the registry
 */
export function withFindBar(view) {
    class Controller extends view.Controller {
        setup() {
            super.setup();
            const { hooks } = this.model;
            for (const name of ["onRootLoaded", "onRecordSaved"]) {
                const hook = hooks[name];
                hooks[name] = (...args) => {
                    this.env.searchModel?.trigger(CHANGED);
                    return hook(...args);
                };
            }
        }
    }
    return { ...view, Controller, ControlPanel: FindControlPanel };
}
