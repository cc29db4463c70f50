import { barcodeService } from "@barcodes/barcode_service";
import { browser } from "@web/core/browser/browser";
import { ConfirmationDialog } from "@web/core/confirmation_dialog/confirmation_dialog";
import { _t } from "@web/core/l10n/translation";
import { RPCError } from "@web/core/network/rpc";
import { registry } from "@web/core/registry";
import { getRefusal } from "../base/refusals";

const APP = "invoice_crm_addon.menu_ticket_root";
/**
 * Nobody types as fast as `pace`: milliseconds from key to key. A radio link slows keys down, as
 * far as core's barcode service allows; what comes so must look like a code. `length`: keys that
 * are enough to tell.
 */
export const scanner = {
    pace: 35,
    slowPace: barcodeService.maxTimeBetweenKeysInMs,
    length: 8,
    /** When the key was pressed: a busy page hears of it later. */
    now: (ev) => ev.timeStamp,
};
/** Eight digits and no blank: numbers of invoices and parcels, and what stands in QR codes. */
const CODE = /^(?=(?:\D*\d){8})\S+$/;
/** A dialog that is searched takes what is scanned there itself. */
const SEARCH = ".o_searchview_input:not(.o_dialog *)";
/** Who selected rows left the keyboard on their boxes. */
const BOX = "input[type=checkbox], input[type=radio]";

/**
 * Tells a scanner from a person where both type into the search, which lists focus by themselves,
 * and hears it on boxes, where nobody types.
 *
 * Everywhere else core's barcode service tells them apart: it leaves alone what is typed into a
 * field, and takes a box for one.
 *
 * @param {function(string)} onCode told of what a scanner typed there
 */
function watchInputs(onCode) {
    let text = "";
    let last = 0;
    let isQuick = true;
    browser.addEventListener(
        "keydown",
        (ev) => {
            const isBox = ev.target?.matches?.(BOX);
            const isWatched = isBox || ev.target?.matches?.(SEARCH);
            if (!isWatched || ev.isComposing || ev.ctrlKey || ev.metaKey) {
                text = "";
                return;
            }
            const now = scanner.now(ev);
            const delay = now - last;
            const isFast = delay <= scanner.slowPace;
            last = now;
            isQuick &&= delay <= scanner.pace;
            if (ev.key === "Enter") {
                const isScanned =
                    isFast && text.length >= scanner.length && (isQuick || CODE.test(text));
                if (isScanned && (isBox || ev.target.value === text)) {
                    ev.preventDefault();
                    ev.stopPropagation();
                    if (!isBox) {
                        ev.target.value = "";
                        ev.target.dispatchEvent(new InputEvent("input", { bubbles: true }));
                    }
                    onCode(text);
                }
                text = "";
            } else if (ev.key.length === 1) {
                text = isFast ? text + ev.key : ev.key;
                isQuick ||= text.length === 1;
            } else if (ev.key !== "Shift") {
                text = "";
            }
        },
        { capture: true }
    );
}

/**
 * Reads codes that are scanned anywhere in the app, and opens what they stand for.
 *
 * `read(text)` is for a camera. Lists and forms say in `targets` which tickets are selected.
 */
export const scanService = {
    dependencies: ["action", "barcode", "dialog", "menu", "notification", "orm", "ui"],
    start(env, { action, barcode, dialog, menu, notification, orm, ui }) {
        const service = {
            /** Of what is on the screen, the uppermost last: gives the IDs of the selected tickets. */
            targets: [],
            get isInApp() {
                return menu.getCurrentApp()?.xmlid === APP;
            },
            read,
        };
        const waiting = [];
        let isAsking = false;
        let queue = Promise.resolve();

        /** A dialog asks for something else. */
        function isOccupied() {
            return isAsking || ui.activeElement !== document;
        }

        function sayUnread(text) {
            const message = _t("“%s” was not read: finish the dialog first, then scan again.", text);
            notification.add(message, { type: "warning" });
        }

        /** One after the other: a scanner does not wait for an answer. */
        function read(text) {
            if (!waiting.includes(text)) {
                const isAfter = waiting.push(text) > 1;
                queue = queue
                    .catch(() => {}) // said by whoever read it
                    .then(() => readNext(text, isAfter))
                    .finally(() => waiting.splice(waiting.indexOf(text), 1));
            }
            return queue;
        }

        async function readNext(text, isAfter) {
            if (isAfter && isOccupied()) {
                sayUnread(text);
                return;
            }
            try {
                const answer = await orm.call("invoice.scanner", "read_code", [
                    text,
                    service.targets.at(-1)?.() || [],
                ]);
                if (answer.question) {
                    isAsking = true;
                    const question = {
                        title: _t("Scanned Code"),
                        body: answer.question,
                        confirmLabel: _t("Create"),
                        cancelLabel: _t("Discard"),
                        confirm: () => action.doAction(answer.action),
                        cancel: () => {},
                    };
                    dialog.add(ConfirmationDialog, question, {
                        onClose: () => (isAsking = false),
                    });
                } else {
                    await action.doAction(answer.action);
                }
            } catch (error) {
                // A sentence of the server is what a scan is answered with; it waits for no click.
                if (!(error instanceof RPCError) || !error.data?.message) {
                    throw error;
                }
                notification.add(getRefusal(error), { type: "warning" });
            }
        }

        function onScanned(text) {
            if (!service.isInApp) {
                return;
            }
            if (isOccupied()) {
                sayUnread(text);
            } else {
                read(text);
            }
        }

        barcode.bus.addEventListener("barcode_scanned", (ev) => onScanned(ev.detail.barcode));
        watchInputs(onScanned);
        return service;
    },
};

registry.category("services").add("invoice_scan", scanService);
