import { onWillStart, useEffect } from "@odoo/owl";
import { user } from "@web/core/user";
import { useService } from "@web/core/utils/hooks";
import { ListController } from "@web/views/list/list_controller";
import { readUpload } from "./refusals";

/**
 * A list that takes files, dropped on it or chosen with a button.
 *
 * A subclass says in `files` which: `model` that they are uploaded for, `groups` of which one is
 * enough, the `hint` while something is dragged over the list, the endings in `accept`, and whether
 * `multiple` are taken at once; and in `open(ids)` what becomes of the uploaded attachments.
 */
export class FileListController extends ListController {
    setup() {
        super.setup();
        this.http = useService("http");
        this.ui = useService("ui");
        this.notification = useService("notification");
        onWillStart(async () => {
            const isMember = await Promise.all(
                this.files.groups.map((group) => user.hasGroup(group))
            );
            this.canImport = isMember.includes(true);
        });
        useEffect(
            (el) => this.canImport && el && this.listen(el),
            () => [this.rootRef.el]
        );
    }

    listen(el) {
        el.dataset.fapiaoDrop = this.files.hint;
        const highlight = (isOn) => el.classList.toggle("o_fapiao_dropping", isOn);
        const listeners = {
            dragover: (ev) => {
                ev.preventDefault();
                highlight(true);
            },
            dragleave: (ev) => !el.contains(ev.relatedTarget) && highlight(false),
            drop: (ev) => {
                ev.preventDefault();
                highlight(false);
                this.take([...ev.dataTransfer.files]);
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

    choose() {
        const input = document.createElement("input");
        input.type = "file";
        input.multiple = Boolean(this.files.multiple);
        input.accept = this.files.accept;
        input.addEventListener("change", () => this.take([...input.files]));
        input.click();
    }

    /** Upload files, and open what comes of them. What is refused is said, and nothing is opened. */
    async take(files) {
        if (!files.length) {
            return;
        }
        this.ui.block();
        try {
            const answer = await this.http.post(
                "/web/binary/upload_attachment",
                { csrf_token: odoo.csrf_token, ufile: files, model: this.files.model, id: 0 },
                "text"
            );
            const results = readUpload(answer);
            const error = results.error || results.find?.((result) => result.error)?.error;
            if (error) {
                this.notification.add(error, { type: "danger" });
                return;
            }
            await this.open(results.map((result) => result.id));
        } finally {
            this.ui.unblock();
        }
    }
}
