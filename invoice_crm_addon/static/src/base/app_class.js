import { registry } from "@web/core/registry";

const APP = "invoice_crm_addon.menu_ticket_root";

/** Style sheets know by a class of the page that it shows our app: what others show stays theirs. */
export const appClassService = {
    dependencies: ["menu"],
    start(env, { menu }) {
        const mark = () => {
            const isOurs = menu.getCurrentApp()?.xmlid === APP;
            document.body.classList.toggle("o_invoice_app", isOurs);
        };
        env.bus.addEventListener("MENUS:APP-CHANGED", mark);
        mark();
    },
};

registry.category("services").add("invoice_app_class", appClassService);
