import { serializeDate, today } from "@web/core/l10n/dates";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { listView } from "@web/views/list/list_view";
import { ListController } from "@web/views/list/list_controller";

/** A list of what customers owe, as of a day that is chosen above it. */
export class ReceivableListController extends ListController {
    static template = "invoice_crm_addon.ReceivableList";

    setup() {
        super.setup();
        this.action = useService("action");
    }

    get asOf() {
        return this.props.context.receivable_as_of || serializeDate(today());
    }

    /** The same action with another day: its pivot reads the same context. */
    setAsOf(ev) {
        const { currentController } = this.action;
        return this.action.doAction(currentController.action.id, {
            additionalContext: { receivable_as_of: ev.target.value || false },
            stackPosition: "replaceCurrentAction",
        });
    }
}

registry.category("views").add("receivable_list", {
    ...listView,
    Controller: ReceivableListController,
});
