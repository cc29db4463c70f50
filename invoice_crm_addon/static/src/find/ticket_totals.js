import { Component, onMounted, useState } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { KeepLast } from "@web/core/utils/concurrency";
import { useBus, useService } from "@web/core/utils/hooks";
import { formatInteger, formatMonetary } from "@web/views/fields/formatters";
import { CHANGED } from "./find_events";

const LABELS = {
    special: _t("Special VAT"),
    ordinary: _t("Ordinary"),
    other: _t("Others"),
};

/**
 * Count and sum of the tickets that are found, read anew whenever the list is: whatever changed
 * tickets, a wizard, files or somebody's decision, has the list read anew.
 *
 * The list does not wait for them.
 */
export class TicketTotals extends Component {
    static template = "invoice_crm_addon.TicketTotals";
    static props = {};

    setup() {
        this.orm = useService("orm");
        this.keepLast = new KeepLast();
        this.state = useState({ totals: null });
        useBus(this.env.searchModel, CHANGED, () => this.load());
        onMounted(() => this.load());
    }

    async load() {
        const { domain } = this.env.searchModel;
        const call = this.orm.silent.call("invoice.finder", "get_totals", [domain]);
        try {
            this.state.totals = await this.keepLast.add(call);
        } catch {
            this.state.totals = null; // the list says what is wrong with the search
        }
    }

    get countText() {
        return _t("%s found", formatInteger(this.state.totals.count));
    }

    formatCount(count) {
        return formatInteger(count);
    }

    formatAmount(amount) {
        return formatMonetary(amount, { currencyId: this.state.totals.currency_id });
    }

    getLabel(part) {
        return LABELS[part.key];
    }
}
