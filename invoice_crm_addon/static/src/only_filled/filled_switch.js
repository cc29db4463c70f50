import { reactive, useState, useSubEnv } from "@odoo/owl";
import { RPCError, rpcBus } from "@web/core/network/rpc";
import { useBus } from "@web/core/utils/hooks";
import { onlyFilled } from "./only_filled";

const BUTTON = "/web/dataset/call_button/";

/**
 * Calls back when the server refused what a button asks for a record.
 *
 * A button that asks first runs when its dialog is answered, and nobody who waits for the click
 * hears of that; so what goes to the server is listened to.
 */
function useRefusedButtons(resModel, getResId, onRefused) {
    const asked = new Set();
    useBus(rpcBus, "RPC:REQUEST", ({ detail: { data, url } }) => {
        const { model, args } = data.params;
        if (url.startsWith(BUTTON) && model === resModel && args[0]?.includes(getResId())) {
            asked.add(data.id);
        }
    });
    useBus(rpcBus, "RPC:RESPONSE", ({ detail: { data, error } }) => {
        if (asked.delete(data.id) && error instanceof RPCError) {
            onRefused();
        }
    });
}

/**
 * The switch of a record on the screen: off by itself as long as all of the record has to be seen,
 * and on again at a click. What is refused may lack something that is hidden.
 *
 * The form inside finds it as `formFilled`.
 *
 * @param {string} resModel
 * @param {() => number|false} getResId of the record that is shown
 * @returns {{isOn: boolean, isAllNeeded: boolean, toggle: Function}} reactive
 */
export function useFilledSwitch(resModel, getResId) {
    const filled = reactive({
        stored: onlyFilled(resModel),
        isAllNeeded: false,
        get isOn() {
            return this.stored.isOn && !this.isAllNeeded;
        },
        toggle() {
            const isOnAgain = this.isAllNeeded && this.stored.isOn;
            this.isAllNeeded = false;
            return isOnAgain ? undefined : this.stored.toggle();
        },
    });
    useRefusedButtons(resModel, getResId, () => (filled.isAllNeeded = true));
    useSubEnv({ formFilled: filled });
    return useState(filled);
}
