import { browser } from "@web/core/browser/browser";
import { SessionExpiredDialog } from "@web/core/errors/error_dialogs";
import { registry } from "@web/core/registry";
import { LOGGED_OUT } from "./refusals";

/**
 * Keeps the page, and what is typed there, of who was logged out meanwhile.
 *
 * Core only knows to load the page anew. Outside of our app it goes on doing so.
 */
export class LoggedOutDialog extends SessionExpiredDialog {
    static template = "invoice_crm_addon.LoggedOutDialog";

    setup() {
        this.isInApp = document.body.classList.contains("o_invoice_app");
        this.sentence = LOGGED_OUT.toString();
    }

    logIn() {
        browser.open("/web/login", "_blank");
        this.props.close();
    }
}

registry
    .category("error_dialogs")
    .add("odoo.http.SessionExpiredException", LoggedOutDialog, { force: true });
