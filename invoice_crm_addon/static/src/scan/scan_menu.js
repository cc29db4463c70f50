import { Component, useState, xml } from "@odoo/owl";
import { scanBarcode } from "@web/core/barcode/barcode_dialog";
import { isBarcodeScannerSupported } from "@web/core/barcode/barcode_video_scanner";
import { hasTouch } from "@web/core/browser/feature_detection";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useBus, useService } from "@web/core/utils/hooks";

/** Reads a code with the camera of a phone, anywhere in the app. */
export class ScanMenu extends Component {
    static template = xml`
        <button t-if="state.isShown" type="button" class="o_scan_menu o-dropdown dropdown-toggle nav-link"
                t-att-title="label" t-att-aria-label="label" t-on-click="scan">
            <i class="fa fa-qrcode fa-lg" aria-hidden="true"/>
        </button>`;
    static props = {};

    setup() {
        this.service = useService("invoice_scan");
        this.label = _t("Scan a code");
        this.state = useState({ isShown: this.isUseful });
        useBus(this.env.bus, "MENUS:APP-CHANGED", () => (this.state.isShown = this.isUseful));
    }

    get isUseful() {
        return this.service.isInApp && hasTouch() && isBarcodeScannerSupported();
    }

    async scan() {
        const text = await scanBarcode(this.env);
        if (text) {
            await this.service.read(text);
        }
    }
}

registry.category("systray").add("invoice_scan", { Component: ScanMenu }, { sequence: 60 });
