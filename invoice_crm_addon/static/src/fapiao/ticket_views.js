import { registry } from "@web/core/registry";
import { KanbanController } from "@web/views/kanban/kanban_controller";
import { kanbanView } from "@web/views/kanban/kanban_view";
import { ListController } from "@web/views/list/list_controller";
import { listView } from "@web/views/list/list_view";
import { withRecordPanel } from "../record_panel/record_panel_list";
import { useFapiaoDrop } from "./fapiao_drop";

const withFapiaoDrop = (Controller) =>
    class extends Controller {
        setup() {
            super.setup();
            this.fapiaoDrop = useFapiaoDrop(() => this.rootRef.el, {
                onDone: () => this.model.root.load(),
            });
        }
    };

export class FapiaoListController extends withFapiaoDrop(ListController) {}

export class FapiaoKanbanController extends withFapiaoDrop(KanbanController) {}

const fapiaoListView = withRecordPanel({
    ...listView,
    Controller: FapiaoListController,
    buttonTemplate: "invoice_crm_addon.TicketList.Buttons",
});
const fapiaoKanbanView = {
    ...kanbanView,
    Controller: FapiaoKanbanController,
    buttonTemplate: "invoice_crm_addon.TicketKanban.Buttons",
};
const views = registry.category("views");
views.add("invoice_ticket_list", fapiaoListView);
views.add("invoice_ticket_kanban", fapiaoKanbanView);
views.add("invoice_fapiao_file_list", fapiaoListView);
views.add("invoice_fapiao_file_kanban", fapiaoKanbanView);
