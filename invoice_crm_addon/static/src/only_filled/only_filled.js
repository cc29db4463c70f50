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
    const getModels = () => user.settings[SETTING] || [];
    switches[resModel] ||= reactive({
        isOn: getModels().includes(resModel),
        toggle() {
            const { isOn } = switches[resModel];
            const others = getModels().filter((name) => name !== resModel);
            switches[resModel].isOn = !isOn;
            return user.setUserSettings(SETTING, isOn ? others : [...others, resModel]);
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
