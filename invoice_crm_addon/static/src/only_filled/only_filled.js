import { reactive } from "@odoo/owl";
import { user } from "@web/core/user";

const SETTING = "only_filled_models";
const switches = {};

/**
 * Whether a user sees only what is filled in of the records of a model; kept with the settings of
 * the user, and the same in all that show such records.
 *
 * @param {string} resModel
 * @returns {{isOn: boolean, toggle: Function}} reactive
 */
export function onlyFilled(resModel) {
    const stored = user.settings[SETTING] || [];
    switches[resModel] ||= reactive({
        isOn: stored.includes(resModel),
        async toggle() {
            const own = switches[resModel];
            own.isOn = !own.isOn;
            // What is switched here counts before the server says so.
            const elsewhere = (user.settings[SETTING] || []).filter((name) => !switches[name]);
            const here = Object.keys(switches).filter((name) => switches[name].isOn);
            try {
                await user.setUserSettings(SETTING, [...elsewhere, ...here]);
            } catch (error) {
                own.isOn = !own.isOn;
                throw error;
            }
        },
    });
    return switches[resModel];
}

/** Whether a field of a record holds nothing. Zero is a number, and "no" an answer. */
export function isEmpty(record, name) {
    const { type } = record.fields[name];
    const value = record.data[name];
    if (type === "one2many" || type === "many2many") {
        return !value.count;
    }
    return type !== "boolean" && (value === false || value === null || String(value) === "");
}
