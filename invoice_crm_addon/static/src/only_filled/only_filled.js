import { reactive } from "@odoo/owl";
import { browser } from "@web/core/browser/browser";
import { user } from "@web/core/user";

const switches = {};

/**
 * Whether a user sees only what is filled in of the records of a model; remembered, and the same
 * in all that show such records.
 *
 * @param {string} resModel
 * @returns {{isOn: boolean, toggle: Function}} reactive
 */
export function onlyFilled(resModel) {
    const key = `only_filled.${user.userId}.${resModel}`;
    switches[key] ||= reactive({
        isOn: browser.localStorage.getItem(key) === "1",
        toggle() {
            switches[key].isOn = !switches[key].isOn;
            browser.localStorage.setItem(key, switches[key].isOn ? "1" : "0");
        },
    });
    return switches[key];
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
