import { Component, onWillStart, onWillUpdateProps, useEffect, useState } from "@odoo/owl";
import { deserializeDate, formatDate, serializeDate } from "@web/core/l10n/dates";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { KeepLast } from "@web/core/utils/concurrency";
import { useBus, useService } from "@web/core/utils/hooks";
import { formatFloat, formatMonetary, formatPercentage } from "@web/views/fields/formatters";
import { standardWidgetProps } from "@web/views/widgets/standard_widget_props";
import { formatShort } from "../base/amounts";
import { InsightChart } from "./insight_chart";

const MODEL = "invoice.customer.insight";

/**
 * What a customer was billed: by month and type, by goods, how often and how punctually it pays,
 * and what similar customers take besides.
 *
 * Figures come when the tab is opened, and again whenever the form is loaded or saved.
 */
export class CustomerInsight extends Component {
    static template = "invoice_crm_addon.CustomerInsight";
    static components = { InsightChart };
    static props = { ...standardWidgetProps };

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.keepLast = { figures: new KeepLast(), offers: new KeepLast() };
        this.state = useState({
            figures: null,
            offers: null,
            months: 12,
            measure: "amounts",
            goods: null,
            basis: "rfm",
        });
        this.formatCount = (value) => formatFloat(value, { digits: [16, 0] });
        this.formatAmount = (value, isShort = false) =>
            isShort
                ? formatShort(value)
                : formatMonetary(value, { currencyId: this.state.figures.currency_id });
        this.openBar = this.openBar.bind(this);
        this.openGoods = this.openGoods.bind(this);
        onWillStart(() => this.loadFigures(this.props.record.resId));
        // Not awaited: charts do not wait for what is asked about all customers.
        this.loadOffers(this.props.record.resId);
        onWillUpdateProps((nextProps) => {
            if (nextProps.record.resId !== this.props.record.resId) {
                this.load(nextProps.record.resId);
            }
        });
        // A form that is loaded anew says so on the bus; one that is saved is not dirty any more.
        useBus(this.props.record.model.bus, "update", () => {
            if (!this.props.record.dirty) {
                this.load(this.props.record.resId);
            }
        });
        let wasDirty = false;
        useEffect(
            (isDirty) => {
                if (wasDirty && !isDirty) {
                    this.load(this.props.record.resId);
                }
                wasDirty = isDirty;
            },
            () => [this.props.record.dirty]
        );
    }

    // --- Loading ---

    load(customerId) {
        return Promise.all([this.loadFigures(customerId), this.loadOffers(customerId)]);
    }

    async loadFigures(customerId) {
        this.state.figures = customerId
            ? await this.keepLast.figures.add(
                  this.orm.call(MODEL, "get_figures", [customerId, this.state.months])
              )
            : null;
    }

    async loadOffers(customerId) {
        this.state.offers = customerId
            ? await this.keepLast.offers.add(
                  this.orm.call(MODEL, "get_opportunities", [customerId, this.state.basis])
              )
            : null;
    }

    setMonths(months) {
        this.state.months = months;
        return this.loadFigures(this.props.record.resId);
    }

    setBasis(basis) {
        this.state.basis = basis;
        return this.loadOffers(this.props.record.resId);
    }

    // --- What is shown ---

    get isEmpty() {
        const { types, summary } = this.state.figures;
        return !types.length && !summary.count_ever;
    }

    get bases() {
        return [
            ["rfm", _t("Class")],
            ["level", _t("Customer Level")],
            ["industry", _t("Industry")],
        ];
    }

    get monthLabels() {
        return this.state.figures.months.map((day) => deserializeDate(day).toFormat("yy-MM"));
    }

    get monthSeries() {
        return this.state.figures.types.map((type) => ({
            name: type.name,
            values: type[this.state.measure],
        }));
    }

    /** Product categories, unless no line has a product and tax classes say more. */
    get goodsKind() {
        const { categories, tax_classes } = this.state.figures;
        const isClassified = (rows) => rows.some(({ id }) => id);
        const isTaxed = !isClassified(categories) && isClassified(tax_classes);
        return this.state.goods || (isTaxed ? "tax_classes" : "categories");
    }

    get goods() {
        return this.state.figures[this.goodsKind];
    }

    get goodsLabels() {
        return this.goods.map(({ name }) => name || _t("Not classified"));
    }

    get goodsSeries() {
        return [{ name: _t("Amount"), values: this.goods.map(({ amount }) => amount) }];
    }

    get cards() {
        const { summary, left_out } = this.state.figures;
        const cards = [
            { label: _t("Amount"), value: this.formatAmount(summary.amount) },
            {
                label: _t("Tickets"),
                value: this.formatCount(summary.count),
                note: _t("%s a month", formatFloat(summary.per_month, { digits: [16, 1] })),
            },
            { label: _t("Average"), value: this.formatAmount(summary.average) },
        ];
        if (summary.last_date) {
            cards.push({
                label: _t("Last Ticket"),
                value: formatDate(deserializeDate(summary.last_date)),
                note: _t("%s days ago", summary.days_since),
            });
        }
        if (summary.days_between !== false) {
            cards.push({
                label: _t("Days Between Tickets"),
                value: this.formatCount(summary.days_between),
                note: _t("on average, ever"),
            });
        }
        cards.push({
            label: _t("Paid Late"),
            value: summary.due ? formatPercentage(summary.late_share, { digits: [16, 0] }) : "–",
            note: summary.due
                ? _t("%(late)s of %(due)s that were due", { late: summary.late, due: summary.due })
                : _t("none was due"),
            title: _t(
                "Tickets of the period with a due date: paid in full after it, or overdue and not paid."
            ),
        });
        return cards.concat(
            left_out.length
                ? [{ label: _t("Not Shown: Other Currency"), value: left_out.join(", ") }]
                : []
        );
    }

    get scores() {
        return this.state.offers?.scores || {};
    }

    get scoresLabel() {
        const { recency_class, frequency_class, amount_class } = this.scores;
        return _t("Recency %(recency)s, frequency %(frequency)s, amount %(amount)s", {
            recency: recency_class,
            frequency: frequency_class,
            amount: amount_class,
        });
    }

    formatShare(share) {
        return formatPercentage(share, { digits: [16, 0] });
    }

    formatOffer(amount) {
        return formatMonetary(amount, { currencyId: this.state.offers.currency_id });
    }

    // --- Tickets behind a bar ---

    openBar(index, seriesIndex) {
        const { months, types } = this.state.figures;
        const domain = [
            ["issue_date", ">=", months[index]],
            ["type_id", "=", types[seriesIndex].id],
        ];
        // The last month holds all that is dated later, too.
        if (index < months.length - 1) {
            const end = serializeDate(deserializeDate(months[index]).plus({ months: 1 }));
            domain.push(["issue_date", "<", end]);
        }
        return this.openTickets(domain, `${types[seriesIndex].name} ${this.monthLabels[index]}`);
    }

    openGoods(index) {
        const { id } = this.goods[index];
        const isCategory = this.goodsKind === "categories";
        let line = [isCategory ? "product_id" : "tax_code", "=", false];
        if (id) {
            line = isCategory ? ["product_id.categ_id", "=", id] : ["tax_code", "=like", `${id}%`];
        }
        const domain = [
            ["issue_date", ">=", this.state.figures.months[0]],
            ["line_ids", "any", [line]],
        ];
        return this.openTickets(domain, this.goodsLabels[index]);
    }

    openTickets(domain, name) {
        return this.action.doAction({
            type: "ir.actions.act_window",
            name,
            res_model: "invoice.ticket",
            views: [
                [false, "list"],
                [false, "form"],
            ],
            domain: [...this.state.figures.domain, ...domain],
            context: { active_test: false, create: false },
        });
    }
}

registry.category("lazy_components").add("customer_insight", CustomerInsight);
