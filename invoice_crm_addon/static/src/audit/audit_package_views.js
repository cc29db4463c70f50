import { onWillUnmount, useEffect } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { FormController } from "@web/views/form/form_controller";
import { formView } from "@web/views/form/form_view";

const MODEL = "invoice.audit.package";
const REFRESH_DELAY = 2000;
const TITLES = {
    waiting: _t("Making the audit package"),
    done: _t("The audit package is made"),
    failed: _t("The audit package could not be made"),
};

/** The form of a package looks again while a job makes it; the panel follows the job, too. */
export class AuditPackageFormController extends FormController {
    setup() {
        super.setup();
        this.jobs = useService("fapiao_import");
        const timer = setInterval(() => this.refresh(), REFRESH_DELAY);
        onWillUnmount(() => clearInterval(timer));
        useEffect(
            (id, state) => {
                if (state === "waiting") {
                    this.jobs.watch(MODEL, id);
                }
            },
            () => [this.model.root?.resId, this.model.root?.data.state]
        );
    }

    async refresh() {
        const { root } = this.model;
        if (root?.data.state === "waiting" && !document.hidden) {
            await root.load();
        }
    }
}

registry.category("views").add("invoice_audit_package_form", {
    ...formView,
    Controller: AuditPackageFormController,
});

registry.category("invoice_jobs").add(MODEL, {
    getTitle: ({ state }) => TITLES[state],
});
