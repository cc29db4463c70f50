import { Component, useState, xml } from "@odoo/owl";
import { browser } from "@web/core/browser/browser";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useBus, useService } from "@web/core/utils/hooks";

const APP = "invoice_crm_addon.menu_ticket_root";

/** Opens the manual at the chapter of the screen; the server knows which one, and the language. */
export class ManualMenu extends Component {
    static template = xml`
        <button t-if="state.isShown" type="button" class="o_manual_menu o-dropdown dropdown-toggle nav-link"
                t-att-title="label" t-att-aria-label="label" t-on-click="open">
            <i class="fa fa-question-circle-o fa-lg" aria-hidden="true"/>
        </button>`;
    static props = {};

    setup() {
        this.action = useService("action");
        this.menu = useService("menu");
        this.label = _t("Manual");
        this.state = useState({ isShown: this.isInApp });
        useBus(this.env.bus, "MENUS:APP-CHANGED", () => (this.state.isShown = this.isInApp));
    }

    get isInApp() {
        return this.menu.getCurrentApp()?.xmlid === APP;
    }

    open() {
        const { xml_id, res_model, tag } = this.action.currentController?.action || {};
        const at = [xml_id, res_model, tag].filter(Boolean).join();
        browser.open(`/invoice_crm/manual?at=${encodeURIComponent(at)}`, "_blank");
    }
}

registry.category("systray").add("invoice_manual", { Component: ManualMenu }, { sequence: 59 });
