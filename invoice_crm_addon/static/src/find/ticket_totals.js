import { Component, onMounted, useState } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { rpcBus } from "@web/core/network/rpc";
import { KeepLast } from "@web/core/utils/concurrency";
import { useBus, useService } from "@web/core/utils/hooks";
import { formatInteger, formatMonetary } from "@web/views/fields/formatters";

/** What changes tickets: buttons, and what is saved or deleted in the list. */
const CHANGES = /^(action_|web_save|write|unlink|web_override)/;
const LABELS = {
    special: _t("Special VAT"),
    ordinary: _t("Ordinary"),
    other: _t("Others"),
};

/**
 * Count and sum of the tickets that are found, read anew when the search or a ticket changes.
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
        useBus(this.env.searchModel, "update", () => this.load());
        useBus(rpcBus, "RPC:RESPONSE", ({ detail: { data, error } }) => {
            const { model, method } = data.params || {};
            if (model === this.env.searchModel.resModel && !error && CHANGES.test(method)) {
                this.domain = null;
                this.load();
            }
        });
        onMounted(() => this.load());
    }

    async load() {
        const domain = JSON.stringify(this.env.searchModel.domain);
        if (domain === this.domain) {
            return;
        }
        this.domain = domain;
        const call = this.orm.silent.call("invoice.finder", "get_totals", [JSON.parse(domain)]);
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
