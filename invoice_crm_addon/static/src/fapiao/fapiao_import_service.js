import { EventBus, reactive } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { session } from "@web/session";
import { getRefusal, readUpload } from "../base/refusals";

const POLL_DELAY = 2000;
const MAX_MISSES = 10;

/**
 * Jobs on the server that the panel follows, by the model that says how far they are with
 * `get_progress`. Each gives a `getTitle` of what that answers: `name`, `state`, `done`, `total`,
 * `is_over` and `counts`, pairs of a label and a number.
 */
export const invoiceJobs = registry.category("invoice_jobs");

invoiceJobs.addValidation({ getTitle: Function });

/**
 * Brings e-invoice files to the server and follows what becomes of each.
 *
 * A few files are read one after the other while the user looks on. Many are read by a job: the
 * service then asks how far it is, and the panel can be closed meanwhile. Other jobs, such as an
 * import of customers, are followed in the same way.
 */
export class FapiaoImports {
    constructor({ orm, http }) {
        this.orm = orm;
        this.http = http;
        this.bus = new EventBus();
        this.state = reactive({ uploads: [], isFolded: false });
        this.nextKey = 1;
    }

    /**
     * @param {File[]} files
     * @param {Object} target what they were dropped on
     * @param {number|false} [target.ticket_id]
     * @param {number|false} [target.partner_id]
     */
    async add(files, target = {}) {
        if (!files.length) {
            return;
        }
        this.state.isFolded = false;
        this.state.uploads.unshift({
            key: this.nextKey++,
            id: false,
            isDone: false,
            inBackground: false,
            rows: files.map((file) => ({
                key: this.nextKey++,
                name: file.name,
                outcome: "uploading",
                message: "",
            })),
        });
        const upload = this.state.uploads[0];
        try {
            const ids = await this.send(files, upload);
            if (ids.length) {
                await this.read(upload, ids, target);
            }
        } finally {
            upload.isDone = true;
            this.bus.trigger("done", { rows: upload.rows, target });
        }
    }

    close(upload) {
        // By key: the panel holds a reactive view of its own of the same upload.
        this.state.uploads = this.state.uploads.filter(({ key }) => key !== upload.key);
    }

    async undo(row) {
        await this.orm.call("invoice.fapiao.file", "action_undo", [[row.id]]);
        await this.refresh([row]);
        this.bus.trigger("done");
    }

    /** Fetch what became of files, after something was done with them. */
    async refresh(rows) {
        const ids = rows.map((row) => row.id);
        const fresh = await this.orm.silent.call("invoice.fapiao.file", "get_rows", [ids]);
        for (const values of fresh) {
            Object.assign(rows.find((row) => row.id === values.id), values);
        }
    }

    /** Files that waited for a decision may have been decided on a form. */
    async refreshUndecided() {
        const rows = this.state.uploads
            .flatMap((upload) => upload.rows)
            .filter((row) => row.outcome === "undecided");
        if (rows.length) {
            await this.refresh(rows);
        }
    }

    async send(files, upload) {
        const ids = [];
        for (const [index, file] of files.entries()) {
            const row = upload.rows[index];
            try {
                ids.push(await this.sendOne(file));
                row.outcome = "uploaded";
            } catch (error) {
                Object.assign(row, this.fail(row, error));
            }
        }
        upload.failed = upload.rows.filter((row) => row.outcome === "failed");
        return ids;
    }

    async sendOne(file) {
        if (file.size > session.max_file_upload_size) {
            throw new Error(_t("The file is too large to be uploaded."));
        }
        const answer = await this.http.post(
            "/web/binary/upload_attachment",
            { csrf_token: odoo.csrf_token, ufile: [file], model: "invoice.ticket", id: 0 },
            "text"
        );
        const result = readUpload(answer);
        const error = result.error || result[0]?.error;
        if (error) {
            throw new Error(error);
        }
        return result[0].id;
    }

