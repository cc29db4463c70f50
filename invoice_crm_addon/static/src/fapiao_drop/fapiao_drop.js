import { onWillStart, useEffect } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { user } from "@web/core/user";
import { useService } from "@web/core/utils/hooks";
import { FapiaoResultDialog } from "./fapiao_result_dialog";

const FINANCE_GROUP = "invoice_crm_addon.group_ticket_finance";

/**
 * Lets finance drop e-invoice files on a view, or choose them with a button.
 *
 * @param {Object} rootRef reference to the element that takes the files
 * @param {Object} options
 * @param {() => number|false} [options.getTicketId] ticket that the files belong to, if any
 * @param {() => Promise} options.onDone called once the results were read
 * @returns {{isAllowed: boolean, choose: Function}}
 */
export function useFapiaoDrop(rootRef, { getTicketId = () => false, onDone }) {
    const orm = useService("orm");
    const http = useService("http");
    const dialog = useService("dialog");
    const notification = useService("notification");
    const ui = useService("ui");
    const state = { isAllowed: false, choose };

    onWillStart(async () => {
        state.isAllowed = await user.hasGroup(FINANCE_GROUP);
    });

    useEffect(
        (el) => {
            if (!el || !state.isAllowed) {
                return;
            }
            el.dataset.fapiaoDrop = _t("Drop e-invoice files (XML, OFD, PDF or pictures) here");
            const listeners = { dragover: onDragOver, dragleave: onDragLeave, drop: onDrop };
            for (const [name, listener] of Object.entries(listeners)) {
                el.addEventListener(name, listener);
            }
            return () => {
                for (const [name, listener] of Object.entries(listeners)) {
                    el.removeEventListener(name, listener);
                }
            };
        },
        () => [rootRef.el]
    );

    function isForUs(ev) {
        // The chatter takes files of its own.
        return (
            ev.dataTransfer?.types.includes("Files") && !ev.target.closest(".o-mail-Chatter")
        );
    }

    function highlight(isOn) {
        rootRef.el?.classList.toggle("o_fapiao_dropping", isOn);
    }

    function onDragOver(ev) {
        if (isForUs(ev)) {
            ev.preventDefault();
            highlight(true);
        } else {
            highlight(false);
        }
    }

    function onDragLeave(ev) {
        if (!rootRef.el.contains(ev.relatedTarget)) {
            highlight(false);
        }
    }

    async function onDrop(ev) {
        if (isForUs(ev)) {
            ev.preventDefault();
            highlight(false);
            await read([...ev.dataTransfer.files]);
        }
    }

    function choose() {
        const input = document.createElement("input");
        input.type = "file";
        input.multiple = true;
        input.accept = ".xml,.ofd,.pdf,image/*";
        input.addEventListener("change", () => read([...input.files]));
        input.click();
    }

    async function upload(files) {
        const params = { csrf_token: odoo.csrf_token, ufile: files, model: "invoice.ticket", id: 0 };
        const answer = await http.post("/web/binary/upload_attachment", params, "text");
        const attachments = JSON.parse(answer);
        const failed = attachments.error || attachments.find?.((a) => a.error)?.error;
        if (failed) {
            throw new Error(failed);
        }
        return attachments;
    }

    async function read(files) {
        if (!files.length) {
            return;
        }
        ui.block({ message: _t("Reading %s file(s)…", files.length) });
        let results;
        let attachments;
        try {
            attachments = await upload(files);
            results = await importAttachments(attachments.map((attachment) => attachment.id));
        } catch (error) {
            if (error.exceptionName) {
                throw error; // A server error has a dialog of its own.
            }
            notification.add(error.message, { type: "danger" });
            return;
        } finally {
            ui.unblock();
        }
        const nameById = Object.fromEntries(attachments.map((a) => [a.id, a.filename]));
        dialog.add(
            FapiaoResultDialog,
            {
                results: results.map((result) => ({
                    ...result,
                    filename: nameById[result.attachment_id],
                })),
            },
            { onClose: onDone }
        );
    }

    async function importAttachments(ids) {
        const ticketId = getTicketId();
        if (!ticketId) {
            return orm.call("invoice.ticket", "import_fapiao", [ids]);
        }
        const results = [];
        for (const id of ids) {
            results.push(await orm.call("invoice.ticket", "action_read_fapiao", [[ticketId], id]));
        }
        return results;
    }

    return state;
}
