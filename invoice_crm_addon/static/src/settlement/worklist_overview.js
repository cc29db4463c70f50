import { Component, onWillStart, useExternalListener, useState } from "@odoo/owl";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { Layout } from "@web/search/layout";
import { formatInteger, formatMonetary } from "@web/views/fields/formatters";
import { standardActionServiceProps } from "@web/webclient/actions/action_service";

/** Home page: what waits for the user, one card a worklist. */
export class WorklistOverview extends Component {
    static template = "invoice_crm_addon.WorklistOverview";
    static components = { Layout };
    static props = { ...standardActionServiceProps };

    setup() {
        this.action = useService("action");
        this.worklist = useService("invoice_worklist");
        this.state = useState(this.worklist.state);
        this.display = { controlPanel: {} };
        onWillStart(() => this.worklist.load());
        // Whoever comes back to the browser's tab sees what waits now.
        useExternalListener(document, "visibilitychange", () => {
            if (document.visibilityState === "visible") {
                this.worklist.refresh();
            }
        });
    }

    get isAllDone() {
        return this.state.sections.every(({ lists }) => lists.every((list) => !list.count));
    }

    getTone(list) {
        if (!list.count) {
            return "text-muted";
        }
        return list.is_alarm ? "text-danger" : "text-primary";
    }

    formatCount(list) {
        return formatInteger(list.count);
    }

    formatAmount(list) {
        return formatMonetary(list.amount, { currencyId: this.state.currencyId });
    }

    openList(list) {
        return this.action.doAction(list.action);
    }
}

registry.category("actions").add("invoice_worklist_overview", WorklistOverview);
