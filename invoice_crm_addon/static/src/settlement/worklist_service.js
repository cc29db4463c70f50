import { reactive } from "@odoo/owl";
import { registry } from "@web/core/registry";

// After a click somewhere, figures that are younger than this are new enough.
const MAX_AGE = 15000;

/**
 * Worklists of the user with their figures, for the home page and the menu.
 *
 * Whoever shows them reads `state`: figures of the menu are no reason to tell anybody that they
 * could not be had.
 */
export const worklistService = {
    dependencies: ["orm"],
    start(env, { orm }) {
        const state = reactive({ currencyId: false, sections: [], counts: {} });
        let loadedOn = 0;
        let loading = null;

        async function fetchLists() {
            const { currency_id, sections } = await orm.silent.call(
                "invoice.worklist",
                "get_overview"
            );
            const lists = sections.flatMap((section) => section.lists);
            state.currencyId = currency_id;
            state.sections = sections;
            state.counts = Object.fromEntries(
                lists.filter((list) => list.menu && list.count).map((list) => [list.menu, list])
            );
            loadedOn = Date.now();
        }

        /** One call at a time, whoever asks. */
        function load() {
            loading ||= fetchLists().finally(() => {
                loading = null;
            });
            return loading;
        }

        async function refresh() {
            if (Date.now() - loadedOn < MAX_AGE) {
                return;
            }
            try {
                await load();
            } catch {
                state.counts = {};
            }
        }

        return { state, load, refresh };
    },
};

registry.category("services").add("invoice_worklist", worklistService);
