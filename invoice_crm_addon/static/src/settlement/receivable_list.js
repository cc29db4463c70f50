import { serializeDate, today } from "@web/core/l10n/dates";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { KanbanController } from "@web/views/kanban/kanban_controller";
import { kanbanView } from "@web/views/kanban/kanban_view";
import { listView } from "@web/views/list/list_view";
import { ListController } from "@web/views/list/list_controller";
import { withWholeColumns } from "../record_panel/whole_columns";

/** What customers owe, as of a day that is chosen above it. */
const asOf = (Controller) =>
    class extends Controller {
        setup() {
            super.setup();
            this.action = useService("action");
        }

        get asOf() {
            return this.props.context.receivable_as_of || serializeDate(today());
        }

        /** The same action with another day: its other views read the same context. */
        setAsOf(ev) {
            const { currentController } = this.action;
            return this.action.doAction(currentController.action.id, {
                additionalContext: { receivable_as_of: ev.target.value || false },
                stackPosition: "replaceCurrentAction",
            });
        }
    };

export class ReceivableListController extends asOf(ListController) {
    static template = "invoice_crm_addon.ReceivableList";
}

export class ReceivableKanbanController extends asOf(KanbanController) {
    static template = "invoice_crm_addon.ReceivableKanban";
}

const views = registry.category("views");
views.add("receivable_list", {
    ...listView,
    Controller: ReceivableListController,
    Renderer: withWholeColumns(listView.Renderer),
});
views.add("receivable_kanban", { ...kanbanView, Controller: ReceivableKanbanController });
