import { onMounted, onWillUnmount } from "@odoo/owl";
import { useService } from "@web/core/utils/hooks";

/**
 * Says which records of the screen a scanned code is about.
 *
 * @param {function(): number[]} getIds
 */
export function useScanTarget(getIds) {
    const scan = useService("invoice_scan");
    // A dialog has one of its own, and then that of what is behind it counts again.
    onMounted(() => scan.targets.push(getIds));
    onWillUnmount(() => {
        scan.targets = scan.targets.filter((target) => target !== getIds);
    });
}

/** A view whose selected or opened tickets are those that a scanned parcel carries. */
export function withScanTarget(view) {
    class Controller extends view.Controller {
        setup() {
            super.setup();
            useScanTarget(() => this.getScannedIds());
        }

        getScannedIds() {
            const { root } = this.model;
            if (this.props.resModel !== "invoice.ticket") {
                return [];
            }
            const selected = root.selection || [root];
            // Of a list without a selection, the ticket in the panel beside it.
            const records = selected.length ? selected : [this.recordPanel || {}];
            return records.map(({ resId }) => resId).filter(Boolean);
        }
    }
    return { ...view, Controller };
}
