import { Component, xml } from "@odoo/owl";
import { scanBarcode } from "@web/core/barcode/barcode_dialog";
import { isBarcodeScannerSupported } from "@web/core/barcode/barcode_video_scanner";
import { registry } from "@web/core/registry";
import { standardWidgetProps } from "@web/views/widgets/standard_widget_props";

/** Reads a QR code with the camera into the text of the wizard. */
export class BillingScan extends Component {
    static template = xml`
        <button t-if="isSupported" type="button" class="btn btn-secondary" t-on-click="scan">
            <i class="fa fa-qrcode" aria-hidden="true"/> Scan
        </button>`;
    static props = { ...standardWidgetProps };

    setup() {
        this.isSupported = isBarcodeScannerSupported();
    }

    async scan() {
        const text = await scanBarcode(this.env);
        if (text) {
            await this.props.record.update({ text, file: false });
        }
    }
}

registry.category("view_widgets").add("billing_scan", { component: BillingScan });
