import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";

const TITLES = {
    waiting: _t("Making the audit package"),
    done: _t("The audit package is made"),
    failed: _t("The audit package could not be made"),
};

registry.category("invoice_jobs").add("invoice.audit.package", {
    getTitle: ({ state }) => TITLES[state],
});
