import { Component, useEffect, useRef, xml } from "@odoo/owl";
import { scanBarcode } from "@web/core/barcode/barcode_dialog";
import { isBarcodeScannerSupported } from "@web/core/barcode/barcode_video_scanner";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { checkFileSize } from "@web/core/utils/files";
import { useService } from "@web/core/utils/hooks";
import { getDataURLFromFile } from "@web/core/utils/urls";
import { standardWidgetProps } from "@web/views/widgets/standard_widget_props";

/** Reads a QR code with the camera into the text of the wizard. */
export class BillingScan extends Component {
    static template = xml`
        <button t-if="isSupported" type="button" class="btn btn-secondary" data-hotkey="b" t-on-click="scan">
            <i class="fa fa-qrcode" aria-hidden="true"/> <t t-out="label"/>
        </button>`;
    static props = { ...standardWidgetProps };

    setup() {
        this.isSupported = isBarcodeScannerSupported();
        // Text of a template that stands in a script is not translated.
        this.label = _t("Scan");
    }

    async scan() {
        const text = await scanBarcode(this.env);
        if (text) {
            await this.props.record.update({ text, file: false });
        }
    }
}

registry.category("view_widgets").add("billing_scan", { component: BillingScan });

/**
 * Has the whole dialog take one file: dropped anywhere on it, or pasted, as a screenshot is.
 *
 * Text that is pasted goes where the cursor is, as ever.
 */
export class BillingDrop extends Component {
    static template = xml`
        <span t-ref="root" class="o_billing_drop text-muted" t-out="hint"/>`;
    static props = { ...standardWidgetProps };

    setup() {
        this.notification = useService("notification");
        this.root = useRef("root");
        this.hint = _t("Drop a file anywhere here, or paste a screenshot.");
        useEffect(
            (el) => el && this.listen(el),
            () => [this.root.el?.closest(".modal-content, .o_form_view")]
        );
    }

    listen(el) {
        el.dataset.fapiaoDrop = _t("Drop a picture of a QR code, or an e-invoice, here");
        const highlight = (isOn) => el.classList.toggle("o_fapiao_dropping", isOn);
        const hasFiles = (data) => data?.types.includes("Files");
        const listeners = {
            dragover: (ev) => {
                if (hasFiles(ev.dataTransfer)) {
                    ev.preventDefault();
                    highlight(true);
                }
            },
            dragleave: (ev) => !el.contains(ev.relatedTarget) && highlight(false),
            drop: (ev) => {
                highlight(false);
                if (hasFiles(ev.dataTransfer)) {
                    ev.preventDefault();
                    this.take([...ev.dataTransfer.files]);
                }
            },
            paste: (ev) => {
                if (ev.clipboardData?.files.length && !ev.clipboardData.getData("text/plain")) {
                    ev.preventDefault();
                    this.take([...ev.clipboardData.files]);
                }
            },
        };
        for (const [name, listener] of Object.entries(listeners)) {
            el.addEventListener(name, listener);
        }
        return () => {
            for (const [name, listener] of Object.entries(listeners)) {
                el.removeEventListener(name, listener);
            }
        };
    }

    async take(files) {
        if (files.length > 1) {
            this.notification.add(_t("Drop one file at a time."), { type: "warning" });
            return;
        }
        const [file] = files;
        if (!file || !checkFileSize(file.size, this.notification)) {
            return;
        }
        const url = await getDataURLFromFile(file);
        await this.props.record.update({ file: url.split(",")[1], filename: file.name });
    }
}

registry.category("view_widgets").add("billing_drop", { component: BillingDrop });
