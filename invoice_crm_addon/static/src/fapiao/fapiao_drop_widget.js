import { Component, useRef, xml } from "@odoo/owl";
import { registry } from "@web/core/registry";
import { standardWidgetProps } from "@web/views/widgets/standard_widget_props";
import { useFapiaoDrop } from "./fapiao_drop";

const TARGETS = { "invoice.ticket": "ticket_id", "res.partner": "partner_id" };

/** Makes a whole form take e-invoice files, which then belong to its record. */
export class FapiaoDropWidget extends Component {
    static template = xml`<span t-ref="root" class="d-none"/>`;
    static props = { ...standardWidgetProps };

    setup() {
        const root = useRef("root");
        useFapiaoDrop(() => root.el?.closest(".o_form_view"), {
            getTarget: () => {
                const { resModel, resId } = this.props.record;
                return resId ? { [TARGETS[resModel]]: resId } : {};
            },
            onDone: () => this.reload(),
        });
    }

    async reload() {
        const { record } = this.props;
        if (record.resId && !(await record.isDirty())) {
            await record.load();
        }
    }
}

registry.category("view_widgets").add("fapiao_drop", { component: FapiaoDropWidget });
