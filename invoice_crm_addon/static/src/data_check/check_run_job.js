import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";

const TITLES = {
    waiting: _t("Checking the data"),
    done: _t("The data are checked"),
};

registry.category("invoice_jobs").add("invoice.check.run", {
    getTitle: ({ state }) => TITLES[state],
});
