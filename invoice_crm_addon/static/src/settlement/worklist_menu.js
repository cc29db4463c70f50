import { useState } from "@odoo/owl";
import { useBus, useService } from "@web/core/utils/hooks";
import { patch } from "@web/core/utils/patch";
import { NavBar } from "@web/webclient/navbar/navbar";

const APP = "invoice_crm_addon.menu_ticket_root";

/** The menu of the app says how much waits in each worklist. */
patch(NavBar.prototype, {
    setup() {
        super.setup();
        this.worklist = useService("invoice_worklist");
        this.worklistState = useState(this.worklist.state);
        const refresh = () => {
            if (this.currentApp?.xmlid === APP) {
                this.worklist.refresh();
            }
        };
        useBus(this.env.bus, "MENUS:APP-CHANGED", refresh);
        useBus(this.env.bus, "ACTION_MANAGER:UI-UPDATED", refresh);
    },

    /** The worklist behind a menu, if something waits in it. */
    getWaiting(menu) {
        return this.worklistState.counts[menu.xmlid];
    },
});
