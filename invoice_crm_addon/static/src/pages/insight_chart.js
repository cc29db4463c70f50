import { Component, onWillStart, useEffect, useRef } from "@odoo/owl";
import { loadBundle } from "@web/core/assets";
import { cookie } from "@web/core/browser/cookie";
import { getColor, getCustomColor } from "@web/core/colors/colors";

/**
 * A small bar chart of Chart.js, which is loaded when the first one is shown.
 *
 * A bar that is clicked is said with the index of its label and of its series.
 */
export class InsightChart extends Component {
    static template = "invoice_crm_addon.InsightChart";
    static props = {
        labels: { type: Array, element: String },
        series: {
            type: Array,
            element: { type: Object, shape: { name: String, values: { type: Array, element: Number } } },
        },
        format: Function,
        isHorizontal: { type: Boolean, optional: true },
        onBarClicked: Function,
    };
    static defaultProps = { isHorizontal: false };

    setup() {
        this.canvasRef = useRef("canvas");
        onWillStart(() => loadBundle("web.chartjs_lib"));
        useEffect(
            () => {
                const chart = new Chart(this.canvasRef.el, this.getConfig());
                return () => chart.destroy();
            },
            // Of its own values: whoever shows it is rendered for other reasons as well.
            () => {
                const { labels, series, isHorizontal } = this.props;
                return [JSON.stringify([labels, series, isHorizontal])];
            }
        );
    }

    /** Height in pixels: horizontal bars need a line each. */
    get height() {
        return this.props.isHorizontal ? 40 + 30 * this.props.labels.length : 220;
    }

    getConfig() {
        const { labels, series, isHorizontal } = this.props;
        // The chart stays when those who are told become others.
        const format = (...args) => this.props.format(...args);
        const onBarClicked = (...args) => this.props.onBarClicked(...args);
        const scheme = cookie.get("color_scheme");
        const color = getCustomColor(scheme, "#111827", "#E4E4E4");
        const grid = { color: getCustomColor(scheme, "#d8dadd", "#3C3E4B") };
        const amounts = { stacked: true, grid, ticks: { color, precision: 0, callback: (value) => format(value, true) } };
        const names = { stacked: true, grid: { display: false }, ticks: { color } };
        return {
            type: "bar",
            data: {
                labels,
                datasets: series.map(({ name, values }, index) => ({
                    label: name,
                    data: values,
                    backgroundColor: getColor(index, scheme, Math.max(series.length, 1)),
                    maxBarThickness: 24,
                })),
            },
            options: {
                animation: false,
                maintainAspectRatio: false,
                indexAxis: isHorizontal ? "y" : "x",
                scales: isHorizontal ? { x: amounts, y: names } : { x: names, y: amounts },
                plugins: {
                    legend: { display: series.length > 1, position: "bottom", labels: { color, boxWidth: 12 } },
                    tooltip: {
                        callbacks: {
                            label: ({ dataset, raw }) => `${dataset.label}: ${format(raw)}`,
                        },
                    },
                },
                onClick: (_ev, [bar]) => bar && onBarClicked(bar.index, bar.datasetIndex),
                onHover: ({ native }, bars) => {
                    native.target.style.cursor = bars.length ? "pointer" : "default";
                },
            },
        };
    }
}
