import { useExternalListener } from "@odoo/owl";
import { patch } from "@web/core/utils/patch";
import { SearchBar } from "@web/search/search_bar/search_bar";

/**
 * In our app Tab leaves the search box, as it leaves anything else.
 *
 * Core goes round among the box and its facets with it: who has no mouse never got out of there,
 * and a list puts the keyboard into the box first thing. While it proposes something, Tab is core's.
 */
patch(SearchBar.prototype, {
    setup() {
        super.setup();
        useExternalListener(window, "keydown", this.leaveByTab, { capture: true });
    },

    leaveByTab(ev) {
        const isInside = this.facetContainerRef.el?.contains(ev.target);
        const isOurs = document.body.classList.contains("o_invoice_app");
        if (isOurs && ev.key === "Tab" && isInside && !this.inputDropdownState.isOpen) {
            ev.stopPropagation();
        }
    },
});
