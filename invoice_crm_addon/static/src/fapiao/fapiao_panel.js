import { Component, useState } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useBus, useService } from "@web/core/utils/hooks";
import { invoiceJobs } from "./fapiao_import_service";
import { getOutcome, getRank } from "./fapiao_outcomes";

/** How far the e-invoice files are that were dropped, wherever the user goes meanwhile. */
export class FapiaoPanel extends Component {
    static template = "invoice_crm_addon.FapiaoPanel";
    static props = {};

    setup() {
        this.imports = useService("fapiao_import");
        this.action = useService("action");
        this.state = useState(this.imports.state);
        useBus(this.env.bus, "ACTION_MANAGER:UI-UPDATED", () => this.imports.refreshUndecided());
    }

    getOutcome(row) {
        return getOutcome(row.outcome);
    }

    /** What needs somebody comes first once all is read; until then files stay in their places. */
    getRows(upload) {
        if (!upload.isDone) {
            return upload.rows;
        }
        return [...upload.rows].sort((a, b) => getRank(a) - getRank(b));
    }

    /** How many files there are of each outcome, the urgent ones first. */
    getCounts(upload) {
        const counts = {};
        for (const row of this.getRows(upload)) {
            counts[row.outcome] = (counts[row.outcome] || 0) + 1;
        }
        return Object.entries(counts).map(([outcome, count]) => ({
            outcome,
            count,
            ...getOutcome(outcome),
        }));
    }

    getDone(upload) {
        return upload.rows.filter((row) => !this.getOutcome(row).isRunning).length;
    }

    getPercent(upload) {
        if (upload.job) {
            return upload.job.total ? (100 * upload.job.done) / upload.job.total : 0;
        }
        return upload.rows.length ? (100 * this.getDone(upload)) / upload.rows.length : 100;
    }

    getTitle(upload) {
        if (upload.job) {
            return upload.job.state ? invoiceJobs.get(upload.job.model).getTitle(upload.job) : "";
        }
        const done = this.getDone(upload);
        const total = upload.rows.length;
        if (upload.isDone) {
            return total === 1 ? _t("1 e-invoice file") : _t("%s e-invoice files", total);
        }
        return _t("Reading e-invoice files: %(done)s of %(total)s", { done, total });
    }

    canClose(upload) {
        return upload.isDone || upload.inBackground;
    }

    get foldLabel() {
        return this.state.isFolded ? _t("Show the files") : _t("Hide the files");
    }

    openTicket(row) {
        return this.open("invoice.ticket", row.ticket_id);
    }

    openFile(row) {
        return this.open("invoice.fapiao.file", row.id);
    }

    open(model, id) {
        // It would lie over what is opened.
        this.state.isFolded = true;
        return this.action.doAction({
            type: "ir.actions.act_window",
            res_model: model,
            res_id: id,
            views: [[false, "form"]],
        });
    }

    openJob({ model, id }) {
        return this.open(model, id);
    }

    openAll(upload) {
        return this.action.doAction("invoice_crm_addon.invoice_fapiao_file_action", {
            additionalContext: { search_default_batch_id: upload.id },
        });
    }
}

registry.category("main_components").add("FapiaoPanel", { Component: FapiaoPanel });
