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