    async read(upload, ids, target) {
        try {
            this.show(upload, await this.orm.call("invoice.fapiao.batch", "start", [ids], target));
        } catch (error) {
            upload.rows = upload.rows.map((row) =>
                row.outcome === "failed" ? row : this.fail(row, error)
            );
            return;
        }
        if (upload.inBackground) {
            await this.follow(upload);
        } else {
            await this.readEach(upload);
        }
    }

    async readEach(upload) {
        let row;
        while ((row = upload.rows.find((row) => row.outcome === "waiting"))) {
            try {
                const fresh = await this.orm.call("invoice.fapiao.file", "action_read", [[row.id]]);
                this.replace(upload, row, fresh);
            } catch (error) {
                Object.assign(row, this.fail(row, error));
            }
        }
    }

    async follow(upload) {
        const isOver = () => !upload.rows.some((row) => row.outcome === "waiting");
        const ask = async () => {
            const args = [[upload.id]];
            this.show(
                upload,
                await this.orm.silent.call("invoice.fapiao.batch", "get_progress", args)
            );
        };
        const fail = (error) => {
            upload.rows = upload.rows.map((row) =>
                row.outcome === "waiting" ? this.fail(row, error) : row
            );
        };
        await this.poll(upload, isOver, ask, fail);
    }

    /**
     * Show how far a job is, and what came of it. It goes on when the panel is closed.
     *
     * @param {string} model one of `invoice_jobs`
     * @param {number} id
     */
    async watch(model, id) {
        if (this.state.uploads.some(({ job, isDone }) => job?.id === id && job.model === model && !isDone)) {
            return;
        }
        this.state.uploads.unshift({
            key: this.nextKey++,
            id: false,
            isDone: false,
            inBackground: true,
            rows: [],
            job: { model, id, done: 0, total: 0, counts: [], is_over: false },
        });
        const upload = this.state.uploads[0];
        const ask = async () =>
            Object.assign(upload.job, await this.orm.silent.call(model, "get_progress", [[id]]));
        const fail = (error) => {
            const name = getRefusal(error);
            Object.assign(upload.job, { name, is_over: true, error: true });
        };
        await ask().catch(() => {}); // It is asked again soon.
        await this.poll(upload, () => upload.job.is_over, ask, fail);
        upload.isDone = true;
        this.bus.trigger("done");
    }

    /** Ask again and again until it is over, or nobody looks on any more. */
    async poll(upload, isOver, ask, fail) {
        let misses = 0;
        while (!isOver()) {
            await new Promise((resolve) => setTimeout(resolve, POLL_DELAY * (1 + misses)));
            if (!this.state.uploads.some(({ key }) => key === upload.key)) {
                return; // The panel was closed; the job goes on.
            }
            try {
                await ask();
                misses = 0;
            } catch (error) {
                // The connection may be back soon; the job goes on meanwhile.
                if (++misses > MAX_MISSES) {
                    fail(error);
                }
            }
        }
    }

    /** A file of several invoices is replaced by one for each of them. */
    replace(upload, row, fresh) {
        const own = fresh.find((values) => values.id === row.id);
        if (own) {
            Object.assign(row, own);
            return;
        }
        const rows = fresh.map((values) => ({ key: `file_${values.id}`, ...values }));
        upload.rows = upload.rows.flatMap((known) => (known.key === row.key ? rows : [known]));
    }

    show(upload, progress) {
        upload.id = progress.id;
        upload.inBackground = progress.in_background;
        const rows = progress.files.map((row) => ({ key: `file_${row.id}`, ...row }));
        upload.rows = [...upload.failed, ...rows];
    }

    fail(row, error) {
        return { ...row, outcome: "failed", message: getRefusal(error) };
    }
}

export const fapiaoImportService = {
    dependencies: ["orm", "http"],
    start(env, services) {
        return new FapiaoImports(services);
    },
};

registry.category("services").add("fapiao_import", fapiaoImportService);
