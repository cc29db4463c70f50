import { onWillDestroy } from "@odoo/owl";
import { browser } from "@web/core/browser/browser";
import { Dialog } from "@web/core/dialog/dialog";
import { patch } from "@web/core/utils/patch";

/** What had the keyboard last, and what of the page below all dialogs. */
let last = null;
let lastOnPage = null;
document.addEventListener("focusin", ({ target }) => {
    last = target;
    lastOnPage = target.closest(".o_dialog") ? lastOnPage : target;
});

/**
 * In our app the keyboard goes back to the button that opened a dialog.
 *
 * Core disables the buttons of a form while one of them acts: the button loses the keyboard before
 * the dialog can know of it, and who closes the dialog stands at the top of the page. A button
 * may be gone with a dialog of its own.
 */
patch(Dialog.prototype, {
    setup() {
        super.setup();
        const openers = [last, lastOnPage];
        onWillDestroy(() =>
            browser.setTimeout(() => {
                const { activeElement, body } = document;
                if (activeElement !== body || !body.classList.contains("o_invoice_app")) {
                    return;
                }
                const left = [...document.querySelectorAll(".o_dialog")].at(-1);
                openers.find((el) => el?.isConnected && (!left || left.contains(el)))?.focus();
            })
        );
    },
});
