import { useEffect } from "@odoo/owl";
import { registry } from "@web/core/registry";
import { FormController } from "@web/views/form/form_controller";
import { formView } from "@web/views/form/form_view";

/** A request that was decided makes room for the next one of the list that it was opened from. */
export class ApprovalRequestController extends FormController {
    setup() {
        super.setup();
        let decidable = false;
        useEffect(
            (resId, canDecide) => {
                const isDecided = resId && decidable === resId && !canDecide;
                decidable = canDecide ? resId : false;
                if (isDecided) {
                    this.moveOn();
                }
            },
            () => [this.model.root.resId, this.model.root.data.can_decide]
        );
    }

    async moveOn() {
        const { resId, resIds } = this.model.root;
        const offset = resIds.indexOf(resId) + 1;
        if (offset && offset < resIds.length) {
            await this.onPagerUpdate({ offset, resIds });
        }
    }
}

registry.category("views").add("approval_request_form", {
    ...formView,
    Controller: ApprovalRequestController,
});
