import { onWillUnmount, useEffect } from "@odoo/owl";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { FormController } from "@web/views/form/form_controller";
import { formView } from "@web/views/form/form_view";

const REFRESH_DELAY = 2000;

/** The form of a job looks again while the state is "waiting"; the panel follows the job, too. */
export class JobFormController extends FormController {
    setup() {
        super.setup();
        this.jobs = useService("fapiao_import");
        const timer = setInterval(() => this.refresh(), REFRESH_DELAY);
        onWillUnmount(() => clearInterval(timer));
        useEffect(
            (id, state) => {
                if (state === "waiting") {
                    this.jobs.watch(this.props.resModel, id);
                }
            },
            () => [this.model.root?.resId, this.model.root?.data.state]
        );
    }

    async refresh() {
        const { root } = this.model;
        if (root?.data.state !== "waiting" || document.hidden || this.refreshing) {
            return;
        }
        this.refreshing = true;
        try {
            await root.load();
        } finally {
            this.refreshing = false;
        }
    }
}

registry.category("views").add("invoice_job_form", {
    ...formView,
    Controller: JobFormController,
});
