import { onMounted, onWillUnmount, useExternalListener } from "@odoo/owl";
import { browser } from "@web/core/browser/browser";
import { SessionExpiredDialog } from "@web/core/errors/error_dialogs";
import { registry } from "@web/core/registry";
import { LOGGED_OUT } from "./refusals";

/** The one that is shown: all that is asked of the server meanwhile is refused in the same way. */
let shown = null;

/**
 * Keeps the page, and what is typed there, of who was logged out meanwhile.
 *
 * Core only knows to load the page anew. Outside of our app it goes on doing so. It stays while the
 * other tab is looked at, as forms are saved when their page is left.
 */
export class LoggedOutDialog extends SessionExpiredDialog {
    static template = "invoice_crm_addon.LoggedOutDialog";

    setup() {
        this.isInApp = document.body.classList.contains("o_invoice_app");
        this.sentence = LOGGED_OUT.toString();
        this.isAway = false;
        useExternalListener(document, "visibilitychange", () => this.onVisibilityChange());
        onMounted(() => {
            if (this.isInApp && shown) {
                this.props.close();
            } else {
                shown = this;
            }
        });
        onWillUnmount(() => {
            shown = shown === this ? null : shown;
        });
    }

    logIn() {
        this.isAway = true;
        browser.open("/web/login", "_blank");
    }

    onVisibilityChange() {
        if (this.isAway && document.visibilityState === "visible") {
            this.props.close();
        }
    }
}

registry
    .category("error_dialogs")
    .add("odoo.http.SessionExpiredException", LoggedOutDialog, { force: true });
