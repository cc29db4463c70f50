import { onWillUnmount, useEffect } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { FormController } from "@web/views/form/form_controller";
import { formView } from "@web/views/form/form_view";
import { listView } from "@web/views/list/list_view";
import { FileListController } from "../base/file_list_controller";

const MODEL = "invoice.customer.import";
const REFRESH_DELAY = 2000;
const RUNNING = ["checking", "running", "undoing"];
const TITLES = {
    checking: _t("Checking customers"),
    checked: _t("Customers are checked"),
    running: _t("Importing customers"),
    done: _t("Customers are imported"),
    undoing: _t("Taking customers back"),
    undone: _t("Customers are taken back"),
};

/** The list of imports takes a file of customers, dropped on it or chosen with a button. */
export class CustomerImportListController extends FileListController {
    get files() {
        return {
            model: MODEL,
            groups: ["invoice_crm_addon.group_ticket_user"],
            hint: _t("Drop a file of customers (Excel, CSV) here"),
            accept: ".xlsx,.xlsm,.csv,.txt,.tsv",
        };
    }

    async take(files) {
        if (files.length > 1) {
            this.notification.add(_t("Drop one file at a time."), { type: "warning" });
            return;
        }
        await super.take(files);
    }

    async open([id]) {
        const action = await this.model.orm.call(MODEL, "start", [id]);
        await this.actionService.doAction(action);
    }

    async downloadTemplate() {
        const action = await this.model.orm.call(MODEL, "action_download_template", []);
        await this.actionService.doAction(action);
    }
}

/** The form of an import looks again while a job is at work; the panel follows the job, too. */
export class CustomerImportFormController extends FormController {
    setup() {
        super.setup();
        this.imports = useService("fapiao_import");
        this.timer = setInterval(() => this.refresh(), REFRESH_DELAY);
        onWillUnmount(() => clearInterval(this.timer));
        useEffect(
            (id, state) => {
                if (RUNNING.includes(state)) {
                    this.imports.watch(MODEL, id);
                }
            },
            () => [this.model.root?.resId, this.model.root?.data.state]
        );
    }

    async refresh() {
        const { root } = this.model;
        if (RUNNING.includes(root?.data.state) && !document.hidden) {
            await root.load();
        }
    }
}

const views = registry.category("views");
views.add("invoice_customer_import_list", {
    ...listView,
    Controller: CustomerImportListController,
    buttonTemplate: "invoice_crm_addon.CustomerImportList.Buttons",
});
views.add("invoice_customer_import_form", {
    ...formView,
    Controller: CustomerImportFormController,
});

registry.category("invoice_jobs").add(MODEL, {
    getTitle: ({ state, done, total, is_over }) =>
        is_over ? TITLES[state] : _t("%(what)s: %(done)s of %(total)s", { what: TITLES[state], done, total }),
});
