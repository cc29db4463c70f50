import { Component, onWillStart, useState } from "@odoo/owl";
import { deserializeDate, formatDate } from "@web/core/l10n/dates";
import { _t } from "@web/core/l10n/translation";
import { router } from "@web/core/browser/router";
import { registry } from "@web/core/registry";
import { user } from "@web/core/user";
import { KeepLast } from "@web/core/utils/concurrency";
import { useService } from "@web/core/utils/hooks";
import { url } from "@web/core/utils/urls";
import { useSetupAction } from "@web/search/action_hook";
import { Layout } from "@web/search/layout";
import { formatFloat, formatMonetary } from "@web/views/fields/formatters";
import { standardActionServiceProps } from "@web/webclient/actions/action_service";

// More rows than anybody reads on a screen are in the files.
const MOST_ROWS = 200;

/**
 * The account of a customer, or the check of a contract, order or customer: cards and tables, for
 * a day or a period, whose rows open the documents behind them.
 */
export class SettlementReport extends Component {
    static template = "invoice_crm_addon.SettlementReport";
    static components = { Layout };
    static props = { ...standardActionServiceProps };

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.keepLast = new KeepLast();
        const { model, res_model } = this.props.action.params;
        const context = this.props.action.context;
        Object.assign(this, { model, resModel: res_model, resId: context.active_id });
        // Who comes back, or loads the page again, finds the days that they chose.
        const { page_from, page_to } = router.current;
        const { dateFrom, dateTo } = this.props.state || {
            dateFrom: page_from,
            dateTo: context.receivable_as_of || page_to,
        };
        this.state = useState({
            page: null,
            dateFrom: dateFrom || "",
            dateTo: dateTo || "",
            all: {},
        });
        useSetupAction({
            getLocalState: () => ({ dateFrom: this.state.dateFrom, dateTo: this.state.dateTo }),
        });
        onWillStart(() => this.load());
    }

    get arguments() {
        const { dateFrom, dateTo } = this.state;
        return [this.resModel, this.resId, dateFrom || null, dateTo || null];
    }

    async load() {
        if (!this.resId) {
            return; // Its address was typed, which names no record.
        }
        const page = await this.keepLast.add(
            this.orm.call(this.model, "get_page", this.arguments, { context: user.context })
        );
        this.state.page = page;
        this.state.dateFrom = page.date_from || "";
        this.state.dateTo = page.date_to || "";
        router.pushState({ page_from: page.date_from || "", page_to: page.date_to || "" });
        this.env.config.setDisplayName(page.title);
    }

    setDate(name, ev) {
        this.state[name] = ev.target.value;
        return this.load();
    }

    // --- What is shown ---

    getRows(table) {
        return this.state.all[table.name] ? table.rows : table.rows.slice(0, MOST_ROWS);
    }

    getMoreLabel(table) {
        return table.rows.length > MOST_ROWS && !this.state.all[table.name]
            ? _t("Show all %s rows", table.rows.length)
            : "";
    }

    isNumeric(column) {
        return ["money", "number"].includes(column.type);
    }

    formatCell(column, row) {
        const value = row.values[column.name];
        if (value === "" || value === false || value === null || value === undefined) {
            return "";
        }
        if (column.type === "date") {
            return formatDate(deserializeDate(value));
        }
        if (column.type === "money") {
            return formatMonetary(value, { currencyId: row.currency_id });
        }
        return value;
    }

    formatCard(card) {
        return card.currency_id
            ? formatMonetary(card.value, { currencyId: card.currency_id })
            : formatFloat(card.value, { digits: [16, 1] });
    }

    // --- Ways out ---

    openDocument(row) {
        return this.action.doAction({
            type: "ir.actions.act_window",
            res_model: row.res_model,
            res_id: row.res_id,
            views: [[false, "form"]],
        });
    }

    async print() {
        const action = await this.orm.call(this.model, "action_print_page", this.arguments);
        return this.action.doAction(action);
    }

    get sheetUrl() {
        const { dateFrom, dateTo } = this.state;
        const path = `/invoice_crm_addon/settlement/${this.model}/${this.resModel}/${this.resId}`;
        return url(path, {
            ...(dateFrom && { date_from: dateFrom }),
            ...(dateTo && { date_to: dateTo }),
        });
    }
}

registry.category("lazy_components").add("invoice_crm_addon.settlement_page", SettlementReport);
