import { reactive } from "@odoo/owl";
import { registry } from "@web/core/registry";

// After a click somewhere, figures that are younger than this are new enough.
const MAX_AGE = 15000;
const LISTS = ["invoice.worklist", "get_overview"];
const HOME = ["invoice.home", "get_home"];

/**
 * Worklists of the user with their figures, for the home page and the menu.
 *
 * Whoever shows them reads `state`: figures of the menu are no reason to tell anybody that they
 * could not be had.
 */
export const worklistService = {
    dependencies: ["orm"],
    start(env, { orm }) {
        const state = reactive({ currencyId: false, sections: [], counts: {}, home: null });
        let loadedOn = 0;
        let loading = null;

        async function fetchLists(isHome) {
            const [model, method] = isHome ? HOME : LISTS;
            const { currency_id, sections, ...home } = await orm.silent.call(model, method);
            const lists = sections.flatMap((section) => section.lists);
            if (isHome) {
                state.home = home;
            }
            state.currencyId = currency_id;
            state.sections = sections;
            state.counts = Object.fromEntries(
                lists.filter((list) => list.menu && list.count).map((list) => [list.menu, list])
            );
            loadedOn = Date.now();
        }

        /** One call at a time, whoever asks; what the home page reads is enough for the menu. */
        function load(isHome = false) {
            if (!loading || (isHome && !loading.isHome)) {
                const call = fetchLists(isHome).finally(() => {
                    loading = loading === call ? null : loading;
                });
                call.isHome = isHome;
                loading = call;
            }
            return loading;
        }

        async function refresh(isHome = false) {
            if (Date.now() - loadedOn < MAX_AGE) {
                return;
            }
            try {
                await load(isHome);
            } catch {
                state.counts = {};
            }
        }

        return { state, load, refresh };
    },
};

registry.category("services").add("invoice_worklist", worklistService);
