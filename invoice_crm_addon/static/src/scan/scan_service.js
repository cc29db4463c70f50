import { browser } from "@web/core/browser/browser";
import { ConfirmationDialog } from "@web/core/confirmation_dialog/confirmation_dialog";
import { _t } from "@web/core/l10n/translation";
import { RPCError } from "@web/core/network/rpc";
import { registry } from "@web/core/registry";

const APP = "invoice_crm_addon.menu_ticket_root";
/** Nobody types as fast as this: milliseconds from key to key, and keys that are enough to tell. */
export const scanner = { pace: 35, length: 8, now: () => Date.now() };
const SEARCH = ".o_searchview_input";

/**
 * Tells a scanner from a person where both type into the search, which lists focus by themselves.
 *
 * Everywhere else core's barcode service tells them apart: it leaves alone what is typed into a
 * field.
 *
 * @param {function(string)} onCode told of what a scanner typed into the search
 */
function watchSearch(onCode) {
    let text = "";
    let last = 0;
    browser.addEventListener(
        "keydown",
        (ev) => {
            if (!ev.target?.matches?.(SEARCH) || ev.isComposing || ev.ctrlKey || ev.metaKey) {
                text = "";
                return;
            }
            const now = scanner.now();
            const isFast = now - last <= scanner.pace;
            last = now;
            if (ev.key === "Enter") {
                const isScanned = isFast && text.length >= scanner.length;
                if (isScanned && ev.target.value === text) {
                    ev.preventDefault();
                    ev.stopPropagation();
                    ev.target.value = "";
                    ev.target.dispatchEvent(new InputEvent("input", { bubbles: true }));
                    onCode(text);
                }
                text = "";
            } else if (ev.key.length === 1) {
                text = isFast ? text + ev.key : ev.key;
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
 * `read(text)` is for a camera. Lists and forms say with `target` which tickets are selected.
 */
export const scanService = {
    dependencies: ["action", "barcode", "dialog", "menu", "notification", "orm", "ui"],
    start(env, { action, barcode, dialog, menu, notification, orm, ui }) {
        const service = {
            /** Of what is on the screen: the IDs of the selected tickets. */
            target: null,
            get isInApp() {
                return menu.getCurrentApp()?.xmlid === APP;
            },
            read,
        };
        let isReading = false;

        async function read(text) {
            if (isReading) {
                return;
            }
            isReading = true;
            try {
                const answer = await orm.call("invoice.scanner", "read_code", [
                    text,
                    service.target?.() || [],
                ]);
                if (answer.question) {
                    dialog.add(ConfirmationDialog, {
                        title: _t("Scanned Code"),
                        body: answer.question,
                        confirmLabel: _t("Create"),
                        cancelLabel: _t("Discard"),
                        confirm: () => action.doAction(answer.action),
                        cancel: () => {},
                    });
                } else {
                    await action.doAction(answer.action);
                }
            } catch (error) {
                // A sentence of the server is what a scan is answered with; it waits for no click.
                if (!(error instanceof RPCError) || !error.data?.message) {
                    throw error;
                }
                notification.add(error.data.message, { type: "warning" });
            } finally {
                isReading = false;
            }
        }

        function onScanned(text) {
            // A dialog asks for something else.
            if (service.isInApp && ui.activeElement === document) {
                read(text);
            }
        }

        barcode.bus.addEventListener("barcode_scanned", (ev) => onScanned(ev.detail.barcode));
        watchSearch(onScanned);
        return service;
    },
};

registry.category("services").add("invoice_scan", scanService);
