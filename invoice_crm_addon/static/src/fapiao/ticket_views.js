import { registry } from "@web/core/registry";
import { KanbanController } from "@web/views/kanban/kanban_controller";
import { kanbanView } from "@web/views/kanban/kanban_view";
import { ListController } from "@web/views/list/list_controller";
import { listView } from "@web/views/list/list_view";
import { AmountKanbanRenderer } from "../ticket/ticket_kanban_amounts";
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

/**
 * In a column of one status, the cards can be added up: drafts, what waits, what is paid. In any
 * other column they are of all kinds, and only what is issued counts, as in every report.
 */
export class TicketKanbanController extends FapiaoKanbanController {
    setup() {
        super.setup();
        const { model, cardField } = this;
        const { progressAttributes } = this.props.archInfo;
        if (!progressAttributes) {
            return; // somebody's own cards have no bar above the columns
        }
        this.progressBarState.progressAttributes = {
            ...progressAttributes,
            get sumField() {
                const isOfStatus = model.root.groupBy[0] === "status";
                return isOfStatus ? cardField : progressAttributes.sumField;
            },
        };
    }

    /** It has no total of its own, or lists would add drafts to what is issued. */
    get cardField() {
        return { ...this.props.fields.amount_company, aggregator: "sum" };
    }

    get progressBarAggregateFields() {
        return [...super.progressBarAggregateFields, this.cardField];
    }

    get modelParams() {
        const params = super.modelParams;
        params.config.fields = { ...params.config.fields, amount_company: this.cardField };
        return params;
    }
}

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
views.add("invoice_ticket_kanban", {
    ...fapiaoKanbanView,
    Controller: TicketKanbanController,
    Renderer: AmountKanbanRenderer,
});
views.add("invoice_fapiao_file_list", fapiaoListView);
views.add("invoice_fapiao_file_kanban", fapiaoKanbanView);
