import { registry } from "@web/core/registry";
import { FormController } from "@web/views/form/form_controller";
import { formView } from "@web/views/form/form_view";
import { KanbanController } from "@web/views/kanban/kanban_controller";
import { kanbanView } from "@web/views/kanban/kanban_view";
import { ListController } from "@web/views/list/list_controller";
import { listView } from "@web/views/list/list_view";
import { useFapiaoDrop } from "./fapiao_drop";

const withFapiaoDrop = (Controller) =>
    class extends Controller {
        setup() {
            super.setup();
            this.fapiaoDrop = useFapiaoDrop(this.rootRef, {
                onDone: () => this.model.root.load(),
            });
        }
    };

export class TicketListController extends withFapiaoDrop(ListController) {}

export class TicketKanbanController extends withFapiaoDrop(KanbanController) {}

export class TicketFormController extends FormController {
    setup() {
        super.setup();
        useFapiaoDrop(this.rootRef, {
            getTicketId: () => this.model.root.resId,
            onDone: () => this.model.root.load(),
        });
    }
}

registry.category("views").add("invoice_ticket_list", {
    ...listView,
    Controller: TicketListController,
    buttonTemplate: "invoice_crm_addon.TicketList.Buttons",
});
registry.category("views").add("invoice_ticket_kanban", {
    ...kanbanView,
    Controller: TicketKanbanController,
    buttonTemplate: "invoice_crm_addon.TicketKanban.Buttons",
});
registry.category("views").add("invoice_ticket_form", {
    ...formView,
    Controller: TicketFormController,
});
