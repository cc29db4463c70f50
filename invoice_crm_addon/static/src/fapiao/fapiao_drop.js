import { onWillStart, useEffect } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { user } from "@web/core/user";
import { useBus, useService } from "@web/core/utils/hooks";

const FINANCE_GROUP = "invoice_crm_addon.group_ticket_finance";
const ACCEPTED = ".xml,.ofd,.pdf,.zip,.xlsx,image/*";

/**
 * Lets finance drop e-invoice files on a view, or choose them with a button.
 *
 * @param {() => HTMLElement|null} getElement element that takes the files
 * @param {Object} options
 * @param {() => Object} [options.getTarget] ticket_id or partner_id that the files belong to
 * @param {(upload?: Object) => Promise} options.onDone called once the files were read, with what
 *      became of them
 * @returns {{isAllowed: boolean, choose: Function}}
 */
export function useFapiaoDrop(getElement, { getTarget = () => ({}), onDone }) {
    const imports = useService("fapiao_import");
    const state = { isAllowed: false, choose };

    onWillStart(async () => {
        state.isAllowed = await user.hasGroup(FINANCE_GROUP);
    });

    useBus(imports.bus, "done", ({ detail }) => onDone(detail));

    useEffect(
        (el) => {
            if (!el || !state.isAllowed) {
                return;
            }
            el.dataset.fapiaoDrop = _t("Drop e-invoice files (XML, OFD, PDF, pictures, zip) or a tax bureau list (xlsx) here");
            const listeners = { dragover: onDragOver, dragleave: onDragLeave, drop: onDrop };
            for (const [name, listener] of Object.entries(listeners)) {
                el.addEventListener(name, listener);
            }
            return () => {
                for (const [name, listener] of Object.entries(listeners)) {
                    el.removeEventListener(name, listener);
                }
            };
        },
        () => [getElement()]
    );

    function isForUs(ev) {
        // The chatter takes files of its own.
        return (
            ev.dataTransfer?.types.includes("Files") && !ev.target.closest(".o-mail-Chatter")
        );
    }

    function highlight(isOn) {
        getElement()?.classList.toggle("o_fapiao_dropping", isOn);
    }

    function onDragOver(ev) {
        if (isForUs(ev)) {
            ev.preventDefault();
            highlight(true);
        } else {
            highlight(false);
        }
    }

    function onDragLeave(ev) {
        if (!getElement()?.contains(ev.relatedTarget)) {
            highlight(false);
        }
    }

    function onDrop(ev) {
        if (isForUs(ev)) {
            ev.preventDefault();
            highlight(false);
            imports.add([...ev.dataTransfer.files], getTarget());
        }
    }

    function choose() {
        const input = document.createElement("input");
        input.type = "file";
        input.multiple = true;
        input.accept = ACCEPTED;
        input.addEventListener("change", () => imports.add([...input.files], getTarget()));
        input.click();
    }

    return state;
}
