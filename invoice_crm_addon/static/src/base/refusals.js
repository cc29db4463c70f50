import { _t } from "@web/core/l10n/translation";

export const LOGGED_OUT = _t(
    "You are logged out. Log in again in another tab, and try once more here."
);

/**
 * The sentence with which the server refuses something.
 *
 * Who is logged out meanwhile keeps the page and what is typed there: core would load it anew.
 *
 * @param {import("@web/core/network/rpc").RPCError} error
 * @returns {string}
 */
export function getRefusal({ data, exceptionName, message }) {
    if (exceptionName === "odoo.http.SessionExpiredException") {
        return LOGGED_OUT.toString();
    }
    return data?.message || message;
}

/**
 * What the server answers to uploaded files, read as JSON.
 *
 * It answers with a page of its own to who logged in again after this one was loaded.
 *
 * @param {string} text
 * @returns {object[]|{error: string}}
 */
export function readUpload(text) {
    try {
        return JSON.parse(text);
    } catch {
        return { error: _t("The server refused the file. Load this page anew, and try again.") };
    }
}
