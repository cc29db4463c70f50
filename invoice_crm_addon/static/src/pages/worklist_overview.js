import { Component, onWillStart, useExternalListener, useState } from "@odoo/owl";
import { deserializeDate } from "@web/core/l10n/dates";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { Layout } from "@web/search/layout";
import { formatInteger, formatMonetary } from "@web/views/fields/formatters";
import { standardActionServiceProps } from "@web/webclient/actions/action_service";
import { formatShort } from "../base/amounts";
import { InsightChart } from "./insight_chart";

/** Home page: what waits for the user, this month against the same days of the last, the months before. */
export class WorklistOverview extends Component {
    static template = "invoice_crm_addon.WorklistOverview";
    static components = { InsightChart, Layout };
    static props = { ...standardActionServiceProps };

    setup() {
        this.action = useService("action");
        this.worklist = useService("invoice_worklist");
        this.state = useState(this.worklist.state);
        this.display = { controlPanel: {} };
        this.orm = useService("orm");
        onWillStart(() => this.worklist.load(true));
        // Whoever comes back to the browser's tab sees what waits now.
        useExternalListener(document, "visibilitychange", () => {
            if (document.visibilityState === "visible") {
                this.worklist.refresh(true);
            }
        });
    }

    get isAllDone() {
        return this.state.sections.every(({ lists }) => lists.every((list) => !list.count));
    }

    /** What has something in it, or something to say. */
    getCards({ lists }) {
        return lists.filter((list) => list.count || list.note);
    }

    /** Sections with few cards stand beside each other. */
    isHalf(section) {
        return this.getCards(section).length <= 2;
    }

    getEmpty({ lists }) {
        return lists.filter((list) => !list.count && !list.note);
    }

    getTone(list) {
        if (!list.count) {
            return "text-muted";
        }
        return list.is_alarm ? "text-danger" : "text-primary";
    }

    get home() {
        return this.state.home || { figures: [], charts: [], steps: [] };
    }

    get stepsDone() {
        const { steps } = this.home;
        return _t("%(done)s of %(all)s done", {
            done: steps.filter((step) => step.is_done).length,
            all: steps.length,
        });
    }

    /** In few digits where there is room for no more: the exact figure is the tooltip. */
    formatFigure({ is_amount }, value, isShort = false) {
        const { currencyId } = this.state;
        if (!is_amount) {
            return formatInteger(value);
        }
        return isShort
            ? formatShort(value, { currencyId, isExact: true })
            : formatMonetary(value, { currencyId });
    }

    /** How a figure of the running month stands to the same days of the last; of nothing it is no change. */
    getChange(figure) {
        const { value, same } = figure;
        if (same <= 0) {
            return null;
        }
        const percent = Math.round(((value - same) / same) * 100);
        return {
            isMore: percent >= 0,
            text: `${percent > 0 ? "+" : ""}${percent}%`,
            title: _t("The same days last month: %s", this.formatFigure(figure, same)),
        };
    }

    getChartProps(chart) {
        return {
            labels: chart.months.map((month) => deserializeDate(month).toFormat("LLL")),
            series: chart.series,
            format: (value, isAxis) =>
                isAxis ? formatShort(value) : this.formatFigure(chart, value),
            onBarClicked: (index) => this.action.doAction(chart.actions[index]),
        };
    }

    async hideSteps() {
        await this.orm.call("invoice.home", "hide_steps", []);
        this.state.home.steps = [];
    }

    formatCount(list) {
        return formatInteger(list.count);
    }

    formatAmount(list, isShort = false) {
        return this.formatFigure({ is_amount: true }, list.amount, isShort);
    }

    open(action) {
        return this.action.doAction(action);
    }

    openList(list) {
        return this.action.doAction(list.action);
    }
}

registry.category("lazy_components").add("invoice_worklist_overview", WorklistOverview);
