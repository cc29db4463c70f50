import { onWillDestroy } from "@odoo/owl";
import { browser } from "@web/core/browser/browser";
import { Dialog } from "@web/core/dialog/dialog";
import { patch } from "@web/core/utils/patch";

let lastFocused = null;
document.addEventListener("focusin", ({ target }) => {
    lastFocused = target.closest(".o_dialog") ? lastFocused : target;
});

/**
 * In our app the keyboard goes back to the button that opened a dialog.
 *
 * Core disables the buttons of a form while one of them acts: the button loses the keyboard before
 * the dialog can know of it, and who closes the dialog stands at the top of the page.
 */
patch(Dialog.prototype, {
    setup() {
        super.setup();
        const opener = lastFocused;
        onWillDestroy(() =>
            browser.setTimeout(() => {
                const { activeElement, body } = document;
                if (activeElement === body && body.classList.contains("o_invoice_app")) {
                    opener?.focus();
                }
            })
        );
    },
});
