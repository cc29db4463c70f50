import { onWillStart } from "@odoo/owl";
import { user } from "@web/core/user";
import { patch } from "@web/core/utils/patch";
import { SettlementPage } from "./settlement_page";

/** Whoever looks at what a customer owes reminds of it from there. */
patch(SettlementPage.prototype, {
    setup() {
        super.setup();
        onWillStart(async () => {
            this.canRemind = await user.hasGroup("invoice_crm_addon.group_ticket_user");
        });
    },

    async remind() {
        const action = await this.orm.call("res.partner", "action_remind", [[this.partnerId]]);
        await this.action.doAction(action, { onClose: () => this.load() });
    },
});
