import { Component, reactive, useState, xml } from "@odoo/owl";
import { expect, test } from "@odoo/hoot";
import { animationFrame } from "@odoo/hoot-dom";
import { defineMailModels } from "@mail/../tests/mail_test_helpers";
import { mountWithCleanup, patchWithCleanup } from "@web/../tests/web_test_helpers";
import { InsightChart } from "@invoice_crm_addon/pages/insight_chart";

defineMailModels();

class Page extends Component {
    static components = { InsightChart };
    static template = xml`<t t-out="state.title"/><InsightChart t-props="chart"/>`;
    static props = { state: Object };

    setup() {
        this.state = useState(this.props.state);
    }

    /** Made anew at each render, as pages do. */
    get chart() {
        return {
            labels: ["January"],
            series: [{ name: "Ticketed", values: [this.state.value] }],
            format: String,
            onBarClicked: () => {},
        };
    }
}

test("a chart is drawn anew when its values change, and for no other reason", async () => {
    patchWithCleanup(InsightChart.prototype, {
        getConfig() {
            const config = super.getConfig();
            expect.step(config.data.datasets[0].data);
            return config;
        },
    });
    const state = reactive({ title: "First", value: 1 });
    await mountWithCleanup(Page, { props: { state } });
    expect.verifySteps([[1]]);
    state.title = "Second";
    await animationFrame();
    expect.verifySteps([]);
    state.value = 2;
    await animationFrame();
    expect.verifySteps([[2]]);
});
