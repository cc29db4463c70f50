import { registry } from "@web/core/registry";
import { formatFloat, formatInteger } from "@web/views/fields/formatters";
import { GraphRenderer } from "@web/views/graph/graph_renderer";
import { graphView } from "@web/views/graph/graph_view";
import { formatWan, readsWan } from "../base/amounts";

/** A chart whose axes count in 万 where people do; its tooltips say the exact figure. */
export class AmountGraphRenderer extends GraphRenderer {
    formatValue(value, allIntegers = true, formatType = "") {
        if (formatType || !readsWan()) {
            return super.formatValue(...arguments);
        }
        if (this.isExact || Math.abs(value) < 1e4) {
            return allIntegers ? formatInteger(value) : formatFloat(value, { trailingZeros: false });
        }
        return formatWan(value);
    }

    getTooltipItems() {
        this.isExact = true;
        try {
            return super.getTooltipItems(...arguments);
        } finally {
            this.isExact = false;
        }
    }
}

registry.category("views").add("invoice_graph", { ...graphView, Renderer: AmountGraphRenderer });
