import { formatFloat, formatInteger, formatMonetary } from "@web/views/fields/formatters";
import { KanbanHeader } from "@web/views/kanban/kanban_header";
import { KanbanRenderer } from "@web/views/kanban/kanban_renderer";
import { AnimatedNumber } from "@web/views/view_components/animated_number";
import { ColumnProgress } from "@web/views/view_components/column_progress";
import { formatShort, readsWan } from "../base/amounts";

/** The sum above a column of cards, in few digits; the exact one is its tooltip. */
export class AmountNumber extends AnimatedNumber {
    static template = "invoice_crm_addon.AmountNumber";

    format(value) {
        return readsWan()
            ? formatShort(value, { currencyId: this.currencyId })
            : super.format(value);
    }

    get tooltip() {
        const { title, value } = this.props;
        const { currencyId } = this;
        // Without a currency it may be a number of things.
        const format = Number.isInteger(value) ? formatInteger : formatFloat;
        const exact = currencyId ? formatMonetary(value, { currencyId }) : format(value);
        return title ? `${title}: ${exact}` : exact;
    }
}

class AmountProgress extends ColumnProgress {
    static components = { ...ColumnProgress.components, AnimatedNumber: AmountNumber };
}

class AmountHeader extends KanbanHeader {
    static components = { ...KanbanHeader.components, ColumnProgress: AmountProgress };
}

export class AmountKanbanRenderer extends KanbanRenderer {
    static components = { ...KanbanRenderer.components, KanbanHeader: AmountHeader };
}
