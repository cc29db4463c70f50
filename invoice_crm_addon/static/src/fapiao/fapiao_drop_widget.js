import { Component, useRef, xml } from "@odoo/owl";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { standardWidgetProps } from "@web/views/widgets/standard_widget_props";
import { useFapiaoDrop } from "./fapiao_drop";

const TARGETS = { "invoice.ticket": "ticket_id", "res.partner": "partner_id" };

function getTarget({ resModel, resId }) {
    // Of other documents, such as a batch, the files find their tickets themselves.
    return resId && TARGETS[resModel] ? { [TARGETS[resModel]]: resId } : {};
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

/**
 * A button beside the place where the files can be dropped: not everybody drags.
 *
 * A dialog that asks for what stands in the file is done once the file issued its ticket.
 */
export class FapiaoUploadWidget extends Component {
    static template = "invoice_crm_addon.UploadFapiao";
    static props = { ...standardWidgetProps };

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.notification = useService("notification");
        const nowhere = () => null;
        this.fapiaoDrop = useFapiaoDrop(nowhere, {
            getTarget: () => getTarget(this.props.record),
            onDone: (upload) => this.env.inDialog && upload && this.finish(upload),
        });
    }

    async finish({ rows, target }) {
        const { record } = this.props;
        if (target.ticket_id !== record.resId) {
            return;
        }
        const [{ state }] = await this.orm.read(record.resModel, [record.resId], ["state"]);
        if (state === "issued") {
            // Whoever opened the dialog reads anew what is behind it.
            return this.action.doAction({ type: "ir.actions.act_window_close" });
        }
        for (const { message } of rows) {
            if (message) {
                this.notification.add(message, { type: "warning" });
            }
        }
        if (!(await record.isDirty())) {
            await record.load();
        }
    }
}

const widgets = registry.category("view_widgets");
widgets.add("fapiao_drop", { component: FapiaoDropWidget });
widgets.add("fapiao_upload", { component: FapiaoUploadWidget });
