import { Component, useRef, xml } from "@odoo/owl";
import { registry } from "@web/core/registry";
import { standardWidgetProps } from "@web/views/widgets/standard_widget_props";
import { useFapiaoDrop } from "./fapiao_drop";

const TARGETS = { "invoice.ticket": "ticket_id", "res.partner": "partner_id" };

function getTarget({ resModel, resId }) {
    return resId ? { [TARGETS[resModel]]: resId } : {};
}

/** Makes a whole form take e-invoice files, which then belong to its record. */
export class FapiaoDropWidget extends Component {
    static template = xml`<span t-ref="root" class="d-none"/>`;
    static props = { ...standardWidgetProps };

    setup() {
        const root = useRef("root");
        useFapiaoDrop(() => root.el?.closest(".o_form_view"), {
            getTarget: () => getTarget(this.props.record),
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

/** A button beside the place where the files can be dropped: not everybody drags. */
export class FapiaoUploadWidget extends Component {
    static template = "invoice_crm_addon.UploadFapiao";
    static props = { ...standardWidgetProps };

    setup() {
        const nowhere = () => null;
        this.fapiaoDrop = useFapiaoDrop(nowhere, {
            getTarget: () => getTarget(this.props.record),
            onDone: () => {},
        });
    }
}

const widgets = registry.category("view_widgets");
widgets.add("fapiao_drop", { component: FapiaoDropWidget });
widgets.add("fapiao_upload", { component: FapiaoUploadWidget });
